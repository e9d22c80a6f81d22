"""An issuer mints so many editions in thirty days, and a person looks when it is more.

Protects buyers from collectibles made by the batch, whatever the number of series they are spread
over: the initiative of April 2022 is against batch creation (item 2) and names no number. The
ceiling is our own figure, for each issuer and over all its series.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, ceiling: int) -> Answer | None:
    minted, editions = facts.minted, facts.editions
    if minted is None or editions is None:
        return hold("unknown")
    return None if minted + editions <= ceiling else hold("many", minted, editions, ceiling)


RULE = Rule(
    code="mint_pace",
    version=1,
    title=Text("30天内的铸造总量", "Editions minted in thirty days"),
    kinds=("mint",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("initiative_2022_04", "2"),),
    reads=("listing.mints_per_30_days",),
    reasons={
        "many": Reason(
            Text(
                "发行方最近30天已铸造{minted}件，再铸造{editions}件将超过{ceiling}件，须人工复核。",
                "The issuer has minted {minted} editions in the last thirty days; {editions} more "
                "would be over {ceiling}, and a person has to look at it.",
            ),
            Text(
                "请少铸造一些或过些日子再铸造，使总数不超过{ceiling}件，或等待复核。",
                "Please mint fewer, or later, so that it is {ceiling} at most, or wait for the "
                "review.",
            ),
            (("minted", "count"), ("editions", "count"), ("ceiling", "count")),
        ),
        "unknown": Reason(
            Text(
                "不知道要铸造几件，或最近30天已铸造几件。",
                "It is not known how many are to be minted, or were in the last thirty days.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
