"""What an authority has frozen does not move.

Protects the public and whoever the freeze protects. What a freeze rests on stands in its own
document, whose number and authority are shown; that this service must carry it out follows from its
duties to act on what authorities ask (Law against Telecom and Online Fraud Art. 22, Anti-Money
Laundering Law Art. 40). A freeze without a term lasts until it is released.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts, Restraint
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail


def check(facts: Facts) -> Answer | None:
    if not facts.restraints:
        return None
    longest: Restraint | None = None
    for restraint in facts.restraints:
        if restraint.until is None:
            return fail("frozen", restraint.scope, restraint.authority, restraint.document)
        if facts.at < restraint.until and _outlasts(restraint.until, longest):
            longest = restraint
    if longest is None or longest.until is None:
        return None
    return fail("frozen_until", longest.scope, longest.authority, longest.document, longest.until)


def _outlasts(until: int, other: Restraint | None) -> bool:
    return other is None or other.until is None or until > other.until


_FIGURES = (("scope", "word"), ("authority", "text"), ("document", "text"))

RULE = Rule(
    code="restraint",
    version=1,
    title=Text("冻结", "Frozen by an authority"),
    kinds=("mint", "sale", "gift", "resale", "refund", "return"),
    since=date(2022, 12, 1),
    source="statute",
    cites=(Cite("anti_fraud_law", "22"), Cite("aml_law", "40")),
    reads=(),
    reasons={
        "frozen": Reason(
            Text(
                "该{scope}已被{authority}冻结（文号：{document}），没有期限。",
                "The {scope} is frozen by {authority} (document {document}), with no term.",
            ),
            Text(
                "如有异议，请凭文号{document}向{authority}提出；解冻后即可办理。",
                "Objections go to {authority}, quoting {document}; it can go on once released.",
            ),
            _FIGURES,
        ),
        "frozen_until": Reason(
            Text(
                "该{scope}已被{authority}冻结（文号：{document}），期限至{until}。",
                "The {scope} is frozen by {authority} (document {document}) until {until}.",
            ),
            Text(
                "自{until}起，如未续期即可办理；如有异议，请凭文号{document}向{authority}提出。",
                "It can go on from {until} unless the term is extended; objections go to "
                "{authority}, quoting {document}.",
            ),
            (*_FIGURES, ("until", "from")),
        ),
    },
    check=check,
)
