"""Honest people: families, an elder at New Year, classmates, collectors.

What is assumed of them: of ten families seven share a tablet and five a card; everybody buys two to
five collectibles a year; for a birthday one in three of the others gives something, at New Year
half give to one or two; one purchase in ten is made for somebody and given soon after it may be,
half of those within three days and one in twenty within the hour. A telephone lasts two to three
years; with a new one, one in three is verified anew and one in twenty changes cards.
"""

from __future__ import annotations

from random import Random

from compliance.calendar import DAY_MS, HOUR_MS, moment
from compliance.facts import Facts
from tests.compliance.patterns.histories import (
    END,
    HONEST,
    MINUTE_MS,
    START,
    WAIT_MS,
    Act,
    Someone,
    World,
)

NEW_YEARS = tuple(moment(day) for day in ("2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13"))
YEAR_MS = 365 * DAY_MS
#: Series come out every twelve days and are on sale for a week.
RELEASES = tuple(range(START, END, 12 * DAY_MS))
NOTES = (
    "",
    "",
    "生日快乐！",
    "新年快乐，2027元旦见",
    "送给妈妈，您最喜欢的那幅",
    "谢谢你一直陪着我",
    "Happy birthday, with love",
    "12米长卷，我们一起看过",
)


def someone(tag: str) -> Someone:
    """Somebody with a telephone and a card of their own."""
    return Someone(tag, [f"d-{tag}"], [f"m-{tag}"])


def waking(random: Random, day: int) -> int:
    """A moment of that day when people are awake."""
    return day + random.randrange(7 * HOUR_MS, 22 * HOUR_MS) // 1000 * 1000


def buying(random: Random, who: Someone, series: int, edition: int) -> Act:
    """Somebody buys one of a series in the week it is on sale."""
    at = waking(random, RELEASES[series] + random.choice((0, 0, 0, 1, 2, 4)) * DAY_MS)
    name = f"s{series}/{edition}"

    def do(world: World) -> Facts | None:
        return world.buy(who, name, at, who.device(random), who.card(random))

    return Act(at, do, HONEST, False)


def giving(random: Random, who: Someone, to: Someone, at: int, family: bool) -> Act:
    """Somebody gives away something they may give, if there is anything."""

    def do(world: World) -> Facts | None:
        free = world.free(who, at)
        if not free:
            return None
        return world.give(random.choice(free), to, at, who.device(random), random.choice(NOTES))

    return Act(at, do, HONEST, family)


def _prepared(random: Random, who: Someone, to: Someone, name: str, bought: int) -> Act:
    """A present bought for somebody, given soon after it may be."""
    after = random.choices(
        (random.randrange(HOUR_MS), random.randrange(HOUR_MS, 72 * HOUR_MS), 0), (5, 50, 45)
    )[0]
    at = bought + WAIT_MS + (after or random.randrange(3 * DAY_MS, 20 * DAY_MS)) // 1000 * 1000

    def do(world: World) -> Facts | None:
        item = world.items.get(name)
        if item is None or item.holder is not who:
            return None
        return world.give(name, to, at, who.device(random), random.choice(NOTES))

    return Act(at, do, HONEST, True)


def _at_cost(random: Random, who: Someone, to: Someone, at: int) -> Act:
    def do(world: World) -> Facts | None:
        free = world.free(who, at)
        if not free:
            return None
        return world.pass_on(free[0], to, at, to.device(random), to.card(random))

    return Act(at, do, HONEST, False)


def _new_telephone(random: Random, who: Someone, at: int) -> Act:
    def do(world: World) -> None:
        who.devices = [f"d-{who.tag}-{at}", *who.devices[1:]]
        if random.random() < 0.33:
            who.verified_at = at
        if random.random() < 0.05:
            who.cards = [f"m-{who.tag}-{at}", *who.cards[1:]]

    return Act(at, do, HONEST, False)


def _lives(random: Random, people: list[Someone], purchases: tuple[int, int]) -> list[Act]:
    """What everybody does: buys, and has a new telephone from time to time."""
    plan = []
    for place, who in enumerate(people):
        count = round(random.randint(*purchases) * (END - START) / YEAR_MS)
        for series in random.sample(range(len(RELEASES)), min(count, len(RELEASES))):
            plan.append(buying(random, who, series, place + 1))
        at = START + random.randrange(900 * DAY_MS)
        while at < END:
            plan.append(_new_telephone(random, who, at))
            at += random.randrange(700, 1100) * DAY_MS
    return plan


def _birthdays(random: Random, people: list[Someone], share: float, family: bool) -> list[Act]:
    plan = []
    for who in people:
        day = START + random.randrange(365) * DAY_MS
        while day < END:
            for other in people:
                if other is not who and random.random() < share:
                    when = waking(random, day - random.choice((0, 0, 0, 1, 2)) * DAY_MS)
                    plan.append(giving(random, other, who, when, family))
            day += YEAR_MS
    return plan


def family(random: Random) -> list[Act]:
    """Three to six people who live together, or see each other at New Year and on birthdays."""
    people = [someone(f"p{place}") for place in range(random.randint(3, 6))]
    share = random.sample(people, random.randint(2, len(people)))
    if random.random() < 0.7:
        for who in share:
            who.devices.append("d-tablet")
    if random.random() < 0.5:
        for who in share:
            who.cards.append("m-family")
    plan = _lives(random, people, (2, 5))
    plan += _birthdays(random, people, 1 / 3, True)
    for day in NEW_YEARS:
        for who in people:
            if random.random() < 0.5:
                others = [other for other in people if other is not who]
                for other in random.sample(others, random.randint(1, 2)):
                    when = waking(random, day + random.randint(-2, 5) * DAY_MS)
                    plan.append(giving(random, who, other, when, True))
    for place, who in enumerate(people):
        for series in random.sample(range(len(RELEASES)), 2):
            bought = buying(random, who, series, 90 + place)
            other = random.choice([other for other in people if other is not who])
            name = f"s{series}/{90 + place}"
            plan += [bought, _prepared(random, who, other, name, bought.at)]
    if random.random() < 0.2:
        who, other = random.sample(people, 2)
        plan.append(_at_cost(random, who, other, START + random.randrange(300, 900) * DAY_MS))
    return plan


def elder(random: Random) -> list[Act]:
    """Somebody who gives one to each of three to five relatives at New Year, every year."""
    who = someone("p0")
    others = [someone(f"p{place}") for place in range(1, random.randint(4, 6))]
    plan = _lives(random, [who], (5, 8))
    for day in NEW_YEARS:
        for place, other in enumerate(others):
            when = waking(random, day + place // 3 * DAY_MS)  # the form says: three a day
            plan.append(giving(random, who, other, when, True))
    return plan


def classmates(random: Random) -> list[Act]:
    """Six to ten friends who share nothing; a present on a birthday, and on the last day."""
    people = [someone(f"p{place}") for place in range(random.randint(6, 10))]
    plan = _lives(random, people, (1, 3))
    plan += _birthdays(random, people, 0.08, False)
    last = moment("2026-06-20")
    for who in people:
        if random.random() < 0.4:
            other = random.choice([other for other in people if other is not who])
            plan.append(giving(random, who, other, waking(random, last), False))
    return plan


def collector(random: Random) -> list[Act]:
    """Somebody who buys a lot, gives now and then to two friends, returns now and then."""
    who, *friends = (someone(f"p{place}") for place in range(3))
    plan = _lives(random, [who], (15, 25)) + _lives(random, friends, (1, 4))
    for _ in range(random.randint(4, 12)):
        when = waking(random, START + random.randrange(200, 1800) * DAY_MS)
        plan.append(giving(random, who, random.choice(friends), when, False))
    series = random.randrange(len(RELEASES))
    bought = buying(random, who, series, 99)

    def do(world: World) -> None:
        world.give_back(f"s{series}/99", bought.at + 2 * DAY_MS)

    return [*plan, bought, Act(bought.at + MINUTE_MS, do, HONEST, False)]


#: Each kind of honest people, and how many of a hundred histories are theirs.
KINDS = ((family, 60), (elder, 10), (classmates, 15), (collector, 15))
