"""What a changed rulebook would have decided otherwise, on histories with known answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles.errors import BadInput, Unavailable
from collectibles.ledger.bundle import export
from collectibles.ledger.difference import Differs
from collectibles.ledger.histories import Bundle, Stored
from collectibles.ledger.retold import retold
from collectibles.ledger.whatif import Answer, Question, as_document, read_changes, what_if
from compliance import rulebook
from compliance.calendar import DAY_MS, HOUR_MS
from compliance.changed import changed
from compliance.engine import decide
from compliance.plain import plain_facts
from tests.ledger.build import (
    CHOICES,
    PASS_ON_AT,
    SALE_AT,
    Memory,
    Trial,
    first_rulebook,
    freeze,
    gift,
    payment,
    ruling,
    sale,
)
from tests.ledger.freeze import RELEASES
from tests.ledger.story import tell


class Told:
    """A ledger in memory as a history."""

    def __init__(self, ledger: Memory) -> None:
        self.size = ledger.size
        self._batches = ledger.batches

    def batches(self) -> Iterator[list[bytes]]:
        yield from self._batches


def ask(ledger: Memory, listed: int = 100, **asked: object) -> Answer:
    names = ("settings", "off", "on")
    changes = read_changes(**{name: asked.pop(name) for name in names if name in asked})  # type: ignore[arg-type]
    question = Question(changes, **asked)  # type: ignore[arg-type]
    return what_if(Told(ledger), rulebook.find, question, listed=listed)


@pytest.fixture
def sold(sold: Memory) -> Memory:
    return sold.copy()


@pytest.fixture(scope="session")
def story() -> Memory:
    return tell(Memory())


def test_nothing_changed_decides_nothing_otherwise(story: Memory) -> None:
    answer = ask(story)
    assert (answer.total, answer.reasons, answer.listed) == (0, 0, [])
    assert answer.decided == sum("dec" in entry for entry in story.entries)
    assert answer.entries == story.size


def test_a_frozen_bundle_and_the_database_answer_alike(fresh_database_url: str) -> None:
    trial = Trial(fresh_database_url)
    trial.on_sale(buyers=3)
    trial.submit(sale(1, "a1"), sale(2, "a2"))
    changes = read_changes(["limit.per_series=0"])
    answer = what_if(Stored(trial.read), rulebook.find, Question(changes))
    assert answer.otherwise == {("sale", "permitted", "refused"): 2}
    trial.close()
    frozen = Bundle(RELEASES / "1")
    assert what_if(frozen, rulebook.find, Question()).total == 0
    assert what_if(frozen, rulebook.find, Question(changes)).total > 0


def test_a_longer_wait_refuses_a_gift_and_names_who_is_affected(sold: Memory) -> None:
    sold.done(gift(1, "a1", "a5"), at=PASS_ON_AT)
    answer = ask(sold, settings=["gift.first_hold_hours=87600"])
    assert answer.otherwise == {("gift", "permitted", "refused"): 1}
    assert answer.people == {"p-a1": 1, "p-a5": 1}
    assert answer.rules == {"first_holding": 1}
    [one] = answer.listed
    assert (one.index, one.series, one.edition) == (sold.size - 1, "s1", 1)
    assert one.why == (("first_holding", "too_soon"),)
    assert one.gone == ()


def test_a_shorter_wait_permits_what_was_refused(sold: Memory) -> None:
    sold.apply(gift(1, "a1", "a5"), at=SALE_AT + 8 * DAY_MS)
    answer = ask(sold, settings=["gift.first_hold_hours=24"])
    assert answer.otherwise == {("gift", "refused", "permitted"): 1}
    assert answer.listed[0].gone == (("first_holding", "too_soon"),)


def test_the_wait_is_exact_to_the_hour(sold: Memory) -> None:
    at = SALE_AT + 48 * HOUR_MS
    sold.apply(gift(1, "a1", "a5"), at=at)
    off = ["return_terms", "open_return"]
    assert ask(sold, settings=["gift.first_hold_hours=48"], off=off).total == 1
    assert ask(sold, settings=["gift.first_hold_hours=49"], off=off).total == 0


def test_a_rule_off_from_a_day(sold: Memory) -> None:
    held = payment(payer="rail_cannot_tell")
    sold.apply(sale(7, "a7", payment=held), at=SALE_AT)
    sold.apply(sale(8, "a8", payment=held), at=SALE_AT + DAY_MS)
    assert ask(sold, off=["payer_match"]).otherwise == {("sale", "held", "permitted"): 2}
    assert ask(sold, off=["payer_match@2026-03-11"]).listed[0].edition == 8
    assert ask(sold, off=["payer_match@2026-03-11"]).total == 1
    assert ask(sold, off=["payer_match@2026-03-12"]).total == 0
    assert ask(sold, off=["payer_match@1"]).total == 2


def test_a_rule_on_again(sold: Memory) -> None:
    """A rulebook in which a rule has ended: switched on, it decides."""
    book = rulebook.find(sold.entries[0]["act"]["rulebook"], CHOICES)
    assert book is not None
    from compliance.changed import changed

    without = changed(book, read_changes(off=["person_limit"]))
    sold.apply(sale(9, "a1"), at=SALE_AT)
    assert ask(sold, under=without).otherwise == {("sale", "refused", "permitted"): 1}
    assert ask(sold, under=without, on=["person_limit"]).total == 0
    assert ask(sold, under=without, on=["person_limit@2026-03-11"]).total == 1


def test_a_period_by_its_moments(sold: Memory) -> None:
    changes = ["limit.per_series=0"]
    assert ask(sold, settings=changes).total == 4
    assert ask(sold, settings=changes, since=SALE_AT).total == 4
    assert ask(sold, settings=changes, since=SALE_AT + 1).total == 0
    assert ask(sold, settings=changes, until=SALE_AT).total == 0
    assert ask(sold, settings=changes, until=SALE_AT + 1).total == 4


def test_consequences_are_not_followed(sold: Memory) -> None:
    """The sale that would have been refused still counts: its gift is judged as of a holder."""
    sold.done(gift(1, "a1", "a5"), at=PASS_ON_AT)
    answer = ask(sold, settings=["limit.per_series=0"])
    assert answer.otherwise == {("sale", "permitted", "refused"): 4}


def test_a_permitted_hold_is_decided_as_it_was_ruled(sold: Memory) -> None:
    sold.apply(sale(7, "a7", payment=payment(payer="rail_cannot_tell")), at=SALE_AT)
    sold.done(ruling(sold.size - 1, "permit"), at=SALE_AT + 1)
    assert ask(sold).total == 0
    refused = ask(sold, settings=["limit.per_series=0"])
    assert refused.otherwise[("sale", "held", "refused")] == 1
    assert refused.otherwise[("sale", "permitted", "refused")] == 5


def test_other_reasons_are_counted_apart(sold: Memory) -> None:
    sold.done(freeze("account", "a1"), at=SALE_AT)
    sold.apply(gift(1, "a1", "a5"), at=SALE_AT + DAY_MS)
    answer = ask(sold, off=["first_holding"])
    assert (answer.total, answer.reasons) == (0, 1)


def test_all_are_counted_and_the_newest_listed(sold: Memory) -> None:
    answer = ask(sold, listed=2, settings=["limit.per_series=0"])
    assert answer.total == 4
    assert [one.edition for one in answer.listed] == [4, 3]


@pytest.mark.parametrize(
    ("asked", "field", "named"),
    [
        ({"settings": ["gift.first_hold_hour=1"]}, "set", "gift.first_hold_hours?"),
        ({"settings": ["gift.first_hold_hours"]}, "set", "NAME=VALUE"),
        ({"settings": ["gift.first_hold_hours=-1"]}, "set", "whole number (hours)"),
        ({"settings": ["gift.first_hold_hours=soon"]}, "set", "'soon'"),
        ({"settings": ["gift.first_hold_hours=1@soon"]}, "set", "not a day"),
        ({"settings": ["resale.mode=auction"]}, "set", "forbidden, at_cost"),
        ({"settings": ["calendar.trading_closed=x"]}, "set", "not a day"),
        ({"off": ["first_holdin"]}, "off", "first_holding?"),
        ({"off": ["first_holding@9"]}, "off", "first_holding@9"),
        ({"on": ["nothing_like_it"]}, "on", "nothing_like_it"),
        ({"on": ["first_holding@1990-01-01"]}, "on", "cannot begin earlier"),
    ],
)
def test_what_cannot_be_asked_is_named(asked: dict[str, list[str]], field: str, named: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_changes(**asked)
    assert caught.value.field == field
    assert named in caught.value.en
    assert caught.value.zh


def test_a_rulebook_that_lacks_what_is_changed_is_named(sold: Memory) -> None:
    book = rulebook.find(sold.entries[0]["act"]["rulebook"], CHOICES)
    assert book is not None
    kept = [rule for rule in book.manifest["rules"] if rule["code"] != "restraint"]
    without = rulebook.bind({**book.manifest, "rules": kept})
    answer = ask(sold, under=without, off=["restraint"])
    assert answer.lacking == {without.digest: ["off restraint"]}


def test_the_newest_rulebook_with_the_choices_made_then(story: Memory) -> None:
    answer = ask(story, newest=True)
    named = story.entries[0]["act"]["rulebook"]
    assert answer.books == {named: rulebook.load(CHOICES).digest}
    assert answer.decided >= ask(story).decided


def test_a_rulebook_that_is_not_here(sold: Memory) -> None:
    with pytest.raises(Unavailable):
        what_if(Told(sold), lambda digest, choices: None, Question())


def test_a_changed_rulebook_has_a_digest_of_its_own(sold: Memory) -> None:
    answer = ask(sold, settings=["gift.first_hold_hours=1"])
    [(base, made)] = answer.books.items()
    assert base != made
    assert rulebook.find(made, CHOICES) is None


def test_the_document_says_what_was_asked_and_that_nothing_follows(story: Memory) -> None:
    question = Question(read_changes(["gift.first_hold_hours=99999@2026-01-01"], ["adult"]))
    answer = what_if(Told(story), rulebook.find, question)
    made = as_document(question, answer)
    assert made["asked"]["changes"] == ["gift.first_hold_hours=99999@2026-01-01", "off adult"]
    assert made["consequences_followed"] is False
    assert sum(each["count"] for each in made["otherwise"]) == answer.total > 0


def test_an_exported_bundle_is_asked_as_the_ledger_is(story: Memory, tmp_path: Path) -> None:
    export(story, tmp_path)
    question = Question(read_changes(off=["payer_match"]))
    told = what_if(Told(story), rulebook.find, question)
    assert what_if(Bundle(tmp_path), rulebook.find, question) == told


@pytest.mark.parametrize("body", [b"", b"[]", b'{"at":1}', b'{"at":1,"kind":"sale","act":{}}'])
def test_an_entry_that_is_none_is_named(sold: Memory, body: bytes) -> None:
    sold.batches.append([body])
    with pytest.raises(Differs) as caught:
        ask(sold)
    assert caught.value.difference.index == sold.size - 1


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no exported ledger"):
        Bundle(tmp_path)


def test_waits_that_were_shown_follow_the_change() -> None:
    """Under another first wait, another wait would have been shown: no sale fails for that."""
    was, facts = rulebook.load(CHOICES), plain_facts("sale")
    now = changed(was, read_changes(settings=["gift.first_hold_hours=24"]))
    assert decide(facts, now).findings[0].code == "wait_shown"
    assert retold(facts, was, now).wait_hours == 24
    assert decide(retold(facts, was, now), now).findings == ()
    odd = facts._replace(wait_hours=100)  # not the rulebook's own then either
    assert retold(odd, was, now).wait_hours == 100
    gift = retold(plain_facts("gift"), was, now)
    assert gift.holding is not None
    assert (gift.wait_hours, gift.holding.wait_hours) == (17_520, 24)
    first = first_rulebook(CHOICES)
    assert retold(facts, first, first) is facts
