"""The work has been compared with the raw picture of its object, and is another.

Protects the public's access to cultural heritage: in April 2022 the heritage administration's
symposium, as reported, was against selling raw data of relics as limited goods. What the museum
declares of the derivation another rule checks; that somebody compares the two pictures is our own
rule. No score is computed: the reviewer's judgement is recorded.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or series.checks is None:
        return hold("unknown")
    return None if "similarity" in series.checks else fail("missing")


RULE = Rule(
    code="similarity_checked",
    version=1,
    title=Text("与原始影像比对", "Compared with the raw picture"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("heritage_meeting_2022"),),
    reads=(),
    reasons={
        "missing": Reason(
            Text(
                "没有与文物原始影像比对的记录。",
                "It is not recorded that the work was compared with the raw picture of the object.",
            ),
            Text(
                "请由审核人比对并记录；与原始影像几乎相同的，不能上架。",
                "The reviewer needs to compare them and record it; what is all but the raw picture "
                "cannot be listed.",
            ),
        ),
        "unknown": Reason(
            Text("不知道审核人核对了什么。", "It is not known what the reviewer has checked."),
            Text("请由审核人记录。", "The reviewer needs to record it."),
        ),
    },
    check=check,
)
