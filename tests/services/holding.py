"""What tests of holds need: a rule that holds what a test wants held, officers, and the queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from collectibles.services.admit_institution import admit_staff
from collectibles.services.context import Context
from collectibles.services.rule_on_hold import Ruling, ask_ruling, confirm_ruling
from collectibles.store.tables.holds import HoldRow
from compliance import rulebook
from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, hold
from tests.service import Service
from tests.services.buying import make_buyer, order, order_row, pay
from tests.services.passing import key

#: The accounts whose gifts, resales, returns and refunds are held, for two officers to rule on.
WATCHED: set[str] = set()


def _check(facts: Facts) -> Answer | None:
    holder = facts.holder
    return hold("watched") if holder is not None and holder.account in WATCHED else None


WATCH = Rule(
    "zz_watch",
    1,
    Text("试验", "Trial"),
    ("gift", "resale", "return", "refund"),
    date(2020, 1, 1),
    "policy",
    (),
    (),
    {"watched": Reason(Text("需人工查看。", "A person looks at it."), Text("请等待。", "Wait."))},
    _check,
    rulings=2,
)


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This software's rulebook with that rule."""
    known = {**rulebook.rules(), WATCH.release: WATCH}
    monkeypatch.setattr(rulebook, "rules", lambda: known)
    WATCHED.clear()
    yield
    WATCHED.clear()


def officers(ctx: Context) -> list[str]:
    """The operator's four compliance officers."""
    operator = ctx.settings.operator_id
    names = [f"compliance-{number}" for number in range(1, 5)]
    return [admit_staff(ctx, operator, name, "compliance", f"{name}-password") for name in names]


def held_rows(ctx: Context) -> list[HoldRow]:
    with ctx.database.begin() as session:
        return session.query(HoldRow).order_by(HoldRow.entry).all()


def the_hold(ctx: Context) -> HoldRow:
    """The newest."""
    return held_rows(ctx)[-1]


def rule(
    ctx: Context,
    verdict: str,
    by: list[str],
    *,
    hold: int | None = None,
    strike: bool = False,
    on_appeal: bool = False,
) -> None:
    """One or two officers rule on the newest hold."""
    number = the_hold(ctx).entry if hold is None else hold
    wanted = Ruling(number, verdict, "经核对后裁定", strike, on_appeal)
    operator = ctx.settings.operator_id
    asked = ask_ruling(ctx, operator, by[0], wanted, key())
    if asked.state == "asked":
        confirm_ruling(ctx, operator, by[1], asked.id)


def held_order(service: Service, number: int = 1) -> tuple[str, str]:
    """A paid order whose payer is another: account and order."""
    buyer = make_buyer(service.ctx, number)
    placed = order(service.ctx, buyer)
    pay(service, placed.order_id, payer="mismatch")
    service.pump()
    assert order_row(service.ctx, placed.order_id).state == "held"
    return buyer, placed.order_id
