"""Checks an exported ledger: needs the folder, this file and what it imports, and nothing else.

No database server, no network, nothing of the service, and little memory: the state that is folded
goes to a temporary file (kept.py). What is checked:

1. the folder holds the files a ledger of its size has and no more, each is the one the manifest
   lists, every entry has the hash its tile says, every tile follows from those below (exported.py);
2. every batch's checkpoint is signed by the ledger's key, and its root is that of the entries;
3. every movement is decided again and comes out byte for byte as recorded (replay.py): members'
   signatures, invariants, every rule, every refusal and hold;
4. that key is the operator's, whom the first entry names, and so covers the operator's own acts.

The first difference is named; the report says where the trust in the key comes from.
"""

from __future__ import annotations

import base64
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

from collectibles.errors import Unavailable
from collectibles.ledger import state
from collectibles.ledger.bundle_layout import (
    CHECKPOINT,
    CHECKPOINTS,
    MANIFEST,
    rulebook_digest,
    rulebook_path,
)
from collectibles.ledger.checkpoint import Checkpoint, open_checkpoint
from collectibles.ledger.difference import Difference, Differs, differs, entry_differs
from collectibles.ledger.exported import Exported
from collectibles.ledger.machine import FindRulebook
from collectibles.ledger.merkle import Frontier
from collectibles.ledger.note import NoteError, Verifier
from collectibles.ledger.progress import Progress, silent
from collectibles.ledger.replay import Replay
from compliance import rulebook

FINE, DIFFERS, UNREADABLE = 0, 1, 2


@dataclass(slots=True)
class Report:
    """What came out. `exit_code` is FINE, DIFFERS, or UNREADABLE: could not be checked.

    `pinned` says whether the caller brought the key; if not, it was taken from the bundle itself,
    which then shows only that the bundle agrees with itself. `checked` entries in `checkpoints`
    batches agree. `altered` are the files that are not those the manifest lists.
    """

    exit_code: int = FINE
    origin: str = ""
    vkey: str = ""
    pinned: bool = False
    size: int = 0
    root: str = ""
    checked: int = 0
    checkpoints: int = 0
    rulebooks: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    difference: Difference | None = None


def verify(
    folder: Path,
    vkey: str | None = None,
    progress: Progress = silent,
    find_rulebook: FindRulebook = rulebook.find,
) -> Report:
    """Check the bundle in `folder`, with `vkey` as the only key to trust if it is given.

    Rulebooks come from `find_rulebook`, that is from this software, never from the bundle.
    """
    report = Report(pinned=vkey is not None)
    try:
        with closing(Replay(find_rulebook)) as replay:
            _check(Exported(folder), replay, report, vkey, progress)
    except Differs as found:
        report.exit_code, report.difference = DIFFERS, found.difference
    except Unavailable as error:
        missing = str(error.figures.get("rulebook", ""))
        report.exit_code = UNREADABLE
        report.difference = Difference(f"entry {report.checked}", error.zh, error.en, missing)
    except OSError as error:
        where = str(error.filename or folder)
        report.exit_code = UNREADABLE
        report.difference = Difference(where, "无法读取", f"cannot be read ({error.strerror})")
    return report


def _check(
    bundle: Exported, replay: Replay, report: Report, vkey: str | None, progress: Progress
) -> None:
    manifest = bundle.manifest
    report.origin, report.size, report.vkey = manifest.origin, manifest.size, manifest.vkey
    verifier = _verifier(bundle, vkey)
    report.altered = bundle.altered
    bundle.check_files(progress)
    newest = _opened(bundle.read(CHECKPOINT), verifier, CHECKPOINT)
    _same(CHECKPOINT, "账本大小不同", "it is of another size", manifest.size, newest.size)
    report.root = newest.root.hex()
    _check_batches(bundle, replay, report, verifier, newest, progress)
    bundle.check_upper_tiles()
    _check_operator(replay, verifier)
    _check_rulebooks(bundle, replay)
    report.rulebooks = replay.decided_under
    for path in bundle.altered:
        raise differs(path, "与清单所列不同", f"it is not the one that {MANIFEST} lists")


def _check_batches(
    bundle: Exported,
    replay: Replay,
    report: Report,
    verifier: Verifier,
    newest: Checkpoint,
    progress: Progress,
) -> None:
    """Each batch: its checkpoint's signature, its root, its movements decided again."""
    frontier, entries, last = Frontier(), bundle.entries(), None
    for note in bundle.notes():
        where = f"{CHECKPOINTS}, after entry {frontier.size}"
        last = _opened(note, verifier, where)
        if not frontier.size < last.size <= newest.size:
            bounds = f"{frontier.size + 1} to {newest.size}"
            raise differs(where, "大小不对", "its size is wrong", bounds, last.size)
        batch = list(islice(entries, last.size - frontier.size))
        frontier.extend(leaf for leaf, _ in batch)
        _check_batch(replay, [body for _, body in batch], last, frontier.root())
        report.checked = frontier.size
        report.checkpoints += 1
        progress("entries", frontier.size, newest.size)
    if last is None or (last.size, last.root) != (newest.size, newest.root):
        zh, en = "末尾不是最新的检查点", f"it does not end with that in {CHECKPOINT}"
        raise differs(CHECKPOINTS, zh, en, newest.size, last.size if last else 0)


def _check_batch(replay: Replay, bodies: list[bytes], checkpoint: Checkpoint, root: bytes) -> None:
    """Decide a batch again; if it is not the signed one, name an entry that shows it."""
    first = replay.size
    try:
        replay.batch(bodies)
    except Differs as found:
        if root == checkpoint.root:
            raise
        shown = found.difference
        zh, en = f"记录与签名的根不符；{shown.zh}", f"not the entry that was signed; {shown.en}"
        index = first if shown.index is None else shown.index
        raise entry_differs(index, zh, en, shown.expected, shown.got) from None
    if root != checkpoint.root:
        last = checkpoint.size - 1
        zh, en = f"至第 {last} 条的记录与签名的根不符", f"up to {last}, not what was signed"
        raise entry_differs(first, zh, en, checkpoint.root, root)


def _check_operator(replay: Replay, verifier: Verifier) -> None:
    """The checkpoints' name and key are the ledger's and the operator's in entry 0."""
    ledger = replay.value(state.LEDGER)
    operator = replay.value(state.member(ledger["operator"]))
    key = base64.b64encode(verifier.public_key).decode()
    zh, en = "创世记录的账本名不同", "it creates another ledger"
    _same("entry 0", zh, en, verifier.name, ledger["origin"])
    zh, en = "签名的密钥不是运营方的", "its operator has not the key that signed the checkpoints"
    _same("entry 0", zh, en, key, operator["key"])


def _check_rulebooks(bundle: Exported, replay: Replay) -> None:
    """Those decided under are there, those there are named by the log and hash to their name."""
    for digest in replay.decided_under:
        if rulebook_path(digest) not in bundle.manifest.files:
            raise differs(rulebook_path(digest), "文件缺失", "the file is missing")
    for path in sorted(bundle.manifest.files):
        name = rulebook_digest(path)
        if name is None:
            continue
        if name not in replay.named:
            raise differs(path, "账本未提及该规则库", "the log names no such rulebook")
        digest = sha256(bundle.read(path)).hexdigest()
        _same(path, "内容与名称不符", "its content is not of its name", name, digest)


def _verifier(bundle: Exported, vkey: str | None) -> Verifier:
    listed = bundle.manifest
    if vkey is not None:
        _same(MANIFEST, "密钥不是所信任的", "its key is not the trusted one", vkey, listed.vkey)
    try:
        verifier = Verifier.from_vkey(listed.vkey)
    except NoteError as error:
        raise differs(MANIFEST, "密钥不合格式", f"vkey: {error}") from None
    _same(MANIFEST, "账本名与密钥不符", "origin is not the key's", verifier.name, listed.origin)
    return verifier


def _opened(note: bytes, verifier: Verifier, where: str) -> Checkpoint:
    try:
        return open_checkpoint(note, (verifier,)).checkpoint
    except NoteError as error:
        raise differs(where, "签名或格式不对", f"not signed as it must be: {error}") from None


def _same(where: str, zh: str, en: str, expected: object, got: object) -> None:
    if expected != got:
        raise differs(where, zh, en, expected, got)
