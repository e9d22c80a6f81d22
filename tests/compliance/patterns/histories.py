"""Made histories: people who buy, give, pass on at cost and give back, over years.

A world keeps what the ledger would keep of them, by the ledger's own pure functions, so that a rule
sees here what it would see there: lists of bounded length. Every movement happens whatever was
decided of it, which is the worst case for those who look for patterns. A history is a plan of acts
in order of time; each act says whose scheme it belongs to, or that it is honest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from collectibles.ledger import ties
from compliance.calendar import DAY_MS, HOUR_MS, moment
from compliance.facts import Facts, Holding, Person
from compliance.plain import plain_facts
from compliance.solicitation import solicitation

START = moment("2025-01-05")
END = moment("2029-12-31")
MINUTE_MS = 60_000
WAIT_HOURS = 4_320
WAIT_MS = WAIT_HOURS * HOUR_MS
HONEST = ""


class Act(NamedTuple):
    """Something somebody does. `scheme` is the pattern it is part of, empty if it is honest;
    `gift` whether it is a gift within a family."""

    at: int
    do: Callable[[World], Facts | None]
    scheme: str
    family: bool


class Step(NamedTuple):
    """A movement as the rulebook would see it, and the truth of it."""

    facts: Facts
    scheme: str
    family: bool


@dataclass(slots=True)
class Someone:
    """A person by tag, with the devices and cards they use, own ones first."""

    tag: str
    devices: list[str]
    cards: list[str]
    verified_at: int = START - 30 * DAY_MS

    def device(self, random: Random) -> str:
        return random.choice(self.devices)

    def card(self, random: Random) -> str:
        return random.choice(self.cards)


@dataclass(slots=True)
class Item:
    """A collectible and who holds it how."""

    name: str
    series: str
    holder: Someone
    acquired_at: int
    acquired_by: str
    wait_hours: int
    past: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """What the ledger would remember of one history's people."""

    ties: dict[str, dict[str, Any]] = field(default_factory=dict)
    sharing: dict[tuple[str, str], list[list[Any]]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    def run(self, plan: list[Act]) -> Iterator[Step]:
        """The movements of a plan, each as it looks before it happens."""
        for act in sorted(plan, key=lambda act: act.at):
            facts = act.do(self)
            if facts is not None:
                yield Step(facts, act.scheme, act.family)

    def buy(
        self, who: Someone, name: str, at: int, device: str, card: str, wait: int = WAIT_HOURS
    ) -> Facts:
        """Somebody buys the collectible `series/edition`."""
        series = name.rpartition("/")[0]
        pairs = (("device", device), ("means", card))
        seen = (ties.as_shared(w, self.sharing.get((series, t)), who.tag) for w, t in pairs)
        plain = plain_facts_of("sale")
        facts = plain._replace(
            at=at,
            series=_series(plain, series, at),
            recipient=_person(who, at),
            payment=plain.payment and plain.payment._replace(means=card),
            device=device,
            recipient_ties=self._ties(who),
            shared=tuple(one for one in seen if one is not None),
        )
        value = ties.bought(self.ties.get(who.tag), at)
        for what, tag in pairs:
            value = ties.used(value, what, tag, at)
            together = self.sharing.get((series, tag))
            self.sharing[series, tag] = ties.shared(together, who.tag, at)
        self.ties[who.tag] = value
        self.items[name] = Item(name, series, who, at, "sale", wait)
        return facts

    def give_back(self, name: str, at: int) -> None:
        """Somebody gives a purchase back."""
        item = self.items.pop(name)
        self.ties[item.holder.tag] = ties.returned(self.ties.get(item.holder.tag), at)

    def give(self, name: str, to: Someone, at: int, device: str | None, note: str = "") -> Facts:
        """Somebody gives what they hold."""
        item = self.items[name]
        facts = self._passing("gift", item, to, at, device)._replace(
            offered_at=at - 2 * HOUR_MS, note=solicitation(note)
        )
        self._pass(item, "gift", to, at, item.holder, device)
        return facts

    def pass_on(self, name: str, to: Someone, at: int, device: str | None, card: str) -> Facts:
        """Somebody passes on at cost what they hold."""
        item = self.items[name]
        facts = self._passing("resale", item, to, at, device)
        payment = facts.payment and facts.payment._replace(
            means=card, refundable_until=at + 365 * DAY_MS
        )
        self._pass(item, "resale", to, at, to, device)
        return facts._replace(payment=payment)

    def free(self, who: Someone, at: int) -> list[str]:
        """What somebody could give at this moment, as they were told when they got it."""
        return [
            item.name
            for item in self.items.values()
            if item.holder is who
            and item.acquired_by != "gift"
            and at >= item.acquired_at + item.wait_hours * HOUR_MS
        ]

    def _passing(self, kind: str, item: Item, to: Someone, at: int, device: str | None) -> Facts:
        holder, plain = item.holder, plain_facts_of(kind)
        reached = ties.reach(self.ties.get(to.tag))
        return plain._replace(
            at=at,
            series=_series(plain, item.series, item.acquired_at),
            holder=_person(holder, at),
            recipient=_person(to, at),
            holding=Holding(
                f"a-{holder.tag}",
                item.acquired_at,
                item.acquired_by,
                0 if item.acquired_by == "gift" else 19_900,
                0,
                False,
                None if item.acquired_by == "gift" else item.acquired_at,
                at + 90 * DAY_MS,
                item.wait_hours,
            ),
            holder_ties=self._ties(holder),
            recipient_ties=self._ties(to),
            chains=tuple((t, ties.as_ties(self.ties.get(t)).gave) for t in reached),
            past=tuple((person, since) for person, since in item.past),
            device=device,
        )

    def _pass(
        self, item: Item, kind: str, to: Someone, at: int, actor: Someone, device: str | None
    ) -> None:
        one, other = item.holder.tag, to.tag
        edge = (kind, item.name, at, at - item.acquired_at)
        gave, got = ties.passed(self.ties.get(one), self.ties.get(other), (one, other), edge)
        self.ties[one], self.ties[other] = gave, got
        self.ties[actor.tag] = ties.used(self.ties[actor.tag], "device", device, at)
        item.past = ties.after(item.past, one, item.acquired_at)
        item.holder, item.acquired_at, item.acquired_by = to, at, kind
        item.wait_hours = WAIT_HOURS if kind == "resale" else 4 * WAIT_HOURS

    def _ties(self, who: Someone) -> Any:
        return ties.as_ties(self.ties.get(who.tag))


_PLAIN: dict[str, Facts] = {}


def plain_facts_of(kind: str) -> Facts:
    """The plain movement of this kind, read once."""
    if kind not in _PLAIN:
        _PLAIN[kind] = plain_facts(kind)
    return _PLAIN[kind]


def _series(plain: Facts, series: str, at: int) -> Any:
    assert plain.series is not None
    return plain.series._replace(
        series=series,
        opens_at=at - DAY_MS,
        closes_at=at + 7 * DAY_MS,
        reviewed_at=at - 9 * DAY_MS,
        licence=plain.series.licence and plain.series.licence._replace(starts_at=START - DAY_MS),
    )


def _person(who: Someone, at: int) -> Person:
    return Person(f"a-{who.tag}", who.tag, who.verified_at, 0, "resident", "clear", at - DAY_MS)
