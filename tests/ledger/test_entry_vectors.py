"""The bytes of entries, for ever: what a release has written, every later one reads just so.

A new kind needs a vector: `python -m tests.ledger.story NAME` writes a file of them. A file that
has been released is never written again.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from collectibles.domain.acts import ACTS, MADE_BY_THE_LEDGER
from collectibles.domain.movements import Malformed
from collectibles.ledger import canonical, entry, keys
from collectibles.ledger.checkpoint import open_checkpoint
from collectibles.ledger.fold import fold
from collectibles.ledger.merkle import leaf_hash, root_of
from collectibles.ledger.note import Verifier
from collectibles.ledger.state import Folded, Overlay
from tests.ledger.build import ORIGIN
from tests.ledger.story import VECTORS

FILES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in VECTORS.glob("*.json")}
ENTRIES = [
    pytest.param(vector, id=f"{name}-{index}")
    for name, file in FILES.items()
    for index, vector in enumerate(file["entries"])
]

#: Kinds whose acts come in variants, and the field that tells them apart.
VARIANTS = {"resale": "step", "refund": "step", "restraint": "action", "takedown": "action"}


def test_every_kind_and_variant_has_a_vector() -> None:
    seen: set[tuple[str, str]] = set()
    for file in FILES.values():
        for vector in file["entries"]:
            made = json.loads(vector["entry"])
            seen.add((made["kind"], made["act"].get(VARIANTS.get(made["kind"], ""), "")))
            seen.add(("refusal", "asked" if "asked" in made["act"] else ""))
    wanted = {(kind, "") for kind in {*ACTS, *MADE_BY_THE_LEDGER} - VARIANTS.keys()}
    wanted |= {("resale", step) for step in ("reserve", "post", "void")}
    wanted |= {("refund", step) for step in ("pending", "done", "failed")}
    wanted |= {("restraint", action) for action in ("freeze", "release")}
    wanted |= {("refusal", "asked")}
    wanted |= {("takedown", action) for action in ("takedown", "restore")}
    assert seen == wanted


@pytest.mark.parametrize("vector", ENTRIES)
def test_bytes_digests_and_what_is_signed_stay(vector: dict[str, str]) -> None:
    data = vector["entry"].encode()
    decoded = entry.decode(data)
    assert entry.encode(decoded) == data
    assert rfc8785.dumps(json.loads(data)) == data  # another's code for RFC 8785
    assert sha256(data).hexdigest() == vector["sha256"]
    movement = entry.movement_of(decoded)
    assert keys.act_digest(movement) == vector["movement"]
    signed = keys.signing_bytes(ORIGIN, movement)
    assert sha256(signed).hexdigest() == vector["signed"]


@pytest.mark.parametrize("vector", ENTRIES)
def test_an_entry_is_made_again_of_its_movement(vector: dict[str, str]) -> None:
    made = json.loads(vector["entry"])
    movement = entry.movement_of(made)
    again = entry.make(movement, made["at"], made.get("dec"), made.get("rb", ""))
    if made["kind"] == "refusal":
        act = made["act"]
        again = entry.refused(again, act["whom"], act["what"], act["day"], movement.asks)
    elif made["kind"] == "hold":
        said = made["act"]
        again = entry.held(again, {name: said[name] for name in said.keys() - {"kind", "act"}})
    assert entry.encode(again) == vector["entry"].encode()


@pytest.mark.parametrize("name", FILES)
def test_the_fold_of_a_frozen_ledger_stays(name: str) -> None:
    file, state = FILES[name], Folded()
    for index, vector in enumerate(file["entries"]):
        overlay = Overlay(state)
        fold(json.loads(vector["entry"]), index, vector["movement"], overlay)
        overlay.keep()
        state.update(overlay.changes)
    assert state == file["state"]


@pytest.mark.parametrize("name", FILES)
def test_members_signatures_and_the_checkpoint_stay_good(name: str) -> None:
    file = FILES[name]
    bodies = [vector["entry"].encode() for vector in file["entries"]]
    trusted = Verifier.from_vkey(file["vkey"])
    opened = open_checkpoint(file["checkpoint"].encode(), [trusted]).checkpoint
    assert (opened.origin, opened.size) == (ORIGIN, len(bodies))
    assert opened.root == root_of([leaf_hash(body) for body in bodies])
    public: dict[str, str] = {}
    signed = 0
    for body in bodies:
        made = entry.decode(body)
        if made["kind"] == "member":
            public[made["act"]["member"]] = made["act"]["key"]
        if "sig" in made:
            assert keys.act_signature_fits(public[made["by"]], ORIGIN, entry.movement_of(made))
            signed += 1
    assert signed >= 5
    genesis = entry.decode(bodies[0])
    assert base64.b64decode(genesis["act"]["key"]) == trusted.public_key


def _sale() -> dict[str, Any]:
    for file in FILES.values():
        for vector in file["entries"]:
            made: dict[str, Any] = json.loads(vector["entry"])
            if made["kind"] == "sale":
                return made
    raise AssertionError("no sale among the vectors")


def test_a_sale_is_at_most_a_kilobyte() -> None:
    assert len(canonical.encode(_sale())) <= 1000


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"kind": "barter"},
        {"kind": ["sale"]},
        {"kind": "hold"},
        {"kind": "refusal", "act": []},
        {"at": "2026"},
        {"at": True},
        {"op": ""},
        {"by": None},
        {"act": {}},
        {"act": None},
        {"sig": "x"},
        {"sig": {"algorithm": "ed25519"}},
        {"sig": {"algorithm": "ed25519", "value": 5}},
        {"note": "more"},
    ],
)
def test_what_is_no_entry_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        entry.decode(canonical.encode(_sale() | change))


def test_only_canonical_bytes_are_an_entry() -> None:
    made = _sale()
    for data in (
        json.dumps(made).encode(),
        canonical.encode(made) + b"\n",
        canonical.encode(made).replace(b'{"act"', b'{ "act"'),
        b"[]",
        b"{",
    ):
        with pytest.raises(ValueError):  # noqa: PT011  (Malformed or CanonicalError)
            entry.decode(data)
