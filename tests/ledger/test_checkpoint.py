"""Checkpoints: the example of the specification, strictness, and whose signature counts."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.ledger.checkpoint import MAX_SIZE, Checkpoint, CheckpointError, open_checkpoint
from collectibles.ledger.merkle import EMPTY_ROOT
from collectibles.ledger.note import Note, NoteError, NoteSignature, Signer, sign_note

# The example of C2SP tlog-checkpoint.
SPEC_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhc"
    "yv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
).encode()

ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
LOG = Signer("museum.example/ledger", bytes(range(32)))
NEXT_KEY = Signer("museum.example/ledger", bytes(range(1, 33)))
WITNESS = Signer("witness.example/w1", bytes(range(2, 34)))
CHECKPOINT = Checkpoint("museum.example/ledger", 7, ROOT)

lines = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), min_size=1, max_size=20)


def test_the_example_of_the_specification_is_read_and_written() -> None:
    note = Note.parse(SPEC_NOTE)
    checkpoint = Checkpoint.parse(note.text)
    assert checkpoint == Checkpoint(
        origin="example.com/behind-the-sofa",
        size=20852163,
        root=bytes.fromhex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"),
    )
    assert checkpoint.to_text() == note.text
    assert note.encode() == SPEC_NOTE


@settings(deadline=None, max_examples=200)
@given(
    lines,
    st.integers(min_value=1, max_value=MAX_SIZE),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3),
)
def test_any_checkpoint_comes_back_from_its_text(
    origin: str, size: int, root: bytes, extensions: list[str]
) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.to_text()) == checkpoint


@settings(deadline=None, max_examples=300)
@given(st.integers(min_value=0), st.characters(exclude_categories=["Cs"]))
def test_a_changed_character_is_refused_or_another_checkpoint(at: int, character: str) -> None:
    text = CHECKPOINT.to_text()
    at %= len(text)
    changed = text[:at] + character + text[at + 1 :]
    if changed == text:
        changed = text[:at] + text[at + 1 :]
    try:
        other = Checkpoint.parse(changed)
    except NoteError:
        return
    assert other != CHECKPOINT
    assert other.to_text() == changed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "three lines or more"),
        (f"a\n7\n{ROOT_TEXT}", "each with its newline"),
        ("a\n7\n", "three lines or more"),
        (f"\n7\n{ROOT_TEXT}\n", "lines with content"),
        (f"a\n7\n{ROOT_TEXT}\n\n", "lines with content"),
        (f"a\n7\n{ROOT_TEXT}\n\nx\n", "lines with content"),
        (f"a\n07\n{ROOT_TEXT}\n", "expected a decimal number, got '07'"),
        (f"a\n+7\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n-7\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n 7\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n7 \n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n1_000\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n７\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n{2**63}\n{ROOT_TEXT}\n", "tree size: expected 0 to"),
        (f"a\n{'9' * 5000}\n{ROOT_TEXT}\n", "expected a decimal number"),
        (f"a\n0\n{ROOT_TEXT}\n", "root of the empty tree"),
        (f"a\n7\n{ROOT_TEXT[:-1]}\n", "root: expected base64"),
        (f"a\n7\n{ROOT_TEXT} \n", "root: expected base64"),
        (f"a\n7\n{ROOT_TEXT[:-2]}9=\n", "root: expected canonical base64"),
        (f"a\n7\n{ROOT_TEXT[:-4]}\n", "expected 32 bytes, got 30"),
        (f"a\n7\n{base64.b64encode(bytes(33)).decode()}\n", "expected 32 bytes, got 33"),
        ("a\n7\n\n", "expected 32 bytes, got 0"),
        (f"a\r\n7\n{ROOT_TEXT}\n", "cannot contain"),
        (f"a\n7\n{ROOT_TEXT}\nx\ty\n", "cannot contain"),
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(NoteError, match=message):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Checkpoint("", 1, ROOT),
        lambda: Checkpoint("a\nb", 1, ROOT),
        lambda: Checkpoint("a", -1, ROOT),
        lambda: Checkpoint("a", MAX_SIZE + 1, ROOT),
        lambda: Checkpoint("a", 1, ROOT[:31]),
        lambda: Checkpoint("a", 0, ROOT),
        lambda: Checkpoint("a", 1, ROOT, ("",)),
        lambda: Checkpoint("a", 1, ROOT, ("x\n",)),
        lambda: Checkpoint("a\x00", 1, ROOT),
    ],
)
def test_a_checkpoint_that_could_not_be_read_is_not_made(make: Callable[[], Checkpoint]) -> None:
    with pytest.raises(NoteError):
        make()


def test_the_largest_size_is_one_below_2_to_the_63() -> None:
    text = f"a\n9223372036854775807\n{ROOT_TEXT}\n"
    assert Checkpoint.parse(text).size == MAX_SIZE


def test_the_empty_ledger_has_a_checkpoint() -> None:
    empty = Checkpoint("a", 0, EMPTY_ROOT)
    assert empty.to_text() == "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert Checkpoint.parse(empty.to_text()) == empty


def test_a_signed_checkpoint_opens_with_the_keys_of_the_ledger() -> None:
    note = CHECKPOINT.sign(LOG)
    opened = open_checkpoint(note.encode(), [LOG.verifier])
    assert opened.checkpoint == CHECKPOINT
    assert opened.note == note
    assert opened.signed_by == (LOG.verifier,)


def test_old_and_new_key_and_witnesses_sign_the_same_text() -> None:
    note = CHECKPOINT.sign(LOG, NEXT_KEY).adding(WITNESS.sign(CHECKPOINT.to_text()))
    for trusted in ([LOG.verifier], [NEXT_KEY.verifier], [WITNESS.verifier, LOG.verifier]):
        opened = open_checkpoint(note.encode(), trusted)
        assert opened.checkpoint == CHECKPOINT
        assert set(opened.signed_by) == set(trusted)


def test_a_key_signs_only_for_the_ledger_whose_name_it_bears() -> None:
    with pytest.raises(CheckpointError, match=r"expected museum.example/ledger, got witness"):
        CHECKPOINT.sign(WITNESS)
    foreign = sign_note(CHECKPOINT.to_text(), WITNESS)
    with pytest.raises(CheckpointError, match="signed by the ledger"):
        open_checkpoint(foreign.encode(), [WITNESS.verifier, LOG.verifier])


def test_a_checkpoint_without_a_right_signature_does_not_open() -> None:
    data = CHECKPOINT.sign(LOG).encode()
    with pytest.raises(NoteError, match="no signature of a trusted key"):
        open_checkpoint(data, [NEXT_KEY.verifier])
    with pytest.raises(NoteError, match="no signature of a trusted key"):
        open_checkpoint(data, [])
    with pytest.raises(NoteError, match="is wrong"):
        open_checkpoint(data.replace(b"\n7\n", b"\n8\n"), [LOG.verifier])
    borrowed = NoteSignature(LOG.name, LOG.key_id, NEXT_KEY.sign(CHECKPOINT.to_text()).signature)
    forged = Note(CHECKPOINT.to_text(), (borrowed,))
    with pytest.raises(NoteError, match="is wrong"):
        open_checkpoint(forged.encode(), [LOG.verifier])
    with pytest.raises(CheckpointError, match="three lines"):
        open_checkpoint(sign_note("a\n7\n", LOG).encode(), [LOG.verifier])


def test_extension_lines_are_signed_with_the_rest() -> None:
    extended = Checkpoint(LOG.name, 7, ROOT, ("one", "two"))
    data = extended.sign(LOG).encode()
    assert open_checkpoint(data, [LOG.verifier]).checkpoint.extensions == ("one", "two")
    with pytest.raises(NoteError, match="is wrong"):
        open_checkpoint(data.replace(b"two", b"tow"), [LOG.verifier])
