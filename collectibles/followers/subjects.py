"""Which series, edition and account an entry is about: one reading for all followers."""

from __future__ import annotations

from typing import Any, NamedTuple

from compliance.decision import HELD, PERMITTED, REFUSED


class About(NamedTuple):
    """The movement an entry records, whatever became of it. Edition 0 is the whole series."""

    kind: str
    outcome: str
    act: dict[str, Any]
    series: str
    edition: int
    account: str | None
    amount: int


def about(entry: dict[str, Any]) -> About | None:
    """What an entry is about; None for those that concern no series."""
    kind, act, outcome = entry["kind"], entry["act"], PERMITTED
    if kind in ("refusal", "hold"):
        outcome = REFUSED if kind == "refusal" else HELD
        kind, act = act["kind"], act["act"]
    series, edition = act.get("series"), act.get("edition", 0)
    if kind == "restraint":
        if act["scope"] == "account":
            return About(kind, outcome, act, "", 0, act["subject"], 0)
        series, _, number = act["subject"].partition("/")
        edition = int(number or 0)
    if series is None:
        return None
    account = act.get("account") or act.get("from")
    amount = act.get("consideration", act.get("amount", 0))
    return About(kind, outcome, act, series, edition, account, amount)
