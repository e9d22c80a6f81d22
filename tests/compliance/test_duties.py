"""The duties and what meets each requirement: complete, honest, and strict at load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance.duties import (
    ATTESTORS,
    RHYTHMS,
    duties,
    load_duties,
    load_requirements,
    requirements,
)
from compliance.rule import CLASSES
from compliance.rulebook import FOLDER, register, rules
from compliance.yaml_file import RulebookError

#: How many requirements the study of the texts numbers, by their first two letters.
NUMBERED = {"PL": 11, "ON": 10, "LI": 16, "PU": 14, "GI": 12, "RE": 7, "TD": 5, "DA": 8, "SE": 5}
CODES = {rule.code for rule in rules().values()}


def test_every_requirement_is_met_by_a_rule_or_a_duty() -> None:
    asked = [each for each in requirements().values() if not each.pattern]
    assert Counter(each.id[:2] for each in asked) == NUMBERED
    for each in asked:
        assert each.rules or each.duty, each.id


def test_requirements_are_numbered_without_a_gap() -> None:
    for stage, count in NUMBERED.items():
        numbers = sorted(int(key[-2:]) for key in requirements() if key.startswith(f"{stage}-"))
        assert numbers == list(range(1, count + 1)), stage


def test_every_pattern_is_looked_at() -> None:
    patterns = [each.id for each in requirements().values() if each.pattern]
    assert patterns == [f"DP-{number:02d}" for number in range(1, 21)]


def test_every_rule_named_is_in_the_rulebook() -> None:
    named = {code for each in requirements().values() for code in each.rules}
    assert len(named) > 40
    assert named <= CODES


def test_most_requirements_are_decided() -> None:
    decided = [each for each in requirements().values() if each.rules and not each.pattern]
    assert len(decided) >= 60


def test_every_duty_says_who_how_often_and_where() -> None:
    for duty in duties().values():
        assert duty.by in ATTESTORS
        assert duty.every in RHYTHMS
        assert duty.structural == (duty.every == "always")
        assert duty.id in requirements()
        for text in (duty.title, duty.do, duty.evidence):
            assert text.zh != text.en


def test_no_duty_claims_more_than_it_cites() -> None:
    for duty in duties().values():
        ranks = [CLASSES.index(register()[cite.instrument].source) for cite in duty.cites]
        assert CLASSES.index(duty.source) >= min(ranks, default=CLASSES.index("policy")), duty.id


#: Faults: what is replaced, by what, and what is told. Each is told on the line it stands on.
DUTY_FAULTS: dict[str, tuple[str, str, str]] = {
    "unknown citation": ("[[face_measures]]", "[[face_rules]]", "unknown instrument 'face_rules'"),
    "id twice": ("- id: PL-FILING-02", "- id: PL-FILING-01", "'PL-FILING-01' stands twice"),
    "language missing": (
        "  title: {zh: 开具发票, en: Invoices}",
        "  title: {zh: 开具发票}",
        "key 'en' is missing",
    ),
    "sentence blank": (
        "  title: {zh: 开具发票, en: Invoices}",
        "  title: {zh: 开具发票, en: ''}",
        "en must be a sentence",
    ),
    "unknown key": ("  by: assessor", "  who: assessor", "unknown key 'who'"),
    "unknown attestor": ("  by: assessor", "  by: nobody", "by must be one of"),
    "unknown rhythm": ("  every: quarterly", "  every: seldom", "every must be one of"),
    "unknown class": ("  source: industry", "  source: law", "source must be one of"),
    "a build that is attested": ("  every: always", "  every: yearly", "always so, and only that"),
    "no id": ("- id: PL-FILING-02", "- id: 2", "id must be a word"),
}


def _fault(path: Path, old: str, new: str) -> int:
    """Put `new` for the first `old` in the file; the line it stands on."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def _copy(name: str, folder: Path) -> Path:
    path = folder / name
    path.write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _told(load: Callable[[], object]) -> RulebookError:
    with pytest.raises(RulebookError) as caught:
        load()
    return caught.value


@pytest.mark.parametrize("fault", DUTY_FAULTS)
def test_a_faulty_duty_is_refused_by_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, what = DUTY_FAULTS[fault]
    path = _copy("duties.yaml", tmp_path)
    line = _fault(path, old, new)
    told = _told(lambda: load_duties(path, register()))
    assert what in told.what
    assert told.where == f"{path.parent.name}/duties.yaml:{line}"


def test_a_claim_without_a_citation_of_that_class_is_refused(tmp_path: Path) -> None:
    path = _copy("duties.yaml", tmp_path)
    line = _fault(path, "  source: policy\n  cites: []", "  source: statute\n  cites: []")
    told = _told(lambda: load_duties(path, register()))
    assert told.what == "claims to be statute, which none of its citations is"
    assert told.where.endswith(f":{line}")


REQUIREMENT_FAULTS: dict[str, tuple[str, str, str]] = {
    "unknown rule": ("[one_account]", "[two_accounts]", "there is no rule 'two_accounts'"),
    "rule twice": ("[one_account]", "[one_account, one_account]", "names a rule twice"),
    "nothing meets it": ("ON-ONE-09: [one_account]", "ON-ONE-09: []", "neither a rule nor a duty"),
    "no list": ("[one_account]", "one_account", "must be a list of rules"),
    "twice": ("  DP-12: []", "  SE-SM-01: []", "'SE-SM-01' stands twice"),
}


@pytest.mark.parametrize("fault", REQUIREMENT_FAULTS)
def test_a_faulty_requirement_is_refused_by_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, what = REQUIREMENT_FAULTS[fault]
    path = _copy("requirements.yaml", tmp_path)
    line = _fault(path, old, new)
    told = _told(lambda: load_requirements(path, duties(), CODES))
    assert what in told.what
    assert told.where == f"{path.parent.name}/requirements.yaml:{line}"


def test_a_duty_of_no_requirement_is_refused(tmp_path: Path) -> None:
    path = _copy("requirements.yaml", tmp_path)
    _fault(path, "  SE-SM-01: []\n", "")
    told = _told(lambda: load_requirements(path, duties(), CODES))
    assert told.what == "duty 'SE-SM-01' is of no requirement"


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "duties.yaml"
    path.write_text("duties: {}\n", encoding="utf-8")
    assert _told(lambda: load_duties(path, register())).what == "must be a list of duties"
