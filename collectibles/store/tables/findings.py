"""How often rules have found something, for the rulebook's pages: a projection of the ledger."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from collectibles.store.base import Base, Key, Moment


class RuleFinding(Base):
    """One reason of one rule: how many entries carry it, and the last of them."""

    __tablename__ = "rule_finding"

    code: Mapped[Key]
    reason: Mapped[Key]
    times: Mapped[int]
    last_entry: Mapped[int]
    last_at: Mapped[Moment]
