"""Hold a person against the lists of those who may not be served.

Anti-Money-Laundering Law Art. 40 binds everybody: the list of terrorist organisations and persons,
the notices on sanctions of the United Nations, the list of the People's Bank of China. The lists
come with the feed that brings them; what is kept of them here are blind indexes of numbers.
"""

from __future__ import annotations

from typing import Final

#: Persons who may not be served, as blind indexes of their document numbers.
LISTED: Final[frozenset[bytes]] = frozenset()


def screen(document_index: bytes) -> str:
    """`hit` for a person on a list, else `clear`."""
    return "hit" if document_index in LISTED else "clear"
