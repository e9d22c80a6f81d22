"""decide(): every rule in force, always, in the rulebook's order."""

from __future__ import annotations

from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, Decision, Finding
from compliance.facts import Facts
from compliance.rule import BROKEN, Answer
from compliance.rulebook import Rulebook


def decide(facts: Facts, rulebook: Rulebook) -> Decision:
    """The decision on one movement: same facts, same rulebook, same answer, for ever.

    A rule that raises, or answers with anything but an Answer with figures in words or whole
    numbers, holds the movement with the reason `broken` and the exception's type. Raises
    ValueError for a kind that is not decided.
    """
    plan = rulebook.plan(facts.kind, facts.at)
    answers: list[str] | None = None
    findings: list[Finding] = []
    for position, code, check, values in plan.steps:
        try:
            answer = check(facts, *values)
            if answer is None:
                continue
            letter = _letter(answer)
        except Exception as error:
            findings.append(Finding(code, HOLD, BROKEN, (type(error).__name__,)))
            letter = HOLD
        else:
            if letter != NOT_APPLICABLE:
                findings.append(Finding(code, letter, answer.reason, answer.figures))
        if answers is None:
            answers = list(plan.blank)
        answers[position] = letter
    compact = plan.blank if answers is None else "".join(answers)
    return Decision(rulebook.digest, compact, tuple(findings))


def _letter(answer: Answer) -> str:
    """The letter of an answer that a rule may give. Raises TypeError or ValueError for others."""
    if type(answer) is not Answer:
        raise TypeError(f"{answer!r} is not an Answer")
    for figure in answer.figures:
        if type(figure) is not int and type(figure) is not str:
            raise TypeError(f"{figure!r} is no figure that an entry could carry")
    if answer.answer not in (FAIL, HOLD, NOT_APPLICABLE):
        raise ValueError(f"{answer.answer!r} is no letter of an answer")
    return answer.answer
