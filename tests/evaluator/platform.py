"""The operator and the institutions: names, notice, filing, permits, verification."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

from compliance.facts import Facts, Platform
from tests.evaluator.naive import DAY, Read, day_of, midnight, moment_of, nth_open_day, rule, when

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ISSUING = ("museum", "issuer")


@rule("barred_names@1", "platform member", "2026-02-06")
def barred_names(facts: Facts, read: Read) -> str:
    if facts.kind == "platform":
        if facts.platform is None or not facts.platform.name or not facts.platform.scope:
            return "h"
        texts = [facts.platform.name, facts.platform.scope]
    else:
        if facts.issuer is None or not facts.issuer.names or not all(facts.issuer.names):
            return "h"
        texts = list(facts.issuer.names)
    return "h" if any(_named(word, text) for word in read(_BARRED) for text in texts) else "p"


_BARRED = "platform.barred_names"


def _named(word: str, text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).lower()
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){word.lower()}(?![a-z0-9])", plain) is not None
    return word in "".join(c for c in plain if c.isalnum())


@rule("exit_notice@1", "platform", "2019-01-01")
def exit_notice(facts: Facts, read: Read) -> str:
    if facts.platform is None:
        return "h"
    ends, told = facts.platform.ends_at, facts.platform.end_told_at
    if ends is None:
        return "p"
    if told is None or told > facts.at:
        return "h"
    return "f" if ends - told < read("platform.exit_notice_days") * DAY else "p"


@rule("rule_notice@1", "rulebook", "2019-01-01")
def rule_notice(facts: Facts, read: Read) -> str:
    if facts.effective_at is None:
        return "h"
    earliest = day_of(facts.at) + timedelta(days=read("platform.rule_notice_days"))
    return "f" if day_of(facts.effective_at) < earliest else "p"


@rule("issuer_verified@1", "member series mint", "2019-01-01")
def issuer_verified(facts: Facts, read: Read) -> str:
    issuer = facts.issuer
    if issuer is None:
        return "h"
    if facts.kind == "member" and not set(issuer.roles) & set(ISSUING):
        return "p"
    if not _is_uscc(issuer.uscc):
        return "f"
    if issuer.checked_at is None or issuer.checked_at > facts.at:
        return "h"
    due = _months_on(issuer.checked_at, read("platform.issuer_check_months"))
    return "h" if facts.at > due else "p"


def _is_uscc(code: str) -> bool:
    """GB 32100-2015, as written in section 9 of the reference: weights 3^(i-1) mod 31."""
    if re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", code) is None:
        return False
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return ALPHABET.index(code[17]) == (31 - total % 31) % 31


def _months_on(at: int, months: int) -> int:
    wall = when(at)
    number = wall.month - 1 + months
    year, month = wall.year + number // 12, number % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return moment_of(wall.replace(year=year, month=month, day=min(wall.day, last), tzinfo=None))


@rule("filing_shown@1", "series sale", "2019-02-15")
def filing_shown(facts: Facts, read: Read) -> str:
    platform = facts.platform
    if platform is None or (platform.filing and platform.filed_at is None):
        return "h"
    began = max(platform.started_at, midnight(date(2019, 2, 15)))
    days, filed = read("platform.filing_days"), platform.filed_at if platform.filing else None
    if filed is not None and filed <= min(facts.at, platform.started_at + days * DAY):
        return "p"  # so many days hold no more working days, whatever the calendar
    last = nth_open_day(began, days, read("platform.weekdays_off"))
    if last is None:
        return "h"
    due = midnight(last + timedelta(days=1))
    if filed is None or filed > facts.at:
        return "p" if facts.at < due else "f"
    return "p" if filed < due else "f"


@rule("permits_valid@1", "series sale", "2019-01-01")
def permits_valid(facts: Facts, read: Read) -> str:
    platform = facts.platform
    if platform is None or not platform.uscc or not platform.models:
        return "h"
    lists = {
        "self_issue": "platform.permits_self_issue",
        "third_party_issue": "platform.permits_third_party",
        "publication": "platform.permits_publication",
        "auction": "platform.permits_auction",
    }
    for model in platform.models:
        if model not in lists:
            return "h"
        if not all(_permitted(facts.at, platform, kind) for kind in read(lists[model])):
            return "f"
    return "p"


def _permitted(at: int, platform: Platform, kind: str) -> bool:
    return any(
        permit.kind == kind
        and permit.number != ""
        and permit.holder == platform.uscc
        and permit.starts_at <= at
        and (permit.ends_at is None or at < permit.ends_at)
        for permit in platform.permits
    )
