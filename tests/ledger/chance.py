"""Histories by chance: two years of a small town's collectibles, honest and less so.

`lived` tells one on a ledger in memory under the newest rulebook, or under the first release's and
then the newest. Every step takes what the ledger's state allows and does it right, or wrong in one
of many ways; what becomes of it is for the rules. The same chance tells the same history.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from collectibles.domain.movements import Movement
from compliance.calendar import DAY_MS
from tests.ledger import build, newest
from tests.ledger.build import FIRST, ISSUE_AT, PRICE, Act, Memory, asked

HOUR_MS = 3_600_000
TWO_YEARS = 730 * DAY_MS
#: How long until the next step.
PAUSES = (0, 1, 20_000, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 9 * DAY_MS)


class Life:
    """A ledger with a clock, and what is going on at it."""

    def __init__(self, rng: random.Random, ledger: Memory, at: int) -> None:
        self.rng, self.ledger, self.at = rng, ledger, at
        self.people = [f"a{number}" for number in range(1, 10)]
        self.series: list[str] = []
        self.numbers = 0

    def do(self, *batch: Movement) -> None:
        self.ledger.apply(*batch, at=self.at)

    def name(self, what: str) -> str:
        """An operation id not used before."""
        self.numbers += 1
        return f"{what}-{self.numbers}"

    def held_by_people(self) -> list[tuple[str, int, str]]:
        """What somebody holds: series, edition, holder."""
        found = []
        for key, value in self.ledger.state.items():
            kind, _, rest = key.partition("/")
            if kind == "collectible" and value["holder"]:
                name, _, edition = rest.partition("/")
                found.append((name, int(edition), value["holder"]))
        return sorted(found)

    def open_holds(self) -> list[tuple[int, Act]]:
        """Holds without a ruling."""
        found = {
            int(key.partition("/")[2]): value
            for key, value in self.ledger.state.items()
            if key.startswith("hold/") and value["ruling"] is None
        }
        return sorted(found.items())

    def screened(self, *people: str) -> list[Movement]:
        """The accounts screened again, most of the time."""
        again = [who for who in dict.fromkeys(people) if self.rng.random() < 0.9]
        return [newest.account(who, self.at, self.name("screen")) for who in again]


def lived(rng: random.Random, steps: int, from_first: bool = False) -> Memory:
    """A history of so many steps; `from_first` begins it under the first release's rulebook."""
    ledger = Memory(digest=FIRST.digest) if from_first else newest.begun()
    life, begins = Life(rng, ledger, ISSUE_AT), ISSUE_AT
    if from_first:
        begins += rng.randrange(8, 300) * DAY_MS
        act = build.announced(begins, newest.newest().digest).act
        act |= {"longer_waits": rng.choice(("new", "all"))}
        ledger.done(build.movement("rulebook", "rulebook-2", act), at=ISSUE_AT)
    life.do(*(newest.account(who, life.at) for who in life.people))
    _new_series(life)
    settled = not from_first
    for _ in range(steps):
        life.at += int(rng.choice(PAUSES) * rng.uniform(0.5, 2))
        if not settled and life.at >= begins:
            newest.settle(ledger, life.at)
            settled = True
        if life.at > ISSUE_AT + TWO_YEARS:
            break
        rng.choice(STEPS)(life)
    return ledger


def _new_series(life: Life) -> None:
    """A series, honest or not, on sale from now on; the museum verified again first."""
    rng, name = life.rng, f"s{len(life.series) + 1}"
    wrong: list[Act] = [
        *({}, {}, {}, {}, {"currency": "USD"}),
        {"derivation": "raw_scan"},
        {"grants": ["display", "buyback"]},
        {"edition_size": 30_000},
        *({"price": 200_000}, {"checks": ["content"]}),
        {"reviewed_by": "staff-a"},
        {"arrangements": ["merge"]},
        {"creative_statement": "未来必将升值"},
    ]
    changes = rng.choice(wrong) if life.series else {}
    life.do(newest.member("museum-1", "museum", life.at, life.name("museum")))
    life.do(newest.series(name, life.at, life.name("series"), **changes))
    life.do(build.mint(1, rng.choice((5, 20)), name, life.name("mint")))
    if life.ledger.state[f"series/{name}"] is not None:
        life.series.append(name)


def _sales(life: Life) -> None:
    """Several people buy of what is on sale; something is put on sale if nothing is."""
    newest_one = life.ledger.state[f"series/{life.series[-1]}"] if life.series else None
    if newest_one is None or life.at >= newest_one["closes_at"]:
        _new_series(life)
    for _ in range(life.rng.randrange(1, 5)):
        life.at += life.rng.choice((0, 5_000, HOUR_MS, 5 * HOUR_MS))
        _sale(life)


def _sale(life: Life) -> None:
    rng = life.rng
    if not life.series:
        return
    name, buyer = life.series[-1], rng.choice(life.people)
    edition = rng.randrange(1, 12)
    paid: Act = rng.choice(
        (
            *({}, {}, {}, {}, {}),
            {"payer": "rail_cannot_tell"},
            {"payer": "mismatch"},
            {"amount": PRICE - 1},
            {"payee": "operator"},
            {"means": "m-shared"},
            {"settled": False},
        )
    )
    changes: Act = rng.choice(
        (
            *({}, {}, {}, {}, {}),
            {"acknowledged": []},
            {"wait_hours": 24},
            {"device": "d-shared"},
            {"return_until": life.at},
        )
    )
    changes = {"series": name, "payment": newest.payment(buyer, life.at, **paid)} | changes
    if rng.random() < 0.5:
        changes = {"series": name, "payment": newest.payment(buyer, life.at)}
    made = newest.sale(edition, buyer, life.at, life.name("sale"), **changes)
    life.do(*life.screened(buyer), made)
    if rng.random() < 0.2:
        life.do(made)  # once more, as after a crash


def _grown(life: Life, held: list[tuple[str, int, str]]) -> tuple[str, int, str]:
    """Something somebody holds, more often than not for long enough to be passed on."""
    name, edition, holder = life.rng.choice(held)
    value = life.ledger.state[f"collectible/{name}/{edition}"]
    free = value["at"] + (value["wait"] or newest.FIRST_WAIT) * HOUR_MS
    if life.at < free <= ISSUE_AT + TWO_YEARS and life.rng.random() < 0.5:
        life.at = free + life.rng.choice((0, HOUR_MS, 4 * DAY_MS, 9 * DAY_MS))
    return name, edition, holder


def _gift(life: Life) -> None:
    rng, held = life.rng, life.held_by_people()
    if not held:
        return
    name, edition, giver = _grown(life, held)
    recipient = rng.choice(life.people)
    changes: Act = rng.choice(
        (
            *({}, {}, {}, {}, {}),
            {"note": ["price"]},
            {"gratuitous": False},
            {"offered_at": life.at - 5 * DAY_MS},
            {"device": "d-new"},
            {"wait_hours": 24},
        )
    )
    op_id = life.name("gift")
    made = newest.gift(edition, giver, recipient, life.at, op_id, series=name, **changes)
    life.do(*life.screened(giver, recipient), asked(made) if rng.random() < 0.15 else made)


def _resale(life: Life) -> None:
    rng, held = life.rng, life.held_by_people()
    if not held:
        return
    name, edition, giver = _grown(life, held)
    recipient = rng.choice([who for who in life.people if who != giver])
    price = rng.choice((PRICE, PRICE, PRICE - 5_000, PRICE + 1))
    paid = newest.payment(recipient, life.at, amount=price)
    same = {"series": name, "consideration": price, "payment": paid, "resale": life.name("r")}
    made = newest.reserve(edition, giver, recipient, life.at, life.name("reserve"), **same)
    life.do(*life.screened(giver, recipient), made)
    lock = life.ledger.state[f"collectible/{name}/{edition}"]["lock"]
    if lock is None or lock["what"] != "resale" or lock["resale"] != same["resale"]:
        return
    life.at += rng.randrange(HOUR_MS)
    if rng.random() < 0.3:
        act = {"step": "void", "resale": same["resale"], "series": name, "edition": edition}
        life.do(build.movement("resale", life.name("void"), act | {"reason": "not_paid"}))
        return
    life.do(newest.post(edition, giver, recipient, life.at, life.name("post"), **same))


def _money_back(life: Life) -> None:
    rng, held = life.rng, life.held_by_people()
    if not held:
        return
    name, edition, holder = rng.choice(held)
    refund, amount = life.name("refund"), rng.choice((100, 5_000, PRICE, PRICE + 1))
    same: Act = {"refund": refund, "series": name, "edition": edition, "amount": amount}
    if rng.random() < 0.5:
        act = same | {"account": holder, "amount": PRICE}
        life.do(build.movement("return", life.name("return"), act))
    else:
        act = {**same, "step": "pending", "reason": "goodwill"}
        life.do(build.movement("refund", life.name("pending"), act))
    if rng.random() < 0.8:
        amount = (life.ledger.state[f"refund/{refund}"] or same)["amount"]
        done = {**same, "amount": amount, "step": rng.choice(("done", "failed"))}
        life.at += rng.randrange(DAY_MS)
        life.do(build.movement("refund", life.name("done"), {**done, "notice": build.DIGEST}))


def _ruling(life: Life) -> None:
    """What is held is permitted, refused, withdrawn, or lapses; who is refused may appeal."""
    rng, holds = life.rng, life.open_holds()
    if not holds:
        return
    index, held = rng.choice(holds)
    whom = held.get("whom") or "a1"
    way = rng.randrange(6)
    if way == 0:
        life.do(build.withdrawal(index, whom, life.name("withdrawal")))
    elif way == 1:
        life.at = max(life.at, held["until"])
        life.do(build.lapse(index, life.name("lapse")))
    elif way == 2:
        strike = rng.random() < 0.5
        made = build.ruling(index, "refuse", life.name("ruling"), strike=strike)
        life.do(made)
        life.at += rng.randrange(20 * DAY_MS)
        life.do(newest.appeal(index, whom, life.at, life.name("appeal")))
        said: dict[str, Any] = {"appeal": life.ledger.size - 1, "officers": ["officer-c"]}
        verdict = rng.choice(("permit", "refuse"))
        life.do(build.ruling(index, verdict, life.name("outcome"), **said))
    else:
        officers = ["officer-a", "officer-b"][: held.get("officers", 1)]
        life.do(build.ruling(index, "permit", life.name("ruling"), officers=officers))


def _restraint(life: Life) -> None:
    rng, held = life.rng, life.held_by_people()
    name, edition, holder = rng.choice(held) if held else ("s1", 1, "a1")
    subjects = (("account", holder), ("collectible", f"{name}/{edition}"), ("series", name))
    scope, subject = rng.choice(subjects)
    until = rng.choice((None, life.at + 10 * DAY_MS))
    life.do(build.freeze(scope, subject, life.name("freeze"), until))
    _gift(life)
    if rng.random() < 0.9:
        life.do(build.release(scope, subject, life.name("release")))


def _measure(life: Life) -> None:
    rng, held = life.rng, life.held_by_people()
    name = rng.choice(life.series) if life.series else "s1"
    if rng.random() < 0.4:
        life.do(newest.takedown("takedown", name, life.at, life.name("down")))
        life.at += rng.randrange(5 * DAY_MS)
        ground = rng.choice(("order", "mistake", "counter_statement"))
        said = {"ground": ground, "received_at": life.at - rng.randrange(20 * DAY_MS)}
        life.do(newest.takedown("restore", name, life.at, life.name("up"), **said))
    elif held and rng.random() < 0.5:
        series, edition, giver = rng.choice(held)
        recipient = rng.choice(life.people)
        act = build.forced(edition, giver, recipient).act | {"series": series}
        life.do(build.movement("forced", life.name("forced"), act))
    else:
        act = build.burn(rng.randrange(1, 21)).act | {"series": name}
        life.do(build.movement("burn", life.name("burn"), act))


def _member(life: Life) -> None:
    """The operator or an account says something new of itself."""
    rng = life.rng
    who = rng.choice(life.people)
    new: tuple[Act, ...] = ({"affiliations": ["museum-1"]}, {"screening": "hit"}, {})
    change: Act = rng.choice((*new, {"document": "foreign"}))
    life.do(newest.account(who, life.at, life.name("account"), **change))
    if rng.random() < 0.5:
        life.do(newest.platform(life.name("platform"), ends_at=life.at + 20 * DAY_MS))


Step = Callable[[Life], None]
STEPS: tuple[Step, ...] = (
    *(_sales, _sales, _sales, _sales, _gift, _gift, _gift, _gift, _resale, _resale),
    *(_money_back, _ruling, _ruling, _new_series, _restraint, _measure, _member),
)
