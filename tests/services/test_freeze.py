"""Freezes and releases by two officers, honoured by everything that moves, through crashes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from collectibles.errors import BadInput, CollectiblesError, Conflict, Forbidden, NotFound, Refused
from collectibles.ledger import state
from collectibles.services import freeze
from collectibles.services.freeze import (
    Restraint,
    ask_restraint,
    confirm_restraint,
    decline_restraint,
    finish_restraints,
    get_request,
    requests_of,
)
from collectibles.services.messages_of import messages_of
from collectibles.services.offer_gift import offer_gift
from collectibles.store.tables.oversight import RestraintRequest
from tests.service import Service, make_service
from tests.services.buying import DAY, make_buyer, make_series, order, pay

OFFICE = "regulator-1"


@pytest.fixture(scope="module")
def shared(
    database_url: str, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One service with a series, for what must leave nothing behind."""
    made = make_service(database_url, tmp_path_factory.mktemp("shared"), merchant_keys)
    make_series(made)
    yield made
    made.close()


def restraint(subject: str, scope: str = "collectible", action: str = "freeze", **how: Any) -> Any:
    return Restraint(
        action, scope, subject, how.get("document", "文监冻字〔2026〕1号"), "某市文化执法支队",
        "《网络安全法》", how.get("until"),
    )  # fmt: skip


def ask(service: Service, wanted: Restraint, officer: str = "officer-1") -> str:
    key = secrets.token_urlsafe(16)
    return ask_restraint(service.ctx, OFFICE, service.staff[officer], wanted, key)


def confirm(service: Service, request: str, officer: str = "officer-2") -> Any:
    return confirm_restraint(service.ctx, OFFICE, service.staff[officer], request)


def carry_out(service: Service, wanted: Restraint) -> Any:
    return confirm(service, ask(service, wanted))


def a_holder(service: Service, number: int = 1, series: str = "s-plain") -> str:
    account = make_buyer(service.ctx, number)
    pay(service, order(service.ctx, account, series).order_id)
    service.pump()
    return account


def gift_codes(service: Service, holder: str, edition: int = 1) -> set[str]:
    with pytest.raises(Refused) as caught:
        offer_gift(service.ctx, holder, "s-plain", edition, secrets.token_urlsafe(16))
    return {each.code for each in caught.value.explained}


def restraints_on_ledger(service: Service) -> int:
    return len(service.ctx.ledger.read.of_kinds("restraint"))


def test_a_collectible_is_frozen_by_two_officers_and_the_holder_is_told(service: Service) -> None:
    make_series(service)
    holder = a_holder(service)
    assert "restraint" not in gift_codes(service, holder)
    until = service.clock.now_ms() + 30 * DAY
    request = ask(service, restraint("s-plain/1", until=until))
    assert get_request(service.ctx, OFFICE, request).state == "asked"
    assert "restraint" not in gift_codes(service, holder)  # asked for is not in force
    with pytest.raises(Forbidden) as caught:
        confirm(service, request, "officer-1")
    assert caught.value.code == "own_request"
    receipt = confirm(service, request)
    assert confirm(service, request).index == receipt.index
    assert restraints_on_ledger(service) == 1
    entry = service.ctx.ledger.read.entry(receipt.index)
    assert entry["act"]["officers"] == [service.staff["officer-1"], service.staff["officer-2"]]
    assert "restraint" in gift_codes(service, holder)
    [told] = [each for each in messages_of(service.ctx, holder) if "冻结" in each.zh]
    for words in ("文监冻字〔2026〕1号", "某市文化执法支队", "《网络安全法》", "2026年4月1日"):
        assert words in told.zh
    assert "until 1 Apr 2026" in told.en
    service.clock.set_ms(until)
    assert "restraint" not in gift_codes(service, holder)


def test_a_release_lets_it_go_and_tells_the_holder(service: Service) -> None:
    make_series(service)
    holder = a_holder(service)
    with pytest.raises(BadInput) as caught:
        ask(service, restraint("s-plain/1", action="release"))
    assert (caught.value.field, caught.value.code) == ("subject", "not_frozen")
    carry_out(service, restraint("s-plain/1"))
    assert "restraint" in gift_codes(service, holder)
    carry_out(service, restraint("s-plain/1", action="release", document="文监解字〔2026〕1号"))
    assert "restraint" not in gift_codes(service, holder)
    told = [message.zh for message in messages_of(service.ctx, holder)]
    assert any("文监解字〔2026〕1号" in words and "已解除" in words for words in told)


def test_a_frozen_account_neither_buys_nor_gives_and_a_frozen_series_is_not_sold(
    service: Service,
) -> None:
    make_series(service)
    make_series(service, "s-other")
    holder, stranger = a_holder(service), make_buyer(service.ctx, 2)
    carry_out(service, restraint(holder, "account"))
    with pytest.raises(Refused) as caught:
        order(service.ctx, holder, "s-other")
    assert "restraint" in {each.code for each in caught.value.explained}
    assert "restraint" in gift_codes(service, holder)
    order(service.ctx, stranger, "s-other")
    carry_out(service, restraint("s-plain", "series"))
    with pytest.raises(Refused) as caught:
        order(service.ctx, stranger, "s-plain")
    assert {each.code for each in caught.value.explained} == {"restraint"}
    assert len(messages_of(service.ctx, holder)) >= 2
    assert not [each for each in messages_of(service.ctx, stranger) if "冻结" in each.zh]


@pytest.mark.parametrize(
    ("scope", "subject"),
    [
        ("collectible", "s-plain/0"),
        ("collectible", "s-plain/11"),
        ("collectible", "s-plain/01"),
        ("collectible", "s-plain"),
        ("collectible", "s-none/1"),
        ("series", "s-none"),
        ("account", "a-none"),
        ("member", "museum-1"),
    ],
)
def test_a_subject_that_is_not_there_is_named(shared: Service, scope: str, subject: str) -> None:
    service = shared
    with pytest.raises(BadInput) as caught:
        ask(service, restraint(subject, scope))
    assert caught.value.field == "subject"
    assert requests_of(service.ctx, OFFICE) == []


def test_a_term_is_in_the_future_and_never_shortens_a_freeze(service: Service) -> None:
    make_series(service)
    now = service.clock.now_ms()
    with pytest.raises(BadInput) as caught:
        ask(service, restraint("s-plain/1", until=now))
    assert caught.value.code == "term_over"
    waiting = ask(service, restraint("s-plain/1", until=now + DAY))
    carry_out(service, restraint("s-plain/1", until=now + 2 * DAY))
    with pytest.raises(BadInput) as caught:
        ask(service, restraint("s-plain/1", until=now + DAY))
    assert caught.value.code == "shortens_freeze"
    with pytest.raises(Conflict):
        confirm(service, waiting)
    assert get_request(service.ctx, OFFICE, waiting).state == "asked"
    carry_out(service, restraint("s-plain/1", until=now + 3 * DAY))
    service.clock.set_ms(now + 3 * DAY)
    late = ask(service, restraint("s-plain/1", until=now + 4 * DAY))
    service.clock.set_ms(now + 4 * DAY)
    with pytest.raises(Conflict):
        confirm(service, late)


def test_the_same_form_is_one_request(service: Service) -> None:
    make_series(service)
    ctx, officer = service.ctx, service.staff["officer-1"]
    wanted = restraint("s-plain/1")
    first = ask_restraint(ctx, OFFICE, officer, wanted, "key")
    assert ask_restraint(ctx, OFFICE, officer, wanted, "key") == first
    confirm(service, first)
    assert ask_restraint(ctx, OFFICE, officer, wanted, "key") == first  # late, after its decision
    with pytest.raises(Conflict) as caught:
        ask_restraint(ctx, OFFICE, officer, restraint("s-plain/2"), "key")
    assert caught.value.code == "form_used"
    assert len(requests_of(ctx, OFFICE)) == 1


def test_a_dropped_request_stays_dropped(service: Service) -> None:
    make_series(service)
    request = ask(service, restraint("s-plain/1"))
    decline_restraint(service.ctx, OFFICE, service.staff["officer-2"], request)
    decline_restraint(service.ctx, OFFICE, service.staff["officer-2"], request)
    with pytest.raises(Conflict) as caught:
        confirm(service, request)
    assert caught.value.code == "request_decided"
    with pytest.raises(NotFound):
        get_request(service.ctx, "regulator-2", request)
    assert restraints_on_ledger(service) == 0


def test_confirmed_just_before_a_crash_is_finished_once(service: Service) -> None:
    make_series(service)
    request = ask(service, restraint("s-plain/1"))
    freeze._decide(service.ctx, request, service.staff["officer-2"], "confirmed")
    assert restraints_on_ledger(service) == 0
    assert finish_restraints(service.ctx) == 1
    assert finish_restraints(service.ctx) == 0
    found = get_request(service.ctx, OFFICE, request)
    assert found.entry is not None
    with service.ctx.database.begin() as session:  # killed between ledger and row
        session.get_one(RestraintRequest, request).entry = None
    assert finish_restraints(service.ctx) == 1
    assert get_request(service.ctx, OFFICE, request).entry == found.entry
    assert restraints_on_ledger(service) == 1


def test_one_that_can_never_be_done_does_not_hold_up_the_others(service: Service) -> None:
    make_series(service)
    carry_out(service, restraint("s-plain/1"))
    first, second = (ask(service, restraint("s-plain/1", action="release")) for _ in range(2))
    third = ask(service, restraint("s-plain/2"))
    for request in (first, second, third):
        freeze._decide(service.ctx, request, service.staff["officer-2"], "confirmed")
        service.clock.advance_ms(1)
    assert finish_restraints(service.ctx) == 2
    found = get_request(service.ctx, OFFICE, second)
    assert (found.state, found.entry) == ("failed", None)
    assert "未被冻结" in (found.problem_zh or "")
    assert finish_restraints(service.ctx) == 0
    value = service.ctx.ledger.read.value(state.collectible("s-plain", 2))
    assert value["freeze"]["document"] == "文监冻字〔2026〕1号"


def test_two_officers_at_once_confirm_once(
    service: Service, another: Callable[[], Service]
) -> None:
    from collectibles.services.admit_institution import admit_staff

    make_series(service)
    third = admit_staff(service.ctx, OFFICE, "officer-3", "officer", "demonstration")
    request = ask(service, restraint("s-plain/1"))
    who = [(service.ctx, service.staff["officer-2"]), (another().ctx, third)]

    def one(pair: tuple[Any, str]) -> object:
        try:
            return confirm_restraint(pair[0], OFFICE, pair[1], request)
        except CollectiblesError as problem:
            return problem

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(one, who))
    assert sum(isinstance(each, Conflict) for each in both) == 1
    assert restraints_on_ledger(service) == 1
    with service.ctx.database.begin() as session:
        row = session.scalars(select(RestraintRequest)).one()
    entry = service.ctx.ledger.read.entry(row.entry or 0)
    assert entry["act"]["officers"] == [service.staff["officer-1"], row.decided_by]
