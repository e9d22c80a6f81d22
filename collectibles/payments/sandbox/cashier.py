"""The cashier: the page on which a person pays, fails or gives up. Plain forms, no script.

The address holds a token nobody can guess, as a payment provider's does; whoever has it may pay.
The browser then goes back to the merchant's address, which proves nothing: the notice does.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template_string, request
from marshmallow import ValidationError

from collectibles.domain import calendar, money
from collectibles.payments.sandbox import charges, schemas
from collectibles.payments.sandbox.book import SandboxError
from collectibles.payments.sandbox.cashier_page import PAGE, STYLE
from collectibles.payments.sandbox.current import this_gateway

cashier = Blueprint("cashier", __name__, url_prefix="/cashier")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@cashier.get("/<token>")
def show(token: str) -> Response:
    return _page(_charge(token))


@cashier.post("/<token>")
def act(token: str) -> Response:
    charge = _charge(token)
    if charge is None:
        return _page(None)
    try:
        chosen = schemas.CashierIn().load(request.form.to_dict())
    except ValidationError:
        return _page(charge, said="choose", status=400)
    if chosen["action"] == "short" and charge["state"] == "NOTPAY":
        return _page(charge, said="short")
    if chosen["action"] in charges.INSTRUMENTS:
        try:
            this_gateway().pay(
                charge["merchant"], charge["charge_no"],
                instrument=chosen["action"], payer=chosen["payer"],
            )  # fmt: skip
        except SandboxError as error:
            if error.code != "CHARGE_PAID":  # a second press of the button pays nothing more
                return _page(_charge(token), status=409)
    elif charge["return_url"] is None:
        return _page(charge, said="cancelled")
    return redirect(charge["return_url"] or request.full_path.rstrip("?"), 303)  # type: ignore[return-value]


def _charge(token: str) -> sqlite3.Row | None:
    gateway = this_gateway()
    with gateway.book.read() as tx:
        return charges.by_token(tx, token, gateway.clock.now_ms())


def _page(charge: sqlite3.Row | None, said: str = "", status: int = 200) -> Response:
    chinese = _language() == "zh"
    merchant = None if charge is None else this_gateway().accounts.find(charge["merchant"])
    html = render_template_string(
        PAGE,
        style=STYLE,
        language="zh-CN" if chinese else "en",
        other="en" if chinese else "zh",
        t=lambda zh, en: zh if chinese else en,
        charge=charge,
        payee=merchant and (merchant.name_zh if chinese else merchant.name_en),
        amount=charge and money.show(charge["amount_fen"]),
        until=charge and calendar.say_time(charge["expires_at"], "zh" if chinese else "en"),
        said=said,
    )
    response = Response(html, status=404 if charge is None else status)
    back = charge["return_url"] if charge is not None else None
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
        f" frame-ancestors 'none'; form-action 'self'{_origin(back)}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _language() -> str:
    asked = request.args.get("lang", "")
    if asked in ("zh", "en"):
        return asked
    return request.accept_languages.best_match(("zh", "en"), "zh")


def _origin(url: str | None) -> str:
    """The merchant's origin, where browsers must be let through after the form."""
    if url is None:
        return ""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}".replace(";", "").replace(",", "")
