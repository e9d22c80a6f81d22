"""Pictures under open terms are used on those terms.

Protects those who shared them. A public licence is a licence like others: what it does not allow
may not be done without asking (Copyright Law Arts. 26, 29). Terms that ask for attribution get it
among the disclosures, terms that ask for the same terms get a series offered under them, and terms
that do not allow sale or adaptation are not used. The public domain asks for nothing.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import NOT_CONCERNED, Answer, Cite, Reason, Rule, Text, fail, hold


def check(
    facts: Facts,
    free: tuple[str, ...],
    attribution: tuple[str, ...],
    sharealike: tuple[str, ...],
    barred: tuple[str, ...],
) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    source = series.source_terms
    if source in free:
        return NOT_CONCERNED
    if source in barred:
        return fail("barred", source)
    if source not in attribution and source not in sharealike:
        return hold("not_listed", source)
    if source in attribution and "attribution" not in series.disclosures:
        return fail("no_attribution", source)
    if source in sharealike and series.offered_terms != source:
        return fail("not_alike", source, series.offered_terms)
    return None


RULE = Rule(
    code="share_alike",
    version=1,
    title=Text("遵守来源图像的许可条件", "Open terms are kept"),
    kinds=("series", "mint", "sale"),
    since=date(2021, 6, 1),
    source="statute",
    cites=(Cite("copyright_law", "26, 29"),),
    reads=(
        "listing.terms_free",
        "listing.terms_attribution",
        "listing.terms_sharealike",
        "listing.terms_barred",
    ),
    reasons={
        "barred": Reason(
            Text(
                "来源图像的许可是{source}，不允许出售改编作品。",
                "The source picture is under {source}, which does not allow adapted works to be "
                "sold.",
            ),
            Text(
                "请取得权利人另行授权，或换用其他图像。",
                "Please obtain a separate licence from the right holder, or use another picture.",
            ),
            (("source", "word"),),
        ),
        "no_attribution": Reason(
            Text(
                "来源图像的许可是{source}，须载明署名。",
                "The source picture is under {source}, which asks for attribution.",
            ),
            Text(
                "请在披露信息中写明原作者、出处和许可。",
                "Please state its author, origin and licence among the disclosures.",
            ),
            (("source", "word"),),
        ),
        "not_alike": Reason(
            Text(
                "来源图像的许可是{source}，改编作品须以相同条件提供；本系列的条件是{offered}。",
                "The source picture is under {source}, so works made from it must be offered under "
                "the same terms; this series is offered under {offered}.",
            ),
            Text(
                "请将本系列以{source}提供，或换用其他图像。",
                "Please offer the series under {source}, or use another picture.",
            ),
            (("source", "word"), ("offered", "word")),
        ),
        "not_listed": Reason(
            Text(
                "来源图像的许可“{source}”不在已知之列，需人工核对。",
                "The terms “{source}” of the source picture are not listed, and a person has to "
                "check them.",
            ),
            Text(
                "请选择准确的许可，或等待核对。",
                "Please choose the right terms, or wait for the check.",
            ),
            (("source", "word"),),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
