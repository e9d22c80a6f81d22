"""Values of the ledger's state as rules see them. What an older entry did not say is None."""

from __future__ import annotations

from typing import Any

from compliance.facts import (
    Holding,
    Institution,
    Licence,
    Payment,
    Permit,
    Person,
    Platform,
    Series,
)

Value = dict[str, Any]


def person_of(account: str, value: Value | None) -> Person:
    """An account's holder, from the account's value."""
    if value is None:
        return Person(account, None, None, None)
    get = value.get
    return Person(
        account,
        value["person"],
        value["verified_at"],
        value["adult_from"],
        get("document"),
        get("screening"),
        get("screened_at"),
        tuple(get("affiliations") or ()),
        tuple(get("strikes") or ()),
    )


def institution_of(member: str, value: Value) -> Institution:
    """A member, from its value or from the act that admits it."""
    name = value["name"]
    uscc, checked_at = value.get("uscc") or "", value.get("checked_at")
    return Institution(member, tuple(value["roles"]), (name["zh"], name["en"]), uscc, checked_at)


def platform_of(value: Value | None) -> Platform | None:
    """The operator as it declared itself, or None if it never did."""
    if value is None:
        return None
    filing = value["filing"]
    return Platform(
        f"{value['name']['zh']} {value['name']['en']}",
        value["uscc"],
        value["scope"],
        tuple(value["models"]),
        value["started_at"],
        filing["number"] if filing else "",
        filing["filed_at"] if filing else None,
        tuple(
            Permit(one["kind"], one["number"], one["holder"], one["starts_at"], one["ends_at"])
            for one in value["permits"]
        ),
        value["ends_at"],
        value["end_told_at"],
    )


def series_of(value: Value) -> Series:
    """A series, from its value or from the act that publishes it."""
    licence, title, get = value["licence"], value["title"], value.get
    arrangements, checks = get("arrangements"), get("checks")
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
        value["issuer"],
        value["seller"],
        (title["zh"], title["en"], value["creative_statement"], get("price_statement") or ""),
        get("underlying"),
        None if arrangements is None else tuple(arrangements),
        get("ai"),
        None if checks is None else tuple(checks),
        get("price_statement"),
        "",
        get("down") is not None,
    )


def holding_of(value: Value) -> Holding:
    """A collectible in somebody's hands, from its value."""
    return Holding(
        value["holder"],
        value["at"],
        value["how"],
        value["paid"],
        value["back"],
        value["pending"] > 0,
        value["return_until"],
        value["refundable_until"],
        value.get("wait"),
    )


def payment_of(paid: Value) -> Payment:
    """A payment, as a movement attests it."""
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
        paid.get("payee"),
        paid.get("means"),
    )
