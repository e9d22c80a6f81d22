"""The facts of a movement, read from the ledger's state and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from collectibles.ledger import state, ties
from collectibles.ledger.facts_of_values import (
    holding_of,
    institution_of,
    payment_of,
    person_of,
    platform_of,
    series_of,
)
from collectibles.ledger.remembering import means_of
from collectibles.ledger.state import Overlay
from compliance.facts import ANYBODY, Facts, Measure, Passed, Person, Restraint, Shared, Ties

Act = dict[str, Any]

_ANYBODY: Final = Person(ANYBODY, ANYBODY, 0, 0, "resident", "clear", 0)

#: The kinds that have steps, and the steps that are decided: voiding a reservation, for one, is
#: free. Of other kinds every act is decided for which the rulebook in force has a rule.
STEPS: Final[dict[str, tuple[str, ...]]] = {"resale": ("reserve", "post"), "refund": ("pending",)}


def is_decided(kind: str, act: Act) -> bool:
    """Whether a rulebook may have a say in this act (whether it has: see Rulebook.decides)."""
    if kind == "account" and (act["person"] is None or not act["open"]):
        return False  # nobody is attested: an account that opens, or closes
    steps = STEPS.get(kind)
    return kind in _FACTS and (steps is None or act["step"] in steps)


def facts_of(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """The facts of an admitted act at `at` (ms UTC)."""
    return _FACTS[kind](kind, act, at, overlay)


def _of_platform(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    return Facts(kind, at, platform=platform_of(act))


def _of_member(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    return Facts(kind, at, issuer=institution_of(act["member"], act))


def _of_rulebook(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    longer = act.get("longer_waits", "new")
    return Facts(kind, at, effective_at=act["effective_at"], longer_waits=longer)


def _of_account(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """Who the account will be of, and whether that person has another one."""
    before = overlay[state.account(act["account"])] or {}
    person = person_of(act["account"], {**before, **act})
    others = overlay[state.accounts(act["person"])] or () if act["person"] else ()
    elsewhere = act["open"] and any(other != act["account"] for other in others)
    return Facts(kind, at, recipient=person._replace(open_elsewhere=elsewhere))


def _of_series(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    same = overlay[state.picture(act["picture"])]
    series = series_of(act)._replace(same_picture=same["series"] if same else "")
    return Facts(
        kind,
        at,
        series,
        platform=platform_of(overlay[state.PLATFORM]),
        issuer=_issuer(act, overlay),
    )


def _of_mint(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    value = overlay[state.series(act["series"])]
    young = overlay[state.pace(value["issuer"])] or ()
    return Facts(
        kind,
        at,
        series_of(value),
        restraints=_restraints(at, (("series", act["series"], value),)),
        issuer=_issuer(value, overlay),
        editions=act["count"],
        minted=sum(count for minted_at, count in young if minted_at > at - ties.MONTH_MS),
    )


def _of_sale(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    series = overlay[state.series(act["series"])]
    value = overlay[state.collectible(act["series"], act["edition"])]
    account = overlay[state.account(act["account"])]
    recipient = person_of(act["account"], account)
    acknowledged = act.get("acknowledged")
    return Facts(
        "sale",
        at,
        series_of(series),
        None,
        recipient,
        None,
        payment_of(act["payment"]),
        act["consideration"],
        _bought(recipient, act["series"], overlay),
        restraints=_restraints(
            at,
            (
                ("series", act["series"], series),
                ("collectible", f"{act['series']}/{act['edition']}", value),
                ("account", act["account"], account),
            ),
        ),
        platform=platform_of(overlay[state.PLATFORM]),
        issuer=_issuer(series, overlay),
        recipient_ties=_ties(recipient, overlay),
        shared=_shared(act, recipient, overlay),
        device=act.get("device"),
        wait_hours=act.get("wait_hours"),
        acknowledged=None if acknowledged is None else tuple(acknowledged),
    )


def _of_passing(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """A gift or a resale at cost: who gives, who gets, and what the ledger remembers of both."""
    series = overlay[state.series(act["series"])]
    value = overlay[state.collectible(act["series"], act["edition"])]
    holder = _person(act["from"], overlay)
    recipient = _recipient(act["to"], at, overlay)
    resale = kind == "resale"
    note = act.get("note")
    return Facts(
        kind=kind,
        at=at,
        series=series_of(series),
        holder=holder,
        recipient=recipient,
        holding=holding_of(value),
        payment=payment_of(act["payment"]) if resale else None,
        consideration=act["consideration"] if resale else 0,
        bought=_bought(recipient, act["series"], overlay) if resale else None,
        named=act.get("named", True),
        gratuitous=act.get("gratuitous"),
        restraints=_of_all(act, at, overlay, (act["from"], act["to"])),
        issuer=_issuer(series, overlay) if resale else None,
        holder_ties=_ties(holder, overlay),
        recipient_ties=_ties(recipient, overlay),
        chains=_chains(recipient, overlay),
        past=tuple((person, since) for person, since in value.get("past") or ()),
        device=act.get("device"),
        note=None if note is None else tuple(note),
        offered_at=act.get("offered_at"),
        wait_hours=act.get("wait_hours"),
        longer_waits=_longer_waits(value["at"], at, overlay),
    )


def _of_money_back(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """A refund or a return: it concerns the holder, whom a refund does not name."""
    value = overlay[state.collectible(act["series"], act["edition"])]
    account = act.get("account") or value["holder"]
    return Facts(
        kind,
        at,
        series_of(overlay[state.series(act["series"])]),
        _person(account, overlay),
        holding=holding_of(value),
        refund=act["amount"],
        restraints=_of_all(act, at, overlay, (account,)),
    )


def _of_forced(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    return Facts(
        kind,
        at,
        series_of(overlay[state.series(act["series"])]),
        _person(act["from"], overlay),
        _person(act["to"], overlay),
        holding_of(overlay[state.collectible(act["series"], act["edition"])]),
        measure=_measure(kind, act),
    )


def _of_measure(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """A freeze or a release, a takedown or its end, a burn."""
    value = overlay[state.series(act["series"])] if "series" in act else None
    series = series_of(value) if value else None
    return Facts(kind, at, series, measure=_measure(kind, act))


def _measure(kind: str, act: Act) -> Measure:
    return Measure(
        act.get("action", kind),
        act["document"],
        act["authority"],
        act["basis"],
        act.get("ground", "order"),
        act.get("received_at"),
        tuple(act.get("officers", ())),
    )


def _bought(buyer: Person | None, series: str, overlay: Overlay) -> int | None:
    """How many of the series the buyer has already bought; None if nobody knows who it is."""
    if buyer is not None and buyer.account == ANYBODY:
        return 0
    if buyer is None or buyer.person is None:
        return None
    return overlay[state.bought(buyer.person, series)] or 0


def _recipient(account: str | None, at: int, overlay: Overlay) -> Person:
    """Who gets it. A question that leaves this open is asked for the best recipient there is, so
    that what is refused then is refused whoever it would be."""
    if account is not None:
        return _person(account, overlay)
    return _ANYBODY._replace(screened_at=at)


def _person(account: str, overlay: Overlay) -> Person:
    return person_of(account, overlay[state.account(account)])


def _issuer(series: Act, overlay: Overlay) -> Any:
    value = overlay[state.member(series["issuer"])]
    return institution_of(series["issuer"], value) if value else None


def _ties(person: Person, overlay: Overlay) -> Ties | None:
    """What is remembered of a person; None if nobody knows who it is."""
    if person.person is None:
        return None
    if person.account == ANYBODY:
        return Ties()
    return ties.as_ties(overlay[state.ties(person.person)])


def _chains(person: Person, overlay: Overlay) -> tuple[tuple[str, tuple[Passed, ...]], ...]:
    """What those gave to whom this person gave."""
    if person.person is None or person.account == ANYBODY:
        return ()
    reached = ties.reach(overlay[state.ties(person.person)])
    return tuple((other, ties.as_ties(overlay[state.ties(other)]).gave) for other in reached)


def _shared(act: Act, buyer: Person, overlay: Overlay) -> tuple[Shared, ...]:
    """Others who bought of the series with the same device or the same means of payment."""
    found = (
        ties.as_shared(what, overlay[state.sharing(act["series"], tag)], buyer.person)
        for what, tag in means_of(act)
    )
    return tuple(one for one in found if one is not None)


def _longer_waits(acquired_at: int, at: int, overlay: Overlay) -> str:
    """Whether a change since the acquisition lengthened the waiting times of holders as well."""
    changes = overlay[state.WAITS] or ()
    return "all" if any(acquired_at < since <= at for since in changes) else "new"


def _of_all(
    act: Act, at: int, overlay: Overlay, accounts: tuple[str | None, ...]
) -> tuple[Restraint, ...]:
    """The freezes in force on the series, the collectible and the accounts concerned."""
    series, edition = act["series"], act["edition"]
    values = [
        ("series", series, overlay[state.series(series)]),
        ("collectible", f"{series}/{edition}", overlay[state.collectible(series, edition)]),
    ]
    values += [("account", name, overlay[state.account(name)]) for name in accounts if name]
    return _restraints(at, values)


def _restraints(at: int, values: Any) -> tuple[Restraint, ...]:
    return tuple(
        Restraint(scope, subject, freeze["document"], freeze["authority"], freeze["until"])
        for scope, subject, value in values
        if value is not None and state.frozen(value, at)
        for freeze in (value["freeze"],)
    )


_FACTS: Final[dict[str, Callable[[str, Act, int, Overlay], Facts]]] = {
    "platform": _of_platform,
    "member": _of_member,
    "rulebook": _of_rulebook,
    "account": _of_account,
    "series": _of_series,
    "mint": _of_mint,
    "sale": _of_sale,
    "gift": _of_passing,
    "resale": _of_passing,
    "refund": _of_money_back,
    "return": _of_money_back,
    "forced": _of_forced,
    "restraint": _of_measure,
    "takedown": _of_measure,
    "burn": _of_measure,
}
