"""The compliance report of a period: what was decided, refused, frozen, refunded; how it adds up.

Every figure comes from ledger entries and can be counted again from them. The same period of the
same ledger gives the same report, byte for byte.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from collectibles.domain.calendar import Period
from collectibles.services.context import Context

_DECISIONS = text(
    "SELECT kind, outcome, count(*) FROM decision WHERE at >= :start AND at < :end"
    " GROUP BY kind, outcome ORDER BY kind, outcome"
)
_CODES = text(
    "SELECT code, kind, outcome, count(*) FROM decision, unnest(codes) AS code"
    " WHERE at >= :start AND at < :end GROUP BY code, kind, outcome ORDER BY code, kind, outcome"
)
_SALES = text(
    "SELECT series, count(*), sum(amount) FROM decision WHERE at >= :start AND at < :end"
    " AND kind = 'sale' AND outcome = 'permitted' GROUP BY series ORDER BY series"
)
_OTHERS = text(
    "SELECT kind, count(*) FROM ledger_entry WHERE at >= :start AND at < :end"
    " GROUP BY kind ORDER BY kind"
)
_FREEZES = text(
    "SELECT \"index\", at, convert_from(body, 'UTF8')::json -> 'act' AS act FROM ledger_entry"
    " WHERE at >= :start AND at < :end AND kind IN ('restraint', 'takedown', 'forced')"
    ' ORDER BY "index"'
)
_BOUNDS = text(
    'SELECT min("index"), max("index") FROM ledger_entry WHERE at >= :start AND at < :end'
)
_CASES = text(
    'SELECT kind, state, count(*) FROM "case" WHERE opened_at >= :start AND opened_at < :end'
    " GROUP BY kind, state ORDER BY kind, state"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report's figures. Amounts in fen; `first` and `last` are entry indices, or None."""

    period: str
    start: int
    end: int
    origin: str
    rulebook: str
    checkpoint: str
    first: int | None
    last: int | None
    decisions: list[dict[str, Any]]
    codes: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    cases: list[dict[str, Any]]

    def plain(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return asdict(self)


def make_report(ctx: Context, name: str, period: Period) -> Report:
    """The report of `period`, called `name` (2026-01, 2026-Q1), from what is committed now."""
    span = {"start": period.start_at, "end": period.end_at}
    with ctx.database.begin() as session:
        first, last = session.execute(_BOUNDS, span).one()
        size = 0 if last is None else last + 1
        return Report(
            period=name,
            start=period.start_at,
            end=period.end_at,
            origin=ctx.settings.origin,
            rulebook=ctx.ledger.rulebook().digest,
            checkpoint=_checkpoint(session, size),
            first=first,
            last=last,
            decisions=_table(session, _DECISIONS, span, "kind", "outcome", "count"),
            codes=_table(session, _CODES, span, "code", "kind", "outcome", "count"),
            sales=_table(session, _SALES, span, "series", "count", "fen"),
            entries=_table(session, _OTHERS, span, "kind", "count"),
            measures=_table(session, _FREEZES, span, "entry", "at", "act"),
            cases=_table(session, _CASES, span, "kind", "state", "count"),
        )


def as_csv(report: Report) -> str:
    """The report as one CSV: section, then what is counted, then the figure.

    Cells that a spreadsheet would take for a formula are written with a quote before them.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("section", "item", "detail", "figure"))
    for name in ("period", "start", "end", "origin", "rulebook", "first", "last"):
        writer.writerow(("report", name, "", _cell(getattr(report, name))))
    for each in report.decisions:
        writer.writerow(("decisions", each["kind"], each["outcome"], each["count"]))
    for each in report.codes:
        detail = f"{each['kind']} {each['outcome']}"
        writer.writerow(("findings", each["code"], detail, each["count"]))
    for each in report.sales:
        writer.writerow(("sales", _cell(each["series"]), "count", each["count"]))
        writer.writerow(("sales", _cell(each["series"]), "fen", each["fen"]))
    for each in report.entries:
        writer.writerow(("entries", each["kind"], "", each["count"]))
    for each in report.measures:
        act = each["act"]
        subject = act.get("subject") or act["series"]
        detail = str(_cell(f"{subject} {act['document']} {act['authority']}"))
        writer.writerow(("measures", act.get("action", "forced"), detail, each["entry"]))
    for each in report.cases:
        writer.writerow(("cases", each["kind"], each["state"], each["count"]))
    return out.getvalue()


def _table(session: Session, query: Any, span: dict[str, int], *names: str) -> list[dict[str, Any]]:
    found = []
    for values in session.execute(query, span):
        plain = [int(v) if hasattr(v, "as_tuple") else v for v in values]
        found.append(dict(zip(names, plain, strict=True)))
    return found


def _checkpoint(session: Session, size: int) -> str:
    """The first signed checkpoint that covers the period's last entry."""
    query = text("SELECT note FROM ledger_checkpoint WHERE size >= :size ORDER BY size LIMIT 1")
    return str(session.scalar(query, {"size": size}) or "")


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
