"""What the sandbox takes: the form of every request, checked before anything is done."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from collectibles.domain.money import MAX_FEN
from collectibles.payments.fields import CHARGE_NO, CURRENCY, REFUND_NO, SELLER
from collectibles.payments.sandbox import charges, faults, wire
from collectibles.payments.sandbox.book import SandboxError

_WEB = validate.Regexp(r"https?://[!-~]{1,500}\Z")


class Whole(fields.Integer):
    """A whole number: no text, no fraction, and not true or false."""

    def __init__(self, low: int, high: int, **more: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(low, high), **more)

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        if isinstance(value, (bool, float, str)):
            raise ValidationError("not a whole number")
        return super()._deserialize(value, *args, **more)


def _matching(pattern: Any, **more: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(rf"(?:{pattern.pattern})\Z"), **more)


def _text(longest: int, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, longest), **more)


def _one_of(choices: Any, **more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(choices), **more)


class ChargeIn(Schema):
    charge_no = _matching(CHARGE_NO, required=True)
    amount_fen = Whole(1, MAX_FEN, required=True)
    currency = _matching(CURRENCY, required=True)
    description = _text(127, required=True)
    notice_url = fields.String(required=True, validate=_WEB)
    return_url = fields.String(load_default=None, allow_none=True, validate=_WEB)
    expires_at = Whole(0, 2**53, required=True)
    sealed_payer = _text(1024, load_default=None, allow_none=True)


class RefundIn(Schema):
    refund_no = _matching(REFUND_NO, required=True)
    charge_no = _matching(CHARGE_NO, required=True)
    amount_fen = Whole(1, MAX_FEN, required=True)
    charge_fen = Whole(1, MAX_FEN, required=True)
    currency = _matching(CURRENCY, required=True)
    reason = _text(80, required=True)
    notice_url = fields.String(load_default=None, allow_none=True, validate=_WEB)


class PayIn(Schema):
    """`POST /control/pay`: a payment as the cashier would make it, or as no payer could."""

    merchant = _matching(SELLER, required=True)
    charge_no = _matching(CHARGE_NO, required=True)
    instrument = _one_of(charges.INSTRUMENTS)
    payer = _one_of(charges.PAYERS)
    payer_account = _text(64)
    amount_fen = Whole(1, MAX_FEN)
    currency = _matching(CURRENCY)
    after_close = fields.Boolean()


class FaultIn(Schema):
    """`POST /control/faults`: one entry of the menu, for whom, and its figures."""

    fault = _one_of(sorted(faults.MENU), required=True)
    merchant = _matching(SELLER)
    charge_no = _matching(CHARGE_NO)
    kind = _one_of(("payment", "refund"))
    detail = fields.Nested("FaultDetail")


class FaultDetail(Schema):
    deliveries = Whole(1, 1000)
    copies = Whole(1, 100)
    by_ms = Whole(0, 10 * 86_400_000)
    delta_fen = Whole(-MAX_FEN, MAX_FEN)
    currency = _matching(CURRENCY)
    as_merchant = _matching(SELLER)


class MerchantIn(Schema):
    merchant = _matching(SELLER, required=True)
    name_zh = _text(60, required=True)
    name_en = _text(60, required=True)
    public_key = _text(4000, required=True)


class CashierIn(Schema):
    """The cashier's form; what else a browser sends is left aside."""

    class Meta:
        unknown = EXCLUDE

    action = _one_of((*charges.INSTRUMENTS, "short", "cancel"), required=True)
    payer = _one_of(charges.PAYERS, load_default="confirmed")


def read(schema: type[Schema], body: bytes) -> dict[str, Any]:
    """The checked document in `body`. Raises SandboxError PARAM_ERROR naming the field."""
    if len(body) > wire.MAX_BODY:
        raise SandboxError(413, "PARAM_ERROR", "the body is too large")
    try:
        checked: dict[str, Any] = schema().load(wire.decode(body))
    except ValidationError as error:
        name, said = next(iter(dict(error.messages_dict).items()))
        raise SandboxError(400, "PARAM_ERROR", f"{name}: {said}") from None
    except ValueError as error:
        raise SandboxError(400, "PARAM_ERROR", f"the body is not JSON: {error}") from None
    return checked
