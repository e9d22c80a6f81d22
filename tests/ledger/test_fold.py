"""The fold: what each entry does to the state, and that the state is nothing but the fold."""

from __future__ import annotations

from typing import Any

import pytest

from collectibles.domain.acts import ACTS, MADE_BY_THE_LEDGER
from collectibles.ledger import keys, state
from collectibles.ledger.entry import movement_of
from collectibles.ledger.fold import _FOLDS, fold
from collectibles.ledger.state import Folded, Overlay
from compliance.calendar import DAY_MS, moment
from tests.ledger.build import (
    CHOICES,
    DIGEST,
    ISSUE_AT,
    MINT_AT,
    PASS_ON_AT,
    PRICE,
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
    on_sale,
    payment,
    post,
    refund,
    release,
    reserve,
    returned,
    ruling,
    sale,
    takedown,
    void,
)
from tests.ledger.story import tell


def folded(entries: list[dict[str, Any]]) -> Folded:
    """The state after these entries, by the fold alone."""
    result = Folded()
    for index, each in enumerate(entries):
        overlay = Overlay(result)
        fold(each, index, keys.act_digest(movement_of(each)), overlay)
        overlay.keep()
        result.update(overlay.changes)
    return result


@pytest.fixture
def shop() -> Memory:
    """Editions 1 to 4 sold to a1 to a4, accounts up to a9."""
    ledger = on_sale(Memory(), buyers=9, editions=20)
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 5)), at=SALE_AT)
    return ledger


def copy_at(ledger: Memory, edition: int) -> dict[str, Any]:
    value: dict[str, Any] = ledger.state[state.collectible("s1", edition)]
    return value


def test_every_kind_has_a_fold() -> None:
    assert set(_FOLDS) == {*ACTS, *MADE_BY_THE_LEDGER}


def test_the_machines_changes_are_the_fold_of_its_entries() -> None:
    ledger = tell(Memory())
    assert folded(ledger.entries) == ledger.state


def test_genesis_and_rulebooks() -> None:
    ledger = Memory()
    book = {
        "digest": creation().act["rulebook"],
        "choices": [
            {"parameter": name, "since": since, "value": value}
            for name, values in CHOICES.items()
            for since, value in values
        ],
        "effective_at": ISSUE_AT - DAY_MS,
    }
    assert ledger.state[state.RULEBOOK] == [book]
    ledger.done(announced(SALE_AT, DIGEST), at=ISSUE_AT)
    earlier = announced(MINT_AT, creation().act["rulebook"], op_id="earlier")
    ledger.done(earlier, at=ISSUE_AT)
    assert [each["effective_at"] for each in ledger.state[state.RULEBOOK]] == [
        ISSUE_AT - DAY_MS,
        MINT_AT,
        SALE_AT,
    ]
    again = announced(PASS_ON_AT, creation().act["rulebook"], op_id="later")
    ledger.done(again, at=MINT_AT)
    assert [each["effective_at"] for each in ledger.state[state.RULEBOOK]] == [
        MINT_AT,
        SALE_AT,
        PASS_ON_AT,
    ]


def test_a_sale(shop: Memory) -> None:
    assert copy_at(shop, 1) == {
        "holder": "a1",
        "at": SALE_AT,
        "how": "sale",
        "paid": PRICE,
        "back": 0,
        "pending": 0,
        "return_until": SALE_AT + 7 * DAY_MS,
        "refundable_until": moment("2027-03-10 12:00:00"),
        "lock": None,
        "freeze": None,
        "gone": None,
        "wait": None,
        "past": [],
    }
    assert shop.state[state.bought("p-a1", "s1")] == 1
    assert shop.state[state.ties("p-a1")]["bought"] == [SALE_AT]


def test_a_gift_cost_nothing_and_keeps_a_freeze(shop: Memory) -> None:
    shop.done(freeze("collectible", "s1/1", until=RETURN_AT + DAY_MS), at=RETURN_AT)
    shop.done(gift(1, "a1", "a5"), at=PASS_ON_AT)
    value = copy_at(shop, 1)
    assert (value["holder"], value["how"], value["paid"]) == ("a5", "gift", 0)
    assert (value["return_until"], value["refundable_until"]) == (None, None)
    assert value["freeze"]["until"] == RETURN_AT + DAY_MS
    assert shop.state[state.bought("p-a1", "s1")] == 1
    assert shop.state[state.bought("p-a5", "s1")] is None


def test_a_resale_locks_then_moves_and_counts_as_bought(shop: Memory) -> None:
    index = shop.size
    shop.done(reserve(1, "a1", "a5"), at=PASS_ON_AT)
    assert copy_at(shop, 1)["lock"] == {
        "what": "resale",
        "index": index,
        "resale": "resale-1-a5",
        "from": "a1",
        "to": "a5",
        "consideration": PRICE,
        "until": PASS_ON_AT + DAY_MS,
    }
    assert copy_at(shop, 1)["holder"] == "a1"
    shop.done(post(1, "a1", "a5"), at=PASS_ON_AT + 1)
    value = copy_at(shop, 1)
    assert (value["holder"], value["how"], value["at"]) == ("a5", "resale", PASS_ON_AT + 1)
    assert (value["paid"], value["lock"]) == (PRICE, None)
    assert shop.state[state.bought("p-a5", "s1")] == 1


def test_a_voided_resale_leaves_everything_as_it_was(shop: Memory) -> None:
    before = copy_at(shop, 1)
    shop.done(reserve(1, "a1", "a5"), at=PASS_ON_AT)
    shop.done(void(1, "a5"), at=PASS_ON_AT + 1)
    assert copy_at(shop, 1) == before


def test_refunds_lower_the_cost_when_they_are_done(shop: Memory) -> None:
    shop.done(refund("pending", 1, 500), refund("pending", 2, 700), at=RETURN_AT)
    assert (copy_at(shop, 1)["pending"], copy_at(shop, 1)["back"]) == (500, 0)
    shop.done(refund("done", 1, 500), refund("failed", 2, 700), at=RETURN_AT)
    assert (copy_at(shop, 1)["pending"], copy_at(shop, 1)["back"]) == (0, 500)
    assert (copy_at(shop, 2)["pending"], copy_at(shop, 2)["back"]) == (0, 0)
    assert shop.state[state.refund("refund-1")]["step"] == "done"


def test_a_refund_does_not_touch_the_cost_of_a_later_holder(shop: Memory) -> None:
    shop.done(refund("pending", 1, 500), at=RETURN_AT)
    shop.done(forced(1, "a1", "a5"), at=RETURN_AT + 1)
    shop.done(refund("done", 1, 500), at=RETURN_AT + 2)
    value = copy_at(shop, 1)
    assert (value["holder"], value["paid"], value["back"], value["pending"]) == ("a5", 0, 0, 0)


def test_a_return_takes_it_back_and_frees_the_persons_count(shop: Memory) -> None:
    shop.done(returned(1, "a1"), at=RETURN_AT)
    value = copy_at(shop, 1)
    assert (value["holder"], value["gone"], value["pending"]) == (None, "returned", PRICE)
    assert shop.state[state.bought("p-a1", "s1")] == 0
    assert shop.state[state.refund("return-1")]["step"] == "pending"
    shop.done(refund("done", 1, PRICE, name="return-1"), at=RETURN_AT)
    assert (copy_at(shop, 1)["pending"], copy_at(shop, 1)["back"]) == (0, PRICE)


def test_what_was_not_bought_is_not_counted_off_when_it_goes_back(shop: Memory) -> None:
    """An entry that the rules would refuse; the fold decides nothing and must count right."""
    shop.done(forced(1, "a1", "a5"), at=RETURN_AT)
    overlay = Overlay(shop.state)
    entry = {"kind": "return", "by": "operator", "op": "x", "at": RETURN_AT}
    fold(entry | {"act": returned(1, "a5").act}, shop.size, "0" * 64, overlay)
    assert overlay[state.bought("p-a5", "s1")] is None
    assert overlay[state.bought("p-a1", "s1")] == 1


def test_freezes_and_releases(shop: Memory) -> None:
    held = (("account", "a1"), ("series", "s1"), ("collectible", "s1/9"))
    shop.done(*(freeze(*each) for each in held), at=RETURN_AT)
    for scope, subject in held:
        value = shop.state[f"{scope}/{subject}"]
        assert state.frozen(value, RETURN_AT)
        assert value["freeze"]["document"] == "文书〔2026〕1号"
    shop.done(*(release(*each) for each in held), at=RETURN_AT + 1)
    for scope, subject in held:
        assert not state.frozen(shop.state[f"{scope}/{subject}"], RETURN_AT + 1)
    assert shop.state[state.account("a1")]["person"] == "p-a1"


def test_a_freeze_ends_with_its_term(shop: Memory) -> None:
    shop.done(freeze("account", "a1", until=PASS_ON_AT), at=RETURN_AT)
    value = shop.state[state.account("a1")]
    assert state.frozen(value, PASS_ON_AT - 1)
    assert not state.frozen(value, PASS_ON_AT)


def test_takedown_burn_forced_and_correction(shop: Memory) -> None:
    shop.done(takedown(), burn(9), forced(1, "a1", "a5"), at=RETURN_AT)
    assert shop.state[state.series("s1")]["down"] == "文书〔2026〕1号"
    assert copy_at(shop, 9)["gone"] == "burned"
    assert (copy_at(shop, 1)["holder"], copy_at(shop, 1)["how"]) == ("a5", "forced")
    shop.done(takedown("restore"), correction(7, op_id="x"), correction(7, op_id="y"), at=RETURN_AT)
    assert shop.state[state.series("s1")]["down"] is None
    assert shop.state[state.correction(7)] == [shop.size - 2, shop.size - 1]


def test_an_account_keeps_its_freeze_and_refusals_when_it_is_verified_anew(shop: Memory) -> None:
    shop.apply(sale(9, "a1", op_id="second"), at=SALE_AT)
    shop.done(freeze("account", "a1"), at=SALE_AT)
    before = shop.state[state.account("a1")]
    assert before["said"]["seen"]
    shop.done(account("a1", op_id="anew", adult_from=0), at=RETURN_AT)
    value = shop.state[state.account("a1")]
    assert (value["freeze"], value["said"]) == (before["freeze"], before["said"])
    assert value["adult_from"] == 0


def test_a_hold_and_its_ruling(shop: Memory) -> None:
    unsure = sale(9, "a9", payment=payment(payer="rail_cannot_tell"))
    shop.apply(unsure, at=SALE_AT)
    index = shop.size - 1
    assert shop.state[state.hold(index)] == {
        "kind": "sale",
        "act": unsure.act,
        "by": "operator",
        "until": SALE_AT + 15 * DAY_MS,
        "ruling": None,
    }
    assert copy_at(shop, 9)["lock"] == {
        "what": "hold",
        "index": index,
        "until": SALE_AT + 15 * DAY_MS,
    }
    assert copy_at(shop, 9)["holder"] is None
    shop.done(ruling(index, "permit"), at=SALE_AT + 1)
    assert shop.state[state.hold(index)]["ruling"] == "permit"
    assert (copy_at(shop, 9)["holder"], copy_at(shop, 9)["at"]) == ("a9", SALE_AT + 1)


def test_every_entry_leaves_its_operation(shop: Memory) -> None:
    for index, each in enumerate(shop.entries):
        digest = keys.act_digest(movement_of(each))
        assert shop.state[state.operation(each["by"], each["op"])] == [index, digest]


def test_reading_what_was_not_loaded_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Overlay({})[state.LEDGER]
