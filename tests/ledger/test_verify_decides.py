"""`verify` against the operator itself, who has the key and writes past the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collectibles.domain.movements import Movement
from collectibles.ledger import canonical, entry
from collectibles.ledger.bundle import export
from collectibles.ledger.difference import Differs
from collectibles.ledger.replay import Replay
from collectibles.ledger.verify import DIFFERS, FINE, UNREADABLE, verify
from compliance import rulebook
from compliance.calendar import DAY_MS
from compliance.rule import KINDS
from tests.ledger.build import (
    CHOICES,
    DIGEST,
    FIRST,
    PASS_ON_AT,
    PRICE,
    RETURN_AT,
    SALE_AT,
    Memory,
    account,
    announced,
    creation,
    first_rulebook,
    freeze,
    gift,
    mint,
    payment,
    post,
    refund,
    reserve,
    ruling,
    sale,
)
from tests.ledger.exports import VKEY, found, relist


def past(ledger: Memory, made: Movement, at: int, /, **changes: Any) -> Memory:
    """The movement written as if no rule had found anything, signed and hashed as it should be."""
    decision = None
    if made.kind in KINDS:
        answers = FIRST.plan(made.kind, at).blank
        result = ledger.copy().apply(made, at=at).results[0]
        if result.decision is not None:
            answers = re.sub("[fh]", "p", result.decision.answers)
        decision = {"a": answers, "f": []}
    digest = creation().act["rulebook"]
    return write(ledger, entry.make(made, at, decision, digest) | changes)


def write(ledger: Memory, written: dict[str, Any]) -> Memory:
    forged = ledger.copy()
    forged.batches.append([canonical.encode(written)])
    return forged


def said_of(ledger: Memory, folder: Path) -> str:
    """What is said of the last entry, all before being right."""
    export(ledger, folder)
    report = verify(folder, VKEY)
    assert report.exit_code == DIFFERS, report
    assert report.difference is not None
    assert report.difference.index == ledger.size - 1
    assert report.checked == ledger.size - len(ledger.batches[-1])
    return report.difference.say("en")


@pytest.fixture
def sold(sold: Memory) -> Memory:
    """A copy of that ledger for each test."""
    return sold.copy()


def test_a_resale_above_cost_written_as_permitted(sold: Memory, tmp_path: Path) -> None:
    dear = PRICE + 1
    resale = reserve(1, "a1", "a5", consideration=dear, payment=payment(amount=dear))
    said = said_of(past(sold, resale, PASS_ON_AT), tmp_path)
    assert "by no_profit_resale (" in said
    assert "above_cost" in said
    assert "resale → refusal" in said


def test_at_the_price_before_a_partial_refund(sold: Memory, tmp_path: Path) -> None:
    sold.done(refund("pending", 1, 5000), refund("done", 1, 5000), at=RETURN_AT)
    said = said_of(past(sold, reserve(1, "a1", "a5"), PASS_ON_AT), tmp_path)
    assert "no_profit_resale" in said
    assert "14900" in said


@pytest.mark.parametrize(
    ("made", "at", "rule"),
    [
        (sale(9, "a1"), SALE_AT, "person_limit"),
        (sale(9, "a9", payment=payment(currency="USD")), SALE_AT, "currency_cny"),
        (sale(9, "a9", payment=payment(amount=1)), SALE_AT, "exact_amount"),
        (sale(9, "a9", payment=payment(payer="mismatch")), SALE_AT, "payer_match"),
        (sale(9, "a9", payment=payment(payer="rail_cannot_tell")), SALE_AT, "payer_match"),
        (gift(1, "a1", "a5"), SALE_AT + 8 * DAY_MS, "first_holding"),
        (gift(1, "a1", "a5", gratuitous=False), PASS_ON_AT, "gift_gratuitous"),
    ],
)
def test_other_movements_written_as_permitted(
    sold: Memory, tmp_path: Path, made: Movement, at: int, rule: str
) -> None:
    assert f": by {rule}" in said_of(past(sold, made, at), tmp_path)


def test_a_movement_during_a_freeze(sold: Memory, tmp_path: Path) -> None:
    sold.done(freeze("account", "a1"), at=RETURN_AT)
    assert "by restraint (" in said_of(past(sold, gift(1, "a1", "a5"), PASS_ON_AT), tmp_path)


def test_a_purchase_refused_though_the_rules_permit_it(sold: Memory, tmp_path: Path) -> None:
    one = sold.copy()
    applied = one.apply(sale(9, "a1"), at=SALE_AT)
    refusal = applied.entries[0]
    wrong = refusal | {"op": "sale-9-a9", "act": refusal["act"] | {
        "act": sale(9, "a9").act, "whom": "account/a9"}}  # fmt: skip
    said = said_of(write(sold, wrong), tmp_path)
    assert "by person_limit (" in said
    assert "refusal → sale" in said


@pytest.mark.parametrize(
    ("made", "at", "code"),
    [
        (sale(1, "a9"), SALE_AT, "already_sold"),
        (sale(13, "a9"), SALE_AT, "not_minted"),
        (mint(13, 1000), SALE_AT, "beyond_edition_size"),
        (gift(1, "a2", "a5"), PASS_ON_AT, "not_holder"),
        (post(1, "a1", "a5"), PASS_ON_AT, "no_reservation"),
        (ruling(4, "permit"), SALE_AT, "no_hold"),
        (replace(mint(13, 1), signature=None), SALE_AT, "bad_signature"),
        (replace(mint(13, 1), act=mint(13, 2).act), SALE_AT, "bad_signature"),
        (sale(9, "a9", surprise="x"), SALE_AT, "malformed"),
        (sale(9, "a9", op_id="sale-1-a1"), SALE_AT, "op_id_reused"),
    ],
)
def test_what_the_ledger_does_not_admit(
    sold: Memory, tmp_path: Path, made: Movement, at: int, code: str
) -> None:
    assert f"({code})" in said_of(past(sold, made, at), tmp_path)


def test_an_entry_written_twice(sold: Memory, tmp_path: Path) -> None:
    again = sold.copy()
    again.batches.append([sold.batches[-1][-1]])
    assert f"was recorded by entry {sold.size - 1} already" in said_of(again, tmp_path)


def test_time_that_goes_back(sold: Memory, tmp_path: Path) -> None:
    said = said_of(past(sold, sale(9, "a9"), SALE_AT - 1), tmp_path)
    assert "its time is before the last" in said


def test_two_times_in_one_batch(sold: Memory, tmp_path: Path) -> None:
    forged = past(past(sold, sale(8, "a8"), SALE_AT), sale(9, "a9"), SALE_AT + 1)
    last = forged.batches.pop()
    forged.batches[-1] = [*forged.batches[-1], *last]
    said = said_of(forged, tmp_path)
    assert f"field at differs (expected {SALE_AT}; got {SALE_AT + 1})" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rb": DIGEST}, "not under the rulebook then in force"),
        ({"dec": {"a": "p", "f": []}}, "its decision is not of its form"),
        ({"dec": {"a": 5}}, "its decision is not of its form"),
        ({"dec": None}, "its decision is not of its form"),
        ({"note": "more"}, "malformed"),
        ({"v": 2}, "malformed"),
        ({"kind": ["sale"]}, "malformed"),
        ({"kind": "hold"}, "malformed"),
        ({"at": None}, "malformed"),
        ({"act": 7}, "malformed"),
    ],
)
def test_entries_of_another_form(
    sold: Memory, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    assert said in said_of(past(sold, sale(9, "a9"), SALE_AT, **change), tmp_path)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda data: data + b" ", "not canonical"),
        (lambda data: data.replace(b'{"act"', b'{ "act"', 1), "not canonical"),
        (lambda data: data.replace(b'"v":1', b'"v":1.0', 1), "malformed"),
        (lambda data: data.replace(b'"v":1', b'"v":2,"v":1', 1), "not canonical"),
        (lambda data: data[:-1], "not JSON"),
        (lambda data: b"[]", "it is no entry"),
        (lambda data: b"", "not JSON"),
        (lambda data: b"[" * 10_000, "not JSON"),
        (lambda data: b"\xff" + data, "not JSON"),
    ],
)
def test_bytes_that_are_no_canonical_entry(
    sold: Memory, tmp_path: Path, edit: Callable[[bytes], bytes], said: str
) -> None:
    forged = past(sold, sale(9, "a9"), SALE_AT)
    forged.batches[-1] = [edit(forged.batches[-1][0])]
    assert said in said_of(forged, tmp_path)


def test_a_first_entry_that_is_no_genesis(tmp_path: Path, sold: Memory) -> None:
    forged = sold.copy()
    forged.batches = [[entry.encode(entry.make(account("a1"), SALE_AT, None, ""))]]

    class Headless(Memory):
        def of_kinds(self, *kinds: str) -> list[tuple[int, dict[str, Any]]]:
            return sold.of_kinds(*kinds)

    headless = Headless()
    headless.batches = forged.batches
    export(headless, tmp_path)
    assert "(no_ledger)" in found(tmp_path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_an_operator_writes_is_named_and_breaks_nothing(
    told: Memory, data: st.DataObject
) -> None:
    """Anything put into any place of any entry; the entries before it are as they were."""
    place = data.draw(st.integers(0, 45))
    ends = [end for end, _ in told.checkpoints()]
    first, end = next(pair for pair in pairwise([0, *ends]) if pair[1] > place)
    written = json.loads(told.all[place])
    inner = written
    for _ in range(data.draw(st.integers(0, 4))):
        names = sorted(name for name in inner if isinstance(inner[name], dict))
        if names:
            inner = inner[data.draw(st.sampled_from(names))]
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(_JSON)
    forged = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    replay = Replay(rulebook.find)
    for start, stop in pairwise([0, *[each for each in ends if each <= first]]):
        replay.batch(told.all[start:stop])
    bodies = told.all[first:end]
    bodies[place - first] = forged.encode(errors="surrogatepass")
    assume(bodies != told.all[first:end])
    difference = None
    try:
        replay.batch(bodies)
    except Differs as raised:
        difference = raised.difference
    if difference is not None:
        assert difference.index is not None
        # entries of one batch have one time: where two differ, either may be the wrong one
        assert first <= difference.index <= (end - 1 if "field at" in difference.en else place)
    else:  # an act that is admitted as well: this is for the signatures to find
        assert json.loads(forged)["act"] != json.loads(told.all[place])["act"]


# Rulebooks


def test_software_that_lacks_the_rulebook_says_so(exported: Path) -> None:
    report = verify(exported, VKEY, find_rulebook=lambda digest, choices: None)
    assert report.exit_code == UNREADABLE
    assert report.difference is not None
    assert creation().act["rulebook"] in report.difference.say("en")


def test_no_rulebook_is_taken_from_the_bundle(bundle: Path, sold: Memory, tmp_path: Path) -> None:
    """A manifest in which the rule has ended changes nothing, and is found not to be the one."""
    dear = PRICE + 1
    resale = reserve(1, "a1", "a5", consideration=dear, payment=payment(amount=dear))
    forged = tmp_path / "forged"
    export(past(sold, resale, PASS_ON_AT), forged)
    [path] = (forged / "rulebooks").iterdir()
    weak = json.loads(path.read_bytes())
    for rule in weak["rules"]:
        if rule["code"] == "no_profit_resale":
            rule["until"] = "2023-01-01"
    path.write_bytes(rulebook.canonical(weak))
    relist(forged)
    assert "no_profit_resale" in found(forged)
    [path] = (bundle / "rulebooks").iterdir()
    path.write_bytes(rulebook.canonical(weak))
    relist(bundle)
    assert "its content is not of its name" in found(bundle)


def test_each_movement_is_decided_under_the_rulebook_of_its_time(
    sold: Memory, tmp_path: Path
) -> None:
    choices = CHOICES | {"payment.payer_unknown": [("2026-01-01", "refuse")]}
    first, second = creation().act["rulebook"], first_rulebook(choices).digest
    unsure = payment(payer="rail_cannot_tell")
    sold.done(announced(SALE_AT + 1000, second, choices=choices), at=SALE_AT)
    results = [
        sold.apply(sale(edition, f"a{edition}", payment=unsure), at=at).results[0].outcome
        for edition, at in ((7, SALE_AT + 999), (8, SALE_AT + 1000))
    ]
    assert results == ["held", "refused"]
    export(sold, tmp_path / "one")
    report = verify(tmp_path / "one", VKEY)
    assert (report.exit_code, report.rulebooks) == (FINE, sorted([first, second]))
    old = past(sold, sale(9, "a9"), SALE_AT + 1000, rb=first)
    said = said_of(old, tmp_path / "two")
    assert f"not under the rulebook then in force (expected {second}; got {first})" in said


def test_a_rulebook_announced_ahead_need_not_be_known_yet(sold: Memory, tmp_path: Path) -> None:
    sold.done(announced(PASS_ON_AT, DIGEST), at=SALE_AT)
    sold.done(sale(9, "a9"), at=SALE_AT)
    export(sold, tmp_path)
    assert verify(tmp_path, VKEY).exit_code == FINE
