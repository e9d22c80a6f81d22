"""Signed notes: the example of the specification, keys, and everything that is not a note."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.ledger.note import (
    ALGORITHMS,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    NoteError,
    NoteSignature,
    Signer,
    Verifier,
    format_vkey,
    key_id,
    parse_vkey,
    sign_note,
)

# The example of C2SP signed-note, section "Verifier keys".
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2"
    "ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# RFC 8032 section 7.1, test 1: secret key, public key.
RFC_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

LOG = Signer("log.example/demo", bytes(range(32)))
OTHER = Signer("witness.example/w1", bytes(range(1, 33)))
NOTE = sign_note("first line\n\nlast line\n", LOG, OTHER)

names = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters="+"),
    min_size=1,
    max_size=12,
)
lines = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), max_size=12)


def test_the_example_of_the_specification_verifies() -> None:
    verifier = Verifier.from_vkey(SPEC_VKEY)
    note = Note.parse(SPEC_NOTE)
    assert (verifier.name, verifier.key_id.hex()) == ("example.com/foo", "530d903a")
    assert verifier.vkey == SPEC_VKEY
    assert note.text == "This is an example message.\n"
    assert note.verified_by([verifier]) == [verifier]
    assert note.encode() == SPEC_NOTE


def test_keys_and_signatures_are_those_of_rfc_8032_and_another_library() -> None:
    signer = Signer("example.org/rfc", RFC_SEED)
    other = Ed25519PrivateKey.from_private_bytes(RFC_SEED)
    raw = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert signer.verifier.public_key == RFC_PUBLIC == other.public_key().public_bytes(*raw)
    identity = hashlib.sha256(b"example.org/rfc\n\x01" + RFC_PUBLIC).digest()[:4]
    assert signer.key_id == identity
    text = "典藏\n"
    assert signer.sign(text).signature == other.sign(text.encode())
    other.public_key().verify(signer.sign(text).signature, text.encode())
    assert signer.verifier.verifies(text, other.sign(text.encode()))


def test_a_note_has_the_bytes_the_format_says() -> None:
    blob = base64.b64encode(LOG.key_id + LOG.sign("first line\n\nlast line\n").signature).decode()
    assert NOTE.encode().decode().split("\n") == [
        "first line",
        "",
        "last line",
        "",
        f"— log.example/demo {blob}",
        NOTE.signatures[1].line.strip(),
        "",
    ]
    assert Note.parse(NOTE.encode()) == NOTE


@settings(deadline=None, max_examples=150)
@given(
    st.lists(lines, min_size=1, max_size=5), st.lists(names, min_size=1, max_size=3, unique=True)
)
def test_any_text_and_names_come_back_from_their_bytes(text: list[str], signers: list[str]) -> None:
    signatures = tuple(
        NoteSignature(name, bytes([7, 0, 255, at]), bytes(at + 1))
        for at, name in enumerate(signers)
    )
    note = Note("\n".join(text) + "\n", signatures)
    assert Note.parse(note.encode()) == note


def test_a_flipped_bit_is_refused_or_takes_that_signature_out() -> None:
    data = NOTE.encode()
    left_out = 0
    for place in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        try:
            note = Note.parse(bytes(flipped))
            trusted = note.verified_by([LOG.verifier, OTHER.verifier])
        except NoteError:
            continue
        # Still a note that somebody signed: the text is untouched, and the bit was in the name or
        # the key ID of the other signature, which makes it the signature of an unknown key.
        assert note.text == NOTE.text
        assert len(trusted) == 1
        left_out += 1
    assert left_out > 2 * 32


def test_signatures_of_unknown_keys_are_ignored() -> None:
    same_name = Signer(LOG.name, bytes(32))
    assert NOTE.verified_by([OTHER.verifier]) == [OTHER.verifier]
    assert NOTE.verified_by([OTHER.verifier, LOG.verifier]) == [LOG.verifier, OTHER.verifier]
    with pytest.raises(NoteError, match=r"no signature of a trusted key.*log.example/demo\+"):
        NOTE.verified_by([same_name.verifier])
    with pytest.raises(NoteError, match="expected one of no key"):
        NOTE.verified_by([])


def test_a_wrong_signature_of_a_trusted_key_refuses_the_whole_note() -> None:
    good = OTHER.sign(NOTE.text)
    wrong = NoteSignature(LOG.name, LOG.key_id, LOG.sign("another text\n").signature)
    note = Note(NOTE.text, (good, wrong))
    with pytest.raises(NoteError, match=r"the signature of log.example/demo.* is wrong"):
        note.verified_by([LOG.verifier, OTHER.verifier])
    for size in (1, 63, 65):
        short = Note(NOTE.text, (NoteSignature(LOG.name, LOG.key_id, bytes(size)),))
        with pytest.raises(NoteError, match="is wrong"):
            short.verified_by([LOG.verifier])


def test_a_cosignature_is_added_after_the_others() -> None:
    note = sign_note("text\n", LOG)
    more = note.adding(OTHER.sign(note.text))
    assert [each.name for each in more.signatures] == [LOG.name, OTHER.name]
    assert more.verified_by([LOG.verifier, OTHER.verifier]) == [LOG.verifier, OTHER.verifier]
    assert more.encode().startswith(note.encode())


SIG = NOTE.signatures[0].line
BLOB = SIG.split(" ")[2].strip()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty line between"),
        (b"text\n", "an empty line between"),
        (f"text\n{SIG}".encode(), "an empty line between"),
        (b"text\n\n", "ends with a signature line"),
        (f"text\n\n{SIG}".encode()[:-1], "ends with a signature line"),
        (f"text\n\n{SIG}\n".encode(), "ends with a signature line"),
        (f"text\n\n{SIG}trailing\n".encode(), "a signature line is"),
        (f"text\n\n{SIG}".replace("—", "-").encode(), "a signature line is"),
        (f"text\n\n{SIG}".replace("— ", "—").encode(), "a signature line is"),
        (f"text\n\n{SIG}".replace("— ", "—  ").encode(), "a signature line is"),
        (f"text\n\n — a {BLOB}\n".encode(), "a signature line is"),
        (f"text\n\n— a b {BLOB}\n".encode(), "a signature line is"),
        (f"text\n\n— a\u00a0b {BLOB}\n".encode(), "not a key name"),
        (f"text\n\n— a+b {BLOB}\n".encode(), "not a key name"),
        (f"text\n\n—  {BLOB}\n".encode(), "not a key name"),
        (f"text\n\n{SIG}{SIG}".encode(), "one signature of a key"),
        (f"text\n\n— a {BLOB[:-1]}\n".encode(), "not base64"),
        (f"text\n\n— a {BLOB}=\n".encode(), "not base64"),
        (f"text\n\n— a {BLOB[:-2]}{chr(ord(BLOB[-2]) + 1)}=\n".encode(), "not base64"),
        (f"text\n\n— a {BLOB.replace(BLOB[4], '-', 1)}\n".encode(), "not base64"),
        (f"text\n\n— a {BLOB[:8]}名{BLOB[8:]}\n".encode(), "not base64"),
        (b"text\n\n\xe2\x80\x94 a \n", "not base64"),
        (b"text\n\n\xe2\x80\x94 a AAAA\n", "needs a 4-byte key ID"),
        (b"text\n\n\xe2\x80\x94 a AAAAAA==\n", "needs a 4-byte key ID and its bytes"),
        (f"te\rxt\n\n{SIG}".encode(), "cannot contain"),
        (f"te\txt\n\n{SIG}".encode(), "cannot contain"),
        (f"te\0xt\n\n{SIG}".encode(), "cannot contain"),
        (b"te\xffxt\n\n" + SIG.encode(), "byte 2 is not"),
        (f"text\n\n{SIG}".replace("\n", "\r\n").encode(), "an empty line between"),
    ],
)
def test_what_is_not_a_note_is_refused_with_the_reason(data: bytes, message: str) -> None:
    with pytest.raises(NoteError, match=message):
        Note.parse(data)


def test_a_note_has_a_largest_size() -> None:
    largest = b"x" * (MAX_NOTE_BYTES - len(SIG.encode()) - 2) + b"\n\n" + SIG.encode()
    assert Note.parse(largest).encode() == largest
    with pytest.raises(NoteError, match="a note has at most 524288 bytes, not 524289"):
        Note.parse(b"x" + largest)


def test_at_least_16_signatures_are_read_and_not_endlessly_many() -> None:
    many = [NoteSignature(f"w{at}", b"\0\0\0\0", b"s") for at in range(MAX_SIGNATURES + 1)]
    assert MAX_SIGNATURES >= 16
    note = Note("text\n", tuple(many[:-1]))
    assert Note.parse(note.encode()) == note
    beyond = note.encode() + many[-1].line.encode()
    with pytest.raises(NoteError, match="a note has 1 to 64 signatures, not 65"):
        Note.parse(beyond)


@pytest.mark.parametrize("text", ["", "no newline", "a\r\n", "a\ud800\n", "\x00\n"])
def test_a_text_that_is_none_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError, match="the text of a note"):
        sign_note(text, LOG)


@pytest.mark.parametrize(
    "name", ["", "a b", "a\u3000b", "a+b", "a\nb", "a\x00", "a\x85b", "a\ud800"]
)
def test_a_key_needs_a_name_without_spaces_and_plus(name: str) -> None:
    with pytest.raises(NoteError, match="not a key name"):
        Signer(name, bytes(32))
    with pytest.raises(NoteError, match="not a key name"):
        NoteSignature(name, bytes(4), b"s")


def test_a_secret_key_comes_back_from_its_text_and_does_not_show_otherwise() -> None:
    text = LOG.skey()
    assert text.startswith(f"PRIVATE+KEY+log.example/demo+{LOG.key_id.hex()}+")
    again = Signer.from_skey(text)
    assert again.sign("text\n") == LOG.sign("text\n")
    secret = base64.b64encode(b"\x01" + bytes(range(32))).decode()
    assert secret in text
    for shown in (repr(LOG), str(LOG), repr(LOG.verifier), repr(NOTE)):
        assert secret not in shown
        assert bytes(range(32)).hex() not in shown


def test_damaged_secret_keys_are_refused_without_showing_them() -> None:
    text = LOG.skey()
    secret = text.rsplit("+", 1)[1]
    damaged = [
        text.removeprefix("PRIVATE+"),
        text.removeprefix("PRIVATE+KEY+"),
        text.replace(LOG.key_id.hex(), "00000000"),
        text.replace("log.example", "log2.example"),
        text[:-1],
        text + "=",
        text.replace(secret, base64.b64encode(b"\x01" + bytes(31)).decode()),
        text.replace(secret, base64.b64encode(b"\x02" + bytes(range(32))).decode()),
    ]
    for each in damaged:
        with pytest.raises(NoteError) as refused:
            Signer.from_skey(each)
        assert secret[:12] not in str(refused.value)


@pytest.mark.parametrize(
    ("vkey", "message"),
    [
        ("example.com/foo", "a key is written"),
        ("example.com/foo+530d903a", "a key is written"),
        (SPEC_VKEY.replace("530d903a", "530D903A"), "a key is written"),
        (SPEC_VKEY.replace("530d903a", "530d903"), "a key is written"),
        (SPEC_VKEY.replace("530d903a", "530d903b"), "expected 530d903a, got 530d903b"),
        (SPEC_VKEY.replace("foo", "bar"), "key ID of example.com/bar"),
        (SPEC_VKEY.replace("Aeky", "AekY"), "key ID of example.com/foo"),
        (SPEC_VKEY + "=", "not base64"),
        (" " + SPEC_VKEY, "not a key name"),
        ("+530d903a+Aeky", "not a key name"),
        (format_vkey("a", b"\x04", RFC_PUBLIC), "no algorithm with signature type 0x04"),
        (format_vkey("a", b"\x01", RFC_PUBLIC[:31]), "has 32 bytes, not 31"),
        (format_vkey("a", b"\x01", b"\xff" * 32), "not an Ed25519 public key"),
        (format_vkey("a", b"\x01", b"\x01" + bytes(31)), "small order"),
        (format_vkey("a", b"\x01", bytes(32)), "small order"),
    ],
)
def test_what_is_not_a_public_key_is_refused_with_the_reason(vkey: str, message: str) -> None:
    with pytest.raises(NoteError, match=message):
        Verifier.from_vkey(vkey)


def test_keys_of_other_signature_types_can_be_written_and_read() -> None:
    vkey = format_vkey("witness.example/w1", b"\x04", RFC_PUBLIC)
    assert parse_vkey(vkey) == ("witness.example/w1", b"\x04" + RFC_PUBLIC)
    identity = key_id("witness.example/w1", b"\x04", RFC_PUBLIC)
    assert identity != key_id("witness.example/w1", b"\x01", RFC_PUBLIC)


def test_base64_in_a_key_may_contain_a_plus_sign() -> None:
    seeds = (number.to_bytes(32, "big") for number in range(200))
    signer = next(
        each for each in (Signer("a", seed) for seed in seeds) if each.verifier.vkey.count("+") > 2
    )
    assert Verifier.from_vkey(signer.verifier.vkey).key_id == signer.key_id


def test_algorithms_are_known_by_identifier_and_no_type_begins_another() -> None:
    with pytest.raises(NoteError, match="no signature algorithm 'sm2': there is ed25519"):
        Signer("a", bytes(32), "sm2")
    with pytest.raises(NoteError, match="has 32 bytes, not 31"):
        Signer("a", bytes(31))
    types = [each.signature_type for each in ALGORITHMS.values()]
    for one in types:
        assert [other for other in types if other.startswith(one)] == [one]
    assert all(identifier == each.identifier for identifier, each in ALGORITHMS.items())
