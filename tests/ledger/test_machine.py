"""The machine: pure, whatever the batch, and fair in what it records."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.domain.movements import Movement
from collectibles.ledger import state
from collectibles.ledger.machine import MAX_REFUSALS_A_DAY, Machine
from compliance import rulebook
from compliance.calendar import DAY_MS, SECOND_MS, moment
from compliance.rule import Answer, Rule, Text, fail
from compliance.rulebook import Rulebook
from tests.ledger.build import (
    FIRST,
    ISSUE_AT,
    PASS_ON_AT,
    RETURN_AT,
    SALE_AT,
    Memory,
    account,
    asked,
    burn,
    correction,
    forced,
    freeze,
    gift,
    mint,
    on_sale,
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

UNSURE = payment(payer="rail_cannot_tell")  # held by the rule payer_match


# Purity


def test_same_state_and_batch_give_the_same_and_leave_the_state_alone(sold: Memory) -> None:
    batch = [gift(1, "a1", "a5"), reserve(2, "a2", "a6"), gift(1, "a1", "a7"), correction(3)]
    before = copy.deepcopy(sold.state)
    first = sold.machine.apply(sold.state, batch, PASS_ON_AT, sold.size)
    second = Machine(rulebook.find).apply(sold.state, batch, PASS_ON_AT, sold.size)
    assert first.encoded == second.encoded
    assert first.changes == second.changes
    assert [r.outcome for r in first.results] == [r.outcome for r in second.results]
    assert sold.state == before


def test_hash_order_of_the_process_does_not_matter() -> None:
    script = (
        "from hashlib import sha256; from tests.ledger.build import Memory;"
        "from tests.ledger.story import tell; ledger = tell(Memory());"
        "print(sha256(b''.join(ledger.all) + repr(sorted(ledger.state.items())).encode())"
        ".hexdigest())"
    )
    printed = set()
    for seed in ("0", "4711"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1


# Operation ids


def test_the_same_again_gets_the_first_receipt(sold: Memory) -> None:
    ledger = sold.copy()
    first = ledger.one(sale(5, "a5"), SALE_AT)
    for at in (SALE_AT, SALE_AT + DAY_MS, SALE_AT + 4000 * DAY_MS):
        again = ledger.one(sale(5, "a5"), at)
        assert (again.outcome, again.index, again.repeated) == ("repeated", first.index, True)
    held = ledger.one(sale(6, "a6", payment=UNSURE), SALE_AT)
    refused = ledger.one(sale(7, "a7", consideration=1), SALE_AT)
    for again_asked, before in (
        (sale(6, "a6", payment=UNSURE), held),
        (sale(7, "a7", consideration=1), refused),
    ):
        assert ledger.one(again_asked, SALE_AT + 1).index == before.index
    size = ledger.size
    assert [r.index for r in ledger.apply(sale(8, "a8"), sale(8, "a8"), at=SALE_AT).results] == [
        size,
        size,
    ]


def test_operation_ids_are_of_a_member(sold: Memory) -> None:
    ledger = sold.copy()
    assert ledger.one(mint(13, 1, op_id="sale-1-a1"), SALE_AT).outcome == "permitted"


# Refusals


def test_a_refusal_is_recorded_once_a_day(sold: Memory) -> None:
    ledger, evening = sold.copy(), moment("2026-03-10 23:59:59") + SECOND_MS - 1
    first = ledger.one(sale(5, "a1", op_id="r1"), SALE_AT)
    assert (first.outcome, first.index) == ("refused", ledger.size - 1)
    for number, at in enumerate((SALE_AT, evening)):
        again = ledger.one(sale(6 + number, "a1", op_id=f"again{number}"), at)
        assert (again.outcome, again.index, again.repeated) == ("refused", first.index, True)
        assert again.decision == first.decision
    next_day = ledger.one(sale(5, "a1", op_id="r2"), evening + 1)
    assert (next_day.index, next_day.repeated) == (ledger.size - 1, False)
    other = ledger.one(sale(5, "a1", op_id="r3", consideration=1), evening + 1)
    assert (other.index, other.repeated) == (ledger.size - 1, False)


def test_other_subjects_and_kinds_are_refused_apart(sold: Memory) -> None:
    ledger = sold.copy()
    ledger.done(freeze("account", "a1"), at=RETURN_AT)
    seen = {
        ledger.one(gift(1, "a1", "a5"), PASS_ON_AT).index,
        ledger.one(reserve(1, "a1", "a5"), PASS_ON_AT).index,
        ledger.one(gift(1, "a1", "a6", op_id="other"), PASS_ON_AT).index,
    }
    assert len(seen) == 2


def test_refusals_a_day_are_bounded_but_still_answered(sold: Memory) -> None:
    ledger = sold.copy()
    for number in range(MAX_REFUSALS_A_DAY + 5):
        name = f"t{number}"
        ledger.done(series(name), mint(name=name), at=SALE_AT)
        result = ledger.one(sale(5, "a5", op_id=name, series=name, consideration=1), SALE_AT)
        assert result.outcome == "refused"
        assert (result.index is None) == (number >= MAX_REFUSALS_A_DAY)
    kinds = [each["kind"] for each in ledger.entries]
    assert kinds.count("refusal") == MAX_REFUSALS_A_DAY
    assert ledger.one(sale(5, "a5"), SALE_AT).outcome == "permitted"


def test_a_refusal_of_nobody_known_is_answered_and_not_recorded(sold: Memory) -> None:
    ledger = sold.copy()
    unverified: dict[str, Any] = {
        "person": None,
        "verifier": None,
        "verified_at": None,
        "adult_from": None,
    }
    ledger.done(account("b1", **unverified), at=SALE_AT)
    size = ledger.size
    result = ledger.one(sale(5, "b1"), SALE_AT)
    assert (result.outcome, result.index) == ("refused", None)
    assert result.decision is not None
    assert ledger.size == size


# Questions


def test_a_question_does_nothing_unless_it_is_refused(sold: Memory) -> None:
    ledger = sold.copy()
    before = dict(ledger.state)
    for question in (
        sale(5, "a5"),
        sale(6, "a6", payment=UNSURE),
        series("s2"),
        gift(1, "a1", "a5"),
    ):
        result = ledger.one(asked(question), PASS_ON_AT if question.kind == "gift" else SALE_AT)
        assert result.index is None
        assert result.decision is not None
        assert result.outcome == ("held" if question.act.get("edition") == 6 else "permitted")
    assert (ledger.state, ledger.size) == (before, sold.size)
    refused = ledger.one(asked(sale(5, "a1")), SALE_AT)
    assert (refused.outcome, refused.index) == ("refused", sold.size)
    assert ledger.entries[-1]["act"]["asked"] is True
    assert ledger.one(sale(5, "a1", op_id="in earnest"), SALE_AT).error is not None
    assert ledger.one(sale(5, "a1", op_id="earnest"), SALE_AT).index == refused.index


def test_a_question_may_leave_the_recipient_open(sold: Memory) -> None:
    ledger = sold.copy()
    assert ledger.one(asked(gift(1, "a1", "", to=None)), PASS_ON_AT).outcome == "permitted"
    assert ledger.one(asked(gift(1, "a1", "", to=None)), SALE_AT).outcome == "refused"
    in_earnest = ledger.one(gift(1, "a1", "", op_id="x", to=None), PASS_ON_AT)
    assert in_earnest.error is not None
    assert in_earnest.error.code == "malformed"


def test_a_question_is_of_what_the_rules_decide(sold: Memory) -> None:
    for question in (account("b1"), ruling(3, "permit"), void(1, "a5"), freeze("account", "a1")):
        result = sold.copy().one(asked(question), SALE_AT)
        assert result.error is not None
        assert result.error.code == "malformed"


def test_a_signature_under_a_question_is_none_under_the_act(sold: Memory) -> None:
    question = asked(mint(13, 5))
    result = sold.copy().one(replace(question, asks=False), SALE_AT)
    assert result.error is not None
    assert result.error.code == "bad_signature"


# Holds and rulings


def test_a_hold_locks_its_subject_until_it_lapses(sold: Memory) -> None:
    ledger = sold.copy()
    held = ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.outcome == "held"
    until = SALE_AT + 15 * DAY_MS
    last = ledger.one(sale(5, "a6"), until - 1)
    assert last.error is not None
    assert last.error.code == "locked"
    assert ledger.one(sale(5, "a6"), until).outcome == "permitted"


def test_a_hold_locks_also_over_a_lock_that_has_lapsed(sold: Memory) -> None:
    ledger = sold.copy()
    ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
    until = SALE_AT + 15 * DAY_MS
    assert ledger.one(sale(5, "a6", payment=UNSURE), until).outcome == "held"
    result = ledger.one(sale(5, "a7"), until + 1)
    assert result.error is not None
    assert result.error.code == "locked"


def test_a_permitting_ruling_does_what_was_held(sold: Memory) -> None:
    ledger = sold.copy()
    held = ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    done = ledger.one(ruling(held.index, "permit"), SALE_AT + 1)
    assert done.outcome == "permitted"
    value = ledger.state[state.collectible("s1", 5)]
    assert (value["holder"], value["how"], value["lock"]) == ("a5", "sale", None)
    assert ledger.state[state.bought("p-a5", "s1")] == 1


def test_a_refusing_ruling_frees_the_subject(sold: Memory) -> None:
    ledger = sold.copy()
    held = ledger.one(sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    ledger.done(ruling(held.index, "refuse"), at=SALE_AT + 1)
    assert ledger.one(sale(5, "a6"), SALE_AT + 1).outcome == "permitted"


# Rules that fail as programs


def _book(*rules: Rule) -> tuple[str, Callable[..., Rulebook | None]]:
    """The first rulebook with more rules, and what finds it."""
    book = FIRST
    digest = f"{len(rules):064x}"
    more = replace(book, digest=digest, rules=(*book.rules, *rules), _plans={})
    return digest, lambda wanted, choices: more if wanted == digest else None


def _rule(check: Callable[..., Any]) -> Rule:
    title = Text("试验", "Trial")
    return Rule("zz_trial", 1, title, ("sale",), date(2020, 1, 1), "policy", (), (), {}, check)


def _raises(facts: Any) -> Answer | None:
    raise ZeroDivisionError


def _answers_nonsense(facts: Any) -> Any:
    return "permitted"


@pytest.mark.parametrize(
    ("check", "error"), [(_raises, "ZeroDivisionError"), (_answers_nonsense, "TypeError")]
)
def test_a_broken_rule_holds(check: Callable[..., Any], error: str) -> None:
    digest, find = _book(_rule(check))
    ledger = on_sale(Memory(find, digest), buyers=2)
    result = ledger.one(sale(1, "a1"), SALE_AT)
    assert result.outcome == "held"
    assert ledger.entries[-1]["kind"] == "hold"
    assert ledger.entries[-1]["dec"]["f"] == [["zz_trial", "broken", error]]


def test_a_figure_that_cannot_be_recorded_is_never_a_permission() -> None:
    digest, find = _book(_rule(lambda facts: fail("reason", 0.5)))  # type: ignore[arg-type]
    ledger = on_sale(Memory(find, digest), buyers=2)
    results = ledger.apply(account("b1"), sale(1, "a1"), account("b2"), at=SALE_AT).results
    assert [r.outcome for r in results][::2] == ["permitted", "permitted"]
    assert results[1].outcome in ("held", "error")


# Batches


def test_later_movements_of_a_batch_see_earlier_ones() -> None:
    ledger = Memory()
    results = ledger.apply(
        series(reviewed_at=ISSUE_AT),
        mint(count=3),
        account("n1"),
        account("n2"),
        sale(1, "n1"),
        sale(1, "n2"),
        sale(2, "n1"),
        sale(4, "n2"),
        at=SALE_AT,
    ).results
    assert [r.outcome for r in results[:5]] == ["permitted"] * 5
    assert [r.error.code if r.error else r.outcome for r in results[5:]] == [
        "already_sold",
        "refused",  # one of the series for each person, counted within the batch
        "not_minted",
    ]


def _asked(names: list[str]) -> st.SearchStrategy[Movement]:
    account_of, edition = st.sampled_from(names), st.integers(1, 6)
    operation = st.sampled_from(["", "x1", "x2"])
    return st.one_of(
        st.builds(lambda e, a: asked(sale(e, a)), edition, account_of),
        st.builds(lambda e, a: asked(gift(e, a, "", to=None)), edition, account_of),
        st.builds(sale, edition, account_of, operation),
        st.builds(lambda e, a: sale(e, a, payment=UNSURE), edition, account_of),
        st.builds(gift, edition, account_of, account_of, operation),
        st.builds(reserve, edition, account_of, account_of),
        st.builds(post, edition, account_of, account_of),
        st.builds(void, edition, account_of),
        st.builds(refund, st.sampled_from(["pending", "done", "failed"]), edition, st.just(100)),
        st.builds(returned, edition, account_of),
        st.builds(forced, edition, account_of, account_of),
        st.builds(lambda e: freeze("collectible", f"s1/{e}"), edition),
        st.builds(lambda e: release("collectible", f"s1/{e}"), edition),
        st.builds(lambda a: freeze("account", a), account_of),
        st.builds(burn, edition),
        st.builds(takedown, st.sampled_from(["takedown", "restore"])),
        st.builds(lambda first, count: mint(first, count), st.integers(12, 15), st.integers(1, 90)),
        st.builds(ruling, st.integers(14, 40), st.sampled_from(["permit", "refuse"])),
        st.builds(lambda a, p: account(a, person=p), account_of, st.sampled_from(["p-1", None])),
        st.builds(correction, st.integers(0, 30)),
    )


BATCHES = st.lists(_asked(["a1", "a2", "a3", "a5", "a6", "n1"]), max_size=14)


@given(batch=BATCHES, at=st.sampled_from([SALE_AT, RETURN_AT, PASS_ON_AT]), data=st.data())
@settings(max_examples=250, deadline=None)
def test_splitting_a_batch_gives_the_same_ledger(
    sold: Memory, batch: list[Movement], at: int, data: st.DataObject
) -> None:
    whole, split = sold.copy(), sold.copy()
    whole.apply(*batch, at=at)
    rest = batch
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        split.apply(*rest[:count], at=at)
        rest = rest[count:]
    assert split.all == whole.all
    assert split.state == whole.state


@given(batches=st.lists(BATCHES, max_size=4), steps=st.lists(st.integers(0, 200), min_size=4))
@settings(max_examples=120, deadline=None)
def test_supply_and_holders_whatever_is_asked(
    sold: Memory, batches: list[list[Movement]], steps: list[int]
) -> None:
    """Computed from the entries alone: no edition is sold twice, none beyond what was minted."""
    ledger, at = sold.copy(), SALE_AT
    for batch, days in zip(batches, steps, strict=False):
        at += days * DAY_MS
        ledger.apply(*batch, at=at)
    minted, holder, gone, held = 0, dict[int, str](), set[int](), dict[int, Any]()
    for index, each in enumerate(ledger.entries):
        kind, act = each["kind"], each["act"]
        if kind == "hold":
            held[index] = act
        if kind == "ruling" and act["ruling"] == "permit":
            kind, act = held[act["hold"]]["kind"], held[act["hold"]]["act"]
        if kind == "mint":
            assert act["first"] == minted + 1
            minted += act["count"]
            assert minted <= 100
        elif kind == "sale":
            assert act["edition"] <= minted
            assert act["edition"] not in holder
            assert act["edition"] not in gone
            holder[act["edition"]] = act["account"]
        elif kind in ("gift", "forced") or (kind == "resale" and act["step"] == "post"):
            assert holder[act["edition"]] == act["from"]
            holder[act["edition"]] = act["to"]
        elif kind == "return":
            assert holder.pop(act["edition"]) == act["account"]
            gone.add(act["edition"])
        elif kind == "burn":
            assert act["edition"] not in holder
            gone.add(act["edition"])
    for edition in range(1, 13):
        value = ledger.state[state.collectible("s1", edition)]
        assert (value["holder"] if value else None) == holder.get(edition)
