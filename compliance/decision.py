"""Findings and decisions, in the compact form that ledger entries carry.

A decision is one character per rule in the rulebook's order, and for each rule that neither
passed nor was not applicable its code, the reason and the figures. Sentences, citations and
parameters are rendered from these (compliance/rendering.py), never stored.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PASS, FAIL, HOLD, NOT_APPLICABLE = "p", "f", "h", "-"
PERMITTED, HELD, REFUSED = "permitted", "held", "refused"

Figure = int | str


class Finding(NamedTuple):
    """One rule's answer when it is not a plain pass.

    `answer` is FAIL or HOLD; `reason` names a sentence of the rule; `figures` fill it, in the
    order and of the types the rule declares.
    """

    code: str
    answer: str
    reason: str
    figures: tuple[Figure, ...]


class Decision(NamedTuple):
    """All rules' answers to one set of facts under one rulebook."""

    rulebook: str
    answers: str
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> str:
        """The strictest answer: refused over held over permitted.

        Where no rule in force passed, nothing was examined and nothing is permitted.
        """
        if FAIL in self.answers:
            return REFUSED
        return HELD if HOLD in self.answers or PASS not in self.answers else PERMITTED

    def compact(self) -> dict[str, Any]:
        """The form entries carry: `{"a": answers, "f": [[code, reason, figure, …], …]}`."""
        return {"a": self.answers, "f": [[f.code, f.reason, *f.figures] for f in self.findings]}
