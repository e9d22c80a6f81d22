"""A reviewed series onto the ledger, signed by its museum; and its editions minted."""

from __future__ import annotations

import hashlib
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict
from collectibles.ledger import canonical
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.context import Context
from collectibles.services.deciding import explain_decision, submit
from collectibles.services.draft_series import get_draft
from collectibles.services.signing import sign
from collectibles.store.tables.catalogue import MuseumObject, SeriesDraft
from collectibles.store.tables.institutions import Institution
from compliance.rendering import Explained


def publish_series(ctx: Context, institution: str, series: str) -> Receipt:
    """Put the series on the ledger. Raises Refused, with the reasons, if a rule is against it;
    Conflict if it has not been reviewed. Again returns the first receipt.
    """
    draft = get_draft(ctx, institution, series)
    if draft.state not in ("reviewed", "published"):
        raise Conflict(
            "not_reviewed",
            "该系列尚未通过审核。",
            "This series has not passed its review.",
        )
    return submit(ctx, sign(ctx, _movement(ctx, draft)))


def foresee(ctx: Context, institution: str, series: str) -> list[Explained]:
    """What the rulebook would say of publishing the draft as it is; nothing is committed.

    The review that is still to come is not held against it.
    """
    draft = get_draft(ctx, institution, series)
    if draft.state == "published":
        return []
    decision = ctx.ledger.preflight(sign(ctx, _movement(ctx, draft)))
    if decision is None:
        return []
    found = explain_decision(ctx, decision, ctx.clock.now_ms())
    return [each for each in found if draft.reviewed_by or each.code != "series_reviewed"]


def mint(ctx: Context, institution: str, series: str, count: int) -> Receipt:
    """Mint the next `count` editions: one entry for the whole range.

    Raises Conflict when fewer are left; a repeat of the same range returns the first receipt.
    """
    draft = get_draft(ctx, institution, series)
    if draft.state != "published":
        raise Conflict("not_published", "该系列尚未发布。", "This series is not published yet.")
    if not 1 <= count <= draft.edition_size - draft.minted:
        left = draft.edition_size - draft.minted
        raise Conflict(
            "beyond_edition_size",
            f"还可铸造{left}份。",
            f"{left} more editions can be minted.",
            left=left,
        )
    act = {"series": series, "first": draft.minted + 1, "count": count}
    movement = Movement("mint", f"mint-{series}-{draft.minted + 1}", institution, act)
    return submit(ctx, sign(ctx, movement))


def statements(ctx: Context, draft: SeriesDraft, thing: MuseumObject) -> list[str]:
    """Which of the required statements the series page makes, given what is filled in.

    What the service states on every series page is always there; the rest hangs on the draft.
    """
    details = draft.details
    there = {
        "issuer": True,
        "right_holder": bool(details["right_holder"]),
        "licence_scope": bool(details["licence_reference"] and details["licence_rights"]),
        "edition_size": True,
        "price": True,
        "rights": bool(details["grants"]),
        "non_rights": True,
        "gift_rule": True,
        "refund_rule": True,
        "risk_notice": True,
        "ledger_name": bool(ctx.settings.origin),
        "filing_number": bool(ctx.settings.operator.filing_number),
        "complaint_route": True,
        "ai_flag": details["ai_used"] is not None,
        # The series page names the museum, the object and its terms wherever those are asked for.
        "attribution": thing.terms in ("cc_by", "cc_by_sa"),
    }
    return [name for name, stated in there.items() if stated]


def _movement(ctx: Context, draft: SeriesDraft) -> Movement:
    """Each content of a series is a movement of its own, so that a mended one can be tried."""
    with ctx.database.begin() as session:
        thing = session.get_one(MuseumObject, draft.object_id)
        institution = session.get_one(Institution, draft.institution_id)
    if institution.merchant is None:
        raise Conflict(
            "no_merchant",
            "贵馆尚未登记收款商户号，不能发售。请联系运营方。",
            "Your museum has no merchant account of its own yet and cannot sell; ask the operator.",
        )
    act = _act(ctx, draft, thing, institution)
    content = hashlib.sha256(canonical.encode(act)).hexdigest()[:16]
    return Movement("series", f"series-{draft.id}-{content}", draft.institution_id, act)


def _act(
    ctx: Context, draft: SeriesDraft, thing: MuseumObject, institution: Institution
) -> dict[str, Any]:
    details = draft.details
    return {
        "series": draft.id,
        "title": {"zh": draft.title_zh, "en": draft.title_en},
        "object": {
            "museum": thing.museum,
            "number": thing.number,
            "title": thing.title_zh,
            "terms": thing.terms,
        },
        "picture": draft.picture,
        "derivation": details["derivation"],
        "adaptor": details["adaptor"],
        "creative_statement": details["creative_statement"],
        "right_holder": details["right_holder"],
        "licence": _licence(details),
        "offered_terms": details["offered_terms"],
        "issuer": draft.institution_id,
        "seller": institution.merchant,
        "edition_size": draft.edition_size,
        "price": draft.price,
        "currency": "CNY",
        "opens_at": draft.opens_at,
        "closes_at": draft.closes_at,
        "grants": details["grants"],
        "disclosures": statements(ctx, draft, thing),
        "terms": hashlib.sha256(canonical.encode(details)).hexdigest(),
        "prepared_by": draft.prepared_by,
        "reviewed_by": draft.reviewed_by or "",
        "reviewed_at": draft.reviewed_at,
    }


def _licence(details: dict[str, Any]) -> dict[str, Any] | None:
    if not details["licence_reference"] or details["licence_starts_at"] is None:
        return None
    return {
        "rights": details["licence_rights"],
        "starts_at": details["licence_starts_at"],
        "ends_at": details["licence_ends_at"],
        "reference": details["licence_reference"],
    }
