"""A whole service for tests: real database, ledger, vault and payment sandbox, a clock that is set.

`Service` has two museums, a regulator and their staff, and hands for what tests do over and over:
verified accounts, a published series, a sale. Everything goes through the services people use.
"""

from __future__ import annotations

import functools
import shutil
from dataclasses import dataclass
from pathlib import Path

from collectibles import wiring
from collectibles.clock import SetClock
from collectibles.config import load
from collectibles.payments.sandbox.accounts import open_account
from collectibles.payments.sandbox.gateway import Gateway
from collectibles.payments.sandbox.inprocess import create_gateway
from collectibles.payments.sandbox.keys import ensure_key
from collectibles.services import admit_institution as admitting
from collectibles.services.admit_institution import admit_institution, admit_staff
from collectibles.services.context import Context
from collectibles.services.receive_notice import receive_notice
from compliance.calendar import moment
from compliance.rule import Text

#: A hash is slow on purpose, and everybody here has the same password.
admitting.generate_password_hash = functools.cache(admitting.generate_password_hash)  # type: ignore[attr-defined]

START = moment("2026-03-02 10:00:00")
PASSWORD = "demonstration"
#: Well-formed social credit codes of institutions that do not exist.
CODES = ("12110000MB0000001U", "12310000MB0000002C")


@dataclass
class Service:
    """A running service and its parts; `pump` delivers what the sandbox wants to tell."""

    ctx: Context
    clock: SetClock
    gateway: Gateway
    staff: dict[str, str]

    def pump(self) -> None:
        self.gateway.deliver_due(self.clock.now_ms())

    def close(self) -> None:
        self.ctx.ledger.close()
        self.gateway.stop()
        self.ctx.database.close()


def make_service(
    database_url: str, folder: Path, merchant_keys: Path, resale_mode: str = "at_cost"
) -> Service:
    """A service on an empty database with the schema; `merchant_keys`: see `make_merchants`."""
    clock = SetClock(START)
    shutil.copytree(merchant_keys, folder, dirs_exist_ok=True)
    settings = load(
        {
            "DATABASE_URL": database_url,
            "VAR_DIR": str(folder),
            "SANDBOX_URL": "http://127.0.0.1:8090",
            "RESALE_MODE": resale_mode,
        }
    )
    holder: list[Context] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = receive_notice(holder[0], "sandbox", headers, body)
        return answer.status, answer.body

    gateway, transport = create_gateway(folder / "sandbox", clock, post=post)
    ctx = wiring.context(settings, clock, transport)
    holder.append(ctx)
    wiring.create_ledger(ctx)
    return Service(ctx, clock, gateway, admit_institutions(ctx))


def make_merchants(folder: Path) -> Path:
    """Keys of the sandbox and of both museums' merchant accounts: slow, so once a run."""
    ensure_key(folder / "sandbox" / "private" / "gateway.pem")
    for number, zh, en in (("1", "甲博物馆", "Museum One"), ("2", "乙博物馆", "Museum Two")):
        open_account(
            folder / "sandbox", folder / "secrets" / "merchants", f"merchant-{number}", zh, en
        )
    return folder


def admit_institutions(ctx: Context) -> dict[str, str]:
    admit_institution(ctx, ctx.settings.operator_id, "operator", ctx.settings.operator.name)
    admit_institution(
        ctx, "museum-1", "museum", Text("甲博物馆", "Museum One"), "merchant-1", CODES[0]
    )
    admit_institution(
        ctx, "museum-2", "museum", Text("乙博物馆", "Museum Two"), "merchant-2", CODES[1]
    )
    admit_institution(ctx, "regulator-1", "regulator", Text("文化监管机构", "Regulator"))
    wanted = (
        ("curator", "museum-1", "curator"),
        ("reviewer", "museum-1", "reviewer"),
        ("curator-2", "museum-2", "curator"),
        ("reviewer-2", "museum-2", "reviewer"),
        ("officer-1", "regulator-1", "officer"),
        ("officer-2", "regulator-1", "officer"),
        ("operator", ctx.settings.operator_id, "operator"),
    )
    return {
        login: admit_staff(ctx, institution, login, role, PASSWORD)
        for login, institution, role in wanted
    }
