"""For those who run the service: alive, ready, and figures for monitoring (Prometheus text)."""

from __future__ import annotations

from flask import Blueprint, Response, g
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from collectibles.errors import CollectiblesError, Unavailable
from collectibles.web.pages import ctx
from collectibles.web.sessions import NOBODY

blueprint = Blueprint("health", __name__)

_COUNTS = (
    ("diancang_ledger_entries", "SELECT coalesce(max(size), 0) FROM ledger_head"),
    ("diancang_orders_open", "SELECT count(*) FROM \"order\" WHERE state IN ('placed', 'paid')"),
    ("diancang_refunds_open", "SELECT count(*) FROM refund WHERE state IN ('asked', 'processing')"),
    ("diancang_cases_open", "SELECT count(*) FROM \"case\" WHERE state = 'open'"),
    ("diancang_complaints_open", "SELECT count(*) FROM complaint WHERE state = 'open'"),
    (
        "diancang_restraints_unfinished",
        "SELECT count(*) FROM restraint_request WHERE state = 'confirmed' AND entry IS NULL",
    ),
    (
        "diancang_follower_lag_entries",
        "SELECT coalesce((SELECT size FROM ledger_head) - min(next_index), 0) FROM follower",
    ),
)


@blueprint.get("/healthz")
def alive() -> Response:
    """This process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def ready() -> Response:
    """This process can serve: database and ledger there, the rulebook in force at hand."""
    try:
        _check_clock()
        ctx().ledger.rulebook()
    except CollectiblesError as problem:
        return _not_ready(f"{problem.code}: {problem.en}")
    except SQLAlchemyError:
        return _not_ready("database_unavailable: The database does not answer.")
    return Response("ready\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts, without any label that could name a person."""
    lines = []
    with ctx().database.read() as session:
        for name, query in _COUNTS:
            lines += [f"# TYPE {name} gauge", f"{name} {session.scalar(text(query))}"]
    body = "\n".join(lines) + "\n"
    return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _not_ready(why: str) -> Response:
    answer = Response(f"{why}\n", status=503, content_type="text/plain; charset=utf-8")
    g.actor = NOBODY  # whoever asks: the database may not be there to say
    return answer


def _check_clock() -> None:
    """The ledger's time must not be far ahead of the clock, or nothing commits."""
    with ctx().database.read() as session:
        last = session.scalar(text("SELECT at FROM ledger_head")) or 0
    if last - ctx().clock.now_ms() > 5_000:
        raise Unavailable(
            "ledger_ahead", "账本时间超前于时钟。", "The ledger's time is ahead of the clock."
        )
