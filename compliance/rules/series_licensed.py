"""The right holder is named and has licensed what minting and showing take, for as long as needed.

Protects authors and museums, and buyers from works that must be taken down. Using a work takes a
licence, and what it does not name may not be done (Copyright Law Arts. 10, 26, 29); who publishes
copies must show the licence (Art. 59); courts ask for a check before minting. A series without a
licence on file is not licensed.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts, Licence
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, required: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    if not series.right_holder:
        return fail("no_right_holder")
    licence = series.licence
    if licence is None:
        return fail("no_licence")
    for right in required:
        if right not in licence.rights:
            return _lacking(licence, required)
    at, ends = facts.at, licence.ends_at
    if at < licence.starts_at:
        return fail("not_yet", licence.starts_at)
    if ends is None:
        return None
    if at >= ends:
        return fail("ended", ends)
    if facts.kind != "sale" and ends < series.closes_at:
        return fail("ends_early", ends, series.closes_at)
    return None


def _lacking(licence: Licence, required: tuple[str, ...]) -> Answer:
    return fail("lacks", ",".join(right for right in required if right not in licence.rights))


RULE = Rule(
    code="series_licensed",
    version=1,
    title=Text("权利人授权", "Licensed by the right holder"),
    kinds=("series", "mint", "sale"),
    since=date(2021, 6, 1),
    source="statute",
    cites=(
        Cite("copyright_law", "59"),
        Cite("museum_licensing_guide"),
        Cite("hangzhou_2022_1008"),
    ),
    reads=("listing.required_licence_rights",),
    reasons={
        "no_right_holder": Reason(
            Text("没有写明权利人。", "The right holder is not named."),
            Text("请填写权利人。", "Please name the right holder."),
        ),
        "no_licence": Reason(
            Text("没有权利人的授权记录。", "No licence from the right holder is on file."),
            Text(
                "请登记授权：权利种类和起止时间。",
                "Please file the licence: its rights and its term.",
            ),
        ),
        "lacks": Reason(
            Text("授权不包括：{rights}。", "The licence does not cover {rights}."),
            Text("请取得并登记：{rights}。", "Please obtain and file {rights}."),
            (("rights", "words"),),
        ),
        "not_yet": Reason(
            Text("授权自{starts}起生效。", "The licence begins on {starts}."),
            Text("请在{starts}之后办理。", "Please come back from {starts} on."),
            (("starts", "from"),),
        ),
        "ended": Reason(
            Text("授权已于{ends}到期。", "The licence ended on {ends}."),
            Text("请续展授权并登记。", "Please renew the licence and file it."),
            (("ends", "moment"),),
        ),
        "ends_early": Reason(
            Text(
                "授权于{ends}到期，早于发售结束时间{closes}。",
                "The licence ends on {ends}, before the sale does, on {closes}.",
            ),
            Text(
                "请续展授权，或把发售提前到{ends}之前结束。",
                "Please renew the licence, or end the sale by {ends}.",
            ),
            (("ends", "moment"), ("closes", "moment")),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
