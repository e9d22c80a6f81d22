"""The outside verifier of a person's identity: one of the seams of the service.

A verifier is asked whether a name and a document number belong together. It never keeps them, and
nothing is asked of it inside a database transaction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from collectibles.domain.identity import birth_date, parse_document_number
from collectibles.errors import CollectiblesError, Unavailable
from compliance.rule import Text

#: Document numbers for demonstrations have a birth date before this year: they name nobody living.
NOBODY_BEFORE: Final = 1900

#: The one later number that is printed in the standard itself (GB 11643-1999) as an example.
_PRINTED: Final = "11010519491231002X"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether name and number belong together; if not, `why` says what the person may do."""

    matches: bool
    why: Text | None = None


class IdentityVerifier(Protocol):
    """Asks an outside verifier. `name` is its identifier on the ledger."""

    name: str

    def verify(self, name: str, document_number: str) -> Verdict:
        """The verdict. Raises Unavailable when the verifier does not answer."""
        ...


class DemonstrationVerifier:
    """Accepts well-formed numbers that name nobody living, and refuses every other.

    So nobody's real document is ever taken by a demonstration.
    """

    name = "demonstration-verifier"

    def verify(self, name: str, document_number: str) -> Verdict:
        """As the interface says: the same answer to the same question, always."""
        if document_number == _PRINTED or birth_date(document_number).year < NOBODY_BEFORE:
            return Verdict(True)
        return Verdict(
            False,
            Text(
                "演示环境不核验真实证件，也不保存它。请使用页面上给出的演示号码。",
                "This demonstration does not check real documents and has not kept this one."
                " Please use the demonstration number that the page offers.",
            ),
        )


class NoVerifier:
    """What an installation has until it has configured a verifier."""

    name = "none"

    def verify(self, name: str, document_number: str) -> Verdict:
        """Raises Unavailable: nobody can be verified."""
        raise Unavailable(
            "no_identity_verifier",
            "尚未配置实名核验机构，暂时不能核验。请运营方配置后再试。",
            "No identity verifier is configured, so nobody can be verified yet. The operator has"
            " to configure one.",
        )


def demonstration_number(tag: str, now_ms: int) -> str:
    """A well-formed document number of the demonstration's kind, the same for the same `tag`."""
    digest = int.from_bytes(hashlib.sha256(tag.encode()).digest()[:8], "big")
    born = date(1860, 1, 1).toordinal() + digest % (39 * 365)
    area = ("110101", "310101", "440301")[digest // 20_000 % 3]
    head = f"{area}{date.fromordinal(born):%Y%m%d}{digest // 60_000 % 1000:03d}"
    for check in "0123456789X":
        try:
            return parse_document_number(head + check, now_ms)
        except CollectiblesError:
            continue
    raise AssertionError("every head has a check character")
