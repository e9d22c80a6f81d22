"""People and their accounts. What identifies a person is sealed; see store/vault.py."""

from __future__ import annotations

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.store.base import Base, Key, MaybeMoment, Moment, one_of


class Person(Base):
    """A verified person. `id` is the random tag under which the ledger knows them.

    `document_index` is the keyed blind index of the document number; it outlives the account for
    a dated retention, so that limits per person hold. `data_key` is wrapped; deleting it makes
    the sealed fields unreadable. `screening` (clear, hit) is what the lists said at `screened_at`;
    `affiliations` are the institutions the person works for or is close to.
    """

    __tablename__ = "person"

    id: Mapped[Key]
    document_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    adult_from: Mapped[Moment]
    verified_at: Mapped[Moment]
    verifier: Mapped[str]
    document_kind: Mapped[str]
    screened_at: Mapped[Moment]
    screening: Mapped[str]
    affiliations: Mapped[list[str]] = mapped_column(ARRAY(String))


class Account(Base):
    """What a person signs in to. One open account a phone, and one a person.

    `verification` is the consent under which the real name was verified; `attestation` counts what
    was to be attested since; `attested_entry` is the ledger entry that attests what the rows say
    now, and `closed_entry` the one that closes the account, once there.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_phone", "phone_index", unique=True, postgresql_where=text("open")),
        Index(
            "uq_account_person",
            "person_id",
            unique=True,
            postgresql_where=text("open AND person_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    verification: Mapped[str | None]
    attestation: Mapped[int] = mapped_column(server_default="0")
    attested_entry: Mapped[int | None]
    closed_at: Mapped[MaybeMoment]
    closed_entry: Mapped[int | None]
    language: Mapped[str]
    open: Mapped[bool]
    created_at: Mapped[Moment]


class LoginCode(Base):
    """A one-time code sent to a phone; only a keyed hash of it is kept, and the phone sealed.

    The browser that asked for the code knows `id` and nobody else does.
    """

    __tablename__ = "login_code"
    __table_args__ = (Index("ix_login_code_phone", "phone_index", "created_at"),)

    id: Mapped[Key]
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[MaybeMoment]


class Session(Base):
    """A signed-in browser: of an account or of staff. Only the token's SHA-256 is kept."""

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (staff_id IS NULL)", name="one_actor"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Consent(Base):
    """A consent given, with the version of the text it was given to."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(one_of("kind", "terms", "privacy", "real_name"), name="kind"),
    )

    id: Mapped[Key]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str]
    text_version: Mapped[str]
    given_at: Mapped[Moment]
    withdrawn_at: Mapped[MaybeMoment]


class Message(Base):
    """Something a person is told on their page. `key` makes telling it twice harmless."""

    __tablename__ = "message"
    __table_args__ = (Index("uq_message_key", "account_id", "key", unique=True),)

    id: Mapped[Key]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str]
    zh: Mapped[str]
    en: Mapped[str]
    created_at: Mapped[Moment]
    read_at: Mapped[MaybeMoment]


class Tally(Base):
    """How often something was tried by somebody within a span of time: limits hold across
    processes. `whom` is a keyed hash (of a phone, an address, an account)."""

    __tablename__ = "tally"

    what: Mapped[Key]
    whom: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
