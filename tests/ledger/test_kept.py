"""The state that is kept on disk gives back what was put, and is a fold like any other."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collectibles.ledger.kept import Kept

_KEYS = st.text("abc/1", min_size=1, max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(_KEYS, _VALUES, max_size=5), max_size=6))
def test_it_is_a_mapping(batches: list[dict[str, Any]]) -> None:
    folded: dict[str, Any] = {}
    with closing(Kept()) as kept:
        for batch in batches:
            kept.put(batch)
            folded.update(batch)
        wanted = {*folded, "never written", '"quoted"', "中"}
        assert kept.values(wanted) == {key: folded.get(key) for key in wanted}
        assert kept.values([]) == {}
