"""Rulings on holds and on appeals: asked for by one officer, confirmed by another where two rule.

The entry on the ledger is the ruling; a request is only what leads to it. What a permit needs is
fixed in the hold's own entry.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict, Forbidden, NotFound
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.follow_ruling import follow_ruling
from collectibles.services.signing import sign
from collectibles.store.tables.holds import HoldRow, RulingRequest


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an officer wants ruled: permit or refuse, why, and whether the refusal establishes a
    breach. `on_appeal`: it is the outcome of the appeal."""

    hold: int
    ruling: str
    reasons: str
    strike: bool = False
    on_appeal: bool = False


def ask_ruling(
    ctx: Context, institution: str, officer: str, wanted: Ruling, form_key: str
) -> RulingRequest:
    """Rule, or where the permit needs two keep the request until a second officer confirms.

    The same form again is the same request. Raises NotFound, BadInput, Conflict where there is
    nothing to rule on (any more) or another request waits, Forbidden for who may not rule on it.
    """
    same = _of_form(ctx, form_key)
    if same is None:
        row = _to_rule_on(ctx, wanted)
        _may_rule(ctx, institution, officer, wanted, row)
        needed = (row.officers or 1) if wanted.ruling == "permit" else 1
        request = RulingRequest(
            id=f"q-{secrets.token_hex(8)}",
            institution_id=institution,
            hold=wanted.hold,
            appeal=row.appeal_entry if wanted.on_appeal else None,
            ruling=wanted.ruling,
            reasons=wanted.reasons,
            strike=wanted.strike,
            officers=needed,
            state="asked" if needed > 1 else "confirmed",
            asked_by=officer,
            form_key=form_key,
            asked_at=ctx.clock.now_ms(),
            decided_at=None if needed > 1 else ctx.clock.now_ms(),
        )
        try:
            with ctx.database.begin() as session:
                session.add(request)
        except IntegrityError as error:
            same = _of_form(ctx, form_key)
            if same is None:
                raise Conflict(
                    "ruling_open",
                    "这项暂缓已有一份待确认的裁定，请先确认或撤销。",
                    "A ruling on this hold waits to be confirmed; confirm or drop it first.",
                ) from error
        else:
            same = request
    if same.asked_by != officer or same.hold != wanted.hold or same.ruling != wanted.ruling:
        raise Conflict(
            "form_used",
            "这张表单已经提交过，内容与这次不同；请重新填写。",
            "This form has been sent already, with other content; please fill in a new one.",
        )
    if same.state == "confirmed":
        _carry_out(ctx, same)
    return get_ruling(ctx, institution, same.id)


def confirm_ruling(ctx: Context, institution: str, officer: str, request: str) -> Receipt:
    """The second officer's word: the ruling goes on the ledger. Again returns the first receipt.

    Raises Forbidden for the officer who asked, Conflict where it cannot be ruled so (any more).
    """
    found = get_ruling(ctx, institution, request)
    if found.asked_by == officer:
        raise Forbidden(
            "own_request",
            "提出人不能自己确认，须由另一位合规人员确认。",
            "Whoever asked cannot confirm; a second officer has to.",
        )
    _decide(ctx, found.id, officer, "confirmed")
    return _carry_out(ctx, get_ruling(ctx, institution, request))


def decline_ruling(ctx: Context, institution: str, officer: str, request: str) -> None:
    """Drop a request, by the officer who asked or by another. Again is harmless."""
    found = get_ruling(ctx, institution, request)
    if found.state != "declined":
        _decide(ctx, found.id, None if found.asked_by == officer else officer, "declined")


def get_ruling(ctx: Context, institution: str, request: str) -> RulingRequest:
    """A request of this institution. Raises NotFound."""
    with ctx.database.begin() as session:
        found = session.get(RulingRequest, request)
    if found is None or found.institution_id != institution:
        raise NotFound("no_request", "没有这项申请。", "There is no such request.")
    return found


def finish_rulings(ctx: Context) -> int:
    """Submit what was confirmed just before a crash; how many are on the ledger now."""
    with ctx.database.begin() as session:
        open_ones = select(RulingRequest).where(
            RulingRequest.state == "confirmed", RulingRequest.entry.is_(None)
        )
        found = list(session.scalars(open_ones.order_by(RulingRequest.asked_at).limit(100)))
    done = 0
    for request in found:
        try:
            _carry_out(ctx, request)
        except (Conflict, Forbidden, BadInput):
            continue  # kept with the request as its problem
        done += 1
    return done


def _carry_out(ctx: Context, found: RulingRequest) -> Receipt:
    """Submit what was confirmed, and do what follows. What the ledger does not take ends as
    failed, with the reason."""
    movement = _movement(found)
    if movement.by != ctx.settings.operator_id:
        movement = sign(ctx, movement)
    try:
        receipt = submit(ctx, movement)
    except (Conflict, Forbidden, BadInput) as problem:
        _write(ctx, found.id, state="failed", problem_zh=problem.zh, problem_en=problem.en)
        raise
    _write(ctx, found.id, entry=receipt.index)
    follow_ruling(ctx, found.hold)
    return receipt


def _write(ctx: Context, request: str, **values: Any) -> None:
    with ctx.database.begin() as session:
        session.execute(
            update(RulingRequest)
            .where(RulingRequest.id == request, RulingRequest.state == "confirmed")
            .where(RulingRequest.entry.is_(None))
            .values(**values)
        )


def _movement(found: RulingRequest) -> Movement:
    act: dict[str, Any] = {
        "hold": found.hold,
        "ruling": found.ruling,
        "officers": [one for one in (found.asked_by, found.decided_by) if one is not None],
        "reasons": found.reasons,
    }
    if found.strike:
        act["strike"] = True
    if found.appeal is not None:
        act["appeal"] = found.appeal
    return Movement("ruling", f"ruling-{found.id}", found.institution_id, act)


def _to_rule_on(ctx: Context, wanted: Ruling) -> HoldRow:
    """The hold, if it waits for such a ruling. Raises NotFound, Conflict."""
    with ctx.database.begin() as session:
        row = session.get(HoldRow, wanted.hold)
    if row is None:
        raise NotFound("no_hold", "没有这项暂缓。", "There is no such hold.")
    if wanted.on_appeal:
        waits = row.appeal_entry is not None and row.appeal_ruling is None
    else:
        waits = row.state == "open" and row.until > ctx.clock.now_ms()
    if not waits:
        raise Conflict(
            "ruled", "这项暂缓不在等待裁定。", "This hold does not wait for a ruling (any more)."
        )
    return row


def _may_rule(ctx: Context, institution: str, officer: str, wanted: Ruling, row: HoldRow) -> None:
    """Raise Forbidden or BadInput for a ruling that this officer cannot ask for."""
    if institution != ctx.settings.operator_id and not wanted.on_appeal:
        raise Forbidden(
            "not_theirs",
            "暂缓由运营方的合规人员裁定，监管机构可处理申诉。",
            "The operator's compliance officers rule on holds; a regulator may rule on appeals.",
        )
    if wanted.on_appeal and officer in (row.ruled_by or ()):
        raise Forbidden(
            "same_officers",
            "申诉须由未参与原裁定的人员处理。",
            "An appeal is for other officers than those of the first ruling.",
        )
    if wanted.strike and (
        wanted.ruling == "permit" or wanted.on_appeal or not (row.officers and row.account_id)
    ):
        raise BadInput(
            "strike",
            "no_strike",
            "只有裁定拒绝账户的变动时，才能认定违规。",
            "A breach is established only by refusing the movement of an account.",
        )


def _of_form(ctx: Context, form_key: str) -> RulingRequest | None:
    with ctx.database.begin() as session:
        return session.scalar(select(RulingRequest).where(RulingRequest.form_key == form_key))


def _decide(ctx: Context, request: str, officer: str | None, new: str) -> None:
    with ctx.database.begin() as session:
        moved = session.scalar(
            update(RulingRequest)
            .where(RulingRequest.id == request, RulingRequest.state == "asked")
            .values(state=new, decided_by=officer, decided_at=ctx.clock.now_ms())
            .returning(RulingRequest.id)
        )
        if moved is not None:
            return
        found = session.get_one(RulingRequest, request)
    if (found.state, found.decided_by) != (new, officer):
        raise Conflict(
            "request_decided", "该申请已有结论。", "This request has been decided already."
        )
