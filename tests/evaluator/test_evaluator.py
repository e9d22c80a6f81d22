"""Two evaluators, written apart, agree on every rule's answer."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from compliance.cases import cases_of
from compliance.engine import decide
from compliance.facts import Facts
from compliance.rulebook import Rulebook, load, rules
from tests.evaluator.generate import choices, movement
from tests.evaluator.naive import Choices, evaluate, outcome
from tests.evaluator.stages import RULES
from tests.trial import Counts, Figure

#: How many movements are made under one installation's choices.
A_BOOK = 250


def test_both_have_the_same_rules() -> None:
    assert sorted(RULES) == sorted(rules())
    for name, each in rules().items():
        assert RULES[name].kinds == each.kinds, name


@pytest.mark.parametrize("name", sorted(rules()))
def test_the_naive_one_answers_every_case(name: str) -> None:
    for case in cases_of(rules()[name]):
        assert evaluate(case.facts, case.choices)[name] == case.answer, (case.where, case.name)


def test_both_agree_on_movements_by_chance(
    counts: Counts, figure: Figure, rng: random.Random
) -> None:
    wanted = counts(3_000, 100_000)
    made, seen, outcomes = 0, {name: Counter[str]() for name in RULES}, Counter[str]()
    while made < wanted:
        chosen = choices(rng)
        book = load(chosen)
        for _ in range(min(A_BOOK, wanted - made)):
            facts = movement(rng)
            answers = _agreed(facts, chosen, book)
            outcomes[outcome(answers)] += 1
            for name, letter in answers.items():
                seen[name][letter] += 1
            made += 1
    figure("movements on which both agree", made, "")
    for what, number in sorted(outcomes.items()):
        figure(f"of them {what}", number, "")
    dull = {name: dict(seen[name]) for name in RULES if not _tried(seen[name])}
    assert not dull, "rules that did not both pass and find something"


def _agreed(facts: Facts, chosen: Choices, book: Rulebook) -> dict[str, str]:
    """The answers of both; fails where they are not the same."""
    decision = decide(facts, book)
    broken = [finding for finding in decision.findings if finding.reason == "broken"]
    assert not broken, (broken, facts)
    first = dict(zip((each.release for each in book.rules), decision.answers, strict=True))
    second = evaluate(facts, chosen)
    apart = {name: (first[name], second[name]) for name in first if first[name] != second[name]}
    assert not apart, (apart, facts, chosen)
    assert decision.outcome == outcome(second)
    return second


def _tried(letters: Counter[str]) -> bool:
    return letters["p"] > 0 and letters["f"] + letters["h"] > 0
