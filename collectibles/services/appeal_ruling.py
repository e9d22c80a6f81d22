"""Appeal against a ruling that refused: once, in time, in the account's own words.

The words are sealed here before anything else; the ledger gets their salted digest. A crash in
between is mended by `finish_appeals`: what was received in time counts.
"""

from __future__ import annotations

import hashlib
import logging
import secrets

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from collectibles.domain.calendar import say_time
from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, NotFound, Unavailable
from collectibles.ledger.holds import appeal_until
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.store.tables.holds import Appeal, HoldRow

log = logging.getLogger(__name__)


def appeal_ruling(ctx: Context, account: str, hold: int, words: str, form_key: str) -> Appeal:
    """Appeal against the refusal of the hold at entry `hold`. The same form again is the same.

    Raises NotFound for another's hold, Conflict where nothing was refused, it is too late, or an
    appeal has been made.
    """
    hold = min(hold, 2**63 - 1)
    with ctx.database.begin() as session:
        row = session.get(HoldRow, hold)
        before = session.scalar(select(Appeal).where(Appeal.hold == hold))
    if row is None or row.account_id != account:
        raise NotFound("no_hold", "没有这项复核。", "There is no such hold.")
    if before is None:
        _in_time(ctx, row)
        before = _keep(ctx, row, words, form_key)
    if before.form_key != form_key:
        raise Conflict(
            "appealed",
            "您已对这项裁定申诉过，每项裁定只能申诉一次。",
            "You have appealed against this ruling already; it can be done once.",
        )
    return _record(ctx, before) if before.entry is None else before


def time_to_appeal(ctx: Context, row: HoldRow) -> int | None:
    """Until when the account may appeal (ms UTC); None where it cannot, or has."""
    if row.state != "refuse" or row.officers is None or row.ruled_at is None:
        return None
    if row.appeal_entry is not None:
        return None
    until = appeal_until(row.ruled_at, ctx.ledger.rulebook())
    return until if until is not None and ctx.clock.now_ms() < until else None


def finish_appeals(ctx: Context) -> int:
    """Record what was received just before a crash; how many are on the ledger now."""
    with ctx.database.begin() as session:
        open_ones = select(Appeal).where(Appeal.entry.is_(None), Appeal.problem_zh.is_(None))
        found = list(session.scalars(open_ones.order_by(Appeal.received_at).limit(100)))
    done = 0
    for appeal in found:
        try:
            _record(ctx, appeal)
        except CollectiblesError as problem:
            log.warning("appeal %s is not recorded: %s", appeal.id, problem.code)
        else:
            done += 1
    return done


def words_of(ctx: Context, hold: int) -> str:
    """What the account wrote, for itself and for the officers; empty if there is no appeal."""
    with ctx.database.begin() as session:
        found = session.scalar(select(Appeal).where(Appeal.hold == hold))
    if found is None or found.data_key is None or found.text is None:
        return ""
    return ctx.vault.open(found.data_key, f"appeal.text:{found.id}", found.text)


def _in_time(ctx: Context, row: HoldRow) -> None:
    if row.state != "refuse" or row.officers is None or row.ruled_at is None:
        raise Conflict(
            "nothing_to_appeal",
            "没有可以申诉的拒绝裁定。",
            "There is no ruling that refuses, so nothing to appeal against.",
        )
    until = appeal_until(row.ruled_at, ctx.ledger.rulebook())
    if until is None or ctx.clock.now_ms() >= until:
        zh = f"申诉期限已于{say_time(until, 'zh')}结束。" if until else "申诉期限已过。"
        en = f"The time to appeal ended on {say_time(until, 'en')}." if until else "It is too late."
        raise Conflict("appeal_over", zh, en)


def _keep(ctx: Context, row: HoldRow, words: str, form_key: str) -> Appeal:
    """Seal the words, once for each hold."""
    identifier, salt = f"ap-{secrets.token_hex(8)}", secrets.token_hex(16)
    data_key = ctx.vault.new_data_key()
    digest = hashlib.sha256(bytes.fromhex(salt) + words.encode()).hexdigest()
    with ctx.database.begin() as session:
        session.execute(
            insert(Appeal)
            .values(
                id=identifier,
                hold=row.entry,
                account_id=row.account_id,
                salt=salt,
                digest=digest,
                data_key=data_key,
                text=ctx.vault.seal(data_key, f"appeal.text:{identifier}", words),
                form_key=form_key,
                received_at=ctx.clock.now_ms(),
            )
            .on_conflict_do_nothing(index_elements=["hold"])
        )
        return session.scalars(select(Appeal).where(Appeal.hold == row.entry)).one()


def _record(ctx: Context, appeal: Appeal) -> Appeal:
    act = {
        "hold": appeal.hold,
        "account": appeal.account_id,
        "grounds": appeal.digest,
        "received_at": appeal.received_at,
    }
    operator = ctx.settings.operator_id
    try:
        receipt = submit(ctx, Movement("appeal", f"appeal-{appeal.id}", operator, act))
    except Unavailable:
        raise
    except CollectiblesError as problem:
        _write(ctx, appeal, problem_zh=problem.zh, problem_en=problem.en)
        raise
    return _write(ctx, appeal, entry=receipt.index)


def _write(ctx: Context, appeal: Appeal, **values: object) -> Appeal:
    with ctx.database.begin() as session:
        mine = update(Appeal).where(Appeal.id == appeal.id)
        return session.scalars(mine.values(**values).returning(Appeal)).one()
