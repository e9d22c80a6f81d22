"""Freezes, takedowns and burns: on what they rest, and who carries them out."""

from __future__ import annotations

from datetime import timedelta

from compliance.facts import Facts
from tests.evaluator.naive import Read, day_of, midnight, rule


@rule("freeze_basis@1", "restraint", "2022-12-01")
def freeze_basis(facts: Facts, read: Read) -> str:
    measure = facts.measure
    if measure is None or measure.action not in ("freeze", "release"):
        return "h"
    if not (measure.document and measure.authority and measure.basis):
        return "f"
    return "p" if len(set(measure.officers) - {""}) >= read("takedown.officers") else "f"


@rule("takedown_grounds@1", "takedown", "2021-01-01")
def takedown_grounds(facts: Facts, read: Read) -> str:
    measure = facts.measure
    if measure is None:
        return "h"
    if measure.action == "restore":
        return "-"
    if measure.action != "takedown":
        return "h"
    if not (measure.document and measure.authority):
        return "f"
    if measure.ground not in ("notice", "own_review", "order"):
        return "f"
    if measure.ground != "notice":
        return "p"
    if measure.received_at is None:
        return "h"
    return "f" if measure.received_at > facts.at else "p"


@rule("restore_wait@1", "takedown", "2019-01-01")
def restore_wait(facts: Facts, read: Read) -> str:
    measure = facts.measure
    if measure is None:
        return "h"
    if measure.action != "restore":
        return "-"
    if not measure.document:
        return "f"
    if measure.ground in ("order", "mistake"):
        return "p"
    if measure.ground != "counter_statement":
        return "f"
    if measure.received_at is None or measure.received_at > facts.at:
        return "h"
    last = day_of(measure.received_at) + timedelta(days=read("takedown.counter_days"))
    return "f" if facts.at < midnight(last + timedelta(days=1)) else "p"


@rule("burn_grounds@1", "burn", "2022-04-20")
def burn_grounds(facts: Facts, read: Read) -> str:
    measure = facts.measure
    if measure is None or measure.action != "burn":
        return "h"
    if not (measure.document and measure.authority and measure.basis):
        return "f"
    return "f" if facts.holding is not None else "p"
