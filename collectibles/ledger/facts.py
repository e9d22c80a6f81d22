"""The facts of a movement, read from the ledger's state and nowhere else."""

from __future__ import annotations

from typing import Any, Final

from collectibles.ledger import state
from collectibles.ledger.state import Overlay
from compliance.facts import Facts, Holding, Licence, Payment, Person, Restraint, Series

Act = dict[str, Any]

#: Stands for a recipient who is not known yet: verified and of age ever since.
ANYBODY: Final = Person("anybody", "anybody", 0, 0)

#: The kinds the rulebook decides, and for those with steps the steps that are decided.
DECIDED: Final[dict[str, tuple[str, ...]]] = {
    "series": (),
    "mint": (),
    "sale": (),
    "gift": (),
    "resale": ("reserve", "post"),
    "refund": ("pending",),
    "return": (),
}


def is_decided(kind: str, act: Act) -> bool:
    """Whether the rulebook has a say in this act (voiding a reservation, for one, is free)."""
    steps = DECIDED.get(kind)
    return steps is not None and (not steps or act["step"] in steps)


def facts_of(kind: str, act: Act, at: int, overlay: Overlay) -> Facts:
    """The facts of an admitted act at `at` (ms UTC)."""
    if kind == "series":
        return Facts(kind, at, series=_series(act))
    series_value = overlay[state.series(act["series"])]
    series = _series(series_value)
    if kind == "mint":
        return Facts(kind, at, series, restraints=_restraints(at, series=(act, series_value)))
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key]
    if kind == "sale":
        return _of_sale(act, at, overlay, series, (series_value, value))
    giver, receiver, consideration = _parties(kind, act, value)
    recipient = _recipient(kind, receiver, overlay)
    restraints = _of_all(act, at, overlay, (series_value, value), (giver, receiver))
    return Facts(
        kind=kind,
        at=at,
        series=series,
        holder=_person(giver, overlay),
        recipient=recipient,
        holding=_holding(value),
        payment=_payment(act["payment"]) if "payment" in act else None,
        consideration=consideration,
        bought=_bought(recipient, act["series"], overlay) if kind == "resale" else None,
        named=act.get("named", True) if kind in ("gift", "resale") else None,
        gratuitous=act.get("gratuitous"),
        refund=act["amount"] if kind in ("refund", "return") else None,
        restraints=restraints,
    )


def _of_sale(act: Act, at: int, overlay: Overlay, series: Series, values: Any) -> Facts:
    recipient = _person(act["account"], overlay)
    return Facts(
        "sale",
        at,
        series,
        None,
        recipient,
        None,
        _payment(act["payment"]),
        act["consideration"],
        _bought(recipient, act["series"], overlay),
        restraints=_of_all(act, at, overlay, values, (act["account"],)),
    )


def _bought(buyer: Person | None, series: str, overlay: Overlay) -> int | None:
    """How many of the series the buyer has already bought; None if nobody knows who it is."""
    if buyer is ANYBODY:
        return 0
    if buyer is None or buyer.person is None:
        return None
    return overlay[state.bought(buyer.person, series)] or 0


def _recipient(kind: str, account: str | None, overlay: Overlay) -> Person | None:
    """Who gets it. A question that leaves this open is asked for the best recipient there is, so
    that what is refused then is refused whoever it would be."""
    if account is not None:
        return _person(account, overlay)
    return ANYBODY if kind in ("gift", "resale") else None


def _parties(kind: str, act: Act, value: Act) -> tuple[str, str | None, int | None]:
    """Who gives, who gets, and the whole consideration."""
    if kind == "gift":
        return act["from"], act["to"], 0
    if kind == "resale":
        return act["from"], act["to"], act["consideration"]
    return act.get("account") or value["holder"], None, None


def _series(value: Act) -> Series:
    licence = value["licence"]
    return Series(
        value["series"],
        value["price"],
        value["currency"],
        value["edition_size"],
        value["opens_at"],
        value["closes_at"],
        value["derivation"],
        value["adaptor"],
        value["creative_statement"],
        value["right_holder"],
        value["object"]["terms"],
        value["offered_terms"],
        Licence(tuple(licence["rights"]), licence["starts_at"], licence["ends_at"])
        if licence
        else None,
        tuple(value["grants"]),
        tuple(value["disclosures"]),
        value["prepared_by"],
        value["reviewed_by"],
        value["reviewed_at"],
    )


def _person(account: str, overlay: Overlay) -> Person:
    value = overlay[state.account(account)]
    if value is None:
        return Person(account, None, None, None)
    return Person(account, value["person"], value["verified_at"], value["adult_from"])


def _holding(value: Act) -> Holding:
    return Holding(
        value["holder"],
        value["at"],
        value["how"],
        value["paid"],
        value["back"],
        value["pending"] > 0,
        value["return_until"],
        value["refundable_until"],
    )


def _payment(paid: Act) -> Payment:
    return Payment(
        paid["rail"],
        paid["channel"],
        paid["licence"],
        paid["instrument"],
        paid["currency"],
        paid["amount"],
        paid["payer"],
        paid["settled"],
        paid["refundable_until"],
    )


def _of_all(
    act: Act, at: int, overlay: Overlay, values: tuple[Any, Any], accounts: tuple[str | None, ...]
) -> tuple[Restraint, ...]:
    """The freezes in force on the series, the collectible and the accounts concerned."""
    series_value, value = values
    found = []
    if state.frozen(series_value, at):
        found.append(_restraint("series", act["series"], series_value))
    if state.frozen(value, at):
        found.append(_restraint("collectible", f"{act['series']}/{act['edition']}", value))
    for account in accounts:
        held = overlay[state.account(account)] if account else None
        if account and held and state.frozen(held, at):
            found.append(_restraint("account", account, held))
    return tuple(found)


def _restraints(at: int, series: tuple[Act, Act]) -> tuple[Restraint, ...]:
    act, value = series
    return (_restraint("series", act["series"], value),) if state.frozen(value, at) else ()


def _restraint(scope: str, subject: str, value: Act) -> Restraint:
    freeze = value["freeze"]
    return Restraint(scope, subject, freeze["document"], freeze["authority"], freeze["until"])
