"""Appeals against refusals: once, in time, in sealed words, decided by others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from collectibles.errors import Conflict, Forbidden, NotFound
from collectibles.ledger import state
from collectibles.services.appeal_ruling import appeal_ruling, finish_appeals, words_of
from collectibles.services.messages_of import messages_of
from collectibles.services.rule_on_hold import (
    Ruling,
    ask_ruling,
)
from collectibles.services.show_holds import open_appeals, show_hold
from tests.service import Service
from tests.services.buying import (
    DAY,
    assert_books_balance,
    make_buyer,
    make_series,
    order_row,
)
from tests.services.holding import (
    held_order,
    officers,
    rule,
    the_hold,
    watching,
)
from tests.services.killing import Killed, killed_after
from tests.services.passing import (
    go_round,
    holder_of,
    key,
)


@pytest.fixture(autouse=True)
def _watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with watching(monkeypatch):
        yield


def test_an_appeal_and_its_outcome(service: Service) -> None:
    make_series(service, size=1)
    buyer, bought = held_order(service)
    ctx, who = service.ctx, officers(service.ctx)
    hold = the_hold(ctx).entry
    with pytest.raises(Conflict):
        appeal_ruling(ctx, buyer, hold, "还没有裁定", key())
    rule(ctx, "refuse", who[:1], strike=True)
    account = ctx.ledger.read.value(state.account(buyer))
    assert len(account["strikes"]) == 1
    go_round(service)
    form = key()
    made = appeal_ruling(ctx, buyer, hold, "付款人是我的配偶", form)
    assert appeal_ruling(ctx, buyer, hold, "付款人是我的配偶", form).entry == made.entry
    with pytest.raises(Conflict):
        appeal_ruling(ctx, buyer, hold, "再次申诉", key())
    with pytest.raises(NotFound):
        appeal_ruling(ctx, make_buyer(ctx, 2), hold, "不相干", key())
    assert [one.entry for one in open_appeals(ctx)] == [hold]
    assert words_of(ctx, hold) == "付款人是我的配偶"
    assert "配偶" not in str(ctx.ledger.read.entry(made.entry))
    with pytest.raises(Forbidden):
        rule(ctx, "permit", who[:1], on_appeal=True)
    rule(ctx, "permit", who[1:2], on_appeal=True)
    assert open_appeals(ctx) == []
    assert ctx.ledger.read.value(state.account(buyer))["strikes"] == []
    assert order_row(ctx, bought).state == "refunded"
    assert holder_of(ctx, 1) is None
    assert show_hold(ctx, hold).row.appeal_ruling == "permit"
    assert any("upheld" in one.en for one in messages_of(ctx, buyer))
    assert_books_balance(service)


def test_a_regulator_is_an_instance_of_appeal(service: Service) -> None:
    make_series(service, size=1)
    buyer, _ = held_order(service)
    ctx = service.ctx
    hold = the_hold(ctx).entry
    rule(ctx, "refuse", officers(ctx))
    appeal_ruling(ctx, buyer, hold, "请复查", key())
    wanted = Ruling(hold, "refuse", "维持原裁定", on_appeal=True)
    ask_ruling(ctx, "regulator-1", service.staff["officer-1"], wanted, key())
    assert the_hold(ctx).appeal_ruling == "refuse"


@pytest.mark.parametrize("steps", range(4))
def test_an_appeal_received_in_time_survives_a_crash(service: Service, steps: int) -> None:
    make_series(service, size=1)
    buyer, _ = held_order(service)
    ctx, form = service.ctx, key()
    hold = the_hold(ctx).entry
    rule(ctx, "refuse", officers(ctx))
    with contextlib.suppress(Killed):
        appeal_ruling(killed_after(ctx, steps), buyer, hold, "请复查", form)
    service.clock.advance_ms(60 * DAY)  # the time is over: what was received counts, the rest not
    finish_appeals(ctx)
    received = words_of(ctx, hold) != ""
    assert (the_hold(ctx).appeal_entry is not None) == received
    if not received:
        with pytest.raises(Conflict):
            appeal_ruling(ctx, buyer, hold, "请复查", form)
