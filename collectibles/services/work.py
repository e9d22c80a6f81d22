"""One round of the worker: everything that a request, or a killed process, may have left undone."""

from __future__ import annotations

from collectibles.services.accept_gift import finish_gifts
from collectibles.services.appeal_ruling import finish_appeals
from collectibles.services.context import Context
from collectibles.services.freeze import finish_restraints
from collectibles.services.lapse_holds import lapse_holds
from collectibles.services.rule_on_hold import finish_rulings
from collectibles.services.watch_payments import watch


def work(ctx: Context) -> None:
    """Do what is due now. It may be stopped anywhere, and two may do it at once."""
    lapse_holds(ctx)
    finish_rulings(ctx)
    finish_appeals(ctx)
    watch(ctx, ctx.clock.now_ms())
    finish_gifts(ctx)
    finish_restraints(ctx)
