"""The giver's words to the recipient: read, looked through for solicitation, sealed.

Nobody but giver and recipient reads them; the ledger learns only what kinds of solicitation were
found in them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from collectibles.errors import BadInput
from collectibles.services.context import Context
from collectibles.store.tables.passing import GiftOffer

#: How long a giver's words may be.
NOTE_CHARS: Final = 140


def parse_note(text: str) -> str:
    """A giver's words as typed -> without control characters and needless spaces. Raises BadInput
    where they are too long."""
    kept = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    note = re.sub(r" {2,}", " ", kept).strip()
    if len(note) > NOTE_CHARS:
        raise BadInput(
            "note",
            "note_too_long",
            f"赠言最多{NOTE_CHARS}个字，现有{len(note)}个字。",
            f"The note may have {NOTE_CHARS} characters; this one has {len(note)}.",
        )
    return note


def sealed_note(ctx: Context, offer: str, note: str) -> dict[str, bytes | None]:
    """The columns of an offer that keep its note."""
    if not note:
        return {"note": None, "note_key": None}
    key = ctx.vault.new_data_key()
    return {"note": ctx.vault.seal(key, f"gift_offer.note:{offer}", note), "note_key": key}


def note_of(ctx: Context, offer: GiftOffer) -> str:
    """The giver's words, for the giver and the recipient only; empty if there are none."""
    if offer.note is None or offer.note_key is None:
        return ""
    return ctx.vault.open(offer.note_key, f"gift_offer.note:{offer.id}", offer.note)
