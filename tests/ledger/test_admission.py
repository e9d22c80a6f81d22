"""What the ledger does not admit: each conflict by its name, and what is malformed.

A conflict without a case fails the test of their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.domain.movements import Movement, Signature
from collectibles.errors import CollectiblesError
from collectibles.ledger import admission, entry, machine, rulings, state
from collectibles.ledger.keys import sign_act
from collectibles.ledger.machine import Result
from compliance.calendar import DAY_MS
from tests.ledger.build import (
    DIGEST,
    KEYS,
    ORIGIN,
    PASS_ON_AT,
    RETURN_AT,
    SALE_AT,
    Memory,
    account,
    announced,
    burn,
    correction,
    creation,
    forced,
    freeze,
    gift,
    member,
    mint,
    movement,
    payment,
    post,
    refund,
    release,
    reserve,
    returned,
    ruling,
    sale,
    series,
    takedown,
    void,
)
from tests.ledger.test_rulings import CASES as CASES_OF_HOLDS

UNSURE = payment(payer="rail_cannot_tell")  # held by the rule payer_match


Case = Callable[[Memory], Result]


def _after(*steps: tuple[Movement, int], then: Movement, at: int) -> Case:
    """The result of `then` after steps that must be permitted."""

    def run(ledger: Memory) -> Result:
        for each, moment_of_it in steps:
            ledger.done(each, at=moment_of_it)
        return ledger.one(then, at)

    return run


def _on_a_hold(verdict: Movement | str, at: int, *between: Movement) -> Case:
    """A ruling on a held sale of edition 5 to a5, after what comes between."""

    def run(ledger: Memory) -> Result:
        held = ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
        assert held.outcome == "held"
        assert held.index is not None
        ledger.done(*between, at=SALE_AT)
        if isinstance(verdict, Movement):
            return ledger.one(verdict, at)
        return ledger.one(ruling(held.index, verdict), at)

    return run


def _ruled_twice(ledger: Memory) -> Result:
    held = ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    ledger.done(ruling(held.index, "refuse"), at=SALE_AT)
    return ledger.one(ruling(held.index, "permit", op_id="again"), SALE_AT)


def _lacking(ledger: Memory) -> Result:
    ledger.done(announced(RETURN_AT, DIGEST), at=SALE_AT)
    with pytest.raises(CollectiblesError) as raised:
        ledger.one(sale(5, "a5"), RETURN_AT)
    return Result("error", error=raised.value)


def _before_any(ledger: Memory) -> Result:
    ledger.state[state.RULEBOOK] = []
    with pytest.raises(CollectiblesError) as raised:
        ledger.one(sale(5, "a5"), SALE_AT)
    return Result("error", error=raised.value)


def _empty(asked: Movement) -> Case:
    def run(ledger: Memory) -> Result:
        ledger.state.clear()
        return ledger.one(asked, SALE_AT)

    return run


def _unsigned(made: Movement) -> Movement:
    return Movement(made.kind, made.op_id, made.by, made.act)


RESERVED = (reserve(1, "a1", "a5"), PASS_ON_AT)
LAPSED_AT = PASS_ON_AT + DAY_MS

CASES: dict[str, list[Case]] = {
    "no_ledger": [_empty(account("a1"))],
    "ledger_exists": [_after(then=replace(creation(), op_id="again"), at=SALE_AT)],
    "not_operator": [_empty(replace(creation(), by="museum-1"))],
    "operator_is_fixed": [
        _after(then=movement("member", "m", member("museum-1", "museum").act | {
            "member": "operator"}), at=SALE_AT)
    ],
    "rulebook_backdated": [_after(then=announced(SALE_AT - 1, DIGEST), at=SALE_AT)],
    "wrong_member": [
        _after(then=movement("account", "x", account("a1").act, by="museum-1"), at=SALE_AT),
        _after(then=movement("series", "x", series("s2").act, by="regulator-1"), at=SALE_AT),
        _after(then=movement("restraint", "x", freeze("account", "a1").act, by="operator"),
               at=SALE_AT),
        _after(then=replace(sale(5, "a5"), by="nobody"), at=SALE_AT),
    ],
    "bad_signature": [
        _after(then=_unsigned(mint(13)), at=SALE_AT),
        _after(then=replace(mint(13), op_id="other-op"), at=SALE_AT),
        _after(then=replace(mint(13), act=mint(14).act), at=SALE_AT),
        _after(then=sign_act(KEYS["museum-1"], "other.ledger", _unsigned(mint(13))), at=SALE_AT),
        _after(then=sign_act(KEYS["regulator-1"], ORIGIN, _unsigned(mint(13))), at=SALE_AT),
        _after(then=replace(mint(13), signature=Signature("ed25519", "AAAA")), at=SALE_AT),
        # the operator need not sign, but what it signs must fit
        _after(then=replace(sale(5, "a5"), signature=mint(13).signature), at=SALE_AT),
    ],
    "series_exists": [_after(then=series(op_id="again"), at=SALE_AT)],
    "not_issuer": [
        _after(then=series("s2", issuer="museum-2"), at=SALE_AT),
        _after((member("regulator-1", "museum", op_id="both"), SALE_AT),
               then=movement("mint", "m", mint(13).act, by="regulator-1"), at=SALE_AT),
        _after((member("regulator-1", "museum", op_id="both"), SALE_AT),
               then=movement("burn", "b", burn(12).act, by="regulator-1"), at=SALE_AT),
    ],
    "unknown_series": [
        _after(then=mint(name="s9"), at=SALE_AT),
        _after(then=sale(5, "a5", series="s9"), at=SALE_AT),
        _after(then=gift(5, "a5", "a6", series="s9"), at=SALE_AT),
        _after(then=takedown(name="s9"), at=SALE_AT),
    ],
    "mint_gap": [_after(then=mint(14), at=SALE_AT), _after(then=mint(12), at=SALE_AT)],
    "beyond_edition_size": [_after(then=mint(13, 89), at=SALE_AT)],
    "taken_down": [_after((takedown(), SALE_AT), then=sale(5, "a5"), at=SALE_AT)],
    "takedown_unchanged": [
        _after(then=takedown("restore"), at=SALE_AT),
        _after((takedown(), SALE_AT), then=takedown(op_id="again"), at=SALE_AT),
    ],
    "not_minted": [_after(then=sale(13, "a5"), at=SALE_AT)],
    "already_sold": [
        _after(then=sale(1, "a5"), at=SALE_AT),
        _after((returned(1, "a1"), RETURN_AT), then=sale(1, "a5"), at=RETURN_AT),
        _after((burn(12), SALE_AT), then=sale(12, "a5"), at=SALE_AT),
    ],
    "unknown_account": [
        _after(then=sale(5, "b1"), at=SALE_AT),
        _after((account("a5", op_id="close", open=False), SALE_AT), then=sale(5, "a5"),
               at=SALE_AT),
        _after(then=gift(1, "a1", "b1"), at=PASS_ON_AT),
    ],
    "not_holder": [
        _after(then=gift(1, "a2", "a5"), at=PASS_ON_AT),
        _after(then=gift(5, "a5", "a6"), at=PASS_ON_AT),
        _after(then=reserve(1, "a2", "a5"), at=PASS_ON_AT),
        _after(then=returned(1, "a2"), at=RETURN_AT),
        _after(then=forced(1, "a2", "a5"), at=RETURN_AT),
    ],
    "same_account": [
        _after(then=gift(1, "a1", "a1"), at=PASS_ON_AT),
        _after(then=reserve(1, "a1", "a1"), at=PASS_ON_AT),
        _after(then=forced(1, "a1", "a1"), at=PASS_ON_AT),
    ],
    "locked": [
        _after(RESERVED, then=gift(1, "a1", "a6"), at=LAPSED_AT - 1),
        _after(RESERVED, then=reserve(1, "a1", "a6"), at=LAPSED_AT - 1),
        _after(RESERVED, then=returned(1, "a1"), at=LAPSED_AT - 1),
        _after(RESERVED, then=refund("pending", 1, 100), at=LAPSED_AT - 1),
        _on_a_hold(sale(5, "a6"), SALE_AT + 1),
    ],
    "reservation_over": [
        _after(then=reserve(1, "a1", "a5"), at=LAPSED_AT),
        _after(RESERVED, then=post(1, "a1", "a5"), at=LAPSED_AT),
    ],
    "no_reservation": [
        _after(then=post(1, "a1", "a5"), at=PASS_ON_AT),
        _after(then=void(1, "a5"), at=PASS_ON_AT),
        _after(RESERVED, then=void(1, "a6"), at=PASS_ON_AT),
    ],
    "other_reservation": [
        _after(RESERVED, then=post(1, "a1", "a5", consideration=1), at=PASS_ON_AT),
        _after(RESERVED, then=post(1, "a1", "a5", to="a6"), at=PASS_ON_AT),
        _after(RESERVED, then=post(1, "a1", "a5", **{"from": "a2"}), at=PASS_ON_AT),
    ],
    "not_sold": [_after(then=refund("pending", 5, 100), at=RETURN_AT)],
    "no_holder": [
        _after((returned(1, "a1"), RETURN_AT), then=refund("pending", 1, 100), at=RETURN_AT)
    ],
    "refund_exists": [
        _after((refund("pending", 1, 100), RETURN_AT),
               then=refund("pending", 1, 100, op_id="again"), at=RETURN_AT),
        _after((refund("pending", 1, 100, name="return-2"), RETURN_AT),
               then=returned(2, "a2"), at=RETURN_AT),
    ],
    "no_pending_refund": [
        _after(then=refund("done", 1, 100), at=RETURN_AT),
        _after((refund("pending", 1, 100), RETURN_AT), then=refund("done", 1, 99), at=RETURN_AT),
        _after((refund("pending", 1, 100), RETURN_AT), (refund("failed", 1, 100), RETURN_AT),
               then=refund("done", 1, 100), at=RETURN_AT),
    ],
    "unknown_subject": [
        _after(then=freeze("account", "b1"), at=SALE_AT),
        _after(then=freeze("series", "s9"), at=SALE_AT),
        _after(then=freeze("collectible", "s1/13"), at=SALE_AT),
        _after(then=freeze("collectible", "s1"), at=SALE_AT),
        _after(then=freeze("account", "a1/1"), at=SALE_AT),
    ],
    "not_frozen": [_after(then=release("collectible", "s1/1"), at=SALE_AT)],
    "held": [_after(then=burn(1), at=SALE_AT)],
    "nothing_to_burn": [
        _after(then=burn(13), at=SALE_AT),
        _after((burn(12), SALE_AT), then=burn(12, op_id="again"), at=SALE_AT),
    ],
    "no_hold": [_after(then=ruling(3, "permit"), at=SALE_AT)],
    "ruled": [_ruled_twice],
    "hold_lapsed": [_on_a_hold("permit", SALE_AT + 15 * DAY_MS)],
    "refused_now": [_on_a_hold("permit", SALE_AT + 1, freeze("account", "a5"))],
    "op_id_reused": [
        _after(then=sale(5, "a5", op_id="sale-1-a1"), at=SALE_AT),
        _after(then=account("a6", op_id="sale-1-a1"), at=SALE_AT),
    ],
    "rulebook_missing": [_lacking],
    "no_rulebook": [_before_any],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "case"), [(code, case) for code, cases in CASES.items() for case in cases]
)
def test_conflicts_are_told(sold: Memory, code: str, case: Case) -> None:
    ledger = sold.copy()
    result = case(ledger)
    assert result.error is not None, result
    assert result.error.code == code
    assert result.index is None
    assert result.error.zh
    assert result.error.en


def test_every_conflict_has_a_case() -> None:
    raised = re.compile(r"(?:Conflict|Forbidden|Unavailable)\(\s*\"(\w+)\"")
    named = set()
    for module in (admission, machine, rulings):
        assert module.__file__ is not None
        named |= set(raised.findall(Path(module.__file__).read_text(encoding="utf-8")))
    assert len(named) > 30
    assert named == set(CASES) | set(CASES_OF_HOLDS)


def test_what_is_not_admitted_changes_nothing(sold: Memory) -> None:
    ledger = sold.copy()
    before = dict(ledger.state)
    asked = [sale(1, "a5"), gift(1, "a2", "a5"), replace(mint(13), signature=None), burn(1)]
    applied = ledger.apply(*asked, at=SALE_AT)
    assert [r.outcome for r in applied.results] == ["error"] * 4
    assert (applied.entries, applied.encoded, applied.changes) == ([], [], {})
    assert ledger.state == before


# Malformed and oversize movements

NOT_JSON: Any = object()


@pytest.mark.parametrize(
    "bad",
    [
        Movement("sale", "x", "operator", []),  # type: ignore[arg-type]
        Movement("sale", "x", "operator", {}),
        Movement("nothing", "x", "operator", {}),
        Movement("refusal", "x", "operator", {}),
        Movement(["sale"], "x", "operator", {}),  # type: ignore[arg-type]
        Movement("sale", "", "operator", sale(5, "a5").act),
        Movement("sale", "x\0y", "operator", sale(5, "a5").act),
        Movement("sale", "x" * 100_000, "operator", sale(5, "a5").act),
        Movement("sale", "x", "\ud800", sale(5, "a5").act),
        sale(5, "a5", edition=True),
        sale(5, "a5", edition=-1),
        sale(5, "a5", series="s\0"),
        sale(5, "a5", account="\udfff"),
        sale(5, "a5", consideration=199.0),
        sale(5, "a5", consideration=2**70),
        sale(5, "a5", surprise=1),
        sale(5, "a5", payment=payment(amount="19900")),
        sale(5, "a5", account=["a5"]),
        Movement("resale", "x", "operator", {"step": []}),
        Movement("restraint", "x", "regulator-1", {"action": {}}),
        Movement("ruling", "x", "operator", ruling(3, "permit").act | {"hold": "3"}),
        freeze("account", "账户"),
        replace(sale(5, "a5"), signature=Signature("ed25519", "\ud800")),
        replace(sale(5, "a5"), signature=Signature("rot13", "AAAA")),
        replace(sale(5, "a5"), signature=Signature("ed25519", 1.5)),  # type: ignore[arg-type]
        replace(mint(13), signature=Signature("ed25519", "not base64")),
        replace(series("s2"), act=series("s2").act | {"title": {"zh": "题", "en": "\ud800"}}),
        series("s2", grants=["x" * 65]),
    ],
)  # fmt: skip
def test_a_malformed_movement_is_dropped_alone(sold: Memory, bad: Movement) -> None:
    ledger = sold.copy()
    results = ledger.apply(sale(5, "a5", op_id="one"), bad, sale(6, "a6"), at=SALE_AT).results
    assert [r.outcome for r in results][::2] == ["permitted", "permitted"]
    assert results[1].error is not None
    assert results[1].error.code == "malformed"


def test_an_entry_has_a_most_size(sold: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = sold.copy()
    size = len(ledger.apply(sale(5, "a5"), at=SALE_AT).encoded[0])
    monkeypatch.setattr(entry, "MAX_BYTES", size)
    note = sale(6, "a6", order="o" * len(sale(5, "a5").act["order"]))
    longer = sale(7, "a7", order="o" * (1 + len(sale(5, "a5").act["order"])))
    results = ledger.apply(longer, note, at=SALE_AT).results
    assert [r.outcome for r in results] == ["error", "permitted"]
    assert results[0].error is not None
    assert results[0].error.code == "malformed"
    assert ledger.state[state.collectible("s1", 7)] is None


_JSONISH: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(
        ["a1", "s1", "reserve", "post", "freeze", "pending", "p-a1", "museum-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
_HONEST = [
    *(sale(5, "a5"), gift(1, "a1", "a5"), reserve(2, "a2", "a5"), post(1, "a1", "a5")),
    *(refund("pending", 1, 10), returned(1, "a1"), freeze("account", "a1"), ruling(2, "permit")),
    *(mint(13), series("s2"), account("b1"), member("museum-1", "museum"), correction(1)),
    *(announced(PASS_ON_AT + 1, DIGEST), creation(), takedown(), burn(9), forced(1, "a1", "a2")),
]


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_movement_disturbs_its_neighbours(sold: Memory, data: st.DataObject) -> None:
    """Whatever stands in a field, the movements before and after it are done."""
    honest = data.draw(st.sampled_from(_HONEST))
    act: Any = dict(honest.act)
    for name in data.draw(st.lists(st.sampled_from(sorted(act)), max_size=2)):
        act[name] = data.draw(_JSONISH)
    whole: st.SearchStrategy[Any] = st.sampled_from([act]) if data.draw(st.booleans()) else _JSONISH
    bad = Movement(
        data.draw(st.just(honest.kind) | _JSONISH),
        data.draw(st.just("op") | _JSONISH),
        data.draw(st.just(honest.by) | _JSONISH),
        data.draw(whole),
        data.draw(st.none() | st.builds(Signature, _JSONISH, _JSONISH)),
    )
    results = sold.copy().apply(account("c1"), bad, account("c2"), at=PASS_ON_AT).results
    assert [r.outcome for r in results][::2] == ["permitted", "permitted"]
