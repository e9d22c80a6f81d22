"""Dishonest people, one scheme a history: who deals for profit in the dress of gifts.

Each function plans one scheme and names the pattern that it is. The schemers also buy what they
need like anybody else; only what belongs to the scheme is marked as such. Sizes and times are drawn
wide, small ones included that nobody could tell from an honest one.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from compliance.calendar import DAY_MS, HOUR_MS
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
from tests.compliance.patterns.honest import NOTES, someone

#: When a scheme begins: late enough for what it moves to be free, early enough to end.
_FIRST = START + WAIT_MS + 10 * DAY_MS
_LAST = END - 320 * DAY_MS


def _people(count: int) -> list[Someone]:
    return [someone(f"p{place}") for place in range(count)]


def _begin(random: Random) -> int:
    return random.randrange(_FIRST, _LAST) // 1000 * 1000


def _bought(
    random: Random, who: Someone, name: str, free_at: int, scheme: str = HONEST, wait: int = 0
) -> Act:
    """Bought so that it is free at that moment, or a short wait before."""
    at = free_at - (wait * HOUR_MS or WAIT_MS)
    told = wait or WAIT_MS // HOUR_MS

    def do(world: World) -> Facts | None:
        return world.buy(who, name, at, who.device(random), who.card(random), told)

    return Act(at, do, scheme, False)


def _given(random: Random, name: str, to: Someone, at: int, scheme: str, note: str = "") -> Act:
    def do(world: World) -> Facts | None:
        device = world.items[name].holder.device(random)
        return world.give(name, to, at, device, note or random.choice(NOTES))

    return Act(at, do, scheme, False)


def _moved(random: Random, who: Someone, to: Someone, name: str, at: int, scheme: str) -> list[Act]:
    """Bought long enough before, and given at that moment, not at the end of the wait."""
    free_at = at - random.randrange(4 * DAY_MS, 120 * DAY_MS) // 1000 * 1000
    return [
        _bought(random, who, name, max(free_at, START + WAIT_MS)),
        _given(random, name, to, at, scheme),
    ]


def gift_ring(random: Random) -> list[Act]:
    """Three or four strangers, each of whom gives to the next; one ring in three in one series."""
    people = _people(random.randint(3, 4))
    single = random.random() < 0.33
    begin, plan = _begin(random), []
    span = random.randrange(20, 300 if single else 85)
    moments = sorted(begin + random.randrange(span * DAY_MS) for _ in people)
    order = list(range(len(people)))
    random.shuffle(order)
    for at, place in zip(moments, order, strict=True):
        name = f"s{0 if single else place}/{place + 1}"
        to = people[(place + 1) % len(people)]
        plan += _moved(random, people[place], to, name, at // 1000 * 1000, "gift_ring")
    return plan


def gift_barter(random: Random) -> list[Act]:
    """Two strangers, each of whom gives the other something: three of five within a day, one in
    five within ten days, one in five within three months, on trust."""
    one, other = _people(2)
    begin = _begin(random)
    days = random.choices((1, 10, 85), (3, 1, 1))[0]
    later = begin + random.randrange(days * DAY_MS) // 1000 * 1000 + 1000
    return [
        *_moved(random, one, other, "s1/1", begin, "gift_barter"),
        *_moved(random, other, one, "s2/2", later, "gift_barter"),
    ]


def gift_returned(random: Random) -> list[Act]:
    """Lent for what comes with it, and given back; bought when a day's wait was shown."""
    one, other = _people(2)
    begin = _begin(random)
    back = begin + random.randrange(2, 300) * DAY_MS
    return [
        _bought(random, one, "s1/1", begin - 9 * DAY_MS, wait=24),
        _given(random, "s1/1", other, begin, "gift_returned"),
        _given(random, "s1/1", one, back, "gift_returned"),
    ]


def broker_hub(random: Random) -> list[Act]:
    """One account through which five to fifteen strangers' collectibles go within a month."""
    broker, *others = _people(random.randint(6, 16))
    begin, plan = _begin(random), []
    for place, other in enumerate(others):
        at = begin + random.randrange(29 * DAY_MS) // 1000 * 1000
        giver, to = (other, broker) if random.random() < 0.5 else (broker, other)
        plan += _moved(random, giver, to, f"s{place}/1", at, "broker_hub")
    return plan


def converging_gifts(random: Random) -> list[Act]:
    """Three to ten buyers, each with means of their own, who bought for one."""
    main, *straws = _people(random.randint(4, 11))
    begin, plan = _begin(random), []
    for place, straw in enumerate(straws):
        at = begin + random.randrange(DAY_MS, 200 * DAY_MS) // 1000 * 1000
        free_at = begin + random.randrange(HOUR_MS)
        name = f"s0/{place + 1}"
        plan.append(_bought(random, straw, name, free_at))
        plan.append(_given(random, name, main, at, "converging_gifts"))
    return plan


def bundled_gift(random: Random) -> list[Act]:
    """Something cheap passes at cost, something scarce comes free with it."""
    one, other = _people(2)
    begin = _begin(random)
    later = begin + random.randrange(MINUTE_MS, 28 * DAY_MS) // 1000 * 1000
    sold, given = (begin, later) if random.random() < 0.5 else (later, begin)

    def do(world: World) -> Facts | None:
        return world.pass_on("s1/1", other, sold, other.device(random), other.card(random))

    return [
        _bought(random, one, "s1/1", min(begin, later) - 9 * DAY_MS),
        Act(sold, do, "bundled_gift", False),
        *_moved(random, one, other, "s2/2", given, "bundled_gift"),
    ]


def unlock_pattern(random: Random) -> list[Act]:
    """Two to eight collectibles sold ahead to strangers, delivered when they are free."""
    seller, *others = _people(random.randint(3, 9))
    begin, plan = _begin(random), []
    for place, other in enumerate(others):
        free_at = begin + random.randrange(120 * DAY_MS) // 1000 * 1000
        soon = random.choices((10 * MINUTE_MS, 12 * HOUR_MS, 60 * HOUR_MS), (4, 4, 2))[0]
        name = f"s{place}/1"
        plan.append(_bought(random, seller, name, free_at))
        at = free_at + random.randrange(soon) // 1000 * 1000
        plan.append(_given(random, name, other, at, "unlock_pattern"))
    return plan


def straw_buyers(random: Random) -> list[Act]:
    """Five to twelve names behind one telephone or one card."""
    people = _people(random.randint(5, 12))
    by_card = random.random() < 0.4
    begin, plan = _begin(random), []
    for place, who in enumerate(people):
        if by_card:
            who.cards = ["m-one"]
        else:
            who.devices = ["d-one"]
        free_at = begin + WAIT_MS + random.randrange(3 * HOUR_MS)
        plan.append(_bought(random, who, f"s0/{place + 1}", free_at, "straw_buyers"))
    return plan


def shared_means(random: Random) -> list[Act]:
    """Two or three names behind the telephone of one person, who gathers what they bought."""
    main, *straws = _people(random.randint(3, 4))
    begin, plan = _begin(random), []
    for place, straw in enumerate(straws):
        straw.devices = list(main.devices)
        plan.append(_bought(random, straw, f"s0/{place + 1}", begin))
        at = begin + random.randrange(HOUR_MS, 100 * DAY_MS) // 1000 * 1000
        plan.append(_given(random, f"s0/{place + 1}", main, at, "shared_means"))
    plan.append(_bought(random, main, "s1/1", begin))
    return plan


def hand_over(random: Random) -> list[Act]:
    """A whole account is sold: another telephone, most verified anew, and it gives all away."""
    who, *others = _people(random.randint(3, 5))
    begin = _begin(random)
    plan = [
        _bought(random, who, f"s{place}/1", begin - random.randrange(5, 90) * DAY_MS)
        for place in range(len(others) + 1)
    ]

    def change(world: World) -> None:
        who.devices = ["d-other"]
        if random.random() < 0.8:
            who.verified_at = begin
        if random.random() < 0.6:
            who.cards = ["m-other"]

    plan.append(Act(begin, change, HONEST, False))

    def buys(world: World) -> Facts | None:
        return world.buy(who, "s99/1", begin + HOUR_MS, who.devices[0], who.cards[0])

    plan.append(Act(begin + HOUR_MS, buys, HONEST, False))
    for place, other in enumerate(others):
        at = begin + random.randrange(2 * HOUR_MS, 6 * DAY_MS) // 1000 * 1000
        plan.append(_given(random, f"s{place}/1", other, at, "hand_over"))
    return plan


def refund_churn(random: Random) -> list[Act]:
    """Somebody who buys and returns four to eight times within a month."""
    (who,) = _people(1)
    begin, plan = _begin(random), []
    for place in range(random.randint(4, 8)):
        at = begin + place * random.randrange(DAY_MS, 3 * DAY_MS) // 1000 * 1000
        plan.append(_bought(random, who, f"s{place}/1", at + WAIT_MS, "refund_churn"))

        def back(world: World, name: str = f"s{place}/1", at: int = at) -> None:
            world.give_back(name, at + HOUR_MS)

        plan.append(Act(at + HOUR_MS, back, HONEST, False))
    return plan


_OFFERS = (
    "800元 秒",
    "加微 138 0000 0000",
    "出 888，要的私聊",
    "诚出，可小刀",
    "收300一张，长期收",
    "闲鱼拍下，尾款转账给我",
    "For sale, vx abc",
    "锁.单 五百米",
    "老规矩",
    "按说好的来",
)


def gift_note(random: Random) -> list[Act]:
    """A gift to a stranger, with the terms of the deal in its words, or hinted at."""
    one, other = _people(2)
    begin = _begin(random)
    return [
        _bought(random, one, "s1/1", begin - 9 * DAY_MS),
        _given(random, "s1/1", other, begin, "gift_note", random.choice(_OFFERS)),
    ]


SCHEMES: dict[str, Callable[[Random], list[Act]]] = {
    scheme.__name__: scheme
    for scheme in (
        gift_ring,
        gift_barter,
        gift_returned,
        broker_hub,
        converging_gifts,
        bundled_gift,
        unlock_pattern,
        straw_buyers,
        shared_means,
        hand_over,
        refund_churn,
        gift_note,
    )
}
