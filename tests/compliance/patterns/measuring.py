"""How well the patterns are found: precision and recall, on histories with known answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from compliance.decision import PERMITTED
from compliance.engine import decide
from compliance.rulebook import Rulebook, load
from tests.compliance.build import AT_COST
from tests.compliance.patterns.dishonest import SCHEMES
from tests.compliance.patterns.histories import Step, World
from tests.compliance.patterns.honest import KINDS


@dataclass(slots=True)
class Measured:
    """What was found. Schemes are whole histories; movements are counted one by one.

    A scheme is `found` if its own rule stopped any movement of it, `caught` if any rule did. A
    rule's movement is `right` if it belongs to a scheme, of whatever pattern, else `wrong`.
    """

    schemes: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    family_gifts: int = 0
    family_held: int = 0
    family_codes: Counter[str] = field(default_factory=Counter)
    honest: int = 0
    honest_held: int = 0

    def recall(self, pattern: str) -> float:
        """The share of schemes of this pattern that its own rule found."""
        return self.found[pattern] / max(1, self.schemes[pattern])

    def any_recall(self, pattern: str) -> float:
        """The share of schemes of this pattern that any rule stopped."""
        return self.caught[pattern] / max(1, self.schemes[pattern])

    def precision(self, pattern: str) -> float:
        """The share of what this rule stopped that belonged to a scheme."""
        return self.right[pattern] / max(1, self.right[pattern] + self.wrong[pattern])

    @property
    def family_share(self) -> float:
        """The share of honest family gifts that were not simply permitted."""
        return self.family_held / max(1, self.family_gifts)


def measure(seed: int, honest: int, schemes: int) -> Measured:
    """So many honest histories, and so many schemes of each pattern, from one seed."""
    book, random, measured = load(AT_COST), Random(seed), Measured()
    kinds = [kind for kind, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    for _ in range(honest):
        plan = random.choices(kinds, weights)[0](random)
        for step in World().run(plan):
            _count(measured, step, _codes(step, book))
    for pattern, scheme in SCHEMES.items():
        for _ in range(schemes):
            measured.schemes[pattern] += 1
            codes: set[str] = set()
            for step in World().run(scheme(random)):
                stopped = _codes(step, book)
                _count(measured, step, stopped)
                if step.scheme:
                    codes |= stopped
            measured.found[pattern] += pattern in codes
            measured.caught[pattern] += bool(codes)
    return measured


def _codes(step: Step, book: Rulebook) -> set[str]:
    """The rules that do not simply let this pass."""
    decision = decide(step.facts, book)
    if decision.outcome == PERMITTED:
        return set()
    return {finding.code for finding in decision.findings}


def _count(measured: Measured, step: Step, codes: set[str]) -> None:
    (measured.right if step.scheme else measured.wrong).update(codes)
    if step.scheme:
        return
    measured.honest += 1
    measured.honest_held += bool(codes)
    if step.family and step.facts.kind == "gift":
        measured.family_gifts += 1
        measured.family_held += bool(codes)
        measured.family_codes.update(codes)
