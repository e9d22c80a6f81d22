"""A service with guards taken away, for controls: what the guards are for then happens.

`gunicorn "tests.races.unguarded:app('reservation')"` and `python -m tests.races.unguarded
reservation` run the program's own web server and worker without the guards named:

reservation   an edition is handed to whoever asks, taken or not
ledger        the ledger does not see who holds a collectible
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from collectibles import wiring
from collectibles.config import load
from collectibles.domain.movements import Movement
from collectibles.ledger.machine import Applied, Machine
from collectibles.services import reserve_edition
from collectibles.web.factory import create_app

FIRST_EDITION = "SELECT min(number) FROM edition WHERE series = :series AND :order_id <> ''"


class Forgetful(Machine):
    """The machine, but a collectible looks as if it had never been sold."""

    def apply(
        self, loaded: Mapping[str, Any], batch: Sequence[Movement], at: int, index: int
    ) -> Applied:
        hidden = {
            key: None if key.startswith("collectible/") else value for key, value in loaded.items()
        }
        return super().apply(hidden, batch, at, index)


def take_away(*guards: str) -> None:
    """Take these guards away in this process."""
    if "reservation" in guards:
        vars(reserve_edition)["RESERVE"] = FIRST_EDITION
    if "ledger" in guards:
        vars(wiring)["Machine"] = Forgetful


def app(*guards: str) -> Flask:
    """What gunicorn serves."""
    take_away(*guards)
    return create_app(wiring.context(load()))


if __name__ == "__main__":
    from collectibles.commands.worker import run

    take_away(*sys.argv[1:])
    sys.exit(run())
