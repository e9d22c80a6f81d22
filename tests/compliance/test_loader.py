"""What the loader refuses: each fault by itself, in a copy of the real files, by file and line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from compliance.cases import cases_of
from compliance.instruments import load_register
from compliance.parameters import load_parameters
from compliance.rulebook import (
    FOLDER,
    parameters,
    register,
    rules,
)
from compliance.yaml_file import Mapping, RulebookError
from compliance.yaml_file import load as load_yaml

#: Faults of a parameter: file, what is replaced, by what, the line told, and what is told.
PARAMETER_FAULTS = {
    "unknown key": ("limit/per_series", "unit:", "units:", 2, "unknown key 'units'"),
    "key missing": ("limit/per_series", "unit: count\n", "", 1, "key 'unit' is missing"),
    "key twice": ("limit/per_series", "unit: count", "unit: count\nunit: fen", 3, "stands twice"),
    "unknown unit": ("limit/per_series", "unit: count", "unit: pieces", 2, "unknown unit 'pieces'"),
    "float": ("limit/per_series", "value: 1\n", "value: 1.5\n", 6, "'1.5' is not a whole number"),
    "negative": ("limit/per_series", "value: 1\n", "value: -1\n", 6, "whole number from 0"),
    "truth": ("limit/per_series", "value: 1\n", "value: true\n", 6, "whole number from 0"),
    "octal": ("limit/per_series", "value: 1\n", "value: 010\n", 6, "plain whole number"),
    "text": ("limit/per_series", "value: 1\n", "value: one\n", 6, "whole number from 0"),
    "unknown citation": (
        "limit/per_series",
        "hangzhou_2022_one_copy",
        "hangzhou_2023",
        8,
        "unknown instrument 'hangzhou_2023'",
    ),
    "citation without brackets": (
        "limit/per_series",
        "[[hangzhou_2022_one_copy]]",
        "[hangzhou_2022_one_copy]",
        8,
        "is not [instrument, article]",
    ),
    "citation too long": (
        "limit/per_series",
        "[[hangzhou_2022_one_copy]]",
        "[[hangzhou_2022_one_copy, a, b]]",
        8,
        "is not [instrument, article]",
    ),
    "no such day": ("limit/per_series", "2025-01-01:", "2025-02-30:", 5, "is not a day"),
    "no day": ("limit/per_series", "2025-01-01:", "always:", 5, "'always' is not a day"),
    "no values": ("limit/per_series", "values:\n", "values: {}\nrest:\n", 5, "unknown key 'rest'"),
    "no review": ("limit/per_series", "reviewed: 2026-11-22", "reviewed: soon", 3, "must be a day"),
    "duplicate day": (
        "payment/channels",
        "2024-05-01:",
        "2010-09-01:",
        12,
        "stands twice",
    ),
    "days out of order": ("payment/channels", "2024-05-01:", "2009-05-01:", 5, "stand in order"),
    "stronger than cited": (
        "payment/channels",
        "source: departmental_rule",
        "source: statute",
        7,
        "no citation of class 'statute'",
    ),
    "unknown class": ("payment/channels", "source: statute", "source: law", 14, "unknown class"),
    "no language": ("limit/per_series", "en: How many", "fr: Combien", 1, "unknown key 'fr'"),
    "blank language": (
        "limit/per_series",
        "{zh: 每人每系列可购买的数量,",
        '{zh: "",',
        1,
        "zh must be a sentence",
    ),
    "word twice": ("payment/channels", "[licensed_psp, bank]", "[bank, bank]", 6, "each once"),
    "comma in a word": ("payment/channels", "[licensed_psp, bank]", '["a,b"]', 6, "no comma"),
    "not a list": ("payment/channels", "[licensed_psp, bank]", "bank", 6, "is a list of strs"),
    "a choice that is not allowed": (
        "resale/mode",
        "value: forbidden",
        "value: free",
        7,
        "not one",
    ),
    "one word is no choice": ("resale/mode", "[forbidden, at_cost]", "[forbidden]", 3, "allowed"),
    "allowed for a number": (
        "limit/per_series",
        "unit: count",
        "unit: count\nallowed: [a, b]",
        3,
        "allowed lists the words of a choice",
    ),
    "anchor": ("limit/per_series", "value: 1\n", "value: &one 1\n", 6, "is an anchor"),
    "alias": ("limit/per_series", "unit: count", "unit: *one", 2, "is an anchor"),
    "tag": ("limit/per_series", "value: 1\n", "value: !!python/int 1\n", 6, "not used here"),
    "merge": ("limit/per_series", "unit: count", "<<: {a: 1}", 2, "not used here"),
    "not YAML": ("limit/per_series", "unit: count", "unit: [count", 3, "is not YAML"),
    "list as key": ("limit/per_series", "unit: count", "? [unit]\n: count", 2, "word or a day"),
}

#: Faults made by ending the file early: file, from where on, what stands there instead.
CUT_FAULTS = {
    "a number for all days": (
        "resale/trading_days",
        "values:",
        "values: 5\n",
        4,
        "by its first day",
    ),
    "a word for all days": ("resale/mode", "values:", "values: hold\n", 5, "by its first day"),
    "nothing for all days": ("resale/mode", "values:", "values:\n", 5, "by its first day"),
    "no citation, no note": ("payment/instruments", "    note:", "", 5, "a note must say why"),
    "off without a note": (
        "resale/holders_bound",
        "    note:",
        "",
        5,
        "a note must say why",
    ),
}


def _refused(act: Callable[[], Any], where: str, what: str) -> None:
    with pytest.raises(RulebookError) as caught:
        act()
    assert caught.value.where == where
    assert what in str(caught.value)
    assert str(caught.value).startswith(f"{where}: ")


def _changed(source: Path, target: Path, old: str, new: str) -> None:
    text = source.read_text(encoding="utf-8")
    assert old in text
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("fault", PARAMETER_FAULTS)
def test_a_faulty_parameter_is_refused(tmp_path: Path, fault: str) -> None:
    name, old, new, line, what = PARAMETER_FAULTS[fault]
    path = tmp_path / f"{name}.yaml"
    shutil.copytree(FOLDER / "parameters", tmp_path, dirs_exist_ok=True)
    assert load_parameters(tmp_path, register()) == parameters()
    _changed(path, path, old, new)
    _refused(lambda: load_parameters(tmp_path, register()), f"{name}.yaml:{line}", what)


@pytest.mark.parametrize("fault", CUT_FAULTS)
def test_a_parameter_that_ends_too_early_is_refused(tmp_path: Path, fault: str) -> None:
    name, start, instead, line, what = CUT_FAULTS[fault]
    path = tmp_path / f"{name}.yaml"
    shutil.copytree(FOLDER / "parameters", tmp_path, dirs_exist_ok=True)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index(start)] + instead, encoding="utf-8")
    _refused(lambda: load_parameters(tmp_path, register()), f"{name}.yaml:{line}", what)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("source: statute", "source: law", 11, "class must be one of"),
        ("source: statute", "source: policy", 11, "class must be one of"),
        ("since: 2004-02-01", "since: in 2004", 12, "since must be a day"),
        ("confidence: read", "confidence: sure", 13, "confidence must be one of"),
        ("confidence: read", "", 9, "key 'confidence' is missing"),
        ("confidence: read", "confidence: read\n  url: x", 14, "unknown key 'url'"),
        ("confidence: read", "confidence: read\n  until: 2001-01-01", 14, "ends before it begins"),
        ("rmb_regulation:", "pboc_law:", 15, "key 'pboc_law' stands twice"),
        ("title: {zh: 中华人民共和国中国人民银行法, ", "title: {", 9, "key 'zh' is missing"),
    ],
)
def test_a_faulty_instrument_is_refused(
    tmp_path: Path, old: str, new: str, line: int, what: str
) -> None:
    path = tmp_path / "compliance" / "instruments.yaml"
    _changed(FOLDER / "instruments.yaml", path, old, new)
    _refused(lambda: load_register(path), f"compliance/instruments.yaml:{line}", what)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("rule: person_limit", "rule: limit", 1, "says 'limit'"),
        ("kind: sale", "kind: auction", 4, "unknown kind 'auction'"),
        ("expect: pass", "expect: permit", 5, "expect must be one of"),
        ("cites: [hangzhou_2022_one_copy]", "cites: [hangzhou]", 7, "unknown instrument"),
        ("reason: reached", "reason: full", 15, "has no reason 'full'"),
        ("figures: [1, 1]", "figures: [1]", 16, "has 2 figures"),
        ("facts: {bought: 1}", "facts: {bougth: 1}", 11, "has no fact 'bougth'"),
        ("facts: {bought: 1}", "facts: {bought: many}", 11, "'bought' is int or NoneType"),
        ("facts: {bought: 1}", "facts: {bought: true}", 11, "'bought' is int or NoneType"),
        ("facts: {bought: 1}", "facts: {at: 2026-02-30 10:00:00}", 11, "fact 'at': "),
        ("facts: {bought: 1}", "facts: {at: null}", 11, "fact 'at' is int, not None"),
        ("facts: {bought: 1}", "fact: {bought: 1}", 13, "unknown key 'fact'"),
        ("cases:\n", "cases: none\nrest:\n", 3, "unknown key 'rest'"),
        ("at: 2024-12-31 23:59:59", "at: 2024-12-31 23:59:58", 1, "the second before 2025-01-01"),
        ("at: 2025-01-01,", "at: 2025-01-02,", 1, "the first second of 2025-01-01"),
        ("facts: {at: 2025-01-01, bought: 9}", "facts: {at: 2025-01-01}", None, ""),
    ],
)
def test_faulty_cases_are_refused(
    tmp_path: Path, old: str, new: str, line: int | None, what: str
) -> None:
    path = tmp_path / "rules" / "person_limit.yaml"
    _changed(FOLDER / "rules" / "person_limit.yaml", path, old, new)
    rule = rules()["person_limit@1"]
    if line is None:
        assert len(cases_of(rule, path.parent)) == len(cases_of(rule))
        return
    _refused(lambda: cases_of(rule, path.parent), f"rules/person_limit.yaml:{line}", what)


@pytest.mark.parametrize("dropped", ["pass", "not_applicable", "fail", "hold"])
def test_cases_that_show_too_little_are_refused(tmp_path: Path, dropped: str) -> None:
    path = tmp_path / "rules" / "person_limit.yaml"
    path.parent.mkdir()
    whole = (FOLDER / "rules" / "person_limit.yaml").read_text(encoding="utf-8")
    head, *cases = re.split(r"(?m)^(?=  - name:)", whole)
    kept = [case for case in cases if f"expect: {dropped}" not in case]
    path.write_text(head + "".join(kept), encoding="utf-8")
    with pytest.raises(RulebookError, match="no case shows"):
        cases_of(rules()["person_limit@1"], path.parent)


def test_a_missing_or_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    _refused(lambda: load_yaml(tmp_path / "empty.yaml"), f"{tmp_path.name}/empty.yaml:1", "empty")
    (tmp_path / "latin.yaml").write_bytes(b"title: caf\xe9\n")
    _refused(lambda: load_yaml(tmp_path / "latin.yaml"), f"{tmp_path.name}/latin.yaml:1", "YAML")
    (tmp_path / "two.yaml").write_text("a: 1\n---\nb: 2\n", encoding="utf-8")
    _refused(lambda: load_yaml(tmp_path / "two.yaml"), f"{tmp_path.name}/two.yaml:2", "YAML")


def test_words_that_look_like_truth_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text("yes: on\nno: true\nday: 2026-01-01\nnothing: null\n", encoding="utf-8")
    raw = load_yaml(path)
    assert isinstance(raw, Mapping)
    assert raw == {"yes": "on", "no": True, "day": date(2026, 1, 1), "nothing": None}
