"""A freeze or its release says on what it rests, and two officers carry it out.

Protects those whom a freeze hits: they learn which authority acted, on what document and why, and
so where to object. The Law against Telecom and Online Fraud asks for reasons and a way to object
(Art. 32) for the measures under it; that every freeze names them and that two act is our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, officers: int) -> Answer | None:
    measure = facts.measure
    if measure is None or (measure.action != "freeze" and measure.action != "release"):
        return hold("unknown")
    if not (measure.document and measure.authority and measure.basis):
        return fail("incomplete")
    acting = len(set(measure.officers) - {""})
    return None if acting >= officers else fail("officers", acting, officers)


RULE = Rule(
    code="freeze_basis",
    version=1,
    title=Text("冻结和解冻的依据", "Grounds of a freeze"),
    kinds=("restraint",),
    since=date(2022, 12, 1),
    source="policy",
    cites=(Cite("anti_fraud_law", "32"),),
    reads=("takedown.officers",),
    reasons={
        "incomplete": Reason(
            Text(
                "没有写明冻结或解冻的文号、机关或依据。",
                "Document, authority or basis of the freeze or release is missing.",
            ),
            Text("请写明三者。", "Please name all three."),
        ),
        "officers": Reason(
            Text(
                "冻结和解冻须由{needed}名不同的人员办理，现有{acting}名。",
                "A freeze or release takes {needed} different officers; there are {acting}.",
            ),
            Text("请由另一人共同办理。", "Please have another officer act as well."),
            (("acting", "count"), ("needed", "count")),
        ),
        "unknown": Reason(
            Text(
                "不知道这是冻结还是解冻，或其依据。",
                "It is not known whether this freezes or releases, or on what it rests.",
            ),
            Text("请补充依据。", "Please supply what it rests on."),
        ),
    },
    check=check,
)
