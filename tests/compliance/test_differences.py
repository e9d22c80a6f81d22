"""What differs between two rulebooks, from their manifests."""

from __future__ import annotations

from compliance.changed import changed, read_setting, read_switch
from compliance.differences import Changed, Release, differences
from compliance.rulebook import Rulebook, bind, load, released
from tests.compliance.build import AT_COST


def other(*settings: str, off: tuple[str, ...] = ()) -> Rulebook:
    return changed(
        load(),
        [*(read_setting(text) for text in settings), *(read_switch(text, False) for text in off)],
    )


def test_the_same_rulebook_differs_in_nothing() -> None:
    assert not differences(load().manifest, load().manifest)


def test_a_value_added_and_a_value_changed() -> None:
    found = differences(load().manifest, other("limit.per_series=2@2027-01-01").manifest)
    assert found.values == (Changed("limit.per_series", "2027-01-01", None, 2),)
    assert found.added == found.ended == found.gone == found.choices == found.texts == ()
    found = differences(load().manifest, other("limit.per_series=2").manifest)
    assert found.values == (Changed("limit.per_series", "2025-01-01", 1, 2),)


def test_a_rule_ended_added_and_gone() -> None:
    ended = other(off=("person_limit@2027-01-01",))
    found = differences(load().manifest, ended.manifest)
    assert found.ended == (Release("person_limit", 1, "2025-01-01", "2027-01-01"),)
    less = {**load().manifest}
    less["rules"] = [rule for rule in less["rules"] if rule["code"] != "person_limit"]
    whole = Release("person_limit", 1, "2025-01-01", None)
    assert differences(less, load().manifest).added == (whole,)
    assert differences(load().manifest, less).gone == (whole,)


def test_a_choice() -> None:
    found = differences(load().manifest, load(AT_COST).manifest)
    assert found.choices == (Changed("resale.mode", "2025-01-01", None, "at_cost"),)


def test_a_later_release_only_adds_to_the_first() -> None:
    found = differences(bind(released()[0]).manifest, load().manifest)
    assert found.gone == ()
    assert all(change.before is None for change in found.values)
