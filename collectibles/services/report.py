"""The compliance report of a period: what was decided, refused, frozen, refunded; how it adds up.

Every figure about movements comes from ledger entries and can be counted again from them. Once a
period is over, its report of the same ledger is the same, byte for byte, whenever it is made.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from collectibles.domain.calendar import SHANGHAI, Period
from collectibles.followers.following import catch_up
from collectibles.services.context import Context

_DECISIONS = text(
    "SELECT kind, outcome, count(*) FROM decision WHERE entry BETWEEN :first AND :last"
    " GROUP BY kind, outcome ORDER BY kind, outcome"
)
_CODES = text(
    "SELECT code, kind, outcome, count(*) FROM decision, unnest(codes) AS code"
    " WHERE entry BETWEEN :first AND :last"
    " GROUP BY code, kind, outcome ORDER BY code, kind, outcome"
)
_SALES = text(
    "SELECT series, count(*), sum(amount) FROM decision WHERE entry BETWEEN :first AND :last"
    " AND kind = 'sale' AND outcome = 'permitted' GROUP BY series ORDER BY series"
)
_ENTRIES = text(
    'SELECT kind, count(*) FROM ledger_entry WHERE "index" BETWEEN :first AND :last'
    " GROUP BY kind ORDER BY kind"
)
_MONEY = text(
    "SELECT item, count(*), sum(fen) FROM ("
    " SELECT CASE WHEN kind = 'return' THEN kind ELSE kind || '_' || (act ->> 'step') END AS item,"
    " coalesce(act ->> 'amount', act ->> 'consideration')::bigint AS fen FROM ("
    " SELECT kind, convert_from(body, 'UTF8')::json -> 'act' AS act FROM ledger_entry"
    " WHERE \"index\" BETWEEN :first AND :last AND kind IN ('resale', 'refund', 'return')"
    ") AS moved"
    " WHERE kind = 'return' OR act ->> 'step' IN ('post', 'pending', 'done', 'failed')"
    ") AS flow GROUP BY item ORDER BY item"
)
_MEASURES = text(
    "SELECT \"index\", at, convert_from(body, 'UTF8')::json -> 'act' AS act FROM ledger_entry"
    ' WHERE "index" BETWEEN :first AND :last'
    " AND kind IN ('restraint', 'takedown', 'forced')"
    ' ORDER BY "index"'
)
_RULEBOOKS = text(
    "SELECT at, convert_from(body, 'UTF8')::json -> 'act' AS act FROM ledger_entry"
    " WHERE kind IN ('genesis', 'rulebook') ORDER BY \"index\""
)
_CASES = text(
    "SELECT what, kind, count(*) FROM ("
    " SELECT 'opened' AS what, kind, opened_at AS at FROM \"case\""
    " UNION ALL SELECT 'closed', kind, closed_at FROM \"case\" WHERE closed_at IS NOT NULL"
    ") AS moved WHERE at >= :start AND at < :end GROUP BY what, kind ORDER BY what, kind"
)
_COMPLAINTS = text(
    "SELECT what, count(*) FROM ("
    " SELECT 'made' AS what, made_at AS at FROM complaint"
    " UNION ALL SELECT 'answered', answered_at FROM complaint WHERE answered_at IS NOT NULL"
    " UNION ALL SELECT 'answered_late', answered_at FROM complaint WHERE answered_at > due_at"
    ") AS moved WHERE at >= :start AND at < :end GROUP BY what ORDER BY what"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report's figures. Moments in ms UTC, amounts in fen; `first` and `last` are entry indices,
    or None in a period without entries. `rulebooks` are those in force during the period, and
    `checkpoint` is the first signed one that covers the last entry.
    """

    period: str
    start: int
    end: int
    origin: str
    first: int | None
    last: int | None
    rulebooks: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    money: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    complaints: list[dict[str, Any]]
    checkpoint: str

    @property
    def total(self) -> int:
        """How many entries the period has: what the counts by kind add up to."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1

    @property
    def decided(self) -> int:
        """How many decisions there were."""
        return sum(row["count"] for row in self.decisions)


def make_report(ctx: Context, name: str, period: Period) -> Report:
    """The report of `period`, called `name` (2026-01, 2026-Q1), from what is committed now."""
    catch_up(ctx.database, ctx.ledger.read)
    moments = {"start": period.start_at, "end": period.end_at}
    with ctx.database.begin() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        first = _place(session, period.start_at)
        last = min(_place(session, period.end_at), _followed(session)) - 1
        there = first <= last
        span = {"first": first, "last": last}
        return Report(
            period=name,
            start=period.start_at,
            end=period.end_at,
            origin=ctx.settings.origin,
            first=first if there else None,
            last=last if there else None,
            rulebooks=_rulebooks(session, period),
            decisions=_table(session, _DECISIONS, span, "kind", "outcome", "count"),
            findings=_table(session, _CODES, span, "code", "kind", "outcome", "count"),
            sales=_table(session, _SALES, span, "series", "count", "fen"),
            money=_table(session, _MONEY, span, "item", "count", "fen"),
            entries=_table(session, _ENTRIES, span, "kind", "count"),
            measures=_table(session, _MEASURES, span, "entry", "at", "act"),
            cases=_table(session, _CASES, moments, "what", "kind", "count"),
            complaints=_table(session, _COMPLAINTS, moments, "what", "count"),
            checkpoint=_checkpoint(session, last + 1) if there else "",
        )


def as_json(report: Report) -> str:
    """The report as one JSON document."""
    return json.dumps(asdict(report), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def as_csv(report: Report) -> str:
    """The report as one CSV: section, what is counted, detail, figure. Moments in Beijing time.

    It begins with a byte order mark, so that spreadsheet programs read it as UTF-8; a cell they
    would take for a formula has an apostrophe before it.
    """
    rows: list[tuple[object, ...]] = [("section", "item", "detail", "figure")]
    rows += [("report", name, "", getattr(report, name)) for name in ("period", "origin")]
    rows += [("report", name, "", _moment(getattr(report, name))) for name in ("start", "end")]
    rows += [("report", name, "", getattr(report, name)) for name in ("first", "last", "total")]
    for book in report.rulebooks:
        rows.append(("report", "rulebook", book["rulebook"], _moment(book["effective_at"])))
    for each in report.decisions:
        rows.append(("decisions", each["kind"], each["outcome"], each["count"]))
    for each in report.findings:
        detail = f"{each['kind']} {each['outcome']}"
        rows.append(("findings", each["code"], detail, each["count"]))
    for section, item in (("sales", "series"), ("money", "item")):
        for each in getattr(report, section):
            rows.append((section, each[item], "count", each["count"]))
            rows.append((section, each[item], "fen", each["fen"]))
    rows += [("entries", each["kind"], "", each["count"]) for each in report.entries]
    for each in report.measures:
        act = each["act"]
        subject = act.get("subject") or act["series"]
        detail = f"{subject} {act['document']} {act['authority']}"
        rows.append(("measures", act.get("action", "forced"), detail, f"#{each['entry']}"))
    rows += [("cases", each["kind"], each["what"], each["count"]) for each in report.cases]
    rows += [("complaints", each["what"], "", each["count"]) for each in report.complaints]
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _table(session: Session, query: Any, span: dict[str, int], *names: str) -> list[dict[str, Any]]:
    found = []
    for values in session.execute(query, span):
        plain = [int(v) if hasattr(v, "as_tuple") else v for v in values]  # sums come as Decimal
        found.append(dict(zip(names, plain, strict=True)))
    return found


def _place(session: Session, at: int) -> int:
    """The index of the first entry at or after `at`; the ledger's time never goes back."""
    low, high = 0, session.scalar(text("SELECT size FROM ledger_head")) or 0
    moment = text('SELECT at FROM ledger_entry WHERE "index" = :index')
    while low < high:
        middle = (low + high) // 2
        if (session.scalar(moment, {"index": middle}) or 0) < at:
            low = middle + 1
        else:
            high = middle
    return low


def _followed(session: Session) -> int:
    """How far the table of decisions goes: beyond that its counts would not add up."""
    return session.scalar(text("SELECT next_index FROM follower WHERE name = 'decisions'")) or 0


def _rulebooks(session: Session, period: Period) -> list[dict[str, Any]]:
    """The rulebooks in force in the period, from their announcements."""
    rows = session.execute(_RULEBOOKS)
    books = [
        {"rulebook": act["rulebook"], "effective_at": act.get("effective_at", at)}
        for at, act in rows
    ]
    books.sort(key=lambda book: book["effective_at"])
    kept = []
    for number, book in enumerate(books):
        ends = books[number + 1]["effective_at"] if number + 1 < len(books) else period.end_at
        if book["effective_at"] < period.end_at and ends > period.start_at:
            kept.append(book)
    return kept


def _checkpoint(session: Session, size: int) -> str:
    """The first signed checkpoint that covers the period's last entry."""
    query = text("SELECT note FROM ledger_checkpoint WHERE size >= :size ORDER BY size LIMIT 1")
    return str(session.scalar(query, {"size": size}) or "")


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(SHANGHAI).isoformat()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return f"'{value}"
    return value
