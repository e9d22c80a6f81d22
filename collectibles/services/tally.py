"""How often somebody may try something: counted in the database, so it holds across processes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.errors import TooMany
from collectibles.services.context import Context
from collectibles.store.tables.people import Tally

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


def count(ctx: Context, session: Session, what: str, whom: str, span_ms: int, most: int) -> None:
    """Count one more try of `what` by `whom`; TooMany above `most` in a span of `span_ms`.

    `whom` may be a phone or an address: only its keyed hash is kept.
    """
    now = ctx.clock.now_ms()
    since = now - now % span_ms
    key = ctx.vault.blind_index("tally", whom)
    counted = session.scalar(
        insert(Tally)
        .values(what=what, whom=key, since=since, count=1)
        .on_conflict_do_update(
            index_elements=["what", "whom", "since"], set_={"count": Tally.count + 1}
        )
        .returning(Tally.count)
    )
    assert counted is not None
    if counted > most:
        wait = (since + span_ms - now) // 1000 + 1
        raise too_many(wait)


def too_many(seconds: int) -> TooMany:
    """The error that says how long to wait."""
    minutes = max(1, -(-seconds // 60))
    zh = f"{seconds}秒" if seconds <= 90 else f"{minutes}分钟"
    en = f"{seconds} seconds" if seconds <= 90 else f"{minutes} minutes"
    return TooMany(
        "too_many_tries",
        f"尝试次数过多，请{zh}后再试。",
        f"Too many tries; please wait {en} and try again.",
        retry_after=seconds,
    )


def forget_old(session: Session, now: int) -> None:
    """Drop the counts of spans that are long over."""
    session.execute(delete(Tally).where(Tally.since < now - 2 * DAY_MS))
