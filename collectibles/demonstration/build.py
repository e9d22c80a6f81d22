"""Builds the demonstration once; a build that was interrupted is begun anew."""

from __future__ import annotations

import shutil

from sqlalchemy import text

from collectibles.clock import SystemClock
from collectibles.demonstration.stage import DAY_MS, PASSWORD, STAFF, open_stage
from collectibles.demonstration.story import PEOPLE, tell
from collectibles.errors import Conflict
from collectibles.services.context import Settings
from collectibles.store.database import Database
from collectibles.store.schema import create

DAYS = 400


def is_built(settings: Settings) -> bool:
    """Whether the whole story has been told on this database."""
    database = Database(settings.database_url)
    try:
        with database.engine.connect() as connection:
            found = connection.scalar(text("SELECT to_regclass('public.demonstration')"))
            return found is not None
    finally:
        database.close()


def build(settings: Settings) -> None:
    """Tell the story on an empty database; nothing happens if it was told.

    Raises Conflict where the database holds a ledger that is not a demonstration's.
    """
    if is_built(settings):
        return
    _clear(settings)
    now = SystemClock().now_ms()
    stage = open_stage(settings, now - DAYS * DAY_MS, now)
    try:
        tell(stage)
    finally:
        stage.ctx.ledger.close()
        stage.gateway.stop()
        stage.ctx.database.close()
    _mark(settings)


def sign_ins() -> list[str]:
    """The demonstration's sign-ins, a line each."""
    lines = [f"机构登录 / institutions (密码 password: {PASSWORD}):"]
    lines += [f"  {login:<18} {role} @ {institution}" for login, institution, role in STAFF]
    lines.append("买家登录 / buyers: 手机号 phone (验证码显示在页面上 / the code is on the page):")
    lines.append(f"  {', '.join(PEOPLE)}")
    return lines


def _clear(settings: Settings) -> None:
    """Take away what an interrupted build left. Only ever a demonstration's."""
    database = Database(settings.database_url)
    try:
        with database.engine.begin() as connection:
            origin = connection.scalar(
                text(
                    "SELECT convert_from(body, 'UTF8')::json -> 'act' ->> 'demonstration'"
                    ' FROM ledger_entry WHERE "index" = 0'
                )
            )
            if origin not in (None, "true"):
                raise Conflict(
                    "not_a_demonstration",
                    "该数据库中是正式账本，不能在其上建立演示。",
                    "This database holds a ledger that is not a demonstration's; none is built.",
                )
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    finally:
        database.close()
    shutil.rmtree(settings.var_dir / "sandbox", ignore_errors=True)
    create(settings.database_url)


def _mark(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE demonstration (told_at bigint NOT NULL)"))
            connection.execute(
                text("INSERT INTO demonstration VALUES (:at)"), {"at": SystemClock().now_ms()}
            )
    finally:
        database.close()
