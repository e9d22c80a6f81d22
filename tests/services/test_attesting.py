"""What services attest for the rules: the operator, those close to museums, devices, screenings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectibles import config
from collectibles.errors import BadInput, Refused, Unavailable
from collectibles.ledger import state
from collectibles.services.admit_institution import check_institution
from collectibles.services.affiliation import declare_affiliation
from collectibles.services.context import Context
from collectibles.services.declare_platform import declare_platform
from collectibles.services.place_order import check_buyable
from tests.service import CODES, Service
from tests.services.buying import DAY, make_buyer, make_series, order, order_row, pay
from tests.services.passing import entries_of, phone


def codes(refused: Refused) -> list[str]:
    return [one.code for one in refused.explained]


def with_operator(ctx: Context, **changes: Any) -> Context:
    operator = replace(ctx.settings.operator, **changes)
    return replace(ctx, settings=replace(ctx.settings, operator=operator))


def test_the_operator_is_said_once_and_again_when_it_changes(service: Service) -> None:
    ctx = service.ctx
    assert not declare_platform(ctx)
    (said,) = entries_of(ctx, "platform")
    assert said["act"]["filing"]["number"] == ctx.settings.operator.filing_number
    fewer = with_operator(ctx, permits=ctx.settings.operator.permits[:1])
    assert declare_platform(fewer)
    assert not declare_platform(fewer)
    make_series_refused(service, "permits_valid")
    assert declare_platform(ctx)  # as it was before
    assert len(entries_of(ctx, "platform")) == 3
    make_series(service)


def make_series_refused(service: Service, code: str) -> None:
    with pytest.raises(Refused) as refused:
        make_series(service, "s-refused")
    assert code in codes(refused.value)


def test_what_the_rules_hold_of_the_operator_does_not_stop_the_service(service: Service) -> None:
    ctx = service.ctx
    before = ctx.ledger.read.value(state.PLATFORM)
    assert not declare_platform(with_operator(ctx, scope="稳定币的发行与服务"))
    assert ctx.ledger.read.value(state.PLATFORM) == before
    (held,) = entries_of(ctx, "hold")
    assert held["act"]["kind"] == "platform"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERMITS", "value_added_telecom|1|2022-01-01"),
        ("PERMITS", "增值电信|1|2022-01-01|"),
        ("PERMITS", "value_added_telecom|1|soon|"),
        ("OPERATOR_USCC", "91350100M000100Y4Z"),
        ("STARTED_ON", "2022"),
        ("ENDS_ON", "one day"),
    ],
)
def test_a_setting_of_another_form_is_named(name: str, value: str) -> None:
    with pytest.raises(Unavailable) as wrong:
        config.load({"DATABASE_URL": "postgresql://", name: value})
    assert name in wrong.value.en


def test_an_insider_cannot_buy_what_the_museum_issues(service: Service) -> None:
    ctx = service.ctx
    make_series(service)
    buyer = make_buyer(ctx, 1)
    check_buyable(ctx, buyer, ctx.ledger.read.value(state.series("s-plain")))
    declare_affiliation(ctx, phone(1), "museum-1")
    with pytest.raises(Refused) as refused:
        order(ctx, buyer)
    assert codes(refused.value) == ["insider_purchase"]
    declare_affiliation(ctx, phone(1), "museum-1")  # again is harmless
    assert ctx.ledger.read.value(state.account(buyer))["affiliations"] == ["museum-1"]
    declare_affiliation(ctx, phone(1), "museum-1", ends=True)
    service.clock.advance_ms(DAY)
    assert order(ctx, buyer).order_id
    for given, institution, field in (
        (phone(9), "museum-1", "phone"),
        (phone(1), "museum-9", "institution"),
    ):
        with pytest.raises(BadInput) as bad:
            declare_affiliation(ctx, given, institution)
        assert bad.value.field == field


@pytest.mark.parametrize("by", ["device", "means"])
def test_many_buyers_with_one_device_or_one_purse_are_looked_at(service: Service, by: str) -> None:
    """Four pass, as a family does; of the fifth a person decides."""
    ctx = service.ctx
    make_series(service)
    states = []
    for number in range(1, 6):
        how = {"device": "d-same"} if by == "device" else {}
        placed = order(ctx, make_buyer(ctx, number), **how)
        pay(service, placed.order_id, **({} if by == "device" else {"payer_account": "purse-1"}))
        service.pump()
        states.append(order_row(ctx, placed.order_id).state)
        service.clock.advance_ms(120_000)
    assert states == ["settled"] * 4 + ["held"]
    (held,) = entries_of(ctx, "hold")
    assert [finding[0] for finding in held["dec"]["f"]] == ["straw_buyers"]
    assert "purse-1" not in str(held)  # a tag only


def test_a_screening_is_done_again_before_it_is_too_old(service: Service) -> None:
    ctx = service.ctx
    buyer = make_buyer(ctx, 1)
    first = ctx.ledger.read.value(state.account(buyer))["screened_at"]
    service.clock.advance_ms(40 * DAY)
    check_institution(ctx, "museum-1", CODES[0])
    make_series(service)
    assert order(ctx, buyer).order_id
    value = ctx.ledger.read.value(state.account(buyer))
    assert value["screening"] == "clear"
    assert value["screened_at"] == service.clock.now_ms() > first
    assert value["verified_at"] < value["screened_at"]


def test_a_museum_is_checked_again_by_its_code(service: Service) -> None:
    service.clock.advance_ms(200 * DAY)
    make_series_stale(service)
    with pytest.raises(BadInput):
        check_institution(service.ctx, "museum-1", "91350100M000100Y4Z")
    check_institution(service.ctx, "museum-1", CODES[0])
    value = service.ctx.ledger.read.value(state.member("museum-1"))
    assert (value["uscc"], value["checked_at"]) == (CODES[0], service.clock.now_ms())


def make_series_stale(service: Service) -> None:
    """The museum was checked too long ago for a new series: that is held."""
    from tests.services import buying

    kept, buying.check_institution = buying.check_institution, lambda *_: None
    try:
        with pytest.raises(Refused) as refused:
            make_series(service)
    finally:
        buying.check_institution = kept
    assert codes(refused.value) == ["issuer_verified"]
