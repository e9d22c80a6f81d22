"""The operator has the permits its business needs, in its own name and in force.

Protects buyers from services that may not be run. Who does business online obtains the permits the
law asks for and shows them (E-Commerce Law Arts. 10, 12, 15). Which permits each business model
needs is a dated parameter with a source of its own; what is disputed there is our policy.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts, Platform
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold

Kinds = tuple[str, ...]


def check(
    facts: Facts, self_issue: Kinds, third_party: Kinds, publication: Kinds, auction: Kinds
) -> Answer | None:
    platform, at = facts.platform, facts.at
    if platform is None or not platform.models:
        return hold("unknown")
    uscc = platform.uscc
    if not uscc:
        return hold("unknown")
    for model in platform.models:
        if model == "third_party_issue":
            needed = third_party
        elif model == "self_issue":
            needed = self_issue
        elif model == "publication":
            needed = publication
        elif model == "auction":
            needed = auction
        else:
            return hold("unknown_model", model)
        for kind in needed:
            for held, number, holder, starts_at, ends_at in platform.permits:
                if held != kind or holder != uscc or not number or at < starts_at:
                    continue
                if ends_at is None or at < ends_at:
                    break
            else:
                return _lacking(platform, kind, at)
    return None


def _lacking(platform: Platform, kind: str, at: int) -> Answer:
    """Why no permit of this kind counts: the first that will, else the last that did."""
    starts_at, ended_at = -1, -1
    foreign = ""
    for permit in platform.permits:
        if permit.kind != kind or not permit.number:
            continue
        if permit.holder != platform.uscc:
            foreign = permit.number
        elif permit.starts_at > at:
            starts_at = permit.starts_at if starts_at < 0 else min(starts_at, permit.starts_at)
        elif permit.ends_at is not None:
            ended_at = max(ended_at, permit.ends_at)
    if starts_at >= 0:
        return fail("not_yet", kind, starts_at)
    if ended_at >= 0:
        return fail("ended", kind, ended_at)
    return fail("other_holder", kind, foreign) if foreign else fail("missing", kind)


_OBTAIN = Text("请运营方取得该许可并记入账本。", "The operator has to obtain and record it.")

RULE = Rule(
    code="permits_valid",
    version=1,
    title=Text("经营许可齐全有效", "Permits held and in force"),
    kinds=("series", "sale"),
    since=date(2019, 1, 1),
    source="statute",
    cites=(Cite("ecommerce_law", "10, 12, 15"),),
    reads=(
        "platform.permits_self_issue",
        "platform.permits_third_party",
        "platform.permits_publication",
        "platform.permits_auction",
    ),
    reasons={
        "missing": Reason(
            Text("运营方没有登记{kind}。", "The operator has no {kind} on file."),
            _OBTAIN,
            (("kind", "word"),),
        ),
        "ended": Reason(
            Text("运营方的{kind}已于{ended}到期。", "The operator's {kind} ended on {ended}."),
            Text("请运营方续期并记入账本。", "The operator has to renew and record it."),
            (("kind", "word"), ("ended", "moment")),
        ),
        "not_yet": Reason(
            Text(
                "运营方的{kind}自{starts}起才有效。",
                "The operator's {kind} is in force from {starts} only.",
            ),
            Text("自{starts}起可以办理。", "It can be done from {starts} on."),
            (("kind", "word"), ("starts", "from")),
        ),
        "other_holder": Reason(
            Text(
                "登记的{kind}（{number}）不在运营方名下。",
                "The {kind} on file ({number}) is not in the operator's own name.",
            ),
            _OBTAIN,
            (("kind", "word"), ("number", "text")),
        ),
        "unknown_model": Reason(
            Text(
                "运营方声明了未知的经营模式：{model}。",
                "The operator declares a business model that is not known: {model}.",
            ),
            Text("请运营方更正其声明。", "The operator has to correct its declaration."),
            (("model", "word"),),
        ),
        "unknown": Reason(
            Text(
                "账本上没有运营方的身份或经营模式。",
                "The ledger does not say who the operator is or what business it is in.",
            ),
            Text("请运营方在账本上作出声明。", "The operator has to declare it on the ledger."),
        ),
    },
    check=check,
)
