"""A purchase, and what of it a resale shares: money, limits, pace, what was shown."""

from __future__ import annotations

from compliance.facts import Facts
from tests.evaluator.naive import DAY, Read, day_of, rule


@rule("currency_cny@1", "series sale resale", "2004-02-01")
def currency_cny(facts: Facts, read: Read) -> str:
    allowed = read("payment.currencies")
    if facts.series is None:
        return "h"
    if facts.series.currency not in allowed:
        return "f"
    if facts.kind == "series":
        return "p"
    if facts.payment is None:
        return "h"
    return "p" if facts.payment.currency in allowed else "f"


@rule("exact_amount@1", "series sale resale", "2025-01-01")
def exact_amount(facts: Facts, read: Read) -> str:
    series, payment, asked = facts.series, facts.payment, facts.consideration
    if series is None:
        return "h"
    if facts.kind == "series":
        return "f" if series.price < 1 else "p"
    if asked is None or payment is None or payment.currency != series.currency:
        return "h"
    if facts.kind == "sale" and asked != series.price:
        return "f"
    if facts.kind == "resale" and asked < 1:
        return "f"
    return "p" if payment.amount == asked and payment.settled else "f"


@rule("licensed_channel@1", "sale resale", "2010-09-01")
def licensed_channel(facts: Facts, read: Read) -> str:
    payment = facts.payment
    if payment is None:
        return "h"
    if payment.channel not in read("payment.channels"):
        return "f"
    return "h" if payment.channel == "licensed_psp" and not payment.licence else "p"


@rule("barred_instrument@1", "sale resale", "2022-04-13")
def barred_instrument(facts: Facts, read: Read) -> str:
    if facts.payment is None:
        return "h"
    if facts.payment.instrument in read("payment.barred_instruments"):
        return "f"
    return "p" if facts.payment.instrument in read("payment.instruments") else "h"


@rule("no_pool@1", "sale resale", "2017-11-13")
def no_pool(facts: Facts, read: Read) -> str:
    if facts.payment is None or facts.series is None:
        return "h"
    if facts.payment.payee is None or not facts.series.seller:
        return "h"
    return "p" if facts.payment.payee == facts.series.seller else "f"


@rule("payer_match@1", "sale resale", "2025-01-01")
def payer_match(facts: Facts, read: Read) -> str:
    if facts.payment is None:
        return "h"
    if facts.payment.payer == "confirmed":
        return "p"
    if facts.payment.payer == "rail_cannot_tell":
        return {"accept": "p", "hold": "h", "refuse": "f"}[read("payment.payer_unknown")]
    return "h"


@rule("primary_sale@1", "sale", "2022-04-13")
def primary_sale(facts: Facts, read: Read) -> str:
    if facts.series is None or not facts.series.seller:
        return "h"
    return "f" if facts.series.down else "p"


@rule("person_limit@1", "sale resale", "2025-01-01")
def person_limit(facts: Facts, read: Read) -> str:
    if facts.bought is None:
        return "h"
    return "f" if facts.bought >= read("limit.per_series") else "p"


@rule("day_limit@1", "sale", "2025-01-01")
def day_limit(facts: Facts, read: Read) -> str:
    if facts.recipient_ties is None:
        return "h"
    today = [at for at in facts.recipient_ties.bought if day_of(at) == day_of(facts.at)]
    return "f" if len(today) >= read("limit.per_day") else "p"


@rule("purchase_pace@1", "sale", "2025-01-01")
def purchase_pace(facts: Facts, read: Read) -> str:
    if facts.recipient_ties is None:
        return "-"
    within = read("limit.pace_seconds") * 1000
    quick = [at for at in facts.recipient_ties.bought if facts.at - at < within]
    return "h" if len(quick) + 1 >= read("limit.pace_count") else "p"


@rule("refund_churn@1", "sale", "2025-01-01")
def refund_churn(facts: Facts, read: Read) -> str:
    if facts.recipient_ties is None:
        return "h"
    within = read("pattern.churn_days") * DAY
    young = [at for at in facts.recipient_ties.returned if facts.at - at < within]
    return "h" if len(young) >= read("pattern.churn_returns") else "p"


@rule("straw_buyers@1", "sale", "2025-01-01")
def straw_buyers(facts: Facts, read: Read) -> str:
    most = read("pattern.straw_others")
    return "h" if any(shared.others >= most for shared in facts.shared) else "p"


@rule("risk_acknowledged@1", "sale", "2025-01-01")
def risk_acknowledged(facts: Facts, read: Read) -> str:
    if facts.acknowledged is None:
        return "h"
    return "p" if "risk" in facts.acknowledged else "f"


@rule("wait_shown@1", "sale gift resale", "2025-01-01")
def wait_shown(facts: Facts, read: Read) -> str:
    if facts.wait_hours is None:
        return "h"
    name = "gift.regift_hours" if facts.kind == "gift" else "gift.first_hold_hours"
    hours = read(name)
    return "p" if facts.wait_hours == hours else "f" if facts.wait_hours > hours else "h"


@rule("restraint@1", "mint sale gift resale refund return", "2022-12-01")
def restraint(facts: Facts, read: Read) -> str:
    in_force = [each for each in facts.restraints if each.until is None or facts.at < each.until]
    return "f" if in_force else "p"


@rule("refund_pending@1", "gift resale refund return", "2025-01-01")
def refund_pending(facts: Facts, read: Read) -> str:
    if facts.holding is None:
        return "h"
    return "f" if facts.holding.refund_pending else "p"


@rule("refund_bound@1", "refund return", "2025-01-01")
def refund_bound(facts: Facts, read: Read) -> str:
    if facts.refund is None or facts.holding is None:
        return "h"
    if facts.refund <= 0:
        return "f"
    return "f" if facts.refund > facts.holding.paid - facts.holding.refunded else "p"


@rule("return_terms@1", "return", "2025-01-01")
def return_terms(facts: Facts, read: Read) -> str:
    holding = facts.holding
    if holding is None or facts.refund is None:
        return "h"
    if holding.acquired_by in ("gift", "forced"):
        return "f"
    if holding.return_until is None:
        return "h"
    if facts.at >= holding.return_until:
        return "f"
    return "f" if facts.refund < holding.paid - holding.refunded else "p"
