"""The gateway's HTTP side for merchants: signed requests in, signed answers out.

    POST /v1/charges                       open a charge
    GET  /v1/charges/<charge_no>           ask for it
    POST /v1/charges/<charge_no>/close     let nobody pay any more (204)
    POST /v1/refunds                       give money back
    GET  /v1/refunds/<refund_no>           ask for it
    GET  /v1/bill?day=YYYY-MM-DD           a past day's bill, CSV

Beside it: the cashier for payers, the control API for tests, `/healthz`.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from collectibles.payments.sandbox import schemas, wire
from collectibles.payments.sandbox.accounts import Merchant
from collectibles.payments.sandbox.book import SandboxError
from collectibles.payments.sandbox.cashier import cashier
from collectibles.payments.sandbox.control import control
from collectibles.payments.sandbox.current import this_gateway
from collectibles.payments.sandbox.gateway import Gateway

merchants = Blueprint("merchants", __name__, url_prefix="/v1")


def create_app(gateway: Gateway) -> Flask:
    """The WSGI app of that gateway."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = wire.MAX_BODY
    app.extensions["gateway"] = gateway
    app.register_blueprint(merchants)
    app.register_blueprint(cashier)
    app.register_blueprint(control)
    app.add_url_rule("/healthz", "healthz", lambda: {"sandbox": True})
    return app


@merchants.before_request
def _know_the_merchant() -> None:
    """Raw bytes first: who signed this, with a key we know, now, and for the first time."""
    g.asked_nonce = ""
    read = wire.read_authorization(request.headers.get("Authorization", ""))
    if read is None:
        raise SandboxError(401, "SIGN_ERROR", "Authorization is missing or not of the right form")
    merchant, serial, timestamp, nonce, signature = read
    g.asked_nonce = nonce
    gateway = this_gateway()
    known = gateway.accounts.find(merchant, serial)
    if known is None:
        raise SandboxError(401, "MERCHANT_NOT_EXIST", "no such merchant, or not its key")
    target = request.environ["RAW_URI"]
    text = wire.request_text(request.method, target, timestamp, nonce, request.get_data())
    if not known.key.verifies(text, signature):
        raise SandboxError(401, "SIGN_ERROR", "the signature does not fit")
    now = gateway.clock.now_ms()
    if not wire.is_fresh(timestamp, now):
        raise SandboxError(401, "SIGN_ERROR", "the timestamp is more than five minutes off")
    if not gateway.nonces.take(serial, nonce, now):
        raise SandboxError(401, "SIGN_ERROR", "the nonce was used before")
    g.merchant = known


@merchants.post("/charges")
def create_charge() -> Response:
    wanted = schemas.read(schemas.ChargeIn, request.get_data())
    sealed = wanted.pop("sealed_payer")
    wanted["identity_asked"] = int(sealed is not None)
    wanted["account_of_buyer"] = None if sealed is None else _account_of(sealed)
    url, charge = this_gateway().create(_merchant().merchant, wanted)
    return _answer(200, {"cashier_url": url, "charge": charge}, wanted["charge_no"])


@merchants.get("/charges/<charge_no>")
def query_charge(charge_no: str) -> Response:
    return _answer(200, this_gateway().charge(_merchant().merchant, charge_no), charge_no)


@merchants.post("/charges/<charge_no>/close")
def close_charge(charge_no: str) -> Response:
    this_gateway().close_charge(_merchant().merchant, charge_no)
    return _answer(204, None, charge_no)


@merchants.post("/refunds")
def create_refund() -> Response:
    wanted = schemas.read(schemas.RefundIn, request.get_data())
    refund = this_gateway().refund(_merchant().merchant, wanted)
    return _answer(200, refund, wanted["charge_no"])


@merchants.get("/refunds/<refund_no>")
def query_refund(refund_no: str) -> Response:
    refund = this_gateway().refund_state(_merchant().merchant, refund_no)
    return _answer(200, refund, refund["charge_no"])


@merchants.get("/bill")
def day_bill() -> Response:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        raise SandboxError(400, "PARAM_ERROR", "day: not YYYY-MM-DD") from None
    return _signed(200, this_gateway().day_bill(_merchant().merchant, day), "text/csv")


@merchants.errorhandler(SandboxError)
def _refuse(error: SandboxError) -> Response:
    return _answer(error.status, {"code": error.code, "message": error.message}, None)


@merchants.errorhandler(HTTPException)
def _refuse_http(error: HTTPException) -> Response:
    code = error.code or 500
    return _answer(code, {"code": "PARAM_ERROR", "message": error.name}, None)


def _merchant() -> Merchant:
    known: Merchant = g.merchant
    return known


def _account_of(sealed: str) -> str:
    """The account this buyer pays from: the same for the same number, which is not kept.

    Name and number must arrive readable.
    """
    try:
        payer = json.loads(this_gateway().key.open(sealed))
        readable = isinstance(payer, dict) and {"name", "number"} <= payer.keys()
    except (ValueError, TypeError, RecursionError):
        readable = False
    if not readable:
        raise SandboxError(400, "PARAM_ERROR", "sealed_payer: not sealed for this gateway")
    return f"payer-{hashlib.sha256(str(payer['number']).encode()).hexdigest()[:24]}"


def _answer(status: int, document: dict[str, Any] | None, charge_no: str | None) -> Response:
    if status < 300 and this_gateway().takes_fault("lost_answer", _merchant().merchant, charge_no):
        return Response(status=504)
    body = b"" if document is None else wire.encode(document)
    return _signed(status, body, "application/json")


def _signed(status: int, body: bytes, content_type: str) -> Response:
    gateway = this_gateway()
    timestamp = str(gateway.clock.now_ms() // 1000)
    nonce = secrets.token_hex(16)
    text = wire.answer_text(g.asked_nonce, status, timestamp, nonce, body)
    response = Response(body, status=status, content_type=f"{content_type}; charset=utf-8")
    response.headers[wire.SERIAL_HEADER] = gateway.key.serial
    response.headers[wire.TIMESTAMP_HEADER] = timestamp
    response.headers[wire.NONCE_HEADER] = nonce
    response.headers[wire.SIGNATURE_HEADER] = gateway.key.sign(text)
    return response
