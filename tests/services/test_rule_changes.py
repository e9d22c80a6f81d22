"""A rulebook is changed by an entry that is published ahead, and until then nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles import config, wiring
from collectibles.clock import SetClock
from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, CollectiblesError, Conflict
from collectibles.ledger.creation import genesis, prepare
from collectibles.ledger.histories import Stored
from collectibles.ledger.keys import SigningKey
from collectibles.ledger.replay import replay_all
from collectibles.services.announce_rulebook import announce_rulebook
from collectibles.services.rule_changes import coming_change, rule_changes
from compliance import rulebook
from compliance.calendar import DAY_MS, moment
from compliance.rule import Text
from tests.service import START, Service, make_service
from tests.services.buying import DAY, make_buyer, make_series, order, pay, rounds

CHANGE = Text("不再开放转让。", "Collectibles are no longer passed on for money.")


@pytest.fixture
def upgraded(
    fresh_database_url: str, merchant_keys: Path, tmp_path: Path
) -> Iterator[tuple[Service, str, str]]:
    """An installation that began under release 1 and now runs newer software, with another choice:
    the service, the digest it began with, and that of its newest rulebook."""
    first = begin_under_first(fresh_database_url, tmp_path / "var")
    service = make_service(fresh_database_url, tmp_path / "var", merchant_keys, "forbidden")
    newest = rulebook.load(service.ctx.settings.choices).digest
    assert newest != first
    yield service, first, newest
    service.close()


def begin_under_first(url: str, folder: Path) -> str:
    """A ledger created by the first release's software, with resale open at cost."""
    settings = config.load(
        {
            "DATABASE_URL": url,
            "VAR_DIR": str(folder),
            "SANDBOX_URL": "http://127.0.0.1:8090",
            "RESALE_MODE": "at_cost",
        }
    )
    manifest = rulebook.with_choices(rulebook.released()[0], settings.choices)
    digest = rulebook.bind(manifest).digest
    ctx = wiring.context(settings, SetClock(START))
    prepare(url)
    key = SigningKey(config.secret(settings, "ledger"))
    choices = settings.choices
    ctx.ledger.submit(genesis(settings.origin, settings.operator_id, key, digest, choices, True))
    ctx.ledger.close()
    ctx.database.close()
    return digest


def resale_mode_says(service: Service, edition: int, giver: str, taker: str) -> tuple[str, str]:
    """Under which rulebook a resale is decided now, and what resale_mode answers."""
    ctx, now = service.ctx, service.clock.now_ms()
    act = {
        "step": "reserve",
        "resale": "r-1",
        "series": "s-plain",
        "edition": edition,
        "from": giver,
        "to": taker,
        "named": True,
        "consideration": 19_900,
        "payment": _payment(now),
        "until": now + DAY,
    }
    decision = ctx.ledger.preflight(Movement("resale", "resale-1", ctx.settings.operator_id, act))
    assert decision is not None
    codes = [rule.code for rule in ctx.ledger.rulebook_of(decision.rulebook).rules]
    letters = dict(zip(codes, decision.answers, strict=True))
    return decision.rulebook, letters["resale_mode"]


def _payment(now: int) -> dict[str, object]:
    return {
        "rail": "sandbox",
        "channel": "licensed_psp",
        "licence": "Z2000133000019",
        "instrument": "balance",
        "currency": "CNY",
        "amount": 19_900,
        "payer": "confirmed",
        "settled": True,
        "refundable_until": now + 300 * DAY,
        "notice": "0" * 64,
    }


def test_the_earlier_release_decides_until_the_change_takes_effect(
    upgraded: tuple[Service, str, str],
) -> None:
    service, first, newest = upgraded
    make_series(service)
    buyer, other = make_buyer(service.ctx, 1), make_buyer(service.ctx, 2)
    placed = order(service.ctx, buyer)
    pay(service, placed.order_id)
    rounds(service)
    sold = [e for e in _entries(service) if e["kind"] == "sale"]
    assert [entry["rb"] for entry in sold] == [first]
    edition = sold[0]["act"]["edition"]

    effective_at = moment("2026-03-10")
    receipt = announce_rulebook(service.ctx, effective_at, CHANGE, "all")
    assert receipt.outcome == "permitted"
    assert coming_change(service.ctx) == (effective_at, CHANGE)
    assert [change.state for change in rule_changes(service.ctx)] == ["coming", "now"]
    assert service.ctx.ledger.rulebook().digest == first

    service.clock.set_ms(effective_at - 1)
    assert resale_mode_says(service, edition, buyer, other) == (first, "p")
    service.clock.set_ms(effective_at)
    assert resale_mode_says(service, edition, buyer, other) == (newest, "f")
    assert coming_change(service.ctx) is None
    shown = rule_changes(service.ctx)
    assert [change.state for change in shown] == ["now", "past"]
    assert (shown[0].longer_waits, shown[0].change) == ("all", CHANGE)
    assert shown[0].changed is not None
    assert ("resale.mode", "forbidden") in {(c.name, c.after) for c in shown[0].changed.choices}
    done = replay_all(Stored(service.ctx.ledger.read), rulebook.find)
    assert done.difference is None
    assert done.decided[first] >= 3


def _entries(service: Service) -> list[dict[str, object]]:
    read = service.ctx.ledger.read
    return read.entries(0, read.size())


@pytest.mark.parametrize("effective", ["2026-03-08 23:59:59", "2026-03-02 10:00:00", "2020-01-01"])
def test_seven_days_are_the_least(upgraded: tuple[Service, str, str], effective: str) -> None:
    service, _, _ = upgraded
    before = service.ctx.ledger.read.size()
    with pytest.raises(BadInput, match="2026-03-09"):
        announce_rulebook(service.ctx, moment(effective), CHANGE)
    assert service.ctx.ledger.read.size() == before
    announce_rulebook(service.ctx, moment("2026-03-09"), CHANGE)


def test_twice_is_once_and_the_same_again_is_no_change(
    upgraded: tuple[Service, str, str],
) -> None:
    service, _, _ = upgraded
    at = START + 8 * DAY_MS
    first = announce_rulebook(service.ctx, at, CHANGE)
    service.clock.advance_ms(3 * DAY_MS)
    assert announce_rulebook(service.ctx, at, CHANGE).index == first.index
    with pytest.raises(Conflict, match="in force or announced"):
        announce_rulebook(service.ctx, at + 30 * DAY_MS, CHANGE)
    with pytest.raises(CollectiblesError, match="other content"):
        announce_rulebook(service.ctx, at, Text("别的", "Something else"))


@pytest.mark.parametrize(
    ("change", "waits"),
    [(Text("", "x"), "new"), (Text("改", " "), "new"), (Text("改", "x" * 1001), "new"),
     (CHANGE, "some")],
)  # fmt: skip
def test_a_change_says_what_it_is(
    upgraded: tuple[Service, str, str], change: Text, waits: str
) -> None:
    service, _, _ = upgraded
    with pytest.raises(BadInput):
        announce_rulebook(service.ctx, START + 30 * DAY_MS, change, waits)


def test_nothing_is_announced_of_the_rulebook_in_force(service: Service) -> None:
    with pytest.raises(Conflict):
        announce_rulebook(service.ctx, START + 30 * DAY_MS, CHANGE)
    assert [change.state for change in rule_changes(service.ctx)] == ["now"]
    assert rule_changes(service.ctx)[0].changed is None
