"""A rule is added by one file and one YAML, and by nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.compliance.build import copy_package, run_python

TRIAL = '''"""A trial: nobody sells a series of more than five hundred.

Protects nobody; it shows how a rule is added.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    return None if series.edition_size <= 500 else fail("too_many", series.edition_size)


RULE = Rule(
    code="trial",
    version=1,
    title=Text("试行", "Trial"),
    kinds=("series",),
    since=date(2026, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "too_many": Reason(
            Text("本系列发行{size}件，太多了。", "The series has {size} editions, too many."),
            Text("请减少发行量。", "Please issue fewer."),
            (("size", "count"),),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请核对。", "Please check."),
        ),
    },
    check=check,
)
'''

CASES = """rule: trial
cases:
  - {name: five hundred, kind: series, facts: {series: {edition_size: 500}}, expect: pass}
  - {name: one more, kind: series, facts: {series: {edition_size: 501}}, expect: fail,
     reason: too_many, figures: [501]}
  - {name: not known, kind: series, facts: {series: null}, expect: hold, reason: unknown}
  - {name: a sale, kind: sale, expect: not_applicable}
  - {name: the second before, kind: series, facts: {at: 2025-12-31 23:59:59},
     expect: not_applicable}
  - {name: the day, kind: series, facts: {at: 2026-01-01}, expect: fail}
"""

RUN = """
from compliance.cases import run_all
from compliance.plain import plain_facts
from compliance import decide, load
from compliance.rendering import explain
outcomes = list(run_all())
print([outcome.wrong for outcome in outcomes if outcome.wrong])
print(sum(outcome.case.rule == "trial" for outcome in outcomes))
facts = plain_facts("series")
finding = decide(facts, load()).findings[0]
print(explain(finding, load(), facts.at).sentence.en)
"""


def test_one_file_and_one_yaml(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "rules" / "trial.py").write_text(TRIAL, encoding="utf-8")
    (package / "rules" / "trial.yaml").write_text(CASES, encoding="utf-8")
    done = run_python(RUN, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "6", "The series has 1000 editions, too many."]


def test_a_rule_without_its_yaml_stops_everything(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "rules" / "trial.py").write_text(TRIAL, encoding="utf-8")
    done = run_python(RUN, tmp_path)
    assert done.returncode != 0
    assert "rules/trial.py:21: has no cases: write rules/trial.yaml" in done.stderr


def test_a_yaml_without_its_rule_stops_everything(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "rules" / "trial.yaml").write_text(CASES, encoding="utf-8")
    done = run_python(RUN, tmp_path)
    assert done.returncode != 0
    assert "rules/trial.yaml:1: has no rule: write trial.py" in done.stderr


def test_a_file_without_a_rule_stops_everything(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "rules" / "trial.py").write_text('"""Nothing here."""\n', encoding="utf-8")
    done = run_python(RUN, tmp_path)
    assert done.returncode != 0
    assert "rules/trial.py:1: has no RULE" in done.stderr


def test_a_second_version_takes_over_on_its_day(tmp_path: Path) -> None:
    """The law changes: the first version gets an end, its successor a file of its own."""
    package = copy_package(tmp_path)
    ended = TRIAL.replace("    check=check,\n", "    check=check,\n    until=date(2027, 1, 1),\n")
    second = (
        TRIAL.replace("version=1", "version=2")
        .replace("since=date(2026, 1, 1)", "since=date(2027, 1, 1)")
        .replace("<= 500", "<= 900")
        .replace("too many.", "still too many.")
    )
    until = CASES + (
        "  - {name: the last second, kind: series, facts: {at: 2026-12-31 23:59:59},\n"
        "     expect: fail}\n"
        "  - {name: it has ended, kind: series, facts: {at: 2027-01-01}, expect: not_applicable}\n"
    )
    moved = (
        CASES.replace("2026-01-01", "2027-01-01")
        .replace("2025-12-31", "2026-12-31")
        .replace("edition_size: 50", "edition_size: 90")
        .replace("501", "901")
    )
    moved = moved.replace("{series: {edition", "{at: 2027-03-01, series: {edition")
    moved = moved.replace("{series: null}", "{at: 2027-03-01, series: null}")
    for name, text in (
        ("trial.py", ended),
        ("trial.yaml", until),
        ("trial_2.py", second),
        ("trial_2.yaml", moved),
    ):
        (package / "rules" / name).write_text(text, encoding="utf-8")
    done = run_python(_VERSIONS, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[]",
        "1 The series has 1000 editions, too many.",
        "2 The series has 1000 editions, still too many.",
    ]


_VERSIONS = """
from compliance.calendar import moment
from compliance.cases import run_all
from compliance.plain import plain_facts
from compliance import decide, load
from compliance.rendering import explain, read_compact, receipt
print([outcome.wrong for outcome in run_all() if outcome.wrong])
book = load()
for day in ("2026-12-31 23:59:59", "2027-01-01"):
    facts = plain_facts("series", at=moment(day))
    compact = decide(facts, book).compact()
    found = [f for f in read_compact(compact, book) if f.code == "trial"]
    shown = [line for line in receipt(compact, book, facts.at) if line.explained]
    version = [line.version for line in shown if line.code == "trial"]
    print(*version, *[explain(f, book, facts.at).sentence.en for f in found])
"""
