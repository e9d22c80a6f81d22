"""Freezes and releases: asked for by one officer, confirmed by another, then on the ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict, Forbidden, NotFound
from collectibles.ledger import state
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.signing import sign
from collectibles.store.tables.oversight import RestraintRequest

SCOPES = ("account", "series", "collectible")


@dataclass(frozen=True, slots=True)
class Restraint:
    """What an officer asks for. `subject` is an account, a series, or `series/edition`;
    `until` (ms UTC) the end of its term, None for no term; a release has none.
    """

    action: str
    scope: str
    subject: str
    document: str
    authority: str
    basis: str
    until: int | None


def ask_restraint(
    ctx: Context, institution: str, officer: str, wanted: Restraint, form_key: str
) -> str:
    """Keep a request until a second officer decides it; its identifier. The same form again is
    the same request. Raises BadInput for a subject that does not exist, a term that is over, a
    freeze that would shorten the one in force, a release of what is not frozen.
    """
    if wanted.action == "release" and wanted.until is not None:
        wanted = replace(wanted, until=None)
    values = {
        "institution_id": institution,
        "action": wanted.action,
        "scope": wanted.scope,
        "subject": wanted.subject,
        "document": wanted.document,
        "authority": wanted.authority,
        "basis": wanted.basis,
        "until": wanted.until,
        "asked_by": officer,
    }
    earlier = _of_form(ctx, form_key)
    if earlier is None:
        check_restraint(ctx, wanted)
        with ctx.database.begin() as session:
            session.execute(
                insert(RestraintRequest)
                .values(
                    id=f"r-{secrets.token_hex(8)}",
                    state="asked",
                    form_key=form_key,
                    asked_at=ctx.clock.now_ms(),
                    **values,
                )
                .on_conflict_do_nothing(index_elements=["form_key"])
            )
        earlier = _of_form(ctx, form_key)
    if earlier is None or any(getattr(earlier, name) != value for name, value in values.items()):
        raise Conflict(
            "form_used",
            "这张表单已经提交过一项申请，内容与这次不同；请查看申请列表，需要时重新填写。",
            "This form has sent a request already, with other content. Look at the list of"
            " requests and fill in a new form if you need to.",
        )
    return earlier.id


def check_restraint(ctx: Context, wanted: Restraint) -> None:
    """Raise BadInput, naming the field, for what cannot be asked or confirmed as things stand."""
    now = ctx.clock.now_ms()
    value = _value(ctx, wanted.scope, wanted.subject)
    frozen = state.frozen(value, now)
    if wanted.action == "release":
        if not (value and value["freeze"]):
            raise BadInput(
                "subject", "not_frozen", "该对象目前未被冻结。", "This subject is not frozen now."
            )
        return
    if wanted.until is not None and wanted.until <= now:
        raise BadInput(
            "until", "term_over", "冻结期限应在现在之后。", "The term must end after now."
        )
    if frozen and value is not None and wanted.until is not None:
        before = value["freeze"]
        if before["until"] is None or wanted.until < before["until"]:
            raise BadInput(
                "until",
                "shortens_freeze",
                f"该对象已被冻结（文号：{before['document']}），期限比这次更长；"
                "如要缩短，请先解除冻结。",
                f"This subject is frozen already (document {before['document']}) for longer than"
                " this; to shorten it, release it first.",
            )


def confirm_restraint(ctx: Context, institution: str, officer: str, request: str) -> Receipt:
    """The second officer's word: the restraint goes on the ledger, signed by the regulator.

    Raises Forbidden for the officer who asked, Conflict if it was declined or no longer fits.
    Again by the same officer returns the first receipt.
    """
    found = get_request(ctx, institution, request)
    if found.asked_by == officer:
        raise Forbidden(
            "own_request",
            "提出人不能自己确认，须由另一位执法人员确认。",
            "Whoever asked cannot confirm; a second officer has to.",
        )
    if found.state == "asked":
        try:
            check_restraint(ctx, _wanted(found))
        except BadInput as problem:
            raise Conflict(problem.code, problem.zh, problem.en) from problem
    _decide(ctx, found.id, officer, "confirmed")
    return _carry_out(ctx, found, officer)


def _carry_out(ctx: Context, found: RestraintRequest, officer: str) -> Receipt:
    """Submit what was confirmed. What the ledger can never take ends as failed, with the reason;
    what it cannot take just now stays confirmed and is tried again by the worker."""
    try:
        receipt = submit(ctx, sign(ctx, _movement(found, officer)))
    except (Conflict, Forbidden, BadInput) as problem:
        with ctx.database.begin() as session:
            session.execute(
                update(RestraintRequest)
                .where(RestraintRequest.id == found.id, RestraintRequest.state == "confirmed")
                .where(RestraintRequest.entry.is_(None))
                .values(state="failed", problem_zh=problem.zh, problem_en=problem.en)
            )
        raise
    with ctx.database.begin() as session:
        session.execute(
            update(RestraintRequest)
            .where(RestraintRequest.id == found.id)
            .values(state="confirmed", entry=receipt.index, problem_zh=None, problem_en=None)
        )
    return receipt


def decline_restraint(ctx: Context, institution: str, officer: str, request: str) -> None:
    """Drop a request, by the officer who asked or by another. Again is harmless."""
    found = get_request(ctx, institution, request)
    if found.state == "declined":
        return
    decided_by = None if found.asked_by == officer else officer
    _decide(ctx, found.id, decided_by, "declined")


def get_request(ctx: Context, institution: str, request: str) -> RestraintRequest:
    """A request of this regulator. Raises NotFound."""
    with ctx.database.begin() as session:
        found = session.get(RestraintRequest, request)
    if found is None or found.institution_id != institution:
        raise NotFound("no_request", "没有这项申请。", "There is no such request.")
    return found


def requests_of(ctx: Context, institution: str) -> list[RestraintRequest]:
    """The regulator's requests, newest first; those that wait come before the rest."""
    with ctx.database.begin() as session:
        wanted = select(RestraintRequest).where(RestraintRequest.institution_id == institution)
        wanted = wanted.order_by(
            RestraintRequest.state != "asked", RestraintRequest.asked_at.desc()
        ).limit(200)
        return list(session.scalars(wanted))


def finish_restraints(ctx: Context) -> int:
    """Submit what was confirmed just before a crash; how many are on the ledger now. Harmless to
    repeat, and one that cannot be done does not keep the others waiting."""
    with ctx.database.begin() as session:
        open_ones = select(RestraintRequest).where(
            RestraintRequest.state == "confirmed", RestraintRequest.entry.is_(None)
        )
        found = list(session.scalars(open_ones.order_by(RestraintRequest.decided_at).limit(100)))
    done = 0
    for request in found:
        assert request.decided_by is not None, "what is confirmed was confirmed by somebody"
        try:
            _carry_out(ctx, request, request.decided_by)
        except (Conflict, Forbidden, BadInput):
            continue  # kept with the request as its problem
        done += 1
    return done


def _of_form(ctx: Context, form_key: str) -> RestraintRequest | None:
    with ctx.database.begin() as session:
        return session.scalar(select(RestraintRequest).where(RestraintRequest.form_key == form_key))


def _wanted(found: RestraintRequest) -> Restraint:
    names = ("action", "scope", "subject", "document", "authority", "basis", "until")
    return Restraint(*(getattr(found, name) for name in names))


def _movement(found: RestraintRequest, officer: str) -> Movement:
    act: dict[str, Any] = {
        "action": found.action,
        "scope": found.scope,
        "subject": found.subject,
        "document": found.document,
        "authority": found.authority,
        "basis": found.basis,
        "officers": [found.asked_by, officer],
    }
    if found.action == "freeze":
        act["until"] = found.until
    return Movement("restraint", f"restraint-{found.id}", found.institution_id, act)


def _decide(ctx: Context, request: str, officer: str | None, new: str) -> None:
    with ctx.database.begin() as session:
        moved = session.execute(
            update(RestraintRequest)
            .where(RestraintRequest.id == request, RestraintRequest.state == "asked")
            .values(state=new, decided_by=officer, decided_at=ctx.clock.now_ms())
        )
        if moved.rowcount == 1:  # type: ignore[attr-defined]
            return
        found = session.get_one(RestraintRequest, request)
    if (found.state, found.decided_by) != (new, officer):
        raise Conflict(
            "request_decided", "该申请已有结论。", "This request has been decided already."
        )


def _value(ctx: Context, scope: str, subject: str) -> dict[str, Any] | None:
    """The subject's state on the ledger. Raises BadInput where there is no such thing."""
    missing = BadInput(
        "subject",
        "no_subject",
        "账本上没有这个对象。账户形如 a-…，系列形如 s-…，藏品形如 s-…/编号。",
        "The ledger has no such subject. Accounts look like a-…, series like s-…, collectibles "
        "like s-…/number.",
    )
    if scope == "collectible":
        series, _, number = subject.partition("/")
        if not (number.isascii() and number.isdecimal() and len(number) <= 7):
            raise missing
        values = ctx.ledger.read.values(
            (state.series(series), state.collectible(series, int(number)))
        )
        minted = values[state.series(series)]
        if minted is None or not 1 <= int(number) <= minted["minted"] or number[0] == "0":
            raise missing
        held: dict[str, Any] | None = values[state.collectible(series, int(number))]
        return held
    found = ctx.ledger.read.value(f"{scope}/{subject}") if scope in SCOPES else None
    if found is None:
        raise missing
    value: dict[str, Any] = found
    return value
