"""What can go wrong with a payment: one code and one sentence for all rails.

A rail translates its provider's own error codes into these, so that the caller can act on them.
"""

from __future__ import annotations

from collectibles.errors import PaymentProblem


class OutcomeUnknown(PaymentProblem):
    """The provider may or may not have done it. Ask again; assume nothing."""


class NoticeRefused(PaymentProblem):
    """A message that cannot be believed. `code` says why; nothing was changed."""

    status = 400


PROBLEMS: dict[str, tuple[str, str]] = {
    "charge_conflict": (
        "该商户单号已用于另一笔付款。",
        "This charge number stands for another payment.",
    ),
    "charge_closed": ("该笔付款已关闭。", "This payment is closed."),
    "charge_paid": ("该笔付款已完成。", "This payment has been made already."),
    "charge_not_paid": (
        "该笔尚未付款，不能退款。",
        "Nothing was paid, so nothing can be refunded.",
    ),
    "charge_unknown": ("支付机构没有这笔付款。", "The payment provider has no such payment."),
    "currency_not_settled": (
        "该支付渠道不以此货币结算。",
        "This payment channel does not settle in that currency.",
    ),
    "refund_unknown": ("支付机构没有这笔退款。", "The payment provider has no such refund."),
    "refund_conflict": (
        "该退款单号已用于另一笔退款。",
        "This refund number stands for another refund.",
    ),
    "refund_exceeds_payment": ("退款合计超过已付金额。", "The refunds would exceed what was paid."),
    "refund_window_past": (
        "已超过支付机构允许退款的期限。",
        "The provider's time limit for refunds has passed.",
    ),
    "refund_limit": (
        "该笔付款的退款次数已达上限。",
        "This payment has had as many refunds as are allowed.",
    ),
    "merchant_balance_short": (
        "商户账户余额不足，暂不能退款。",
        "The merchant account is too short to refund now.",
    ),
    "merchant_unknown": (
        "支付机构没有该商户，或其密钥不符。",
        "The provider has no such merchant, or not its key.",
    ),
    "signature_refused": (
        "支付机构拒绝了我方签名。",
        "The payment provider refused our signature.",
    ),
    "request_refused": ("支付机构拒绝了该请求。", "The payment provider refused the request."),
    "rate_limited": ("请求过于频繁，请稍后再试。", "Too many requests; please try again later."),
    "bill_not_ready": ("该日账单尚未生成。", "The bill of that day is not ready yet."),
    "answer_untrusted": (
        "支付机构的答复无法验证。",
        "The provider's answer could not be verified.",
    ),
    "provider_unavailable": (
        "暂时无法连接支付机构，未发生扣款。",
        "The payment provider cannot be reached now; nothing was charged.",
    ),
    "provider_silent": (
        "暂时收不到支付机构的查询答复，请稍后再试。",
        "The payment provider does not answer the question now; please try again later.",
    ),
    "not_in_production": (
        "演示支付渠道不得用于正式环境。",
        "The sandbox rail must not be used in production.",
    ),
}


def problem(code: str, **figures: object) -> PaymentProblem:
    """The error of that code, with its sentences. Codes are the same for every rail."""
    zh, en = PROBLEMS[code]
    return PaymentProblem(code, zh, en, **figures)


def outcome_unknown(**figures: object) -> OutcomeUnknown:
    """The error that says: it may have happened, ask again."""
    return OutcomeUnknown(
        "outcome_unknown",
        "尚不能确定支付机构是否已处理，正在核对，请勿重复付款。",
        "It is not yet known whether the provider has done it. We are asking; please do not pay"
        " again.",
        **figures,
    )
