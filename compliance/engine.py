"""decide(): every rule in force, always, in the rulebook's order."""

from __future__ import annotations

from compliance.decision import HOLD, NOT_APPLICABLE, Decision, Finding
from compliance.facts import Facts
from compliance.rulebook import Rulebook

#: The reason of a finding whose rule could not be computed: held for a person, never permitted.
BROKEN = "broken"


def decide(facts: Facts, rulebook: Rulebook) -> Decision:
    """The decision on one movement: same facts, same rulebook, same answer, for ever.

    A rule that raises holds the movement with the reason `broken` and the exception's type.
    """
    plan = rulebook.plan(facts.kind, facts.at)
    answers: list[str] | None = None
    findings: list[Finding] = []
    for step in plan.steps:
        try:
            answer = step.check(facts, *step.values)
        except Exception as error:
            findings.append(Finding(step.code, HOLD, BROKEN, (type(error).__name__,)))
            letter = HOLD
        else:
            if answer is None:
                continue
            letter = answer.answer
            if letter != NOT_APPLICABLE:
                findings.append(Finding(step.code, letter, answer.reason, answer.figures))
        if answers is None:
            answers = list(plan.blank)
        answers[step.position] = letter
    compact = plan.blank if answers is None else "".join(answers)
    return Decision(rulebook.digest, compact, tuple(findings))
