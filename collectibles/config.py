"""Settings from the environment, read once; production lists what is missing and does not start.

VAR_DIR            where keys, pictures and the own database live (default: var)
DATABASE_URL       PostgreSQL 15 or newer
MODE               demonstration (default) or production
BASE_URL           the address people see, without a slash at the end
ORIGIN             the ledger's name in checkpoints, for ever the same
OPERATOR_NAME_ZH, OPERATOR_NAME_EN, OPERATOR_CONTACT_ZH, OPERATOR_CONTACT_EN
OPERATOR_USCC      the operator's unified social credit code
OPERATOR_SCOPE     its scope of business, as its licence says
MODELS             its businesses, separated by ; (self_issue, third_party_issue, publication)
STARTED_ON         the day the service began
FILING_NUMBER      the blockchain information service filing number
FILED_ON           the day of that filing
PERMITS            permits, separated by ; each as kind|number|first day|day it ends (or nothing)
ENDS_ON            the day the service will end, if it will
END_TOLD_ON        the day on which that was announced (30 days ahead at least)
RESALE_MODE        forbidden or at_cost (production must choose)
COUNSEL_OPINION    for at_cost: which legal opinion allows it
RAIL               the way to pay (demonstration: sandbox)
SANDBOX_URL        where the payment sandbox listens
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from collectibles.domain.identity import parse_uscc
from collectibles.errors import BadInput, Unavailable
from collectibles.services.context import Operator, Permit, Settings
from compliance.rule import Text

#: The day from which an installation's choices hold; before any of its movements.
_CHOICE_SINCE: Final = "2022-04-13"
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)

_NEEDED: Final = (
    "BASE_URL",
    "ORIGIN",
    "OPERATOR_NAME_ZH",
    "OPERATOR_NAME_EN",
    "OPERATOR_CONTACT_ZH",
    "OPERATOR_CONTACT_EN",
    "OPERATOR_USCC",
    "OPERATOR_SCOPE",
    "MODELS",
    "STARTED_ON",
    "FILING_NUMBER",
    "FILED_ON",
    "PERMITS",
    "RESALE_MODE",
    "RAIL",
)

_DEMONSTRATION: Final = {
    "ORIGIN": "demo.diancang/ledger",
    "OPERATOR_NAME_ZH": "典藏演示运营方",
    "OPERATOR_NAME_EN": "Diancang demonstration operator",
    "OPERATOR_CONTACT_ZH": "演示环境，无真实联系方式",
    "OPERATOR_CONTACT_EN": "Demonstration: no real contact",
    "OPERATOR_USCC": "91110000MA0000000H",
    "OPERATOR_SCOPE": "数字文创内容的开发与服务（演示）",
    "MODELS": "third_party_issue",
    "STARTED_ON": "2022-03-01",
    "FILING_NUMBER": "演示网信备00000000000000000000号",
    "FILED_ON": "2022-03-04",
    "PERMITS": "value_added_telecom|演示-1|2022-01-01|;network_culture|演示-2|2022-01-01|",
    "RESALE_MODE": "at_cost",
    "COUNSEL_OPINION": "演示，不构成法律意见 / demonstration, no legal opinion",
    "RAIL": "sandbox",
}


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises Unavailable with a sentence that lists what is missing or wrong."""
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    mode = given.get("MODE", "demonstration")
    if mode not in ("demonstration", "production"):
        raise _wrong("MODE", "demonstration / production")
    if mode == "demonstration":
        given = {**_DEMONSTRATION, **given}
        given.setdefault("BASE_URL", f"http://127.0.0.1:{given.get('PORT', '8000')}")
    missing = [name for name in _NEEDED if name not in given]
    if "DATABASE_URL" not in given:
        missing.append("DATABASE_URL")
    if given.get("RESALE_MODE") == "at_cost" and "COUNSEL_OPINION" not in given:
        missing.append("COUNSEL_OPINION")
    if missing:
        listed = ", ".join(missing)
        raise Unavailable(
            "settings_missing",
            f"缺少以下设置，服务不能启动：{listed}。说明见collectibles/config.py。",
            f"These settings are missing and the service does not start: {listed}. "
            "collectibles/config.py explains them.",
        )
    if given["RESALE_MODE"] not in ("forbidden", "at_cost"):
        raise _wrong("RESALE_MODE", "forbidden / at_cost")
    if mode == "production" and given["RAIL"] == "sandbox":
        raise _wrong("RAIL", "a real way to pay; the sandbox is for demonstrations")
    return _settings(given, mode)


def _settings(given: Mapping[str, str], mode: str) -> Settings:
    var_dir = Path(given.get("VAR_DIR", "var")).resolve()
    sandbox_url = given.get("SANDBOX_URL", "")
    return Settings(
        database_url=given["DATABASE_URL"],
        var_dir=var_dir,
        base_url=given["BASE_URL"].rstrip("/"),
        origin=given["ORIGIN"],
        production=mode == "production",
        demonstration=mode == "demonstration",
        secret_key=_secret(var_dir / "secrets" / "session"),
        operator=_operator(given),
        choices={"resale.mode": [(_CHOICE_SINCE, given["RESALE_MODE"])]},
        counsel_opinion=given.get("COUNSEL_OPINION", ""),
        rail=given["RAIL"],
        sandbox_url=sandbox_url,
        payment_origins=(sandbox_url,) if sandbox_url else (),
    )


def _operator(given: Mapping[str, str]) -> Operator:
    try:
        uscc = parse_uscc(given["OPERATOR_USCC"])
    except BadInput as problem:
        raise _wrong("OPERATOR_USCC", problem.en) from problem
    return Operator(
        name=Text(given["OPERATOR_NAME_ZH"], given["OPERATOR_NAME_EN"]),
        contact=Text(given["OPERATOR_CONTACT_ZH"], given["OPERATOR_CONTACT_EN"]),
        uscc=uscc,
        scope=given["OPERATOR_SCOPE"],
        models=tuple(_parts(given["MODELS"])),
        started_on=_day("STARTED_ON", given["STARTED_ON"]),
        filing_number=given["FILING_NUMBER"],
        filed_on=_day("FILED_ON", given["FILED_ON"]),
        permits=tuple(_permit(part) for part in _parts(given["PERMITS"])),
        ends_on=_day("ENDS_ON", given["ENDS_ON"]) if "ENDS_ON" in given else None,
        end_told_on=_day("END_TOLD_ON", given["END_TOLD_ON"]) if "END_TOLD_ON" in given else None,
    )


def _permit(text: str) -> Permit:
    """kind|number|first day|day it ends (or nothing)."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 4 or not all(parts[:3]) or _KIND.fullmatch(parts[0]) is None:
        raise _wrong("PERMITS", "kind|number|2026-01-01|2031-01-01;…")
    ends_on = _day("PERMITS", parts[3]) if parts[3] else None
    return Permit(parts[0], parts[1], _day("PERMITS", parts[2]), ends_on)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(name, "a day as 2026-01-31") from None


def _secret(path: Path) -> bytes:
    """A secret of 32 bytes kept in a file that only this user may read; made at first use."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(new, path)  # whoever is second keeps the first one's
        except FileExistsError:
            pass
        finally:
            new.unlink()
    if path.stat().st_mode & 0o077:
        raise Unavailable(
            "secret_readable",
            f"密钥文件{path}可被他人读取，请执行 chmod 600。",
            f"The secret file {path} can be read by others; chmod it to 600.",
        )
    return path.read_bytes()


def secret(settings: Settings, name: str) -> bytes:
    """The installation's secret of this name (32 bytes), made at first use."""
    return _secret(settings.var_dir / "secrets" / name)


def _wrong(name: str, allowed: str) -> Unavailable:
    return Unavailable(
        "setting_wrong", f"设置{name}应为：{allowed}。", f"The setting {name} must be: {allowed}."
    )
