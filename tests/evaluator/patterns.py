"""What looks like a hidden sale: who is known to whom, and what passes between strangers."""

from __future__ import annotations

from compliance.facts import Facts, Passed, Ties, Used
from tests.evaluator.gift import bound_hours
from tests.evaluator.naive import DAY, HOUR, Read, day_of, rule


class Pair:
    """Holder and recipient, and what is remembered of both; `known` says whether it is."""

    def __init__(self, facts: Facts) -> None:
        people = (facts.holder, facts.recipient)
        self.known = all(person is not None and person.person is not None for person in people)
        self.known = self.known and None not in (facts.holder_ties, facts.recipient_ties)
        self.one = (facts.holder.person if facts.holder else None) or ""
        self.other = (facts.recipient.person if facts.recipient else None) or ""
        self.mine = facts.holder_ties or Ties()
        self.theirs = facts.recipient_ties or Ties()

    def met(self) -> bool:
        return any(edge.other == self.other for edge in self.mine.gave + self.mine.got) or any(
            edge.other == self.one for edge in self.theirs.gave + self.theirs.got
        )

    def household(self, at: int, days: int) -> bool:
        """One device, or one means, used by both for so many days."""

        def old(used: tuple[Used, ...]) -> set[tuple[str, str]]:
            return {(each.what, each.tag) for each in used if at - each.since >= days * DAY}

        return bool(old(self.mine.used) & old(self.theirs.used))

    def acquainted(self, besides: tuple[str, ...] = ()) -> bool:
        """Somebody with whom both have dealt."""
        mine = {edge.other for edge in self.mine.gave + self.mine.got}
        theirs = {edge.other for edge in self.theirs.gave + self.theirs.got}
        return bool((mine & theirs) - {self.one, self.other, *besides})

    def strangers(self, at: int, days: int) -> bool:
        """Whether nothing is known that ties the two; somebody not yet chosen is no stranger."""
        if self.other == "anybody":
            return False
        return not (self.met() or self.household(at, days) or self.acquainted())


def _young(edges: tuple[Passed, ...], at: int, days: int, kind: str = "gift") -> list[Passed]:
    return [edge for edge in edges if edge.kind == kind and at - edge.at < days * DAY]


def _series(edge: Passed) -> str:
    return edge.collectible.rpartition("/")[0]


@rule("gift_rate@1", "gift", "2025-01-01")
def gift_rate(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known:
        return "h"
    gave = [edge for edge in pair.mine.gave if edge.kind == "gift"]
    today = [edge for edge in gave if day_of(edge.at) == day_of(facts.at)]
    if len(today) >= read("gift.per_day"):
        return "h"
    if len(_young(pair.mine.gave, facts.at, 30)) >= read("gift.out_per_30_days"):
        return "h"
    if len(_young(pair.theirs.got, facts.at, 30)) >= read("gift.in_per_30_days"):
        return "h"
    to_them = [e for e in _young(pair.mine.gave, facts.at, 365) if e.other == pair.other]
    if len(to_them) < read("gift.pair_per_365_days"):
        return "p"
    answered = any(edge.other == pair.other for edge in pair.mine.got)
    family = pair.household(facts.at, read("pattern.settled_days")) or pair.acquainted()
    return "p" if family or answered else "h"


@rule("gift_returned@1", "gift", "2025-01-01")
def gift_returned(facts: Facts, read: Read) -> str:
    if facts.holding is None or facts.recipient is None:
        return "h"
    ends = [since for _, since in facts.past[1:]] + [facts.holding.acquired_at]
    for (person, _), let_go in zip(facts.past, ends, strict=False):
        young = facts.at - let_go < read("pattern.return_days") * DAY
        if person == facts.recipient.person and young:
            return "h"
    return "p"


@rule("gift_barter@1", "gift", "2025-01-01")
def gift_barter(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known:
        return "h"
    answered = [
        edge
        for edge in _young(pair.mine.got, facts.at, read("pattern.barter_days"))
        if edge.other == pair.other and not edge.met and not _is_held(facts, edge)
    ]
    if pair.acquainted() or pair.household(facts.at, read("pattern.settled_days")):
        return "p"
    return "h" if answered else "p"


def _is_held(facts: Facts, edge: Passed) -> bool:
    """Whether what came by this gift is what is given now."""
    held = facts.holding
    return held is not None and held.acquired_by == "gift" and held.acquired_at == edge.at


@rule("bundled_gift@1", "gift resale", "2025-01-01")
def bundled_gift(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known:
        return "h"
    if pair.household(facts.at, read("pattern.settled_days")):
        return "p"
    other_kind = "resale" if facts.kind == "gift" else "gift"
    days = read("pattern.bundle_days")
    near = _young(pair.mine.gave + pair.mine.got, facts.at, days, other_kind)
    return "h" if any(edge.other == pair.other for edge in near) else "p"


@rule("gift_ring@1", "gift", "2025-01-01")
def gift_ring(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known or facts.series is None:
        return "h"
    if pair.household(facts.at, read("pattern.settled_days")):
        return "p"
    if not pair.met() and _circle(facts, pair, read("pattern.ring_days"), ""):
        return "h"
    days = read("pattern.ring_series_days")
    return "h" if _circle(facts, pair, days, facts.series.series) else "p"


def _circle(facts: Facts, pair: Pair, days: int, series: str) -> bool:
    """A circle of three or four that this gift closes: of one series, or among strangers."""

    def counts(edge: Passed) -> bool:
        return _series(edge) == series if series else not edge.met

    came = [edge for edge in _young(pair.mine.got, facts.at, days) if counts(edge)]
    went = [edge for edge in _young(pair.theirs.gave, facts.at, days) if counts(edge)]
    chains = [(middle, _young(gave, facts.at, days)) for middle, gave in facts.chains]
    ways: list[tuple[str, ...]] = [
        (edge.other,) for edge in went for back in came if edge.other == back.other
    ]
    ways += [
        (edge.other, link.other)
        for edge in went
        for middle, gave in chains
        for link in gave
        for back in came
        if edge.other == middle and counts(link) and link.other == back.other
    ]
    answered = {edge.other for edge in pair.mine.gave} | {edge.other for edge in pair.theirs.got}
    between = tuple(way[0] for way in ways if len(way) == 1 and way[0] not in answered)
    for way in ways:
        if len({pair.one, pair.other, *way}) != 2 + len(way):
            continue
        if series:
            return True
        back = any(edge.other == way[-1] for edge in pair.mine.gave) or any(
            edge.other == way[0] for edge in pair.theirs.got
        )
        if not back and not pair.acquainted(between if len(way) == 1 else ()):
            return True
    return False


@rule("broker_hub@1", "gift", "2025-01-01")
def broker_hub(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known:
        return "h"
    if pair.met() or pair.household(facts.at, read("pattern.settled_days")):
        return "p"
    if pair.other == "anybody":
        return "p"
    days, most = read("pattern.hub_days"), read("pattern.hub_persons")
    for along, against, new in (
        (pair.mine.gave, pair.mine.got, pair.other),
        (pair.theirs.got, pair.theirs.gave, pair.one),
    ):
        there = {e.other for e in along if not e.met and facts.at - e.at < days * DAY}
        back = {e.other for e in against if not e.met and facts.at - e.at < days * DAY}
        if len(there | back | {new}) >= most + (0 if back else 1):
            return "h"
    return "p"


@rule("converging_gifts@1", "gift", "2025-01-01")
def converging_gifts(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known or facts.series is None:
        return "h"
    got = _young(pair.theirs.got, facts.at, read("pattern.converging_days"))
    givers = {edge.other for edge in got if _series(edge) == facts.series.series} | {pair.one}
    if len(givers) >= read("pattern.converging_givers"):
        return "h"
    if facts.holding is None or pair.met():
        return "p"
    if not 0 <= _late(facts, read) < read("pattern.unlock_hours") * HOUR:
        return "p"
    month = _young(pair.theirs.got, facts.at, 30)
    unlocked = {edge.other for edge in month if _at_unlock(edge, read)} | {pair.one}
    return "h" if len(unlocked) >= read("pattern.converging_unlocked") else "p"


def _late(facts: Facts, read: Read) -> int:
    """How long after it became possible the gift is made: kept long enough, not to be returned."""
    held = facts.holding
    assert held is not None
    hours = read("gift.regift_hours" if held.acquired_by == "gift" else "gift.first_hold_hours")
    free = held.acquired_at + bound_hours(facts, held, hours) * HOUR
    return facts.at - max(free, held.return_until or free)


def _at_unlock(edge: Passed, read: Read, hours: int | None = None) -> bool:
    """Whether an earlier gift went to a stranger within so many hours after the first wait."""
    late = edge.waited - read("gift.first_hold_hours") * HOUR
    within = read("pattern.unlock_hours") if hours is None else hours
    return not edge.met and 0 <= late < within * HOUR


@rule("unlock_pattern@1", "gift", "2025-01-01")
def unlock_pattern(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known or facts.holding is None:
        return "h"
    late = _late(facts, read)
    if not pair.strangers(facts.at, read("pattern.settled_days")):
        return "p"
    if not 0 <= late < read("pattern.unlock_hours") * HOUR:
        return "p"
    score = 5 if late < HOUR else 2
    for edge in _young(pair.mine.gave, facts.at, read("pattern.unlock_days")):
        score += 2 if _at_unlock(edge, read) else 0
        score += 3 if _at_unlock(edge, read, 1) else 0
    donors = {
        edge.other for edge in _young(pair.theirs.got, facts.at, 30) if _at_unlock(edge, read)
    }
    score += 3 if len(donors) >= read("pattern.unlock_donors") else 0
    return "h" if score >= read("pattern.unlock_score") else "p"


@rule("hand_over@1", "gift resale", "2025-01-01")
def hand_over(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known or facts.holding is None or facts.holder is None:
        return "h"
    if not pair.strangers(facts.at, read("pattern.settled_days")):
        return "p"
    cut = facts.at - read("pattern.handover_days") * DAY
    if facts.holding.acquired_at > cut:
        return "p"
    changed = 0
    for what in ("device", "means"):
        used = [each for each in pair.mine.used if each.what == what]
        never = facts.kind == "gift" and what == "device" and facts.device is not None
        never = never and facts.device not in [each.tag for each in used]
        new = never or any(each.since > cut for each in used)
        changed += new and any(each.since <= cut for each in used)
    verified = facts.holder.verified_at
    if verified is not None and verified > cut:
        changed += 1
    return "h" if changed >= read("pattern.handover_anchors") else "p"


@rule("shared_means@1", "gift resale", "2025-01-01")
def shared_means(facts: Facts, read: Read) -> str:
    pair = Pair(facts)
    if not pair.known or facts.series is None:
        return "h"
    mine = {(each.what, each.tag) for each in pair.mine.used}
    theirs = {(each.what, each.tag) for each in pair.theirs.used}
    if facts.device is not None:
        (mine if facts.kind == "gift" else theirs).add(("device", facts.device))
    if facts.kind == "resale" and facts.payment is not None and facts.payment.means is not None:
        theirs.add(("means", facts.payment.means))
    if not mine & theirs or pair.met() or pair.acquainted():
        return "p"
    within = read("pattern.shared_days") * DAY
    gathered = [
        edge
        for edge in pair.theirs.got
        if _series(edge) == facts.series.series and facts.at - edge.at < within and not edge.met
    ]
    return "h" if gathered else "p"
