"""What merchants send the gateway: only what they signed counts, and nothing sent breaks it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from collectibles.payments.provider import PaymentStatus
from collectibles.payments.sandbox import wire
from tests.payments.sandboxes import (
    MINUTE,
    OTHER_SELLER,
    PRINTABLE,
    SELLER,
    Beside,
    signed_request,
)
from tests.trial import Counts


def _charge_body(place: Beside, charge_no: str) -> bytes:
    return wire.encode(
        {
            "charge_no": charge_no,
            "amount_fen": 19_900,
            "currency": "CNY",
            "description": "演示",
            "notice_url": place.notice_url,
            "expires_at": place.clock.now_ms() + MINUTE,
        }
    )


def test_no_mutated_request_is_carried_out(
    beside: Beside, rng: random.Random, counts: Counts
) -> None:
    for _ in range(counts(120, 2_000)):
        charge_no = beside.new_no()
        body = _charge_body(beside, charge_no)

        def change(header: str) -> str:
            at = rng.randrange(len(header))
            other = rng.choice(PRINTABLE.replace(header[at], ""))
            return header[:at] + other + header[at + 1 :]

        if rng.random() < 0.5:
            status, _, _ = signed_request(beside, "POST", "/v1/charges", body, mutate=change)
        else:
            spoiled = bytearray(body)
            spoiled[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
            status, _, _ = signed_request(
                beside, "POST", "/v1/charges", body, sent_body=bytes(spoiled)
            )
        assert status == 401
        assert beside.rail.query(SELLER, charge_no) is None
    assert signed_request(beside, "POST", "/v1/charges", body)[0] == 200


def test_a_request_is_good_for_its_path_its_time_and_once(beside: Beside) -> None:
    charge = beside.charge()
    beside.rail.create(charge)
    now = beside.clock.now_ms()
    close = f"/v1/charges/{charge.charge_no}/close"
    look = f"/v1/charges/{charge.charge_no}"
    for spoiled in (
        {"sent_target": close},
        {"sent_target": f"{look}?x=1"},
        {"at": now - 5 * MINUTE},
        {"at": now + 5 * MINUTE + 1000},
        {"seller": OTHER_SELLER},
    ):
        assert signed_request(beside, "GET", look, b"", **spoiled)[0] in (401, 405)
    once = "7" * 32
    assert signed_request(beside, "GET", look, b"", nonce=once)[0] == 200
    assert signed_request(beside, "GET", look, b"", nonce=once)[0] == 401
    state = beside.state(charge)
    assert state.status is PaymentStatus.OPEN


VALUES: list[Any] = [
    None, True, 0, -1, 1, 1.5, 10**30, "", "x", "x" * 9_000, "1", [], {}, [1], "CNY", "甲" * 40,
    "http://127.0.0.1/", "http://", "\u0000", "../x", float("1e300"),
]  # fmt: skip


def test_no_request_and_no_control_call_breaks_the_gateway(
    beside: Beside, rng: random.Random, counts: Counts
) -> None:
    """Whatever fields hold, the answer is a refusal with its code, or success; never a fault."""
    charge = beside.paid()
    client = beside.transport.app.test_client()
    refund = {
        "refund_no": "R00000001", "charge_no": charge.charge_no, "amount_fen": 1,
        "charge_fen": 19_900, "currency": "CNY", "reason": "x",
    }  # fmt: skip
    public = (next((beside.folder / "gateway" / "public").glob("*.pem"))).read_text()
    shapes: list[tuple[str, dict[str, Any]]] = [
        ("/v1/charges", json.loads(_charge_body(beside, "C00000009"))),
        ("/v1/refunds", refund),
        ("/control/pay", {"merchant": SELLER, "charge_no": charge.charge_no, "payer": "mismatch"}),
        ("/control/faults", {"fault": "drop", "detail": {"copies": 1}, "kind": "refund"}),
        (
            "/control/merchants",
            {"merchant": "m", "name_zh": "甲", "name_en": "A", "public_key": public},
        ),
    ]
    for _ in range(counts(400, 5_000)):
        path, document = rng.choice(shapes)
        document = dict(document)
        for key in rng.sample(sorted(document), rng.randint(1, 2)):
            document[key] = rng.choice(VALUES)
        if rng.random() < 0.1:
            document["more"] = rng.choice(VALUES)
        body = json.dumps(document).encode()
        if rng.random() < 0.1:
            body = body[: rng.randrange(len(body))]
        if path.startswith("/v1"):
            status, _, answer = signed_request(beside, "POST", path, body)
        else:
            said = client.post(path, data=body, content_type="application/json")
            status, answer = said.status_code, said.get_data()
        assert status < 500, (path, body)
        assert status == 200 or json.loads(answer)["code"], (path, body)


def test_a_sealed_buyer_for_somebody_else_is_refused(beside: Beside, tmp_path: Path) -> None:
    document = json.loads(_charge_body(beside, beside.new_no()))
    stranger = wire.SigningKey((beside.folder / "keys" / f"{SELLER}.pem").read_bytes())
    for sealed in (
        wire.CheckingKey(stranger.public_pem).seal(b'{"name":"x","number":"y"}'),
        wire.CheckingKey(beside.gateway.key.public_pem).seal(b'["x"]'),
        "AAAA",
        "no base64 at all",
    ):
        status, _, answer = signed_request(
            beside, "POST", "/v1/charges", wire.encode(document | {"sealed_payer": sealed})
        )
        assert (status, json.loads(answer)["code"]) == (400, "PARAM_ERROR")
