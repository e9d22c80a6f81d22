"""Gifts by link: given once, to one person, by the rules, whatever is pressed when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from collectibles.errors import CollectiblesError, Conflict, NotFound, Refused, TooMany
from collectibles.services import accept_gift as accepting
from collectibles.services.accept_gift import (
    accept_gift,
    finish_gifts,
    foresee_acceptance,
    open_gift,
    refuse_gift,
)
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.identity_verifier import demonstration_number
from collectibles.services.messages_of import messages_of
from collectibles.services.offer_gift import (
    foresee_gift,
    gifts_by,
    gifts_to,
    offer_gift,
    open_gift_of,
    withdraw_gift,
)
from collectibles.services.passing_on import OFFERS_A_DAY
from collectibles.services.verify_person import verify_person
from collectibles.services.work import work
from collectibles.store.tables.passing import GiftOffer
from tests.service import Service
from tests.services.buying import (
    DAY,
    HOUR,
    REAL_NAME,
    make_account,
    make_buyer,
    make_series,
)
from tests.services.killing import Killed, killed_after
from tests.services.passing import (
    A_WHILE,
    HOLD_DAYS,
    at_once,
    buy,
    entries_of,
    gift_row,
    give,
    holder_of,
    holder_since_long,
    key,
    offer_at,
    resale_row,
)
from tests.trial import Counts

Another = Callable[[], Service]


def codes(refused: Refused) -> list[str]:
    return [one.code for one in refused.explained]


def test_a_gift_after_the_holding_time(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    foresee_gift(ctx, giver, "s-plain", edition)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    assert offered.expires_at == service.clock.now_ms() + 72 * HOUR
    assert holder_of(ctx, edition) == giver  # nothing is on the ledger until it is accepted
    given = accept_gift(ctx, friend, offered.secret)
    assert (given.state, given.to_account) == ("given", friend)
    assert holder_of(ctx, edition) == friend
    (entry,) = entries_of(ctx, "gift")
    assert entry["act"]["offer"] == offered.offer
    assert entry["act"]["gratuitous"] is True
    assert ctx.ledger.read.entry(given.entry or 0) == entry
    assert messages_of(ctx, giver)[0].zh == "您的赠送已被领取。"
    assert [each.id for each in gifts_by(ctx, giver)] == [offered.offer]
    assert [each.id for each in gifts_to(ctx, friend)] == [offered.offer]
    assert accept_gift(ctx, friend, offered.secret).id == offered.offer  # the same form again
    assert len(entries_of(ctx, "gift")) == 1


def test_before_the_time_it_is_refused_with_the_day_it_changes(service: Service) -> None:
    ctx = service.ctx
    make_series(service)
    giver, edition = buy(service, 1)
    bought_at = service.clock.now_ms()
    free = bought_at + HOLD_DAYS * DAY
    with pytest.raises(Refused) as asked:
        foresee_gift(ctx, giver, "s-plain", edition)
    assert codes(asked.value) == ["first_holding"]
    assert asked.value.explained[0].changes_at == free
    assert not entries_of(ctx, "refusal")  # looking is no request
    with pytest.raises(Refused) as refused:
        offer_gift(ctx, giver, "s-plain", edition, key())
    assert refused.value.index is not None
    (entry,) = entries_of(ctx, "refusal")
    assert entry["act"]["kind"] == "gift"
    assert gifts_by(ctx, giver) == []
    service.clock.set_ms(free - 1)
    with pytest.raises(Refused):
        offer_gift(ctx, giver, "s-plain", edition, key())
    service.clock.set_ms(free)
    assert offer_gift(ctx, giver, "s-plain", edition, key()).secret  # to whom, nobody knows yet


def test_somebody_unverified_is_refused_verifies_and_uses_the_same_link(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    guest = make_account(ctx, 2)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    with pytest.raises(Refused) as foreseen:
        foresee_acceptance(ctx, guest, open_gift(ctx, offered.secret))
    assert "real_name" in codes(foreseen.value)
    with pytest.raises(Refused) as refused:
        accept_gift(ctx, guest, offered.secret)
    assert "real_name" in codes(refused.value)
    assert entries_of(ctx, "refusal")
    assert gift_row(ctx, offered.offer).to_account is None
    document = demonstration_number("buyer 2", service.clock.now_ms())
    verify_person(ctx, guest, "测试乙", document, REAL_NAME)
    accept_gift(ctx, guest, offered.secret)
    assert holder_of(ctx, edition) == guest


def test_what_came_as_a_gift_is_kept_for_two_years(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    give(service, giver, edition, friend)
    with pytest.raises(Refused) as refused:
        offer_gift(ctx, friend, "s-plain", edition, key())
    assert codes(refused.value) == ["regift_holding"]
    assert refused.value.explained[0].changes_at == service.clock.now_ms() + 730 * DAY


def test_two_at_once_and_one_of_them_has_it(service: Service) -> None:
    ctx = service.ctx
    make_series(service, size=20)
    holders = [buy(service, number) for number in range(1, 5)]
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    for giver, edition in holders:
        friends = [make_buyer(ctx, 100 + 2 * edition), make_buyer(ctx, 101 + 2 * edition)]
        offered = offer_gift(ctx, giver, "s-plain", edition, key())
        told = at_once(*(lambda f=f, o=offered: accept_gift(ctx, f, o.secret) for f in friends))
        won = [one for one in told if not isinstance(one, CollectiblesError)]
        lost = [one for one in told if isinstance(one, CollectiblesError)]
        assert len(won) == 1
        assert [one.code for one in lost] in (["offer_over"], ["offer_busy"])
        row = gift_row(ctx, offered.offer)
        assert (row.state, row.to_account) == ("given", holder_of(ctx, edition))
    assert len(entries_of(ctx, "gift")) == len(holders)


def careless_withdraw(ctx: Context, _: str, offer: str) -> None:
    """The guard dropped: ends the offer without looking whether it is being accepted (control)."""
    with ctx.database.begin() as session:
        session.execute(
            update(GiftOffer).where(GiftOffer.id == offer).values(state="withdrawn", ended_at=1)
        )


@pytest.mark.parametrize(
    ("withdraw", "guarded"), [(withdraw_gift, True), (careless_withdraw, False)]
)
def test_withdrawn_or_accepted_but_never_both(
    service: Service,
    withdraw: Callable[[Context, str, str], None],
    guarded: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The donor withdraws between the claim and the ledger's answer: the worst moment there is.
    The control, without the guard, tells both that they won."""
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    withdrawn: list[object] = []

    def submit_late(*args: Any) -> object:
        withdrawn.extend(at_once(lambda: withdraw(ctx, giver, offered.offer)))
        return submit(*args)

    monkeypatch.setattr(accepting, "submit", submit_late)
    accept_gift(ctx, friend, offered.secret)
    assert holder_of(ctx, edition) == friend
    told_so = not isinstance(withdrawn[0], CollectiblesError)
    assert told_so is not guarded
    # And whatever the row said meanwhile, the ledger's word is the last.
    assert gift_row(ctx, offered.offer).state == "given"


def test_withdrawing_and_accepting_at_once(service: Service) -> None:
    ctx = service.ctx
    make_series(service, size=20)
    holders = [buy(service, number) for number in range(1, 6)]
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    friend = make_buyer(ctx, 100)
    for giver, edition in holders:
        offered = offer_gift(ctx, giver, "s-plain", edition, key())
        told = at_once(
            lambda o=offered, g=giver: withdraw_gift(ctx, g, o.offer),
            lambda o=offered: accept_gift(ctx, friend, o.secret),
        )
        failed = [isinstance(one, CollectiblesError) for one in told]
        assert sum(failed) == 1, told
        state = gift_row(ctx, offered.offer).state
        assert state == ("given" if failed[0] else "withdrawn")
        assert holder_of(ctx, edition) == (friend if failed[0] else giver)


def test_an_offer_lapses_and_another_may_be_made(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    with pytest.raises(Conflict) as twice:
        offer_gift(ctx, giver, "s-plain", edition, key())
    assert twice.value.code == "gift_open"
    service.clock.set_ms(offered.expires_at)
    with pytest.raises(Conflict) as late:
        accept_gift(ctx, friend, offered.secret)
    assert late.value.code == "offer_over"
    assert open_gift_of(ctx, giver, "s-plain", edition) is None
    again = offer_gift(ctx, giver, "s-plain", edition, key())
    assert gift_row(ctx, offered.offer).state == "lapsed"
    accept_gift(ctx, friend, again.secret)
    assert holder_of(ctx, edition) == friend


def test_the_worker_lets_offers_lapse(service: Service) -> None:
    giver, edition = holder_since_long(service)
    offered = offer_gift(service.ctx, giver, "s-plain", edition, key())
    service.clock.set_ms(offered.expires_at)
    work(service.ctx)
    assert gift_row(service.ctx, offered.offer).state == "lapsed"


def test_the_same_form_twice_is_one_offer_with_one_link(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    form = key()
    first = offer_gift(ctx, giver, "s-plain", edition, form)
    assert offer_gift(ctx, giver, "s-plain", edition, form) == first
    assert len(gifts_by(ctx, giver)) == 1
    with ctx.database.begin() as session:
        row = session.get_one(GiftOffer, first.offer)
        assert first.secret.encode() not in bytes(row.link_hash)
    withdraw_gift(ctx, giver, first.offer)
    withdraw_gift(ctx, giver, first.offer)
    with pytest.raises(Conflict) as over:
        offer_gift(ctx, giver, "s-plain", edition, form)
    assert over.value.code == "offer_over"
    told = at_once(*[lambda: offer_gift(ctx, giver, "s-plain", edition, "f" * 22)] * 4)
    assert len({one.secret for one in told}) == 1


def test_a_refused_gift_is_over_and_the_donor_is_told(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    refuse_gift(ctx, offered.secret)
    refuse_gift(ctx, offered.secret)
    assert messages_of(ctx, giver)[0].zh == "对方婉拒了您的赠送。"
    with pytest.raises(Conflict):
        accept_gift(ctx, friend, offered.secret)
    assert holder_of(ctx, edition) == giver


def test_what_is_not_ones_own(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    stranger = make_buyer(ctx, 2)
    with pytest.raises(NotFound):
        offer_gift(ctx, stranger, "s-plain", edition, key())
    with pytest.raises(NotFound):
        offer_gift(ctx, giver, "s-plain", 99, key())
    with pytest.raises(NotFound):
        offer_gift(ctx, giver, "s-none", 1, key())
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    with pytest.raises(NotFound):
        withdraw_gift(ctx, stranger, offered.offer)
    with pytest.raises(Conflict) as own:
        accept_gift(ctx, giver, offered.secret)
    assert own.value.code == "own_gift"
    for secret in ("", "short", offered.secret[:-1], offered.secret + "A", "x" * 43, "é" * 43):
        with pytest.raises(NotFound):
            open_gift(ctx, secret)


def test_no_more_than_so_many_offers_a_day(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    for _ in range(OFFERS_A_DAY):
        withdraw_gift(ctx, giver, offer_gift(ctx, giver, "s-plain", edition, key()).offer)
    with pytest.raises(TooMany):
        offer_gift(ctx, giver, "s-plain", edition, key())


def test_a_freeze_is_honoured_and_stays_the_donors_own_affair(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    officers = service.staff["officer-1"], service.staff["officer-2"]
    wanted = Restraint("freeze", "account", giver, "冻字第7号", "监管机构", "调查", None)
    asked = ask_restraint(ctx, "regulator-1", officers[0], wanted, key())
    confirm_restraint(ctx, "regulator-1", officers[1], asked)
    for act in (
        lambda: foresee_acceptance(ctx, friend, open_gift(ctx, offered.secret)),
        lambda: accept_gift(ctx, friend, offered.secret),
    ):
        with pytest.raises(Conflict) as told:
            act()
        assert told.value.code == "holder_cannot"
        assert "冻" not in told.value.zh
    assert any("冻字第7号" in message.zh for message in messages_of(ctx, giver))
    assert entries_of(ctx, "refusal")[-1]["act"]["kind"] == "gift"
    assert holder_of(ctx, edition) == giver
    free = Restraint("release", "account", giver, "解字第7号", "监管机构", "结束", None)
    asked = ask_restraint(ctx, "regulator-1", officers[0], free, key())
    confirm_restraint(ctx, "regulator-1", officers[1], asked)
    accept_gift(ctx, friend, offered.secret)
    assert holder_of(ctx, edition) == friend


def test_an_offer_whose_collectible_went_elsewhere_ends(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, giver, edition, 3)
    with pytest.raises(Conflict) as both:
        offer_gift(ctx, giver, "s-plain", edition, key())
    assert both.value.code == "resale_open"
    with ctx.database.begin() as session:  # as two offers made at the same moment would be
        session.add(
            GiftOffer(
                id="g-same",
                series="s-plain",
                edition=edition,
                from_account=giver,
                link_hash=accepting.link_hash("s" * 43),
                state="offered",
                attempt=0,
                form_key=key(),
                note_found=[],
                created_at=service.clock.now_ms(),
                expires_at=service.clock.now_ms() + DAY,
            )
        )
    accept_gift(ctx, friend, "s" * 43)
    assert resale_row(ctx, offer).state == "lapsed"


def test_a_gift_killed_anywhere_is_one_gift(
    service: Service, another: Another, counts: Counts
) -> None:
    ctx, fresh = service.ctx, another().ctx
    make_series(service, size=40)
    holders = enumerate([buy(service, number) for number in range(1, counts(13, 26))])
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    steps, alive = 0, False
    while not alive:
        number, (giver, edition) = next(holders)
        friend = make_buyer(ctx, 100 + number)
        offered = offer_gift(ctx, giver, "s-plain", edition, key())
        dying, alive = killed_after(ctx, steps), True
        try:
            accept_gift(dying, friend, offered.secret)
        except Killed:
            alive = False
        claimed = gift_row(fresh, offered.offer).to_account == friend
        service.clock.advance_ms(61_000)
        if number % 2:
            accept_gift(fresh, friend, offered.secret)  # the recipient presses again
        finish_gifts(fresh)
        work(fresh)
        row = gift_row(fresh, offered.offer)
        if number % 2 or claimed or alive:
            assert (row.state, holder_of(fresh, edition)) == ("given", friend), steps
        else:
            assert (row.state, row.to_account, holder_of(fresh, edition)) == (
                "offered",
                None,
                giver,
            )
        steps += counts(2, 1)
    assert steps > 4
    gifts = entries_of(fresh, "gift")
    assert len({entry["act"]["offer"] for entry in gifts}) == len(gifts)


def test_a_claim_that_the_rules_refuse_after_a_crash_is_let_go(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    guest, friend = make_account(ctx, 2), make_buyer(ctx, 3)
    offered = offer_gift(ctx, giver, "s-plain", edition, key())
    claimed = accepting._claim(ctx, offered.offer, guest)
    assert claimed is not None
    with pytest.raises(Conflict) as busy:
        accept_gift(ctx, friend, offered.secret)
    assert busy.value.code == "offer_busy"
    with pytest.raises(Conflict) as busy:
        withdraw_gift(ctx, giver, offered.offer)
    assert busy.value.code == "offer_busy"
    finish_gifts(ctx)
    assert gift_row(ctx, offered.offer).to_account == guest  # somebody may be at it just now
    service.clock.advance_ms(61_000)
    finish_gifts(ctx)
    assert gift_row(ctx, offered.offer).to_account is None
    accept_gift(ctx, friend, offered.secret)
    assert holder_of(ctx, edition) == friend
