"""A collectible gives the use and enjoyment of a work, and no claim on anything.

Protects the public from securities in disguise and museums' holdings from being traded. Promised
returns are a matter of illegal fund-raising, museum holdings may not be dealt in, rights may not be
split for public issue, and from 2026-02-06 tokens of ownership or income rights are barred onshore.
A right on neither list is looked at by a person.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, allowed: tuple[str, ...], barred: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    for grant in series.grants:
        if grant not in allowed:
            return _not_allowed(series.grants, allowed, barred)
    return None


def _not_allowed(
    grants: tuple[str, ...], allowed: tuple[str, ...], barred: tuple[str, ...]
) -> Answer:
    claims = [grant for grant in grants if grant in barred]
    if claims:
        return fail("claims", ",".join(claims))
    return hold("not_listed", ",".join(grant for grant in grants if grant not in allowed))


RULE = Rule(
    code="rights_claims",
    version=1,
    title=Text("不得附带资产权益", "No claims on assets"),
    kinds=("series", "mint", "sale", "resale"),
    since=date(2022, 4, 13),
    source="notice",
    cites=(Cite("initiative_2022_04", "1, 2"),),
    reads=("listing.allowed_grants", "listing.barred_grants"),
    reasons={
        "claims": Reason(
            Text(
                "本系列给予持有人：{claims}；数字藏品不得附带这类权益。",
                "The series gives its holders {claims}; a collectible may not carry such rights.",
            ),
            Text("请去掉：{claims}。", "Please take out {claims}."),
            (("claims", "words"),),
        ),
        "not_listed": Reason(
            Text(
                "本系列给予持有人的权益“{rights}”不在已知之列，需人工核对。",
                "The rights “{rights}” are not listed, and a person has to check them.",
            ),
            Text(
                "请改用已列出的权益，或等待核对。",
                "Please use rights that are listed, or wait for the check.",
            ),
            (("rights", "words"),),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
