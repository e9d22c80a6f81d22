"""Buyers of a running service: many at once, each in a browser of their own, over HTTP."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import requests
from sqlalchemy import func, select

from collectibles.domain.orders import FINAL
from collectibles.store.tables.orders import Case, Order
from tests.running import Running, Visitor
from tests.services.buying import make_buyer

A = TypeVar("A")
B = TypeVar("B")

CASHIER = re.compile(r'href="(http://127\.0\.0\.1:[0-9]+/cashier/[^"]+)"')
RISK = 'name="risk_version"'
SOLD_OUT = "已全部售出"


def side_by_side(do: Callable[[A], B], each: Sequence[A], threads: int = 8) -> list[B]:
    """`do` with each, some at a time; the answers in order."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(do, each))


def at_once(do: Callable[[A], B], each: Sequence[A]) -> list[B]:
    """`do` with each, all at the same moment, a thread for each; the answers in order."""
    gate = threading.Barrier(len(each))

    def go(one: A) -> B:
        gate.wait(60)
        return do(one)

    return side_by_side(go, each, len(each))


def verified(running: Running, count: int, first: int = 1) -> list[str]:
    """So many accounts whose real names are verified, by the services that people use."""
    return side_by_side(lambda number: make_buyer(running.ctx, number), range(first, first + count))


def before_the_form(running: Running, accounts: Sequence[str], series: str) -> list[Visitor]:
    """Each in a browser on the page of the series, where the form to buy is."""

    def open_page(account: str) -> Visitor:
        visitor = running.visitor(account_id=account)
        visitor.get(f"/series/{series}")
        assert visitor.status == 200, visitor.page[-2000:]
        visitor.form(RISK)
        return visitor

    return side_by_side(open_page, accounts)


def send_form(visitor: Visitor) -> str:
    """Send the form to buy; the path of the page that came."""
    visitor.post(visitor.path, {**visitor.form(RISK), "risk": "yes"})
    return visitor.path


def pay(visitor: Visitor, instrument: str = "debit_card") -> None:
    """On the page of an order: go to the cashier and pay there."""
    (address,) = set(CASHIER.findall(visitor.page)) or {""}
    assert address, visitor.page[-2000:]
    visitor.http.post(address, data={"action": instrument}, timeout=30, allow_redirects=False)


def buy_whatever_dies(visitor: Visitor, series: str, seconds: float) -> None:
    """Buy as people do whose connection breaks: the same again, until nothing is left or the
    page of the order says more than that it waits for the payment."""
    deadline = time.monotonic() + seconds
    sent: dict[str, str] = {}
    path = f"/series/{series}"
    while time.monotonic() < deadline:
        try:
            visitor.get(path)
            if visitor.status >= 500:
                raise requests.ConnectionError(visitor.status)
            if path.startswith("/orders/"):
                if not CASHIER.search(visitor.page):
                    if "已为您保留一份" not in visitor.page:
                        return
                    time.sleep(0.5)
                    continue
                pay(visitor)
                time.sleep(0.3)
                continue
            if RISK not in visitor.page and SOLD_OUT in visitor.page:
                return
            sent = sent or {**visitor.form(RISK), "risk": "yes"}
            visitor.post(path, sent)
            if visitor.status < 500 and visitor.path.startswith("/orders/"):
                path = visitor.path
        except requests.RequestException:
            time.sleep(0.2)


def states(running: Running, series: str) -> dict[str, int]:
    """How many orders of a series are in which state."""
    counted = select(Order.state, func.count()).where(Order.series == series).group_by(Order.state)
    with running.ctx.database.begin() as session:
        return {row[0]: row[1] for row in session.execute(counted)}


def all_over(running: Running, series: str) -> bool:
    """Nothing of that series is still to happen, but that someone may yet pay."""
    return not set(states(running, series)) - {*FINAL, "placed"}


def assert_every_fen_is_somewhere(running: Running) -> None:
    """By the provider's own book (the processes have ended): every charge that was paid is a
    collectible, went back in full, or is in a numbered case; nothing unpaid was settled."""
    book = running.book()
    with running.ctx.database.begin() as session:
        orders = {order.id: order for order in session.scalars(select(Order))}
        settled = {order.paid_by or "" for order in orders.values() if order.state == "settled"}
        cases = set(session.scalars(select(Case.order_id).where(Case.order_id.is_not(None))))
    in_cases = {order.paid_by or "" for order in orders.values() if order.id in cases}
    for charge, paid in book.paid.items():
        back = book.back.get(charge, 0)
        assert back in (0, paid), (charge, paid, back)
        assert (charge in settled) + (back == paid) + (charge in in_cases and not back) == 1, charge
    assert settled <= set(book.paid)
    kept = sum(book.paid[charge] for charge in settled)
    held = sum(book.paid[charge] for charge in in_cases - settled if not book.back.get(charge))
    assert sum(book.paid.values()) == kept + sum(book.back.values()) + held
