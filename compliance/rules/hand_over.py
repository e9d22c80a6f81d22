"""An account whose owner seems to have changed passes nothing on until somebody has looked.

Protects people from sales of whole accounts, and from thieves. What ties an account to its person
are the device it is used from, the means it pays with and the verification; if several are new
within days while the account is older, and it passes something to a stranger, it may have changed
hands. A device that was never seen before counts as new. A resale is paid and confirmed by the
other side, so there the ledger learns no device of the holder's. A device that is not known says
nothing.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts, Ties
from compliance.patterns import UNKNOWN_TIES, strangers
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, anchors: int, days: int, settled: int) -> Answer | None:
    mine, theirs, holder, holding = (
        facts.holder_ties,
        facts.recipient_ties,
        facts.holder,
        facts.holding,
    )
    if mine is None or theirs is None or holder is None or holding is None:
        return hold("unknown")
    since = facts.at - days * DAY_MS
    if holding.acquired_at > since:
        return None
    count = 1 if holder.verified_at is not None and holder.verified_at > since else 0
    if mine.used:
        device = facts.device if facts.kind == "gift" else None
        count += _replaced(mine, "device", device, since) + _replaced(mine, "means", None, since)
    if count < anchors or not strangers(facts, mine, theirs, settled):
        return None
    return hold("changed", count, days)


def _replaced(ties: Ties, what: str, now: str | None, since: int) -> int:
    """1 if one of this kind is new since then, or never seen, where there is an older one."""
    older = new = False
    unseen = now is not None
    for used in ties.used:
        if used.what == what:
            unseen = unseen and used.tag != now
            if used.since > since:
                new = True
            else:
                older = True
    return int(older and (new or unseen))


RULE = Rule(
    code="hand_over",
    version=1,
    title=Text("账户疑似易手", "An account that changed hands"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("anti_fraud_law", "22"),),
    reads=("pattern.handover_anchors", "pattern.handover_days", "pattern.settled_days"),
    reasons={
        "changed": Reason(
            Text(
                "转出方账户在{days}内有{count}项更换（设备、支付方式、实名核验）。",
                "Of device, means of payment and verification, {count} have changed on the "
                "holder's account within {days}.",
            ),
            Text(
                "请转出方本人重新完成实名核验，由合规人员确认后再办理。",
                "Please have the holder verified again in person; a compliance officer then "
                "lets it go on.",
            ),
            (("count", "count"), ("days", "days")),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
