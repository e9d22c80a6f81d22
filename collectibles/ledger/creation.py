"""Creating a ledger: a deliberate act of its own, never a side effect of starting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.ledger.keys import SigningKey
from collectibles.ledger.merkle import Frontier
from collectibles.ledger.storage.writer import connect


def prepare(url: str) -> None:
    """Make the empty head that batches start from; nothing happens if it is there."""
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO ledger_head (id, size, at, frontier, note) VALUES (1, 0, 0, %s, '')"
            " ON CONFLICT (id) DO NOTHING",
            (b"".join(Frontier().hashes),),
        )


def genesis(
    origin: str,
    operator: str,
    key: SigningKey,
    rulebook: str,
    choices: Mapping[str, list[tuple[str, str]]],
    demonstration: bool,
) -> Movement:
    """The first movement of a ledger, to be submitted like any other.

    `rulebook` is the digest of the first rulebook with the installation's `choices`.
    """
    listed: list[dict[str, Any]] = [
        {"parameter": name, "since": since, "value": value}
        for name in sorted(choices)
        for since, value in choices[name]
    ]
    act = {
        "origin": origin,
        "operator": operator,
        "algorithm": key.algorithm,
        "key": key.public,
        "custody": "own",
        "demonstration": demonstration,
        "rulebook": rulebook,
        "choices": listed,
    }
    return Movement("genesis", "genesis", operator, act)
