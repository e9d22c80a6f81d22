"""The control API: how tests and the demonstration play the payer and order faults.

Only for programs on the same machine: the caller's address and the name it calls by must be
loopback, nothing may have forwarded the call, and bodies are JSON (which no foreign web page can
send without asking first). Answers are plain JSON, not signed.

    POST   /control/merchants   make a merchant known: merchant, name_zh, name_en, public_key
    POST   /control/pay         pay a charge: merchant, charge_no, instrument, payer, …
    GET    /control/faults      the menu, and what is armed
    POST   /control/faults      arm one: fault, merchant, charge_no, kind, detail
    DELETE /control/faults      disarm all
    POST   /control/deliver     send what is due now
    GET    /control/notices     every notice with its tries and state
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from collectibles.errors import BadInput
from collectibles.payments.sandbox import faults, notices, schemas
from collectibles.payments.sandbox.book import SandboxError
from collectibles.payments.sandbox.current import this_gateway

control = Blueprint("control", __name__, url_prefix="/control")
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


@control.before_request
def _only_from_here() -> None:
    named = urlsplit(f"//{request.host}").hostname or ""
    if (
        not _is_loopback(request.remote_addr or "")
        or not (named == "localhost" or _is_loopback(named))
        or any(name in request.headers for name in _FORWARDED)
    ):
        raise SandboxError(403, "FORBIDDEN", "the control API answers this machine only")
    if request.method == "POST" and not request.is_json:
        raise SandboxError(415, "PARAM_ERROR", "the body must be application/json")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@control.post("/merchants")
def register() -> dict[str, Any]:
    given = schemas.read(schemas.MerchantIn, request.get_data())
    try:
        this_gateway().accounts.register(
            given["merchant"], given["name_zh"], given["name_en"], given["public_key"]
        )
    except BadInput as error:
        raise SandboxError(400, "PARAM_ERROR", f"{error.field}: {error.en}") from None
    return {"merchant": given["merchant"]}


@control.post("/pay")
def pay() -> dict[str, Any]:
    return this_gateway().pay(**schemas.read(schemas.PayIn, request.get_data()))


@control.get("/faults")
def menu() -> dict[str, Any]:
    with this_gateway().book.read() as tx:
        return {"menu": faults.MENU, "armed": faults.armed(tx)}


@control.post("/faults")
def arm() -> dict[str, Any]:
    given = schemas.read(schemas.FaultIn, request.get_data())
    this_gateway().arm(**given)
    return given


@control.delete("/faults")
def disarm() -> dict[str, Any]:
    with this_gateway().book.change() as tx:
        faults.disarm_all(tx)
    return {}


@control.post("/deliver")
def deliver() -> dict[str, Any]:
    gateway = this_gateway()
    return {"sent": gateway.deliver_due(gateway.clock.now_ms())}


@control.get("/notices")
def sent() -> dict[str, Any]:
    with this_gateway().book.read() as tx:
        return {"notices": notices.sent_so_far(tx, request.args.get("merchant"))}


@control.errorhandler(SandboxError)
def _refuse(error: SandboxError) -> tuple[Response, int]:
    return jsonify(code=error.code, message=error.message), error.status
