"""`collectibles rules …`: the rulebook on the command line."""

from __future__ import annotations

from datetime import timedelta

from collectibles.clock import SystemClock
from compliance.calendar import day_of
from compliance.cases import run_all
from compliance.rulebook import load, parameters, register

#: A parameter is to be looked at again after this long.
REVIEW_EVERY = timedelta(days=365)


def show() -> int:
    """Print every rule with its title, dates, class of source and citations."""
    book = load()
    print(f"rulebook {book.digest}\n")
    for rule in book.rules:
        until = f" – {rule.until}" if rule.until else ""
        print(f"{rule.code}  [{rule.source}]  {rule.since}{until}  ({', '.join(rule.kinds)})")
        print(f"    {rule.title.zh}  /  {rule.title.en}")
        for cite in rule.cites:
            text = register()[cite.instrument]
            print(f"    {text.title.zh} {text.number} {cite.article}".rstrip())
    return 0


def test() -> int:
    """Run every rule's cases; 1 if any is not as it says."""
    count = wrong = 0
    for outcome in run_all():
        count += 1
        if outcome.wrong is not None:
            wrong += 1
            print(f"{outcome.case.where} {outcome.case.rule}: {outcome.case.name}")
            print(f"    {outcome.wrong}")
    print(f"{count} cases, {wrong} wrong")
    return 1 if wrong else 0


def fresh() -> int:
    """List parameters that nobody has reviewed for a year; 1 if there are any."""
    today = day_of(SystemClock().now_ms())
    stale = [p for p in parameters().values() if today - p.reviewed > REVIEW_EVERY]
    for parameter in stale:
        print(f"{parameter.name}: {parameter.reviewed}")
    print(f"{len(parameters())} parameters, {len(stale)} to review")
    return 1 if stale else 0
