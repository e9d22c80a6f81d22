"""One round of the worker: everything that a request, or a killed process, may have left undone."""

from __future__ import annotations

from collectibles.services.accept_gift import finish_gifts
from collectibles.services.context import Context
from collectibles.services.freeze import finish_restraints
from collectibles.services.watch_payments import watch


def work(ctx: Context) -> None:
    """Do what is due now. It may be stopped anywhere, and two may do it at once."""
    watch(ctx, ctx.clock.now_ms())
    finish_gifts(ctx)
    finish_restraints(ctx)
