"""Decisions as people read them: every reason, in both languages, with the right sources."""

from __future__ import annotations

import re

import pytest

from compliance.calendar import moment
from compliance.cases import Case, cases_of, run
from compliance.decision import Finding
from compliance.duties import duties
from compliance.engine import decide
from compliance.plain import plain_facts
from compliance.rendering import (
    CLASS_NAMES,
    citations,
    explain,
    read_compact,
    readings,
    receipt,
    source_at,
)
from compliance.rule import CLASSES
from compliance.rulebook import load, parameters, register, rules
from compliance.words import show, show_value, vocabulary
from tests.compliance.build import AT_COST

REFUSED = [case for rule in rules().values() for case in cases_of(rule) if case.answer in "fh"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: What a case put in itself stands in English sentences as it stands.
GIVEN = re.compile(r"示例监管局|示例法院|示例函〔\d+〕\d号|¥")

#: Lists of what is looked for in what people write; they are quoted, not translated.
QUOTED = {
    "listing.denials",
    "listing.promise_harmless",
    "listing.promise_phrases",
    "listing.relic_claims",
    "listing.relic_harmless",
    "listing.relic_mentions",
}


def _name(case: Case) -> str:
    return f"{case.rule}: {case.name}"


@pytest.mark.parametrize("case", REFUSED, ids=_name)
def test_every_finding_reads_as_a_sentence(case: Case) -> None:
    outcome = run(case)
    book = load(case.choices)
    assert outcome.finding is not None
    shown = explain(outcome.finding, book, case.facts.at)
    reason = case.tested.reasons[outcome.finding.reason]
    for language in ("zh", "en"):
        says, mend = getattr(shown.sentence, language), getattr(shown.mend, language)
        for text in (says, mend):
            assert "{" not in text
            assert "None" not in text
            assert text == text.strip()
            assert text.endswith("。" if language == "zh" else ".")
        for (_, kind), figure in zip(reason.figures, outcome.finding.figures, strict=True):
            assert show(figure, kind, language) in says + mend
    assert CHINESE.search(shown.sentence.zh)
    english = GIVEN.sub("", shown.sentence.en + shown.mend.en)
    for (_, kind), figure in zip(reason.figures, outcome.finding.figures, strict=True):
        english = english.replace(str(figure), "") if kind == "text" else english
    assert not CHINESE.search(english)
    assert shown.answer == {"f": "refused", "h": "held"}[case.answer]
    assert shown.source_name == CLASS_NAMES[shown.source]
    assert shown.citations == citations(case.tested, book, case.facts.at)


def test_every_reason_of_every_rule_was_read() -> None:
    read = {(case.rule, found.reason) for case in REFUSED if (found := run(case).finding)}
    assert read == {(rule.code, reason) for rule in rules().values() for reason in rule.reasons}


def test_no_sentence_claims_that_the_law_bans_resale() -> None:
    for code in ("no_profit_resale", "resale_mode", "resale_named", "resale_interval"):
        rule = rules()[f"{code}@1"]
        assert rule.source in ("industry", "policy")
        for reason in rule.reasons.values():
            assert not re.search(r"法律|违法|非法|illegal|unlawful|\blaw\b", str(reason))


def test_classes_have_names_in_both_languages() -> None:
    assert tuple(CLASS_NAMES) == CLASSES
    assert len({name.zh for name in CLASS_NAMES.values()}) == len(CLASSES)
    assert len({name.en for name in CLASS_NAMES.values()}) == len(CLASSES)


@pytest.mark.parametrize(
    ("text", "cited", "not_cited"),
    [
        ("2026-02-05 23:59:59", "银发〔2021〕237号", "银发〔2026〕42号"),
        ("2026-02-06", "银发〔2026〕42号", "银发〔2021〕237号"),
    ],
)
def test_the_notice_cited_is_the_one_in_force(text: str, cited: str, not_cited: str) -> None:
    facts = plain_facts("sale", at=moment(text))
    assert facts.payment is not None
    paid = facts._replace(payment=facts.payment._replace(currency="USDT"))
    book = load()
    finding = next(f for f in decide(paid, book).findings if f.code == "currency_cny")
    numbers = [cite.number for cite in explain(finding, book, paid.at).citations]
    assert cited in numbers
    assert not_cited not in numbers


def test_confidence_is_carried_over() -> None:
    book = load()
    found = citations(rules()["real_name@1"], book, moment("2026-03-01"))
    assert {cite.instrument: cite.confidence for cite in found} == {
        "anti_fraud_law": "read",
        "cybersecurity_law_2025": "unconfirmed",
        "cac_order_3": "reprint",
        "initiative_2022_04": "reprint",
    }


def test_articles_of_one_text_stand_together() -> None:
    found = citations(rules()["licensed_channel@1"], load(), moment("2026-03-01"))
    assert [(cite.instrument, cite.article) for cite in found] == [
        ("payment_regulation", "2, 6"),
        ("pboc_law", "16"),
    ]


def test_no_rule_claims_more_than_its_citations_carry() -> None:
    book = load()
    for rule in rules().values():
        for year in range(rule.since.year, 2031):
            at = moment(f"{year}-12-31")
            claimed = CLASSES.index(source_at(rule, book, at))
            assert claimed >= CLASSES.index(rule.source)
            carried = [CLASSES.index(cite.source) for cite in citations(rule, book, at)]
            assert claimed >= min(carried, default=CLASSES.index("policy"))


def test_a_receipt_shows_every_rule() -> None:
    facts = plain_facts("resale", consideration=20000)
    book = load()
    decision = decide(facts, book)
    lines = receipt(decision.compact(), book, facts.at)
    assert [line.code for line in lines] == [rule.code for rule in book.rules]
    by_code = {line.code: line for line in lines}
    assert by_code["first_holding"].answer == "not_applicable"
    assert by_code["real_name"].answer == "passed"
    assert by_code["real_name"].explained is None
    refused = by_code["resale_mode"]
    assert refused.answer == "refused"
    assert refused.explained is not None
    assert refused.explained.sentence.zh.startswith("本服务不开放有偿转让")
    reading = refused.readings[0]
    assert (reading.name, reading.since, reading.chosen) == ("resale.mode", "2022-04-13", False)
    assert reading.value == ("不开放", "not allowed")
    assert reading.source == "policy"


def test_a_reading_says_what_was_chosen() -> None:
    book = load(AT_COST)
    rule = book.rule("resale_mode", moment("2026-03-01"))
    before, after = moment("2024-12-31 23:59:59"), moment("2025-01-01")
    assert [r.value.en for r in readings(rule, book, before)] == ["not allowed"]
    found = readings(rule, book, after)[0]
    assert (found.value.en, found.since, found.chosen) == ("at cost", "2025-01-01", True)
    assert found.note.zh == "由本运营方选定。"


def test_the_first_holding_says_why_it_is_what_it_is() -> None:
    book = load()
    rule = rules()["first_holding@1"]
    told = {}
    for day in ("2022-03-01", "2023-08-16", "2026-03-01"):
        reading = readings(rule, book, moment(day))[0]
        told[day] = (reading.value.zh, reading.value.en, reading.source)
        assert reading.note.zh
    assert told == {
        "2022-03-01": ("180天", "180 days", "platform"),
        "2023-08-16": ("1天", "1 day", "platform"),
        "2026-03-01": ("180天", "180 days", "policy"),
    }
    assert readings(rule, book, moment("2022-02-21")) == ()


def test_compact_decisions_are_read_back() -> None:
    for case in REFUSED:
        decision = run(case).decision
        book = load(case.choices)
        assert read_compact(decision.compact(), book) == decision.findings


def test_a_compact_form_of_another_rulebook_is_refused() -> None:
    book = load()
    with pytest.raises(ValueError, match="zip"):
        read_compact({"a": "p", "f": []}, book)
    with pytest.raises(KeyError):
        read_compact({"a": "p" * len(book.rules), "f": [["adult", "buyer", 18, 0]]}, book)


def test_a_broken_rule_is_explained() -> None:
    shown = explain(Finding("adult", "h", "broken", ("TypeError",)), load(), moment("2026-03-01"))
    assert shown.answer == "held"
    assert "TypeError" in shown.sentence.zh
    assert "TypeError" in shown.sentence.en
    assert shown.changes_at is None


@pytest.mark.parametrize(
    ("figure", "kind", "zh", "en"),
    [
        (19900, "fen", "¥199.00", "¥199.00"),
        (5, "fen", "¥0.05", "¥0.05"),
        (-150, "fen", "-¥1.50", "-¥1.50"),
        (4320, "hours", "180天", "180 days"),
        (24, "hours", "1天", "1 day"),
        (1, "hours", "1小时", "1 hour"),
        (30, "hours", "30小时", "30 hours"),
        (1, "days", "1天", "1 day"),
        (30, "days", "30天", "30 days"),
        (3, "count", "3", "3"),
        ("ecny", "word", "数字人民币", "the digital yuan"),
        ("never_heard_of", "word", "never_heard_of", "never_heard_of"),
        ("bank,ecny", "words", "银行、数字人民币", "a bank, the digital yuan"),
        ("某函1号", "text", "某函1号", "某函1号"),
    ],
)
def test_figures(figure: int | str, kind: str, zh: str, en: str) -> None:
    assert (show(figure, kind, "zh"), show(figure, kind, "en")) == (zh, en)


def test_moments_are_in_beijing_time() -> None:
    at = moment("2026-06-30")
    assert show(at, "from", "zh") == "2026年6月30日 00:00"
    assert show(at, "moment", "en") == "30 Jun 2026, 00:00 (Beijing time)"
    assert show(at - 1000, "moment", "zh") == "2026年6月29日 23:59:59"
    assert show(at - 1000, "day", "en") == "2026-06-29"


def test_values_are_shown_with_their_unit() -> None:
    assert show_value(None, "count") == ("未启用", "off")
    assert show_value(5, "trading_days") == ("5个交易日", "5 trading days")
    assert show_value(["CNY"], "words") == ("人民币", "yuan (CNY)")
    assert show_value(["2026-01-01", "2026-01-02"], "closed_days").en == "2026-01-01, 2026-01-02"
    assert show_value("at_cost", "choice") == ("不高于成本", "at cost")


def test_every_word_of_a_parameter_is_in_the_vocabulary() -> None:
    words = set()
    for parameter in parameters().values():
        words |= set(parameter.allowed)
        for value in parameter.values:
            if parameter.unit == "words" and parameter.name not in QUOTED:
                words |= set(value.value or ())  # type: ignore[arg-type]
            elif parameter.unit == "choice":
                words.add(str(value.value))
    assert words <= set(vocabulary())


def test_every_instrument_is_cited_by_somebody() -> None:
    cited = {cite.instrument for rule in rules().values() for cite in rule.cites}
    for parameter in parameters().values():
        cited |= {cite.instrument for value in parameter.values for cite in value.cites}
    cited |= {cite.instrument for duty in duties().values() for cite in duty.cites}
    assert cited == set(register())


def test_every_parameter_is_read_by_a_rule() -> None:
    read = {name for rule in rules().values() for name in rule.reads}
    # one is off and says so; one is for the service that records when a right ends; the ledger
    # itself reads those of holds
    of_holds = {"hold.appeal_days", "hold.working_days", "calendar.working"}
    unread = {"resale.holders_bound", "sale.return_days"} | of_holds
    assert set(parameters()) - read == unread
    assert [value.value for value in parameters()["resale.holders_bound"].values] == [None]


def test_what_is_allowed_is_not_barred() -> None:
    at = moment("2026-03-01")
    for one, other in (
        ("listing.allowed_grants", "listing.barred_grants"),
        ("listing.allowed_derivations", "listing.barred_derivations"),
        ("payment.instruments", "payment.barred_instruments"),
        ("listing.terms_free", "listing.terms_barred"),
        ("listing.terms_free", "listing.terms_attribution"),
        ("listing.terms_attribution", "listing.terms_barred"),
    ):
        assert not set(load().value(one, at)) & set(load().value(other, at))
