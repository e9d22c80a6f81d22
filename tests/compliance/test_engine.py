"""decide(): the strictest answer, whatever rules do, the same everywhere, exact in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from compliance.cases import cases_of
from compliance.decision import HELD, PERMITTED, REFUSED, Finding
from compliance.engine import decide
from compliance.facts import Facts
from compliance.plain import plain_facts
from compliance.rule import KINDS, NOT_CONCERNED, Answer, Rule, fail, hold
from compliance.rulebook import Rulebook, bind, canonical, current_manifest, load, rules
from tests.compliance.build import AT_COST, run_python

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _book(*checks: Callable[[Facts], Any]) -> Rulebook:
    """A rulebook of rules that answer as told, for gifts, from 2020 on."""
    pattern = rules()["refund_pending@1"]
    made = [
        replace(pattern, code=f"rule_{n}", kinds=("gift",), since=date(2020, 1, 1), check=check)
        for n, check in enumerate(checks)
    ]
    return Rulebook("digest", {"parameters": {}, "choices": {}}, tuple(made), {}, [])


def _passes(_: Facts) -> Answer | None:
    return None


def _not_concerned(_: Facts) -> Answer | None:
    return NOT_CONCERNED


def _fails(_: Facts) -> Answer | None:
    return fail("pending")


def _holds(_: Facts) -> Answer | None:
    return hold("unknown", 7)


def _raises(_: Facts) -> Answer | None:
    raise ZeroDivisionError("no reason is told but the type")


@pytest.mark.parametrize(
    ("checks", "answers", "outcome"),
    [
        ((_passes,), "p", PERMITTED),
        ((_passes, _not_concerned), "p-", PERMITTED),
        ((_passes, _holds), "ph", HELD),
        ((_holds, _fails, _passes), "hfp", REFUSED),
        ((_fails, _holds), "fh", REFUSED),
        ((_raises, _passes), "hp", HELD),
        ((_raises, _fails), "hf", REFUSED),
        ((_not_concerned,), "-", HELD),
        ((), "", HELD),
    ],
)
def test_the_strictest_answer_is_the_outcome(
    checks: tuple[Callable[[Facts], Any], ...], answers: str, outcome: str
) -> None:
    decision = decide(plain_facts("gift"), _book(*checks))
    assert decision.answers == answers
    assert decision.outcome == outcome


def test_all_rules_run_also_after_a_refusal() -> None:
    decision = decide(plain_facts("gift"), _book(_fails, _raises, _holds, _fails))
    assert [finding.code for finding in decision.findings] == [f"rule_{n}" for n in range(4)]


@pytest.mark.parametrize(
    ("check", "what"),
    [
        (_raises, "ZeroDivisionError"),
        (lambda _: True, "TypeError"),
        (lambda _: "p", "TypeError"),
        (lambda _: ("p", "", ()), "TypeError"),
        (lambda _: Answer("p", "", ()), "ValueError"),
        (lambda _: Answer("ok", "", ()), "ValueError"),
        (lambda _: fail("reason", 0.5), "TypeError"),  # type: ignore[arg-type]
        (lambda _: hold("reason", None), "TypeError"),  # type: ignore[arg-type]
        (lambda _: hold("reason", True), "TypeError"),
        (lambda facts: facts.no_such_fact, "AttributeError"),
        (lambda: None, "TypeError"),
    ],
)
def test_a_rule_that_cannot_answer_holds(check: Callable[..., Any], what: str) -> None:
    decision = decide(plain_facts("gift"), _book(_passes, check))
    assert decision.outcome == HELD
    assert decision.findings == (Finding("rule_1", "h", "broken", (what,)),)
    assert decision.compact() == {"a": "ph", "f": [["rule_1", "broken", what]]}


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.release)
def test_without_the_values_it_reads_no_rule_permits(rule: Rule) -> None:
    """A parameter that has ended gives None; nothing passes where it would not pass anyway."""
    if not rule.reads:
        assert rule.check.__code__.co_argcount == 1
        return
    for case in cases_of(rule):
        nothing = [None] * len(rule.reads)
        try:
            answer = rule.check(case.facts, *nothing)
        except (TypeError, AttributeError):
            continue
        if answer is None:
            assert case.answer in "p-", case.name


@pytest.mark.parametrize("kind", ["correction", "ruling", "", "Sale"])
def test_a_kind_that_is_not_decided_is_refused_an_answer(kind: str) -> None:
    with pytest.raises(ValueError, match="is not decided"):
        decide(plain_facts("gift")._replace(kind=kind), load())


def test_before_the_first_rule_nothing_is_permitted() -> None:
    at = int(datetime(1999, 12, 31, tzinfo=SHANGHAI).timestamp()) * 1000
    for kind in KINDS:
        decision = decide(plain_facts(kind, at=at), load(AT_COST))
        assert decision.outcome == HELD
        assert decision.findings == ()


def test_rules_stand_in_the_order_of_their_codes() -> None:
    places = [(rule.code, rule.version) for rule in load().rules]
    assert places == sorted(places)
    assert [rule["code"] for rule in current_manifest()["rules"]] == [code for code, _ in places]
    for kind in KINDS:
        facts = plain_facts(kind)
        steps = load(AT_COST).plan(kind, facts.at).steps
        assert [step.position for step in steps] == sorted(step.position for step in steps)


_DIGEST = """
import hashlib, json
from compliance.cases import cases_of, run
from compliance.rulebook import load, rules
found = hashlib.sha256(load().digest.encode())
for rule in rules().values():
    for case in cases_of(rule):
        decision = run(case).decision
        text = json.dumps([decision.rulebook, decision.outcome, decision.compact()])
        found.update(text.encode())
print(found.hexdigest())
"""


def test_the_same_in_every_process(seed: int) -> None:
    """Hash seeds, locale and time zone of a process change no byte of any decision."""
    found = set()
    for hash_seed in ("0", "1", str(seed % 4_000_000_000)):
        done = run_python(_DIGEST, ROOT, hash_seed)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def _oracle(manifest: dict[str, Any], kind: str, day: date) -> list[tuple[str, list[Any]]]:
    """The rules for a kind on a day and the plain values they read, by the manifest alone."""
    found = []
    for rule in manifest["rules"]:
        ended = rule["until"] is not None and rule["until"] <= day.isoformat()
        if kind not in rule["kinds"] or rule["since"] > day.isoformat() or ended:
            continue
        values = []
        for name in rule["reads"]:
            series = dict(manifest["parameters"][name]["values"])
            series |= dict(manifest["choices"].get(name, []))
            values.append(series[max(d for d in series if d <= day.isoformat())])
        found.append((rule["code"], values))
    return found


def test_plans_change_on_the_day_and_not_a_millisecond_sooner() -> None:
    choices = {"resale.mode": [("2025-06-01", "at_cost"), ("2026-07-01", "forbidden")]}
    book = load(choices)
    days = {rule["since"] for rule in book.manifest["rules"]}
    for parameter in book.manifest["parameters"].values():
        days |= {day for day, _ in parameter["values"]}
    days |= {day for day, _ in choices["resale.mode"]}
    for text in days:
        midnight = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        at = int(midnight.timestamp()) * 1000
        before = date.fromordinal(midnight.date().toordinal() - 1)
        for kind in KINDS:
            for moment, day in ((at - 1, before), (at, midnight.date()), (at + 1, midnight.date())):
                wanted = _oracle(book.manifest, kind, day)
                steps = book.plan(kind, moment).steps
                assert [step.code for step in steps] == [code for code, _ in wanted]
                for step, (code, values) in zip(steps, wanted, strict=True):
                    plain = [list(v) if isinstance(v, tuple) else v for v in step.values]
                    # their calendars are not handed on as written
                    if code not in ("filing_shown", "resale_interval"):
                        assert plain == values


def test_a_choice_counts_until_a_later_value_is_released() -> None:
    """What an installation chose does not outlive a value released for a later day."""
    manifest = current_manifest({"resale.mode": [("2025-01-01", "at_cost")]})
    later = [*manifest["parameters"]["resale.mode"]["values"], ["2027-01-01", "forbidden"]]
    changed = {**manifest["parameters"], "resale.mode": {"unit": "choice", "values": later}}
    book = bind({**manifest, "parameters": changed})
    eve = int(datetime(2027, 1, 1, tzinfo=SHANGHAI).timestamp()) * 1000 - 1
    assert book.value("resale.mode", eve) == "at_cost"
    assert book.value("resale.mode", eve + 1) == "forbidden"


def test_the_digest_is_of_all_that_decides() -> None:
    manifest = current_manifest()
    assert load().digest != load(AT_COST).digest
    assert canonical(manifest).isascii()
    assert set(manifest) == {"engine", "rules", "parameters", "instruments", "choices"}
    assert all("title" not in rule and "reasons" not in rule for rule in manifest["rules"])
