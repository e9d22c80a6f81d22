"""What tests of buying do over and over: series on sale, verified buyers, payments, the books."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from collectibles import wiring
from collectibles.config import load
from collectibles.domain.movements import Movement
from collectibles.payments.sandbox.app import create_app
from collectibles.payments.sandbox.inprocess import InProcess
from collectibles.services import terms
from collectibles.services.admit_institution import check_institution
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.identity_verifier import demonstration_number
from collectibles.services.place_order import PlacedOrder, place_order
from collectibles.services.publish_series import CHECKS
from collectibles.services.sign_in import ask_for_code, sign_in
from collectibles.services.signing import sign
from collectibles.services.verify_person import verify_person
from collectibles.services.watch_payments import watch
from collectibles.store.tables.catalogue import MuseumObject, SeriesDraft
from collectibles.store.tables.orders import Case, Order, Payment, Refund
from tests.service import CODES, START, Service

HOUR = 3_600_000
DAY = 24 * HOUR
PRICE = 19_900
DIGEST = hashlib.sha256(b"picture").hexdigest()
DISCLOSURES = [
    "issuer", "right_holder", "licence_scope", "edition_size", "price", "rights", "non_rights",
    "gift_rule", "refund_rule", "risk_notice", "ledger_name", "filing_number", "complaint_route",
    "ai_flag",
]  # fmt: skip
RISK = terms.current("risk").version
NO_RETURN = terms.current("no_return").version
AGREED = {"terms": terms.current("terms").version, "privacy": terms.current("privacy").version}
REAL_NAME = terms.current("real_name").version


def make_series(service: Service, series: str = "s-plain", size: int = 10, **other: Any) -> str:
    """A series of museum-1, published, minted whole, on sale since an hour ago for 20 days."""
    ctx, now = service.ctx, service.clock.now_ms()
    if now - START > 100 * DAY:
        check_institution(ctx, "museum-1", CODES[0])
    act = {
        "series": series,
        "title": {"zh": "青花缠枝莲纹瓶", "en": "Vase with lotus scrolls"},
        "object": {"museum": "甲博物馆", "number": "A-1", "title": "瓶", "terms": "public_domain"},
        "picture": hashlib.sha256(series.encode()).hexdigest(),
        "derivation": "creative_rework",
        "adaptor": "馆内设计组",
        "creative_statement": "以原作纹样为本，重绘并重新设色",
        "right_holder": "甲博物馆",
        "licence": {
            "rights": ["reproduction", "network_transmission", "adaptation"],
            "starts_at": now - 400 * DAY,
            "ends_at": None,
            "reference": "L-1",
        },
        "offered_terms": "all_rights_reserved",
        "issuer": "museum-1",
        "seller": "merchant-1",
        "edition_size": max(size, 1),
        "price": PRICE,
        "currency": "CNY",
        "opens_at": now - HOUR,
        "closes_at": now + 20 * DAY,
        "grants": ["display", "personal_study"],
        "disclosures": DISCLOSURES,
        "terms": DIGEST,
        "prepared_by": service.staff["curator"],
        "reviewed_by": service.staff["reviewer"],
        "reviewed_at": now - 2 * HOUR,
        "underlying": "creative_work",
        "arrangements": [],
        "ai": "none",
        "checks": list(CHECKS),
        "price_statement": "按设计与制作成本定价",
    } | other
    _draft(service, act)
    submit(ctx, sign(ctx, Movement("series", series, "museum-1", act)))
    if size:
        mint = {"series": series, "first": 1, "count": size}
        submit(ctx, sign(ctx, Movement("mint", f"mint-{series}", "museum-1", mint)))
    return series


def _draft(service: Service, act: dict[str, Any]) -> None:
    """The museum's own record of the series, as its desk keeps it."""
    blank = dict.fromkeys(
        ("title_en", "artist", "object_name", "date", "period", "medium", "dimensions",
         "classification", "museum", "credit_line", "source_url"), "",
    )  # fmt: skip
    with service.ctx.database.begin() as session:
        session.merge(
            MuseumObject(
                id="object-1",
                institution_id="museum-1",
                number="A-1",
                title_zh="瓶",
                terms="public_domain",
                imported_at=0,
                **blank,
            )
        )
        session.flush()
        session.add(
            SeriesDraft(
                id=act["series"],
                institution_id="museum-1",
                object_id="object-1",
                picture=act["picture"],
                state="reviewed",
                title_zh=act["title"]["zh"],
                title_en=act["title"]["en"],
                edition_size=act["edition_size"],
                price=act["price"],
                opens_at=act["opens_at"],
                closes_at=act["closes_at"],
                details={},
                prepared_by=act["prepared_by"],
                reviewed_by=act["reviewed_by"],
                reviewed_at=act["reviewed_at"],
                minted=0,
                form_key=secrets.token_hex(8),
                created_at=0,
                changed_at=0,
            )
        )


def make_account(ctx: Context, number: int) -> str:
    """An account that signed in with phone 1380000nnnn; not verified."""
    sent = ask_for_code(ctx, f"1380000{number:04d}", f"address-{number}")
    assert sent.shown is not None
    return sign_in(ctx, sent.login, sent.shown, "zh", **AGREED)


def make_buyer(ctx: Context, number: int) -> str:
    """A verified account; person `number` is always the same one."""
    account = make_account(ctx, number)
    document = demonstration_number(f"buyer {number}", ctx.clock.now_ms())
    verify_person(ctx, account, "测试甲", document, REAL_NAME)
    return account


def order(ctx: Context, account: str, series: str = "s-plain", **how: Any) -> PlacedOrder:
    """An order with a form of its own; the risk is acknowledged, the right of return kept."""
    key = how.pop("form_key", secrets.token_urlsafe(16))
    no_return, device = how.pop("no_return", None), how.pop("device", None)
    return place_order(ctx, account, series, key, RISK, no_return, device)


def payment_of(ctx: Context, order_id: str) -> Payment:
    """The newest payment of an order."""
    with ctx.database.begin() as session:
        rows = select(Payment).where(Payment.order_id == order_id)
        return session.scalars(rows.order_by(Payment.created_at.desc(), Payment.id)).first()  # type: ignore[return-value]


def pay(service: Service, order_id: str, **how: Any) -> None:
    """The payer pays at the sandbox; the notice waits for `service.pump()`."""
    payment = payment_of(service.ctx, order_id)
    service.gateway.pay(payment.merchant, payment.id, **how)


def order_row(ctx: Context, order_id: str) -> Order:
    with ctx.database.begin() as session:
        return session.get_one(Order, order_id)


def refunds_of(ctx: Context, order_id: str) -> list[Refund]:
    with ctx.database.begin() as session:
        rows = select(Refund).where(Refund.order_id == order_id).order_by(Refund.created_at)
        return list(session.scalars(rows))


def cases_open(ctx: Context) -> list[Case]:
    with ctx.database.begin() as session:
        return list(session.scalars(select(Case).where(Case.state == "open")))


def rounds(service: Service, ctx: Context | None = None, times: int = 3) -> None:
    """The worker goes round a few times, with the notices that arrive in between."""
    for _ in range(times):
        service.clock.advance_ms(30_000)
        service.pump()
        counts = watch(ctx or service.ctx, service.clock.now_ms())
        assert "problems" not in counts, counts


def editions(ctx: Context, series: str = "s-plain") -> dict[str, int]:
    """How many editions of a series are in which state."""
    with ctx.database.begin() as session:
        rows = session.execute(
            text("SELECT state, count(*) FROM edition WHERE series = :s GROUP BY state"),
            {"s": series},
        )
        return {row[0]: row[1] for row in rows}


def balance(service: Service) -> dict[str, int]:
    """The sandbox's own book: what was paid in and what went back, fen by currency-blind count."""
    with service.gateway.book.read() as tx:
        paid = tx.execute("SELECT coalesce(sum(paid_fen), 0) FROM charges").fetchone()[0]
        back = tx.execute(
            "SELECT coalesce(sum(amount_fen), 0) FROM refunds WHERE state = 'SUCCESS'"
        ).fetchone()[0]
    with service.ctx.database.begin() as session:
        settled = session.scalar(
            select(func.coalesce(func.sum(Order.amount), 0)).where(Order.state == "settled")
        )
    return {"paid": int(paid), "back": int(back), "settled": int(settled or 0)}


def assert_books_balance(service: Service) -> None:
    """Money in is what was settled and what went back, to the fen, by the provider's own book."""
    books = balance(service)
    assert books["paid"] == books["settled"] + books["back"], books


def second_context(service: Service, url: str, var_dir: Path) -> Service:
    """Another process's view: its own connections, ledger and memory; the same sandbox."""
    settings = load(
        {
            "DATABASE_URL": url,
            "VAR_DIR": str(var_dir),
            "SANDBOX_URL": "http://127.0.0.1:8090",
            "RESALE_MODE": "at_cost",
        }
    )
    ctx = wiring.context(settings, service.clock, InProcess(create_app(service.gateway)))
    return Service(ctx, service.clock, service.gateway, service.staff)
