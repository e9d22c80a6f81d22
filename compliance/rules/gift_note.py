"""What a giver writes to a recipient names no price, no buyer and no way to pay elsewhere.

Protects people from sales arranged under a gift. A sham act is void and what it hides is judged by
its own rules (Civil Code Art. 146); large platforms count talk of selling and buying among the
breaches. The ledger holds no words, only the kinds of solicitation found in them; words found are
no proof, so a person reads the note. A resale may come without a note; a gift says if it has none.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts) -> Answer | None:
    note = facts.note
    if note is None:
        return hold("unknown") if facts.kind == "gift" else None
    return hold("found", ",".join(note)) if note else None


RULE = Rule(
    code="gift_note",
    version=1,
    title=Text("赠言中的交易用语", "Talk of dealing in a giver's words"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146"), Cite("jingtan_conduct_2022")),
    reads=(),
    reasons={
        "found": Reason(
            Text(
                "附言中疑有：{found}。",
                "The words that go with it seem to contain: {found}.",
            ),
            Text(
                "请改写附言后重新发出；如属误判，由合规人员复核。",
                "Please write it anew without that and offer it again, or wait for a review.",
            ),
            (("found", "words"),),
        ),
        "unknown": Reason(
            Text(
                "不知道附言是否经过核对。",
                "It is not known whether the words that go with it were checked.",
            ),
            Text("请重新发出转赠。", "Please offer the gift again."),
        ),
    },
    check=check,
)
