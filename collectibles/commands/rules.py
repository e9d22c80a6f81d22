"""`collectibles rules …`: the rulebook on the command line."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta

from collectibles.clock import SystemClock
from compliance.calendar import day_of
from compliance.cases import run_all
from compliance.document import document, encode, sources, stages_of
from compliance.parameters import Parameter
from compliance.rendering import CLASS_NAMES
from compliance.rulebook import Rulebook, load, parameters

#: A parameter is to be looked at again after this long.
REVIEW_EVERY = timedelta(days=365)


def show() -> int:
    """Print every rule with its title, stages, dates, class of source and citations."""
    book = _book()
    print(f"rulebook {book.digest}\n")
    for rule in book.rules:
        until = f" – {rule.until}" if rule.until else ""
        name = CLASS_NAMES[rule.source]
        print(f"{rule.code}@{rule.version}  {rule.since}{until}  ({', '.join(stages_of(rule))})")
        print(f"    {rule.title.zh}  /  {rule.title.en}")
        print(f"    [{rule.source}] {name.zh} / {name.en}")
        for cited in sources(rule.cites):
            text = cited.instrument
            ends = f" – {text.until}" if text.until else ""
            articles = ", ".join(cited.articles)
            print(f"    {text.title.zh} {text.number} {articles}".rstrip(), end="")
            print(f"  ({text.since}{ends})")
    return 0


def print_document() -> int:
    """Print the whole rulebook as one JSON document, with the digest that entries carry."""
    sys.stdout.buffer.write(encode(document(_book())))
    sys.stdout.buffer.flush()
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
    old = stale(day_of(SystemClock().now_ms()))
    for parameter in old:
        print(f"{parameter.name}: {parameter.reviewed}")
    print(f"{len(parameters())} parameters, {len(old)} to review")
    return 1 if old else 0


def stale(today: date) -> list[Parameter]:
    """The parameters whose review is older than a year, longest ago first."""
    found = [each for each in parameters().values() if today - each.reviewed > REVIEW_EVERY]
    return sorted(found, key=lambda each: (each.reviewed, each.name))


def _book() -> Rulebook:
    """This software's rulebook, with the choices of the installation where there is one."""
    if "DATABASE_URL" not in os.environ:
        return load()
    from collectibles import config

    return load(config.load().choices)
