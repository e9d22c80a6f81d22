"""Held purchases, gifts and resales: what waits, who rules, where the money is at every moment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from collectibles.errors import CollectiblesError, Conflict, Forbidden, NotFound
from collectibles.services.accept_gift import accept_gift
from collectibles.services.cancel_held import cancel_held_order
from collectibles.services.context import Context
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.messages_of import messages_of
from collectibles.services.offer_gift import offer_gift
from collectibles.services.rule_on_hold import (
    Ruling,
    ask_ruling,
    confirm_ruling,
    decline_ruling,
    finish_rulings,
)
from collectibles.services.settle_order import settle_order
from collectibles.services.show_holds import my_hold, open_holds, show_hold
from collectibles.services.trail import trail_of
from collectibles.services.work import work
from tests.service import Service
from tests.services.buying import (
    DAY,
    PRICE,
    assert_books_balance,
    editions,
    make_buyer,
    make_series,
    order_row,
    refunds_of,
)
from tests.services.holding import (
    WATCHED,
    held_order,
    held_rows,
    officers,
    rule,
    the_hold,
    watching,
)
from tests.services.interleaving import interleaved
from tests.services.killing import Killed, killed_after
from tests.services.passing import (
    go_round,
    holder_of,
    holder_since_long,
    key,
)

Act = Callable[[Context], object]


@pytest.fixture(autouse=True)
def _watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with watching(monkeypatch):
        yield


# Purchases


def test_a_held_purchase_waits_with_its_money_where_it_is(service: Service) -> None:
    make_series(service, size=2)
    buyer, bought = held_order(service)
    go_round(service)
    row = order_row(service.ctx, bought)
    assert (row.state, refunds_of(service.ctx, bought)) == ("held", [])
    assert editions(service.ctx) == {"reserved": 1, "free": 1}
    waiting = open_holds(service.ctx)
    assert [(one.cause, one.account_id, one.state) for one in waiting] == [(bought, buyer, "open")]
    assert waiting[0].entry == row.entry
    told = messages_of(service.ctx, buyer)
    assert any(f"hold {row.entry}" in one.en for one in told)
    shown = my_hold(service.ctx, buyer, waiting[0].entry)
    assert [one.code for one in shown.explained] == ["payer_match"]
    with pytest.raises(NotFound):
        my_hold(service.ctx, make_buyer(service.ctx, 2), waiting[0].entry)


def test_a_permit_settles_it(service: Service) -> None:
    make_series(service, size=1)
    buyer, bought = held_order(service)
    rule(service.ctx, "permit", officers(service.ctx))
    row = order_row(service.ctx, bought)
    assert (row.state, row.edition) == ("settled", 1)
    assert holder_of(service.ctx, 1) == buyer
    assert service.ctx.ledger.read.entry(row.entry)["kind"] == "ruling"
    assert editions(service.ctx) == {"sold": 1}
    trail = [(step.kind, step.outcome) for step in trail_of(service.ctx, "s-plain", 1)]
    assert trail[-2:] == [("sale", "held"), ("sale", "permitted")]
    assert the_hold(service.ctx).state == "permit"
    with pytest.raises(Conflict):
        cancel_held_order(service.ctx, buyer, bought)
    assert_books_balance(service)


@pytest.mark.parametrize("how", ["refuse", "lapse", "cancel"])
def test_without_a_permit_all_of_it_goes_back(service: Service, how: str) -> None:
    make_series(service, size=1)
    buyer, bought = held_order(service)
    who = officers(service.ctx)
    if how == "refuse":
        rule(service.ctx, "refuse", who)
    elif how == "cancel":
        assert cancel_held_order(service.ctx, buyer, bought) in ("refunding", "refunded")
        cancel_held_order(service.ctx, buyer, bought)
    else:
        service.clock.set_ms(the_hold(service.ctx).until)
    go_round(service)
    assert order_row(service.ctx, bought).state == "refunded"
    assert [(r.amount, r.state) for r in refunds_of(service.ctx, bought)] == [(PRICE, "done")]
    assert editions(service.ctx) == {"free": 1}
    states = {"refuse": "refuse", "lapse": "lapse", "cancel": "withdraw"}
    assert the_hold(service.ctx).state == states[how]
    with pytest.raises(Conflict):
        rule(service.ctx, "permit", who)
    assert holder_of(service.ctx, 1) is None
    assert_books_balance(service)


def test_nothing_goes_back_before_the_ledger_has_said_no(service: Service) -> None:
    """The time is over by our clock, and the lapse is not recorded: the money stays."""
    make_series(service, size=1)
    _, bought = held_order(service)
    service.clock.set_ms(the_hold(service.ctx).until + DAY)
    assert settle_order(service.ctx, bought) == "held"
    assert refunds_of(service.ctx, bought) == []


def _ends(service: Service, bought: str) -> None:
    """However it went: one ruling, and the money where that ruling says."""
    finish_rulings(service.ctx)
    go_round(service)
    row, hold = order_row(service.ctx, bought), the_hold(service.ctx)
    if hold.state == "permit":
        assert (row.state, holder_of(service.ctx, 1)) == ("settled", row.account_id)
        assert refunds_of(service.ctx, bought) == []
        assert editions(service.ctx) == {"sold": 1}
    else:
        assert hold.state in ("withdraw", "refuse", "lapse")
        assert (row.state, holder_of(service.ctx, 1)) == ("refunded", None)
        assert editions(service.ctx) == {"free": 1}
    assert_books_balance(service)


@pytest.mark.parametrize("steps", range(0, 12, 2))
@pytest.mark.parametrize("how", ["permit", "cancel", "lapse"])
def test_killed_anywhere_it_ends_the_same(service: Service, how: str, steps: int) -> None:
    make_series(service, size=1)
    buyer, bought = held_order(service)
    who = officers(service.ctx)
    acts: dict[str, Act] = {
        "permit": lambda ctx: rule(ctx, "permit", who),
        "cancel": lambda ctx: cancel_held_order(ctx, buyer, bought),
        "lapse": work,
    }
    if how == "lapse":
        service.clock.set_ms(the_hold(service.ctx).until)
    with contextlib.suppress(Killed):
        acts[how](killed_after(service.ctx, steps))
    if the_hold(service.ctx).state == "open":  # nothing was recorded, so nothing has happened
        assert refunds_of(service.ctx, bought) == []
        finish_rulings(service.ctx)
    if the_hold(service.ctx).state == "open":
        acts[how](service.ctx)
    _ends(service, bought)
    expected = {"permit": "permit", "cancel": "withdraw", "lapse": "lapse"}
    assert the_hold(service.ctx).state == expected[how]


@pytest.mark.parametrize("first", ["permit", "cancel"])
def test_of_a_permit_and_a_cancellation_exactly_one_wins(service: Service, first: str) -> None:
    """At every point of the one, the other does its whole part."""
    step, came = 0, True
    make_series(service, size=100)
    who = officers(service.ctx)
    while came:
        buyer, bought = held_order(service, step + 1)
        hold = the_hold(service.ctx).entry
        mine: dict[str, Act] = {
            "permit": lambda ctx, hold=hold: rule(ctx, "permit", who, hold=hold),
            "cancel": lambda ctx, b=buyer, o=bought: cancel_held_order(ctx, b, o),
        }
        other = mine["cancel" if first == "permit" else "permit"]

        def interfere(other: Act = other) -> None:
            try:
                other(service.ctx)
            except CollectiblesError as problem:
                assert problem.code in ("ruled", "not_held_now")  # noqa: PT017

        ctx, turn = interleaved(service.ctx, step, interfere)
        try:
            mine[first](ctx)
        except CollectiblesError as problem:
            assert problem.code in ("ruled", "not_held_now", "ruling_open")  # noqa: PT017
        came = turn.came
        finish_rulings(service.ctx)
        go_round(service, times=2)
        row = next(one for one in held_rows(service.ctx) if one.entry == hold)
        ended = order_row(service.ctx, bought)
        assert (row.state, ended.state) in (("permit", "settled"), ("withdraw", "refunded"))
        assert_books_balance(service)
        step += 3


# Officers


def test_two_officers_permit_where_the_rule_says_so(service: Service) -> None:
    giver, edition = holder_since_long(service)
    WATCHED.add(giver)
    to = make_buyer(service.ctx, 2)
    offered = offer_gift_unwatched(service, giver, edition)
    with pytest.raises(CollectiblesError, match="held_for_review"):
        accept_gift(service.ctx, to, offered)
    who, ctx = officers(service.ctx), service.ctx
    operator = ctx.settings.operator_id
    hold = the_hold(ctx).entry
    form = key()
    wanted = Ruling(hold, "permit", "核对无误")
    asked = ask_ruling(ctx, operator, who[0], wanted, form)
    assert (asked.state, asked.officers) == ("asked", 2)
    assert ask_ruling(ctx, operator, who[0], wanted, form).id == asked.id
    with pytest.raises(Conflict):  # one at a time
        ask_ruling(ctx, operator, who[1], wanted, key())
    with pytest.raises(Forbidden):
        confirm_ruling(ctx, operator, who[0], asked.id)
    assert the_hold(ctx).state == "open"
    confirm_ruling(ctx, operator, who[1], asked.id)
    confirm_ruling(ctx, operator, who[1], asked.id)
    assert the_hold(ctx).ruled_by == who[:2]
    assert holder_of(ctx, edition) == to


def test_a_dropped_request_leaves_the_hold_as_it_is(service: Service) -> None:
    giver, edition = holder_since_long(service)
    offered = offer_gift_unwatched(service, giver, edition)
    WATCHED.add(giver)
    with pytest.raises(CollectiblesError, match="held_for_review"):
        accept_gift(service.ctx, make_buyer(service.ctx, 2), offered)
    who, ctx = officers(service.ctx), service.ctx
    operator = ctx.settings.operator_id
    asked = ask_ruling(ctx, operator, who[0], Ruling(the_hold(ctx).entry, "permit", "核对"), key())
    decline_ruling(ctx, operator, who[1], asked.id)
    assert the_hold(ctx).state == "open"
    with pytest.raises(Conflict):
        confirm_ruling(ctx, operator, who[1], asked.id)
    rule(ctx, "refuse", who)
    assert the_hold(ctx).state == "refuse"


def test_what_the_ledger_does_not_take_is_told_and_kept_with_the_request(service: Service) -> None:
    make_series(service, size=1)
    buyer, bought = held_order(service)
    who, ctx = officers(service.ctx), service.ctx
    wanted = Ruling(the_hold(ctx).entry, "refuse", "不准许")
    with pytest.raises(Forbidden):
        ask_ruling(ctx, "regulator-1", service.staff["officer-1"], wanted, key())
    attested = {"scope": "account", "subject": buyer, "document": "文书1", "authority": "机关"}
    frozen = Restraint("freeze", **attested, basis="调查", until=None)
    first, second = service.staff["officer-1"], service.staff["officer-2"]
    asked = ask_restraint(ctx, "regulator-1", first, frozen, key())
    confirm_restraint(ctx, "regulator-1", second, asked)
    with pytest.raises(Conflict) as told:
        rule(ctx, "permit", who)
    assert told.value.code == "refused_now"
    kept = show_hold(ctx, the_hold(ctx).entry).requests[0]
    assert (kept.state, kept.problem_zh) == ("failed", told.value.zh)
    assert order_row(ctx, bought).state == "held"
    rule(ctx, "refuse", who)
    go_round(service)
    assert order_row(ctx, bought).state == "refunded"


def offer_gift_unwatched(service: Service, giver: str, edition: int) -> str:
    """Offer a gift before anybody looks; its link's secret."""
    watched = set(WATCHED)
    WATCHED.clear()
    offered = offer_gift(service.ctx, giver, "s-plain", edition, key())
    WATCHED.update(watched)
    return offered.secret
