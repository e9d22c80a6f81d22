"""Certificates: a proof that anybody checks, no person and no price."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pytest

from collectibles.errors import NotFound
from collectibles.ledger import checkpoint, merkle
from collectibles.services.certificate import as_document, certify
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.request_return import request_return
from tests import rfc6962
from tests.service import Service
from tests.services.buying import PRICE, make_buyer, make_series, order, pay, rounds


def document(service: Service, edition: int = 1) -> dict[str, Any]:
    return json.loads(json.dumps(as_document(certify(service.ctx, "s-plain", edition), service.ctx.vkey)))  # type: ignore[no-any-return]  # fmt: skip  # noqa: E501


def unpack(values: list[str]) -> list[bytes]:
    return [base64.b64decode(value) for value in values]


def check(service: Service, made: dict[str, Any]) -> None:
    """By our own code and by somebody else's: both entries are in the tree that was signed."""
    origin, size, root = rfc6962.open_checkpoint(made["checkpoint"], made["key"])
    assert (origin, size) == (service.ctx.settings.origin, made["size"])
    minting, last = made["minting"], made["last_movement"]
    entry = base64.b64decode(minting["entry"])
    for place, hashed, path in (
        (minting["index"], rfc6962.leaf(entry), unpack(minting["inclusion_proof"])),
        (last["index"], base64.b64decode(last["leaf_hash"]), unpack(last["inclusion_proof"])),
    ):
        assert rfc6962.root_from_inclusion(place, size, hashed, path) == root
        merkle.verify_inclusion(place, size, hashed, path, root)
        wrong = bytes([hashed[0] ^ 1]) + hashed[1:]
        assert rfc6962.root_from_inclusion(place, size, wrong, path) != root
    act = json.loads(entry)["act"]
    assert act["series"] == made["series"]
    assert act["first"] <= made["edition"] < act["first"] + act["count"]
    leaf = service.ctx.ledger.read.bodies(last["index"], last["index"] + 1)[0]
    assert rfc6962.leaf(leaf) == base64.b64decode(last["leaf_hash"])
    assert checkpoint.Checkpoint.parse(made["checkpoint"].rpartition("\n\n")[0] + "\n").root == root


def test_a_certificate_proves_minting_and_last_movement(service: Service) -> None:
    make_series(service)
    unsold = document(service)
    check(service, unsold)
    assert unsold["minting"]["index"] == unsold["last_movement"]["index"]
    account = make_buyer(service.ctx, 1)
    pay(service, order(service.ctx, account).order_id)
    service.pump()
    sold = document(service)
    check(service, sold)
    assert sold["last_movement"]["index"] > unsold["last_movement"]["index"]
    check(service, unsold)  # what was printed before still holds
    request_return(service.ctx, account, "s-plain", 1, secrets.token_urlsafe(16))
    rounds(service)
    made = certify(service.ctx, "s-plain", 1)
    assert (made.held, made.gone) == (False, "returned")
    check(service, document(service))


def test_no_person_and_no_price_is_in_it(service: Service) -> None:
    make_series(service)
    account = make_buyer(service.ctx, 1)
    pay(service, order(service.ctx, account).order_id)
    service.pump()
    said = (
        json.dumps(document(service))
        + base64.b64decode(document(service)["minting"]["entry"]).decode()
    )
    value = service.ctx.ledger.read.value(f"account/{account}")
    for private in (account, value["person"], str(PRICE), "199", "price", "consideration"):
        assert private not in said


def test_refusals_stay_off_it_and_a_freeze_is_shown(service: Service) -> None:
    make_series(service)
    ctx, staff = service.ctx, service.staff
    account = make_buyer(ctx, 1)
    pay(service, order(ctx, account).order_id)
    service.pump()
    until = service.clock.now_ms() + 1000
    wanted = Restraint("freeze", "collectible", "s-plain/1", "文1", "机关", "依据", until)
    asked = ask_restraint(ctx, "regulator-1", staff["officer-1"], wanted, "key")
    confirm_restraint(ctx, "regulator-1", staff["officer-2"], asked)
    made = certify(ctx, "s-plain", 1)
    assert made.frozen
    assert [step.kind for step in made.steps] == ["series", "mint", "sale", "restraint"]
    assert not certify(ctx, "s-plain", 2).frozen
    service.clock.set_ms(until)
    assert not certify(ctx, "s-plain", 1).frozen


@pytest.mark.parametrize("edition", [0, 11, 10**9])
def test_what_was_never_minted_has_none(service: Service, edition: int) -> None:
    make_series(service)
    with pytest.raises(NotFound):
        certify(service.ctx, "s-plain", edition)
    with pytest.raises(NotFound):
        certify(service.ctx, "s-none", 1)
