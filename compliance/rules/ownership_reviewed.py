"""Whose work it is has been checked before it is listed: source, chain of rights, and the picture.

Protects authors, and buyers from works that must be taken down. A court has held a platform of
minted works to a prior check of ownership, beyond notice and takedown (Hangzhou, 2022); who
publishes copies must show the licence (Copyright Law Art. 59). What the check consists of is spelt
out here: the source file or proof of authorship, the chain of rights, and a reverse image search.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold

_NEEDED = ("source_file", "ownership", "image_search")


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or series.checks is None:
        return hold("unknown")
    missing = [one for one in _NEEDED if one not in series.checks]
    return fail("missing", ",".join(missing)) if missing else None


RULE = Rule(
    code="ownership_reviewed",
    version=1,
    title=Text("权属审查", "Ownership reviewed"),
    kinds=("series",),
    since=date(2022, 4, 20),
    source="case",
    cites=(Cite("hangzhou_2022_1008"), Cite("copyright_law", "10, 59")),
    reads=(),
    reasons={
        "missing": Reason(
            Text(
                "上架前的权属审查尚缺：{missing}。",
                "The review of ownership before listing still lacks {missing}.",
            ),
            Text(
                "请由审核人完成并记录：{missing}。",
                "The reviewer needs to check and record {missing}.",
            ),
            (("missing", "words"),),
        ),
        "unknown": Reason(
            Text("不知道审核人核对了什么。", "It is not known what the reviewer has checked."),
            Text("请由审核人记录。", "The reviewer needs to record it."),
        ),
    },
    check=check,
)
