"""A limited edition is a work made from an object, never the object's raw data.

Protects the public's access to cultural heritage. In April 2022 the heritage administration's
symposium, as reported, said that museums should not sell raw data of relics as limited goods and
encouraged creative re-working under proper licence. It is the guidance of a meeting, not a decree.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, allowed: tuple[str, ...], barred: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    if series.derivation in barred:
        return fail("raw", series.derivation, ",".join(allowed))
    if series.derivation not in allowed:
        return hold("not_listed", series.derivation)
    if not series.creative_statement:
        return fail("no_statement")
    return None if series.adaptor else fail("no_adaptor")


RULE = Rule(
    code="no_raw_relic",
    version=1,
    title=Text("文物原始数据不得限量发售", "No raw relic data as a limited edition"),
    kinds=("series", "mint", "sale"),
    since=date(2022, 4, 13),
    source="notice",
    cites=(Cite("heritage_meeting_2022"), Cite("museum_licensing_guide")),
    reads=("listing.allowed_derivations", "listing.barred_derivations"),
    reasons={
        "raw": Reason(
            Text(
                "本系列的图像是{derivation}，不能作为限量藏品发售。",
                "The picture of this series is {derivation}, which may not be sold as a limited "
                "edition.",
            ),
            Text(
                "请在文物基础上再创作（{allowed}），并写明创作说明和改编者。",
                "Please make a work from it ({allowed}) and state how and by whom it was made.",
            ),
            (("derivation", "word"), ("allowed", "words")),
        ),
        "not_listed": Reason(
            Text(
                "图像来源“{derivation}”不在已知之列，需人工核对。",
                "The derivation “{derivation}” is not listed, and a person has to check it.",
            ),
            Text(
                "请选择准确的来源，或等待核对。",
                "Please choose the right one, or wait for the check.",
            ),
            (("derivation", "word"),),
        ),
        "no_statement": Reason(
            Text("没有创作说明。", "There is no creative statement."),
            Text(
                "请写明作品如何由原物创作而成。",
                "Please state how the work was made from the object.",
            ),
        ),
        "no_adaptor": Reason(
            Text("没有写明改编者。", "It is not stated who made the work."),
            Text("请填写改编者。", "Please name the adaptor."),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
