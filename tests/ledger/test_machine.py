"""The machine: pure, and particular about what it admits.

Each conflict has a case by its name; a conflict without one fails the last test of its group.
"""

from __future__ import annotations

import copy
import os
import re
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

from collectibles.domain.movements import Movement, Signature
from collectibles.errors import CollectiblesError
from collectibles.ledger import admission, entry, machine, state
from collectibles.ledger.keys import sign_act
from collectibles.ledger.machine import MAX_REFUSALS_A_DAY, Machine, Result
from compliance import rulebook
from compliance.calendar import DAY_MS, SECOND_MS, moment
from compliance.rule import Answer, Rule, Text, fail
from compliance.rulebook import Rulebook
from tests.ledger.build import (
    CHOICES,
    DIGEST,
    ISSUE_AT,
    KEYS,
    MINT_AT,
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


@pytest.fixture(scope="module")
def shop() -> Memory:
    """s1 on sale, twelve of a hundred editions minted, accounts a1 to a9. Copy before use."""
    ledger = Memory()
    ledger.done(series(edition_size=100), at=ISSUE_AT)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in range(1, 10)), at=MINT_AT)
    return ledger


@pytest.fixture(scope="module")
def sold(shop: Memory) -> Memory:
    """The same with editions 1 to 4 sold to a1 to a4. Copy before use."""
    ledger = shop.copy()
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 5)), at=SALE_AT)
    return ledger


def one(ledger: Memory, asked: Movement, at: int) -> Result:
    return ledger.apply(asked, at=at).results[0]


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


# What is not admitted

Case = Callable[[Memory], Result]


def _after(*steps: tuple[Movement, int], then: Movement, at: int) -> Case:
    """The result of `then` after steps that must be permitted."""

    def run(ledger: Memory) -> Result:
        for each, moment_of_it in steps:
            ledger.done(each, at=moment_of_it)
        return one(ledger, then, at)

    return run


def _on_a_hold(verdict: Movement | str, at: int, *between: Movement) -> Case:
    """A ruling on a held sale of edition 5 to a5, after what comes between."""

    def run(ledger: Memory) -> Result:
        held = one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
        assert held.outcome == "held"
        assert held.index is not None
        ledger.done(*between, at=SALE_AT)
        if isinstance(verdict, Movement):
            return one(ledger, verdict, at)
        return one(ledger, ruling(held.index, verdict), at)

    return run


def _ruled_twice(ledger: Memory) -> Result:
    held = one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    ledger.done(ruling(held.index, "refuse"), at=SALE_AT)
    return one(ledger, ruling(held.index, "permit", op_id="again"), SALE_AT)


def _lacking(ledger: Memory) -> Result:
    ledger.done(announced(RETURN_AT, DIGEST), at=SALE_AT)
    with pytest.raises(CollectiblesError) as raised:
        one(ledger, sale(5, "a5"), RETURN_AT)
    return Result("error", error=raised.value)


def _before_any(ledger: Memory) -> Result:
    ledger.state[state.RULEBOOK] = []
    with pytest.raises(CollectiblesError) as raised:
        one(ledger, sale(5, "a5"), SALE_AT)
    return Result("error", error=raised.value)


def _empty(asked: Movement) -> Case:
    def run(ledger: Memory) -> Result:
        ledger.state.clear()
        return one(ledger, asked, SALE_AT)

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
    for module in (admission, machine):
        assert module.__file__ is not None
        named |= set(raised.findall(Path(module.__file__).read_text(encoding="utf-8")))
    assert len(named) > 30
    assert named == set(CASES)


def test_what_is_not_admitted_changes_nothing(sold: Memory) -> None:
    ledger = sold.copy()
    before = dict(ledger.state)
    asked = [sale(1, "a5"), gift(1, "a2", "a5"), replace(mint(13), signature=None), burn(1)]
    applied = ledger.apply(*asked, at=SALE_AT)
    assert [r.outcome for r in applied.results] == ["error"] * 4
    assert (applied.entries, applied.encoded, applied.changes) == ([], [], {})
    assert ledger.state == before


# Operation ids


def test_the_same_again_gets_the_first_receipt(sold: Memory) -> None:
    ledger = sold.copy()
    first = one(ledger, sale(5, "a5"), SALE_AT)
    for at in (SALE_AT, SALE_AT + DAY_MS, SALE_AT + 4000 * DAY_MS):
        again = one(ledger, sale(5, "a5"), at)
        assert (again.outcome, again.index, again.repeated) == ("repeated", first.index, True)
    held = one(ledger, sale(6, "a6", payment=UNSURE), SALE_AT)
    refused = one(ledger, sale(7, "a7", consideration=1), SALE_AT)
    for asked, before in (
        (sale(6, "a6", payment=UNSURE), held),
        (sale(7, "a7", consideration=1), refused),
    ):
        assert one(ledger, asked, SALE_AT + 1).index == before.index
    size = ledger.size
    assert [r.index for r in ledger.apply(sale(8, "a8"), sale(8, "a8"), at=SALE_AT).results] == [
        size,
        size,
    ]


def test_operation_ids_are_of_a_member(sold: Memory) -> None:
    ledger = sold.copy()
    assert one(ledger, mint(13, 1, op_id="sale-1-a1"), SALE_AT).outcome == "permitted"


# Refusals


def test_a_refusal_is_recorded_once_a_day(sold: Memory) -> None:
    ledger, evening = sold.copy(), moment("2026-03-10 23:59:59") + SECOND_MS - 1
    first = one(ledger, sale(5, "a1", op_id="r1"), SALE_AT)
    assert (first.outcome, first.index) == ("refused", ledger.size - 1)
    for number, at in enumerate((SALE_AT, evening)):
        again = one(ledger, sale(6 + number, "a1", op_id=f"again{number}"), at)
        assert (again.outcome, again.index, again.repeated) == ("refused", first.index, True)
        assert again.decision == first.decision
    next_day = one(ledger, sale(5, "a1", op_id="r2"), evening + 1)
    assert (next_day.index, next_day.repeated) == (ledger.size - 1, False)
    other = one(ledger, sale(5, "a1", op_id="r3", consideration=1), evening + 1)
    assert (other.index, other.repeated) == (ledger.size - 1, False)


def test_other_subjects_and_kinds_are_refused_apart(sold: Memory) -> None:
    ledger = sold.copy()
    ledger.done(freeze("account", "a1"), at=RETURN_AT)
    seen = {
        one(ledger, gift(1, "a1", "a5"), PASS_ON_AT).index,
        one(ledger, reserve(1, "a1", "a5"), PASS_ON_AT).index,
        one(ledger, gift(1, "a1", "a6", op_id="other"), PASS_ON_AT).index,
    }
    assert len(seen) == 2


def test_refusals_a_day_are_bounded_but_still_answered(sold: Memory) -> None:
    ledger = sold.copy()
    for number in range(MAX_REFUSALS_A_DAY + 5):
        name = f"t{number}"
        ledger.done(series(name), mint(name=name), at=SALE_AT)
        result = one(ledger, sale(5, "a5", op_id=name, series=name, consideration=1), SALE_AT)
        assert result.outcome == "refused"
        assert (result.index is None) == (number >= MAX_REFUSALS_A_DAY)
    kinds = [each["kind"] for each in ledger.entries]
    assert kinds.count("refusal") == MAX_REFUSALS_A_DAY
    assert one(ledger, sale(5, "a5"), SALE_AT).outcome == "permitted"


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
    result = one(ledger, sale(5, "b1"), SALE_AT)
    assert (result.outcome, result.index) == ("refused", None)
    assert result.decision is not None
    assert ledger.size == size


# Questions


def asked(made: Movement) -> Movement:
    """The same as a question; signed again, for who signs a question has not signed the act."""
    question = replace(made, asks=True)
    return question if made.signature is None else sign_act(KEYS[made.by], ORIGIN, question)


def test_a_question_does_nothing_unless_it_is_refused(sold: Memory) -> None:
    ledger = sold.copy()
    before = dict(ledger.state)
    for question in (
        sale(5, "a5"),
        sale(6, "a6", payment=UNSURE),
        series("s2"),
        gift(1, "a1", "a5"),
    ):
        result = one(ledger, asked(question), PASS_ON_AT if question.kind == "gift" else SALE_AT)
        assert result.index is None
        assert result.decision is not None
        assert result.outcome == ("held" if question.act.get("edition") == 6 else "permitted")
    assert (ledger.state, ledger.size) == (before, sold.size)
    refused = one(ledger, asked(sale(5, "a1")), SALE_AT)
    assert (refused.outcome, refused.index) == ("refused", sold.size)
    assert ledger.entries[-1]["act"]["asked"] is True
    assert one(ledger, sale(5, "a1", op_id="in earnest"), SALE_AT).error is not None
    assert one(ledger, sale(5, "a1", op_id="earnest"), SALE_AT).index == refused.index


def test_a_question_may_leave_the_recipient_open(sold: Memory) -> None:
    ledger = sold.copy()
    assert one(ledger, asked(gift(1, "a1", "", to=None)), PASS_ON_AT).outcome == "permitted"
    assert one(ledger, asked(gift(1, "a1", "", to=None)), SALE_AT).outcome == "refused"
    in_earnest = one(ledger, gift(1, "a1", "", op_id="x", to=None), PASS_ON_AT)
    assert in_earnest.error is not None
    assert in_earnest.error.code == "malformed"


def test_a_question_is_of_what_the_rules_decide(sold: Memory) -> None:
    for question in (account("b1"), ruling(3, "permit"), void(1, "a5"), freeze("account", "a1")):
        result = one(sold.copy(), asked(question), SALE_AT)
        assert result.error is not None
        assert result.error.code == "malformed"


def test_a_signature_under_a_question_is_none_under_the_act(sold: Memory) -> None:
    question = asked(mint(13, 5))
    result = one(sold.copy(), replace(question, asks=False), SALE_AT)
    assert result.error is not None
    assert result.error.code == "bad_signature"


# Holds and rulings


def test_a_hold_locks_its_subject_until_it_lapses(sold: Memory) -> None:
    ledger = sold.copy()
    held = one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.outcome == "held"
    until = SALE_AT + 15 * DAY_MS
    last = one(ledger, sale(5, "a6"), until - 1)
    assert last.error is not None
    assert last.error.code == "locked"
    assert one(ledger, sale(5, "a6"), until).outcome == "permitted"


def test_a_hold_locks_also_over_a_lock_that_has_lapsed(sold: Memory) -> None:
    ledger = sold.copy()
    one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    until = SALE_AT + 15 * DAY_MS
    assert one(ledger, sale(5, "a6", payment=UNSURE), until).outcome == "held"
    result = one(ledger, sale(5, "a7"), until + 1)
    assert result.error is not None
    assert result.error.code == "locked"


def test_a_permitting_ruling_does_what_was_held(sold: Memory) -> None:
    ledger = sold.copy()
    held = one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    done = one(ledger, ruling(held.index, "permit"), SALE_AT + 1)
    assert done.outcome == "permitted"
    value = ledger.state[state.collectible("s1", 5)]
    assert (value["holder"], value["how"], value["lock"]) == ("a5", "sale", None)
    assert ledger.state[state.bought("p-a5", "s1")] == 1


def test_a_refusing_ruling_frees_the_subject(sold: Memory) -> None:
    ledger = sold.copy()
    held = one(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert held.index is not None
    ledger.done(ruling(held.index, "refuse"), at=SALE_AT + 1)
    assert one(ledger, sale(5, "a6"), SALE_AT + 1).outcome == "permitted"


# Rules that fail as programs


def _book(*rules: Rule) -> tuple[str, Callable[..., Rulebook | None]]:
    """This software's rulebook with more rules, and what finds it."""
    book = rulebook.load(CHOICES)
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
    result = one(ledger, sale(1, "a1"), SALE_AT)
    assert result.outcome == "held"
    assert ledger.entries[-1]["kind"] == "hold"
    assert ledger.entries[-1]["dec"]["f"] == [["zz_trial", "broken", error]]


def test_a_figure_that_cannot_be_recorded_is_never_a_permission() -> None:
    digest, find = _book(_rule(lambda facts: fail("reason", 0.5)))  # type: ignore[arg-type]
    ledger = on_sale(Memory(find, digest), buyers=2)
    results = ledger.apply(account("b1"), sale(1, "a1"), account("b2"), at=SALE_AT).results
    assert [r.outcome for r in results][::2] == ["permitted", "permitted"]
    assert results[1].outcome in ("held", "error")


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
    *(announced(PASS_ON_AT, DIGEST), creation(), takedown(), burn(9), forced(1, "a1", "a2")),
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
