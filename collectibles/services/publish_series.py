"""A reviewed series onto the ledger, signed by its museum; and its editions minted."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from sqlalchemy.orm import Session

from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict
from collectibles.followers.following import catch_up
from collectibles.ledger import canonical, state
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.attempts import next_attempt
from collectibles.services.context import Context
from collectibles.services.deciding import explain_decision, submit
from collectibles.services.draft_series import get_draft
from collectibles.services.signing import sign
from collectibles.store.tables.catalogue import MuseumObject, SeriesDraft
from collectibles.store.tables.institutions import Institution
from compliance.decision import PERMITTED
from compliance.rendering import Explained

#: What the second person checks before a series is published; the last where a machine helped.
CHECKS: Final = (
    *("content", "ownership", "source_file", "image_search", "similarity", "no_banknote"),
    "ai_label",
)


def publish_series(ctx: Context, institution: str, series: str) -> Receipt:
    """Put the series on the ledger. Raises Refused, with the reasons, if a rule is against it;
    Conflict if it has not been reviewed, or is not what was reviewed. Again returns the first
    receipt; after a refusal it is asked again.
    """
    draft = get_draft(ctx, institution, series)
    published = ctx.ledger.read.value(state.series(series))
    if published is not None:
        catch_up(ctx.database, ctx.ledger.read)
        index = published["index"]
        entry = ctx.ledger.read.entry(index)
        return Receipt(PERMITTED, index, entry, None, repeated=True)
    if draft.state != "reviewed":
        raise Conflict(
            "not_reviewed", "该系列尚未通过审核。", "This series has not passed its review."
        )
    with ctx.database.begin() as session:
        content, act = reviewable(ctx, session, draft)
    if content != draft.reviewed_content:
        raise Conflict(
            "changed_since_review",
            "审核之后，系列内容或所依据藏品的目录信息有变动。请退回起草人，重新送审。",
            "Since the review the series, or its object in the catalogue, has changed. Send it back"
            " to its curator and have it reviewed again.",
        )
    op_id = next_attempt(ctx, institution, f"series-{draft.id}-{content[:16]}")
    return submit(ctx, sign(ctx, Movement("series", op_id, institution, act)))


def foresee(ctx: Context, institution: str, series: str) -> list[Explained]:
    """What the rulebook would say of publishing the draft as it is; nothing is committed.

    The review that is still to come is not held against it. Raises Conflict where something else
    than a rule is in the way, such as a museum without a merchant account.
    """
    draft = get_draft(ctx, institution, series)
    if draft.state == "published" or ctx.ledger.read.value(state.series(series)) is not None:
        return []
    with ctx.database.begin() as session:
        content, act = reviewable(ctx, session, draft)
    if not draft.reviewed_by:
        act["checks"] = list(CHECKS)
    movement = Movement("series", f"series-{draft.id}-{content[:16]}", institution, act)
    decision = ctx.ledger.preflight(sign(ctx, movement))
    if decision is None:
        return []
    found = explain_decision(ctx, decision, ctx.clock.now_ms())
    return [each for each in found if draft.reviewed_by or each.code != "series_reviewed"]


def mint(
    ctx: Context, institution: str, series: str, count: int, first: int | None = None
) -> Receipt:
    """Mint `count` editions from number `first` (default: the next): one entry for the range.

    Raises BadInput when fewer are left, Conflict when somebody else has minted from there, Refused
    while a rule is against it. The same range again returns the first receipt.
    """
    get_draft(ctx, institution, series)
    value = ctx.ledger.read.value(state.series(series))
    if value is None:
        raise Conflict("not_published", "该系列尚未发布。", "This series is not published yet.")
    start = value["minted"] + 1 if first is None else first
    left = value["edition_size"] - start + 1
    if not 1 <= count <= left:
        raise BadInput(
            "count",
            "beyond_edition_size",
            f"还可铸造{max(left, 0)}份。",
            f"{max(left, 0)} more editions can be minted.",
            left=left,
        )
    act = {"series": series, "first": start, "count": count}
    op_id = next_attempt(ctx, institution, f"mint-{series}-{start}")
    try:
        return submit(ctx, sign(ctx, Movement("mint", op_id, institution, act)))
    except Conflict as problem:
        if problem.code not in ("op_id_reused", "mint_gap"):
            raise
        raise Conflict(
            "minted_meanwhile",
            "另一位同事刚刚铸造过这个系列。请刷新页面，核对已铸造的数量。",
            "A colleague has minted this series meanwhile. Reload the page and check how many"
            " editions there are.",
        ) from problem


def reviewable(ctx: Context, session: Session, draft: SeriesDraft) -> tuple[str, dict[str, Any]]:
    """The series' act as it stands, and the digest of all in it that a review is about.

    Raises Conflict if the museum has no merchant account to sell with.
    """
    thing = session.get_one(MuseumObject, draft.object_id)
    institution = session.get_one(Institution, draft.institution_id)
    if institution.merchant is None:
        raise Conflict(
            "no_merchant",
            "贵馆尚未登记收款商户号，不能发售。请联系运营方。",
            "Your museum has no merchant account of its own yet and cannot sell; ask the operator.",
        )
    act = _act(ctx, draft, thing, institution)
    reviewed = ("reviewed_by", "reviewed_at", "checks")
    content = {name: value for name, value in act.items() if name not in reviewed}
    return hashlib.sha256(canonical.encode(content)).hexdigest(), act


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
        "ai_flag": details["ai"] is not None,
        # The series page names the museum, the object and its terms wherever those are asked for.
        "attribution": thing.terms in ("cc_by", "cc_by_sa"),
    }
    return [name for name, stated in there.items() if stated]


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
        "underlying": details["underlying"],
        "arrangements": details["arrangements"],
        **({} if details["ai"] is None else {"ai": details["ai"]}),
        "checks": list(draft.checks or ()),
        "price_statement": details["price_statement"],
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
