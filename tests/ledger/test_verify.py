"""`verify` against whoever would change a ledger: damage, a stranger, and the operator itself."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict, NotFound, Unavailable
from collectibles.ledger import canonical, entry
from collectibles.ledger.bundle import export
from collectibles.ledger.bundle_layout import MANIFEST, Manifest, files_in
from collectibles.ledger.difference import Differs
from collectibles.ledger.note import Signer
from collectibles.ledger.replay import Replay
from collectibles.ledger.verify import DIFFERS, FINE, UNREADABLE, verify
from compliance import rulebook
from compliance.calendar import DAY_MS
from compliance.rule import KINDS
from tests.ledger.build import (
    CHOICES,
    DIGEST,
    ORIGIN,
    PASS_ON_AT,
    PRICE,
    RETURN_AT,
    SALE_AT,
    SIGNER,
    Memory,
    Trial,
    account,
    announced,
    creation,
    freeze,
    gift,
    mint,
    on_sale,
    payment,
    post,
    refund,
    reserve,
    ruling,
    sale,
)
from tests.ledger.story import tell
from tests.trial import Counts

VKEY = SIGNER.verifier.vkey
ROOT = Path(__file__).parents[2]
STRANGER = Signer(ORIGIN, b"\7" * 32)


@pytest.fixture(scope="module")
def told() -> Memory:
    """The story, and then enough accounts for two full tiles and a partial one."""
    ledger = tell(Memory())
    for start in range(0, 520, 40):
        more = [account(f"m{number}") for number in range(start, start + 40)]
        ledger.done(*more, at=PASS_ON_AT + DAY_MS)
    return ledger


@pytest.fixture(scope="module")
def exported(told: Memory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export(told, folder)
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy of the honest bundle, to be changed."""
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


def found(folder: Path, vkey: str | None = VKEY) -> str:
    """What `verify` says of a bundle that it must not accept."""
    report = verify(folder, vkey)
    assert report.exit_code == DIFFERS, report
    assert report.difference is not None
    assert report.difference.zh
    return " ".join([report.difference.say("en"), *report.altered])


def relist(folder: Path, **changes: Any) -> None:
    """Make the manifest list the files as they are now, as any attacker would."""
    files = {
        path: sha256((folder / path).read_bytes()).hexdigest()
        for path in files_in(folder)
        if path != MANIFEST
    }
    old = Manifest.parse((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_bytes(replace(old, files=files, **changes).encode())


# The honest bundle


def test_an_honest_ledger_is_found_right(exported: Path, told: Memory) -> None:
    report = verify(exported, VKEY)
    assert (report.exit_code, report.difference, report.altered) == (FINE, None, [])
    assert (report.checked, report.size) == (told.size, told.size)
    assert report.checkpoints == len(told.batches)
    assert (report.origin, report.vkey, report.pinned) == (ORIGIN, VKEY, True)
    assert report.rulebooks == [creation().act["rulebook"]]
    assert not verify(exported).pinned


def test_the_stored_ledger_exports_the_same_and_is_found_right(
    fresh_database_url: str, tmp_path: Path, told: Memory
) -> None:
    trial = Trial(fresh_database_url)
    trial.on_sale(buyers=3)
    trial.submit(sale(1, "a1"), sale(2, "a2"))
    trial.submit(refund("pending", 1, 500), at=RETURN_AT)
    manifest = export(trial.read, tmp_path / "one")
    report = verify(tmp_path / "one", VKEY)
    assert (report.exit_code, report.checked) == (FINE, trial.read.size())
    assert manifest.size == report.checked
    trial.close()


def test_progress_is_told(exported: Path, told: Memory, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    export(told, tmp_path / "again", lambda *each: heard.append(each))
    verify(exported, VKEY, lambda *each: heard.append(each))
    for what in ("entries", "files"):
        assert [done for name, done, _ in heard if name == what]
        assert heard[-1][1] == heard[-1][2] == told.size
    assert all(done <= total for _, done, total in heard)


def test_it_needs_nothing_of_the_service(exported: Path) -> None:
    script = """
import sys
def watch(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system", "os.fork"):
        raise SystemExit(f"forbidden: {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"writes {arguments[0]}")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
from pathlib import Path
from collectibles.ledger.verify import verify
report = verify(Path(sys.argv[1]), sys.argv[2])
loaded = {"flask", "sqlalchemy", "psycopg", "marshmallow", "PIL", "requests"} & set(sys.modules)
assert not loaded, loaded
assert report.checked > 500
raise SystemExit(report.exit_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(exported), VKEY],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


# Export


def test_an_export_is_resumed_and_grows(tmp_path: Path) -> None:
    ledger = on_sale(Memory(), buyers=250, editions=300)
    export(ledger, tmp_path)
    stamps = {path: (tmp_path / path).stat().st_mtime_ns for path in files_in(tmp_path)}
    (tmp_path / MANIFEST).unlink()
    (tmp_path / "tile/0/000.p/9.part").parent.mkdir(exist_ok=True)
    (tmp_path / "tile/0/000.p/9.part").write_bytes(b"half")
    (tmp_path / "tile/entries/000.p/255").unlink()
    (tmp_path / "tile/0/000.p/255").write_bytes(b"damaged")
    export(ledger, tmp_path)
    assert verify(tmp_path, VKEY).exit_code == FINE
    kept = {path for path in stamps if (tmp_path / path).stat().st_mtime_ns == stamps[path]}
    assert "checkpoint" in kept
    assert "tile/0/000.p/255" not in kept
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 60)), at=SALE_AT)
    export(ledger, tmp_path)
    report = verify(tmp_path, VKEY)
    assert (report.exit_code, report.checked) == (FINE, ledger.size)
    assert "tile/0/000.p/255" not in files_in(tmp_path)


def test_an_interrupted_export_goes_on(told: Memory, exported: Path, tmp_path: Path) -> None:
    def stop_at(entries: int) -> Callable[[str, int, int], None]:
        def progress(what: str, done: int, total: int) -> None:
            if done >= entries:
                raise KeyboardInterrupt

        return progress

    for entries in (1, 300, told.size):
        with pytest.raises(KeyboardInterrupt):
            export(told, tmp_path, stop_at(entries))
        assert verify(tmp_path).exit_code == UNREADABLE
    export(told, tmp_path)
    assert files_in(tmp_path) == files_in(exported)
    for path in files_in(exported):
        assert (tmp_path / path).read_bytes() == (exported / path).read_bytes()


def test_an_export_touches_no_folder_of_others(tmp_path: Path, told: Memory) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match=r"letter\.txt"):
        export(told, tmp_path)
    assert files_in(tmp_path) == ["letter.txt"]


def test_an_export_never_writes_over_one_that_knows_more(told: Memory, tmp_path: Path) -> None:
    export(told, tmp_path)
    kept = {path: (tmp_path / path).read_bytes() for path in files_in(tmp_path)}
    older = told.copy()
    del older.batches[-1]
    other = told.copy()
    other.signer = Signer("other.ledger", bytes(32))
    for ledger in (older, other):
        with pytest.raises(Conflict, match="other_export"):
            export(ledger, tmp_path)
    assert kept == {path: (tmp_path / path).read_bytes() for path in files_in(tmp_path)}


def test_a_damaged_or_empty_ledger_is_not_exported(told: Memory, tmp_path: Path) -> None:
    class Damaged(Memory):
        def bodies(self, start: int, stop: int) -> list[bytes]:
            return [body.replace(b"operator", b"0perator") for body in super().bodies(start, stop)]

    damaged = Damaged()
    with pytest.raises(Unavailable, match="fsck"):
        export(damaged, tmp_path / "one")
    assert MANIFEST not in files_in(tmp_path / "one")

    class Empty(Memory):
        def note(self) -> str:
            return ""

    with pytest.raises(NotFound):
        export(Empty(), tmp_path / "two")


# Damage


def test_one_flipped_bit_anywhere_is_found_and_named(
    exported: Path, tmp_path: Path, rng: random.Random, counts: Counts
) -> None:
    """Each file in turn, at random places: the file is named, in an entry its index too."""
    paths = files_in(exported)
    sizes = [(exported / path).stat().st_size for path in paths]
    drawn = [*paths, *paths, *rng.choices(paths, sizes, k=counts(130, 10_000))]
    folder = Path(shutil.copytree(exported, tmp_path / "flipped"))
    for path in drawn:
        data = bytearray((exported / path).read_bytes())
        place = rng.randrange(len(data) * 8)
        data[place // 8] ^= 1 << place % 8
        (folder / path).write_bytes(bytes(data))
        said = found(folder, rng.choice([VKEY, None]))
        if path != MANIFEST:
            assert path in said, (path, place, said)
        if path.startswith("tile/entries") and "not a bundle" not in said:
            assert said.startswith("entry "), said
        (folder / path).write_bytes((exported / path).read_bytes())
    assert verify(folder, VKEY).exit_code == FINE


def test_a_flipped_bit_of_an_entry_is_named_by_index(bundle: Path, told: Memory) -> None:
    path = bundle / "tile/entries/001"
    before = sum(2 + len(body) for body in told.all[256:300])
    data = bytearray(path.read_bytes())
    data[before + 2 + 10] ^= 1
    path.write_bytes(bytes(data))
    assert found(bundle).startswith("entry 300: ")


def test_every_file_is_held_against_more_than_the_manifest(
    exported: Path, bundle: Path, rng: random.Random
) -> None:
    """The same with a manifest that lists the changed files, as any attacker would write it."""
    for path in files_in(exported):
        if path == MANIFEST:
            continue
        data = bytearray((exported / path).read_bytes())
        place = rng.randrange(len(data) * 8)
        data[place // 8] ^= 1 << place % 8
        (bundle / path).write_bytes(bytes(data))
        relist(bundle)
        said = found(bundle)
        assert path in said, (path, place, said)
        shutil.copy(exported / path, bundle / path)


def test_the_manifest_is_held_against_the_files(exported: Path, bundle: Path) -> None:
    honest = Manifest.parse((exported / MANIFEST).read_bytes())
    for path in honest.files:
        wrong = replace(honest, files=honest.files | {path: DIGEST})
        (bundle / MANIFEST).write_bytes(wrong.encode())
        assert f"{path}: it is not the one that manifest.json lists" in found(bundle)


@pytest.mark.parametrize("relisted", [False, True])
def test_missing_and_extra_files(exported: Path, bundle: Path, relisted: bool) -> None:
    for path in files_in(exported):
        (bundle / path).unlink()
        if path == MANIFEST:
            assert verify(bundle).exit_code == UNREADABLE
        else:
            if relisted:
                relist(bundle)
            assert path in found(bundle)
        shutil.copy(exported / path, bundle / path)
        shutil.copy(exported / MANIFEST, bundle / MANIFEST)
    for extra in ("more", "tile/0/003", "tile/entries/000.p/4", f"rulebooks/{DIGEST}.json"):
        (bundle / extra).parent.mkdir(exist_ok=True)
        (bundle / extra).write_bytes(b"{}")
        if relisted:
            relist(bundle)
        assert extra in found(bundle)
        (bundle / extra).unlink()
        shutil.copy(exported / MANIFEST, bundle / MANIFEST)


def test_links_and_pipes_are_no_files(bundle: Path, exported: Path) -> None:
    (bundle / "checkpoint").unlink()
    (bundle / "checkpoint").symlink_to(exported / "checkpoint")
    assert "checkpoint" in found(bundle)
    (bundle / "checkpoint").unlink()
    os.mkfifo(bundle / "checkpoint")
    assert "checkpoint" in found(bundle)


def test_a_size_beyond_all_measure(bundle: Path) -> None:
    relist(bundle, size=2**53 - 1)
    assert "too few files for its size" in found(bundle)


@pytest.mark.parametrize(
    "written",
    [b"", b"{}", b"[]", b"\xff", b'{"format":"diancang bundle"}', b"[" * 100_000],
)
def test_what_is_no_manifest(bundle: Path, written: bytes) -> None:
    (bundle / MANIFEST).write_bytes(written)
    assert MANIFEST in found(bundle)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    report = verify(tmp_path / "nowhere")
    assert report.exit_code == UNREADABLE
    assert report.difference is not None
    assert MANIFEST in report.difference.say("zh")


# A stranger: whoever has the files, but not the ledger's key


def _rewritten(told: Memory, folder: Path, batches: list[list[bytes]], notes: Memory) -> Path:
    """Entries of one's own choice, tiles and manifest right for them, checkpoints as they were."""

    forged = notes.copy()
    forged.batches, forged.signer = batches, STRANGER
    export(forged, folder)
    (folder / "checkpoint").write_text(notes.note(), encoding="utf-8")
    kept = "".join(note + "\n" for _, note in notes.checkpoints())
    (folder / "checkpoints").write_text(kept, encoding="utf-8")
    relist(folder)
    return folder


Edit = Callable[[list[bytes], random.Random], int]


def _delete(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    del all_[place]
    return place


def _swap(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    all_[place], all_[place + 1] = all_[place + 1], all_[place]
    return place


def _duplicate(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    all_.insert(place, all_[place - 1])
    return place


def _insert(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    made = json.loads(all_[place])
    more = entry.make(account("planted"), made["at"], None, "")
    all_.insert(place, entry.encode(more))
    return place


def _edit(all_: list[bytes], rng: random.Random) -> int:
    place = rng.choice([i for i, body in enumerate(all_) if b'"consideration":19900' in body])
    all_[place] = all_[place].replace(b'"consideration":19900', b'"consideration":19901')
    return place


def _cut(all_: list[bytes], rng: random.Random) -> int:
    del all_[-3:]
    return len(all_)


@pytest.mark.parametrize("edit", [_delete, _swap, _duplicate, _insert, _edit, _cut])
def test_a_stranger_who_rewrites_everything_but_signatures(
    told: Memory, tmp_path: Path, rng: random.Random, counts: Counts, edit: Edit
) -> None:
    for number in range(counts(4, 160)):
        bodies = told.all
        place = edit(bodies, rng)
        batches, start = [], 0
        for size in [len(batch) for batch in told.batches]:
            batches.append(bodies[start : start + size])
            start += size
        batches[-1] += bodies[start:]
        report = verify(
            _rewritten(told, tmp_path / str(number), [b for b in batches if b], told), VKEY
        )
        assert report.exit_code == DIFFERS
        assert report.difference is not None
        assert report.checked <= place
        if report.difference.index is not None:
            first = max(end for end, _ in [(0, ""), *told.checkpoints()] if end <= place)
            assert first <= report.difference.index
        shutil.rmtree(tmp_path / str(number))


def test_a_stranger_who_signs_with_a_key_of_its_own(told: Memory, tmp_path: Path) -> None:
    forged = told.copy()
    forged.signer = STRANGER
    export(forged, tmp_path)
    assert "not signed as it must be" in found(tmp_path)
    relist(tmp_path, vkey=STRANGER.verifier.vkey)
    assert "its key is not the trusted one" in found(tmp_path, VKEY)
    assert "its operator has not the key that signed" in found(tmp_path, None)


def test_a_ledger_of_another_name(told: Memory, tmp_path: Path) -> None:
    other = Signer("other.ledger", b"\7" * 32)
    forged = told.copy()
    forged.signer = other
    export(forged, tmp_path)
    relist(tmp_path, vkey=other.verifier.vkey, origin="other.ledger")
    assert "it creates another ledger" in found(tmp_path, None)


def test_checkpoints_left_out_doubled_or_out_of_order(told: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    export(told, folder)
    notes = [note + "\n" for _, note in told.checkpoints()]
    for changed in (
        notes[:-1],
        [*notes, notes[-1]],
        [notes[1], notes[0], *notes[2:]],
        [*notes[:3], *notes[4:]],
        [],
        [*notes, "\n"],
        ["\n", *notes],
        [notes[0][:-1], *notes[1:]],
    ):
        (folder / "checkpoints").write_text("".join(changed), encoding="utf-8")
        relist(folder)
        said = found(folder)
        assert "checkpoints" in said or said.startswith("entry "), said


def test_an_older_checkpoint_is_not_the_newest(told: Memory, bundle: Path) -> None:
    older = list(told.checkpoints())[-2][1]
    (bundle / "checkpoint").write_text(older, encoding="utf-8")
    relist(bundle)
    assert "checkpoint: it is of another size" in found(bundle)


# The operator, with the key, past the engine


def past(ledger: Memory, made: Movement, at: int, /, **changes: Any) -> Memory:
    """The movement written as if no rule had found anything, signed and hashed as it should be."""
    decision = None
    if made.kind in KINDS:
        answers = rulebook.load(CHOICES).plan(made.kind, at).blank
        result = ledger.copy().apply(made, at=at).results[0]
        if result.decision is not None:
            answers = re.sub("[fh]", "p", result.decision.answers)
        decision = {"a": answers, "f": []}
    digest = creation().act["rulebook"]
    return write(ledger, entry.make(made, at, decision, digest) | changes)


def write(ledger: Memory, written: dict[str, Any]) -> Memory:
    forged = ledger.copy()
    forged.batches.append([canonical.encode(written)])
    return forged


def said_of(ledger: Memory, folder: Path) -> str:
    """What is said of the last entry, all before being right."""
    export(ledger, folder)
    report = verify(folder, VKEY)
    assert report.exit_code == DIFFERS, report
    assert report.difference is not None
    assert report.difference.index == ledger.size - 1
    assert report.checked == ledger.size - len(ledger.batches[-1])
    return report.difference.say("en")


@pytest.fixture
def sold() -> Memory:
    ledger = on_sale(Memory(), buyers=9, editions=20)
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 5)), at=SALE_AT)
    return ledger


def test_a_resale_above_cost_written_as_permitted(sold: Memory, tmp_path: Path) -> None:
    dear = PRICE + 1
    resale = reserve(1, "a1", "a5", consideration=dear, payment=payment(amount=dear))
    said = said_of(past(sold, resale, PASS_ON_AT), tmp_path)
    assert "by no_profit_resale (" in said
    assert "above_cost" in said
    assert "resale → refusal" in said


def test_at_the_price_before_a_partial_refund(sold: Memory, tmp_path: Path) -> None:
    sold.done(refund("pending", 1, 5000), refund("done", 1, 5000), at=RETURN_AT)
    said = said_of(past(sold, reserve(1, "a1", "a5"), PASS_ON_AT), tmp_path)
    assert "no_profit_resale" in said
    assert "14900" in said


@pytest.mark.parametrize(
    ("made", "at", "rule"),
    [
        (sale(9, "a1"), SALE_AT, "person_limit"),
        (sale(9, "a9", payment=payment(currency="USD")), SALE_AT, "currency_cny"),
        (sale(9, "a9", payment=payment(amount=1)), SALE_AT, "exact_amount"),
        (sale(9, "a9", payment=payment(payer="mismatch")), SALE_AT, "payer_match"),
        (sale(9, "a9", payment=payment(payer="rail_cannot_tell")), SALE_AT, "payer_match"),
        (gift(1, "a1", "a5"), SALE_AT + 8 * DAY_MS, "first_holding"),
        (gift(1, "a1", "a5", gratuitous=False), PASS_ON_AT, "gift_gratuitous"),
    ],
)
def test_other_movements_written_as_permitted(
    sold: Memory, tmp_path: Path, made: Movement, at: int, rule: str
) -> None:
    assert f": by {rule}" in said_of(past(sold, made, at), tmp_path)


def test_a_movement_during_a_freeze(sold: Memory, tmp_path: Path) -> None:
    sold.done(freeze("account", "a1"), at=RETURN_AT)
    assert "by restraint (" in said_of(past(sold, gift(1, "a1", "a5"), PASS_ON_AT), tmp_path)


def test_a_purchase_refused_though_the_rules_permit_it(sold: Memory, tmp_path: Path) -> None:
    one = sold.copy()
    applied = one.apply(sale(9, "a1"), at=SALE_AT)
    refusal = applied.entries[0]
    wrong = refusal | {"op": "sale-9-a9", "act": refusal["act"] | {
        "act": sale(9, "a9").act, "whom": "account/a9"}}  # fmt: skip
    said = said_of(write(sold, wrong), tmp_path)
    assert "by person_limit (" in said
    assert "refusal → sale" in said


@pytest.mark.parametrize(
    ("made", "at", "code"),
    [
        (sale(1, "a9"), SALE_AT, "already_sold"),
        (sale(21, "a9"), SALE_AT, "not_minted"),
        (mint(21, 1000), SALE_AT, "beyond_edition_size"),
        (gift(1, "a2", "a5"), PASS_ON_AT, "not_holder"),
        (post(1, "a1", "a5"), PASS_ON_AT, "no_reservation"),
        (ruling(4, "permit"), SALE_AT, "no_hold"),
        (replace(mint(21, 1), signature=None), SALE_AT, "bad_signature"),
        (replace(mint(21, 1), act=mint(21, 2).act), SALE_AT, "bad_signature"),
        (sale(9, "a9", surprise="x"), SALE_AT, "malformed"),
        (sale(9, "a9", op_id="sale-1-a1"), SALE_AT, "op_id_reused"),
    ],
)
def test_what_the_ledger_does_not_admit(
    sold: Memory, tmp_path: Path, made: Movement, at: int, code: str
) -> None:
    assert f"({code})" in said_of(past(sold, made, at), tmp_path)


def test_an_entry_written_twice(sold: Memory, tmp_path: Path) -> None:
    again = sold.copy()
    again.batches.append([sold.batches[-1][-1]])
    assert f"was recorded by entry {sold.size - 1} already" in said_of(again, tmp_path)


def test_time_that_goes_back(sold: Memory, tmp_path: Path) -> None:
    said = said_of(past(sold, sale(9, "a9"), SALE_AT - 1), tmp_path)
    assert "its time is before the last" in said


def test_two_times_in_one_batch(sold: Memory, tmp_path: Path) -> None:
    forged = past(past(sold, sale(8, "a8"), SALE_AT), sale(9, "a9"), SALE_AT + 1)
    last = forged.batches.pop()
    forged.batches[-1] = [*forged.batches[-1], *last]
    said = said_of(forged, tmp_path)
    assert f"field at differs (expected {SALE_AT}; got {SALE_AT + 1})" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rb": DIGEST}, "not under the rulebook then in force"),
        ({"dec": {"a": "p", "f": []}}, "its decision is not of its form"),
        ({"dec": {"a": 5}}, "its decision is not of its form"),
        ({"dec": None}, "its decision is not of its form"),
        ({"note": "more"}, "malformed"),
        ({"v": 2}, "malformed"),
        ({"kind": ["sale"]}, "malformed"),
        ({"kind": "hold"}, "malformed"),
        ({"at": None}, "malformed"),
        ({"act": 7}, "malformed"),
    ],
)
def test_entries_of_another_form(
    sold: Memory, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    assert said in said_of(past(sold, sale(9, "a9"), SALE_AT, **change), tmp_path)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda data: data + b" ", "not canonical"),
        (lambda data: data.replace(b'{"act"', b'{ "act"', 1), "not canonical"),
        (lambda data: data.replace(b'"v":1', b'"v":1.0', 1), "malformed"),
        (lambda data: data.replace(b'"v":1', b'"v":2,"v":1', 1), "not canonical"),
        (lambda data: data[:-1], "not JSON"),
        (lambda data: b"[]", "it is no entry"),
        (lambda data: b"", "not JSON"),
        (lambda data: b"[" * 10_000, "not JSON"),
        (lambda data: b"\xff" + data, "not JSON"),
    ],
)
def test_bytes_that_are_no_canonical_entry(
    sold: Memory, tmp_path: Path, edit: Callable[[bytes], bytes], said: str
) -> None:
    forged = past(sold, sale(9, "a9"), SALE_AT)
    forged.batches[-1] = [edit(forged.batches[-1][0])]
    assert said in said_of(forged, tmp_path)


def test_a_first_entry_that_is_no_genesis(tmp_path: Path, sold: Memory) -> None:
    forged = sold.copy()
    forged.batches = [[entry.encode(entry.make(account("a1"), SALE_AT, None, ""))]]

    class Headless(Memory):
        def of_kinds(self, *kinds: str) -> list[tuple[int, dict[str, Any]]]:
            return sold.of_kinds(*kinds)

    headless = Headless()
    headless.batches = forged.batches
    export(headless, tmp_path)
    assert "(no_ledger)" in found(tmp_path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_an_operator_writes_is_named_and_breaks_nothing(
    told: Memory, data: st.DataObject
) -> None:
    """Anything put into any place of any entry; the entries before it are as they were."""
    place = data.draw(st.integers(0, 45))
    ends = [end for end, _ in told.checkpoints()]
    first, end = next(pair for pair in pairwise([0, *ends]) if pair[1] > place)
    written = json.loads(told.all[place])
    inner = written
    for _ in range(data.draw(st.integers(0, 4))):
        names = sorted(name for name in inner if isinstance(inner[name], dict))
        if names:
            inner = inner[data.draw(st.sampled_from(names))]
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(_JSON)
    forged = json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    replay = Replay(rulebook.find)
    for start, stop in pairwise([0, *[each for each in ends if each <= first]]):
        replay.batch(told.all[start:stop])
    bodies = told.all[first:end]
    bodies[place - first] = forged.encode(errors="surrogatepass")
    assume(bodies != told.all[first:end])
    difference = None
    try:
        replay.batch(bodies)
    except Differs as raised:
        difference = raised.difference
    if difference is not None:
        assert difference.index is not None
        # entries of one batch have one time: where two differ, either may be the wrong one
        assert first <= difference.index <= (end - 1 if "field at" in difference.en else place)
    else:  # an act that is admitted as well: this is for the signatures to find
        assert json.loads(forged)["act"] != json.loads(told.all[place])["act"]


# Rulebooks


def test_software_that_lacks_the_rulebook_says_so(exported: Path) -> None:
    report = verify(exported, VKEY, find_rulebook=lambda digest, choices: None)
    assert report.exit_code == UNREADABLE
    assert report.difference is not None
    assert creation().act["rulebook"] in report.difference.say("en")


def test_no_rulebook_is_taken_from_the_bundle(bundle: Path, sold: Memory, tmp_path: Path) -> None:
    """A manifest in which the rule has ended changes nothing, and is found not to be the one."""
    dear = PRICE + 1
    resale = reserve(1, "a1", "a5", consideration=dear, payment=payment(amount=dear))
    forged = tmp_path / "forged"
    export(past(sold, resale, PASS_ON_AT), forged)
    [path] = (forged / "rulebooks").iterdir()
    weak = json.loads(path.read_bytes())
    for rule in weak["rules"]:
        if rule["code"] == "no_profit_resale":
            rule["until"] = "2023-01-01"
    path.write_bytes(rulebook.canonical(weak))
    relist(forged)
    assert "no_profit_resale" in found(forged)
    [path] = (bundle / "rulebooks").iterdir()
    path.write_bytes(rulebook.canonical(weak))
    relist(bundle)
    assert "its content is not of its name" in found(bundle)


def test_each_movement_is_decided_under_the_rulebook_of_its_time(
    sold: Memory, tmp_path: Path
) -> None:
    choices = CHOICES | {"payment.payer_unknown": [("2026-01-01", "refuse")]}
    first, second = creation().act["rulebook"], rulebook.load(choices).digest
    unsure = payment(payer="rail_cannot_tell")
    sold.done(announced(SALE_AT + 1000, second, choices=choices), at=SALE_AT)
    results = [
        sold.apply(sale(edition, f"a{edition}", payment=unsure), at=at).results[0].outcome
        for edition, at in ((7, SALE_AT + 999), (8, SALE_AT + 1000))
    ]
    assert results == ["held", "refused"]
    export(sold, tmp_path / "one")
    report = verify(tmp_path / "one", VKEY)
    assert (report.exit_code, report.rulebooks) == (FINE, sorted([first, second]))
    old = past(sold, sale(9, "a9"), SALE_AT + 1000, rb=first)
    said = said_of(old, tmp_path / "two")
    assert f"not under the rulebook then in force (expected {second}; got {first})" in said


def test_a_rulebook_announced_ahead_need_not_be_known_yet(sold: Memory, tmp_path: Path) -> None:
    sold.done(announced(PASS_ON_AT, DIGEST), at=SALE_AT)
    sold.done(sale(9, "a9"), at=SALE_AT)
    export(sold, tmp_path)
    assert verify(tmp_path, VKEY).exit_code == FINE


def test_a_report_speaks_both_languages(bundle: Path) -> None:
    (bundle / "checkpoint").unlink()
    difference = verify(bundle, VKEY).difference
    assert difference is not None
    assert difference.say("zh") == "checkpoint: 文件缺失"
    assert difference.say("en") == "checkpoint: the file is missing"
