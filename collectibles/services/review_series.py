"""The review of a series by a second person of the museum."""

from __future__ import annotations

from sqlalchemy import update

from collectibles.errors import BadInput, Conflict, Forbidden
from collectibles.services.context import Context
from collectibles.services.draft_series import get_draft
from collectibles.store.tables.catalogue import SeriesDraft


def approve(ctx: Context, institution: str, series: str, reviewer: str) -> None:
    """Find a submitted series fit to be published. Again by the same person is harmless.

    Raises Forbidden if the reviewer prepared it, Conflict if it is not under review.
    """
    draft = get_draft(ctx, institution, series)
    if draft.state == "reviewed" and draft.reviewed_by == reviewer:
        return
    if draft.prepared_by == reviewer:
        raise Forbidden(
            "own_work",
            "起草人不能审核自己的系列，请由另一位同事审核。",
            "Whoever prepared a series cannot review it; ask a second person.",
        )
    _move(ctx, series, "reviewed", reviewed_by=reviewer, reviewed_at=ctx.clock.now_ms())


def send_back(ctx: Context, institution: str, series: str, remark: str) -> None:
    """Return a series to its curator with a remark. Also out of reviewed, before publication."""
    if not remark.strip():
        raise BadInput("remark", "remark", "请写明退回的原因。", "Say why the series is sent back.")
    get_draft(ctx, institution, series)
    _move(ctx, series, "returned", remark=remark, reviewed_by=None, reviewed_at=None)


def _move(ctx: Context, series: str, state: str, **values: object) -> None:
    allowed = ("submitted",) if state == "reviewed" else ("submitted", "reviewed")
    with ctx.database.begin() as session:
        moved = session.execute(
            update(SeriesDraft)
            .where(SeriesDraft.id == series, SeriesDraft.state.in_(allowed))
            .values(state=state, changed_at=ctx.clock.now_ms(), **values)
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(
                "not_submitted",
                "该系列当前不在审核中。",
                "This series is not under review now.",
            )
