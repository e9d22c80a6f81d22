"""Gifts and resales as the two persons concerned see them, at every moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.errors import CollectiblesError, Refused
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.offer_gift import gifts_by, gifts_to
from collectibles.services.offer_resale import get_resale, resales_of
from collectibles.store.tables.orders import Case, Order, Refund
from collectibles.store.tables.passing import GiftOffer, ResaleOffer
from compliance.decision import HELD
from compliance.rule import Text


@dataclass(frozen=True, slots=True)
class Piece:
    """A collectible as far as the other person may see it: no person, no price, no history."""

    series: str
    edition: int
    edition_size: int
    title: Text
    museum: Text
    picture: str
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the rules or the ledger say beforehand; both None: nothing stands against it. What would
    be held may be asked for all the same: it waits for an officer's ruling then."""

    refused: Refused | None = None
    problem: CollectiblesError | None = None
    value: Any = None

    @property
    def fine(self) -> bool:
        return self.problem is None and (self.refused is None or self.held)

    @property
    def held(self) -> bool:
        """Whether a person would have to look at it first."""
        return self.refused is not None and self.refused.outcome == HELD


@dataclass(frozen=True, slots=True)
class ResaleShown:
    """A resale as one of its two sides sees it.

    `order` is the other side's for the holder too, of which a page shows the state only; `refund`
    and `case` concern the holder.
    """

    offer: ResaleOffer
    piece: Piece
    is_holder: bool
    order: Order | None
    refund: Refund | None
    case: Case | None

    @property
    def waits(self) -> bool:
        """Whether something is about to happen by itself: the page looks again."""
        return self.offer.state in ("reserved", "settling", "voiding")


@dataclass(frozen=True, slots=True)
class Passing:
    """Everything somebody gives, was given, passes on or is offered, with the pieces by name."""

    given: list[GiftOffer]
    received: list[GiftOffer]
    offered: list[ResaleOffer]
    to_me: list[ResaleOffer]
    pieces: dict[tuple[str, int], Piece]


def foresee(ask: Callable[[], Any]) -> Foreseen:
    """What `ask` raises or returns, to be shown before anybody commits to anything."""
    try:
        return Foreseen(value=ask())
    except Refused as refused:
        return Foreseen(refused=refused)
    except CollectiblesError as problem:
        if problem.status != 409:
            raise
        return Foreseen(problem=problem)


def piece(ctx: Context, series: str, edition: int) -> Piece:
    """One collectible of a published series."""
    return _pieces(ctx, [(series, edition)])[series, edition]


def passing_of(ctx: Context, account: str) -> Passing:
    """Everything of this account, newest first."""
    given, received = gifts_by(ctx, account), gifts_to(ctx, account)
    resales = resales_of(ctx, account)
    named = [(each.series, each.edition) for each in (*given, *received)]
    named += [(each.series, each.edition) for each in resales]
    return Passing(
        given=given,
        received=received,
        offered=[each for each in resales if each.from_account == account],
        to_me=[each for each in resales if each.from_account != account],
        pieces=_pieces(ctx, named),
    )


def show_resale(ctx: Context, account: str, offer: str) -> ResaleShown:
    """A resale this account is one side of. Raises NotFound."""
    found = get_resale(ctx, account, offer)
    with ctx.database.begin() as session:
        order = session.scalar(select(Order).where(Order.resale_id == offer))
        refund = session.get(Refund, found.former_refund) if found.former_refund else None
        case = session.scalar(select(Case).where(Case.key == f"resale-{offer}"))
    return ResaleShown(
        offer=found,
        piece=piece(ctx, found.series, found.edition),
        is_holder=found.from_account == account,
        order=order,
        refund=refund,
        case=case,
    )


def _pieces(ctx: Context, named: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Piece]:
    wanted = set(named)
    series = ctx.ledger.read.values({state.series(one) for one, _ in wanted})
    issuers = {value["issuer"] for value in series.values()}
    members = ctx.ledger.read.values({state.member(one) for one in issuers})
    found = {}
    for name, edition in wanted:
        act = series[state.series(name)]
        museum = members[state.member(act["issuer"])]["name"]
        found[name, edition] = Piece(
            series=name,
            edition=edition,
            edition_size=act["edition_size"],
            title=Text(act["title"]["zh"], act["title"]["en"]),
            museum=Text(museum["zh"], museum["en"]),
            picture=act["picture"],
            grants=tuple(act["grants"]),
        )
    return found
