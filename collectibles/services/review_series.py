"""The review of a series by a second person of the museum."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from collectibles.errors import BadInput, Conflict, Forbidden, NotFound
from collectibles.services.context import Context
from collectibles.services.publish_series import CHECKS, reviewable
from collectibles.store.tables.catalogue import SeriesDraft


def approve(
    ctx: Context,
    institution: str,
    series: str,
    reviewer: str,
    checks: Sequence[str],
    seen: str | None = None,
) -> None:
    """Find a submitted series fit to be published. Again by the same person is harmless.

    `checks` are those of CHECKS that the reviewer has made and that went well; the rules say which
    must be among them. `seen` is the digest of what the reviewer looked at (`reviewable`). Only
    what was approved can be published. Raises Forbidden if the reviewer prepared it, Conflict if
    it is not under review or has changed since it was looked at.
    """
    unknown = [check for check in checks if check not in CHECKS]
    if unknown:
        raise BadInput("checks", "unknown_check", "没有这项核查。", "There is no such check.")
    with ctx.database.begin() as session:
        draft = _locked(session, institution, series)
        if draft.state in ("reviewed", "published") and draft.reviewed_by == reviewer:
            return
        if draft.prepared_by == reviewer:
            raise Forbidden(
                "own_work",
                "起草人不能审核自己的系列，请由另一位同事审核。",
                "Whoever prepared a series cannot review it; ask a second person.",
            )
        if draft.state != "submitted":
            raise _not_under_review()
        content, _ = reviewable(ctx, session, draft)
        if seen is not None and seen != content:
            raise Conflict(
                "changed_since",
                "您打开页面之后，这个系列的内容有变动。请重新查看后再审核。",
                "This series has changed since you opened the page. Look at it again, then decide.",
            )
        now = ctx.clock.now_ms()
        draft.state, draft.changed_at = "reviewed", now
        draft.reviewed_by, draft.reviewed_at, draft.reviewed_content = reviewer, now, content
        draft.checks = [check for check in CHECKS if check in checks]


def send_back(ctx: Context, institution: str, series: str, remark: str) -> None:
    """Return a series to its curator with a remark. Also out of reviewed, before publication.

    The same remark again is harmless. Raises BadInput without one, Conflict if it is not under
    review.
    """
    if not remark.strip():
        raise BadInput("remark", "remark", "请写明退回的原因。", "Say why the series is sent back.")
    with ctx.database.begin() as session:
        draft = _locked(session, institution, series)
        if draft.state == "returned" and draft.remark == remark:
            return
        if draft.state not in ("submitted", "reviewed"):
            raise _not_under_review()
        draft.state, draft.remark, draft.changed_at = "returned", remark, ctx.clock.now_ms()
        draft.reviewed_by = draft.reviewed_at = draft.reviewed_content = draft.checks = None


def _locked(session: Session, institution: str, series: str) -> SeriesDraft:
    found = session.get(SeriesDraft, series, with_for_update=True)
    if found is None or found.institution_id != institution:
        raise NotFound("no_series", "没有这个系列。", "There is no such series.")
    return found


def _not_under_review() -> Conflict:
    return Conflict(
        "not_submitted", "该系列当前不在审核中。", "This series is not under review now."
    )
