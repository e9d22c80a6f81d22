"""Nobody but the two key holders is believed, in either direction, and each word only once."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from Crypto.Hash import SHA1, SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15, pss

from collectibles.payments.problems import NoticeRefused
from collectibles.payments.provider import PaymentState
from collectibles.payments.sandbox import wire
from tests.payments.sandboxes import (
    MINUTE,
    OTHER_SELLER,
    PRINTABLE,
    SELLER,
    Arrived,
    Beside,
    signed_request,
)
from tests.trial import Counts

SIGNED = (
    wire.SERIAL_HEADER,
    wire.TIMESTAMP_HEADER,
    wire.NONCE_HEADER,
    wire.SIGNATURE_HEADER,
)


def _genuine(place: Beside) -> list[Arrived]:
    """Notices of a payment and of a refund, as they came."""
    charge = place.charge()
    place.rail.create(charge)
    place.pay(charge)
    arrived = place.notices(1)
    place.clock.advance_ms(1_000)
    place.rail.refund(place.refund_of(charge, amount_fen=5_000))
    return arrived + place.notices(1)


# Mutations of a notice


def _flip_bit(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    changed = bytearray(body)
    changed[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return headers, bytes(changed)


def _cut_or_add(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    at = rng.randrange(len(body))
    if rng.random() < 0.5:
        return headers, body[:at] + body[at + 1 :]
    return headers, body[:at] + rng.choice([b" ", b"\n", b"0", b"}"]) + body[at:]


def _figure(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    document = json.loads(body)
    result = document.get("payment") or document["refund"]
    key, value = rng.choice(
        [
            ("amount_fen", result["amount_fen"] + rng.choice([-1, 1, 10**6])),
            ("currency", "USD"),
            ("merchant", OTHER_SELLER),
            ("charge_no", "C00000000"),
            ("state", "ABNORMAL"),
            ("payer", "confirmed "),
            ("refunded_fen", 1),
        ]
    )
    result[key] = value
    return headers, wire.encode(document)


def _spelling(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    document = json.loads(body)
    if rng.random() < 0.5:
        return headers, json.dumps(document).encode()
    return headers, json.dumps(document, indent=rng.randint(1, 4), ensure_ascii=False).encode()


def _header(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    name = rng.choice(SIGNED)
    value = list(headers[name])
    at = rng.randrange(len(value))
    act = rng.random()
    if act < 0.6:
        value[at] = rng.choice(PRINTABLE.replace(value[at], ""))
    elif act < 0.8:
        del value[at]
    else:
        value.insert(at, rng.choice(PRINTABLE))
    return headers | {name: "".join(value)}, body


def _less(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    return {name: value for name, value in headers.items() if name != rng.choice(SIGNED)}, body


def _other_time(rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    moved = int(headers[wire.TIMESTAMP_HEADER]) + rng.choice([-1, 1, -400, 400, 86_400])
    return headers | {wire.TIMESTAMP_HEADER: str(moved)}, body


def _spare_bits(_rng: random.Random, headers: dict[str, str], body: bytes) -> Arrived:
    """Another base64 spelling of the very same signature bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    signature = headers[wire.SIGNATURE_HEADER]
    last = len(signature.rstrip("=")) - 1
    spelled = (
        signature[:last] + alphabet[alphabet.index(signature[last]) ^ 1] + signature[last + 1 :]
    )
    assert base64.b64decode(spelled) == base64.b64decode(signature)
    return headers | {wire.SIGNATURE_HEADER: spelled}, body


MUTATIONS: list[Callable[[random.Random, dict[str, str], bytes], Arrived]] = [
    _flip_bit,
    _cut_or_add,
    _figure,
    _spelling,
    _header,
    _less,
    _other_time,
    _spare_bits,
]


def test_no_mutated_notice_is_accepted(beside: Beside, rng: random.Random, counts: Counts) -> None:
    genuine = _genuine(beside)
    now = beside.clock.now_ms()
    tried = 0
    while tried < counts(800, 10_000):
        headers, body = rng.choice(genuine)
        mutant = MUTATIONS[tried % len(MUTATIONS)](rng, dict(headers), body)
        if mutant == (headers, body):
            continue
        tried += 1
        with pytest.raises(NoticeRefused):
            beside.rail.read_notice(*mutant, now)
    for headers, body in genuine:
        beside.rail.read_notice(headers, body, now)


def test_parts_of_two_notices_make_no_third(beside: Beside) -> None:
    (headers, body), (other_headers, other_body) = _genuine(beside)
    now = beside.clock.now_ms()
    for mixed in ((headers, other_body), (other_headers, body)):
        with pytest.raises(NoticeRefused, match="notice_forged"):
            beside.rail.read_notice(*mixed, now)
    for name in SIGNED[1:]:
        with pytest.raises(NoticeRefused, match="notice_forged"):
            beside.rail.read_notice(headers | {name: other_headers[name]}, body, now)


def _signatures(place: Beside) -> dict[str, Callable[[bytes], str]]:
    own = RSA.import_key((place.folder / "gateway" / "private" / "gateway.pem").read_bytes())
    stranger = RSA.import_key((place.folder / "keys" / f"{SELLER}.pem").read_bytes())
    return {
        "another key": lambda text: _b64(pkcs1_15.new(stranger).sign(SHA256.new(text))),
        "another hash": lambda text: _b64(pkcs1_15.new(own).sign(SHA1.new(text))),
        "another padding": lambda text: _b64(pss.new(own).sign(SHA256.new(text))),
        "nothing": lambda text: _b64(b"\0" * 256),
        "one": lambda text: _b64(b"\0" * 255 + b"\1"),
        "probe": lambda text: "WECHATPAY/SIGNTEST/" + _b64(b"\0" * 256),
    }


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "way", ["another key", "another hash", "another padding", "nothing", "one", "probe"]
)
def test_no_other_signature_is_accepted(beside: Beside, way: str) -> None:
    headers, body = _genuine(beside)[0]
    text = wire.notice_text(headers[wire.TIMESTAMP_HEADER], headers[wire.NONCE_HEADER], body)
    forged = headers | {wire.SIGNATURE_HEADER: _signatures(beside)[way](text)}
    with pytest.raises(NoticeRefused, match="notice_forged"):
        beside.rail.read_notice(forged, body, beside.clock.now_ms())


def test_an_answer_does_not_pass_for_a_notice(beside: Beside) -> None:
    """Each kind of signed text begins with its own word, so none can be passed off as another."""
    charge = beside.paid()
    status, headers, body = signed_request(beside, "GET", f"/v1/charges/{charge.charge_no}", b"")
    assert status == 200
    with pytest.raises(NoticeRefused, match="notice_forged"):
        beside.rail.read_notice(headers, body, beside.clock.now_ms())


def test_a_key_file_under_a_false_serial_is_not_used(beside: Beside) -> None:
    public = beside.folder / "gateway" / "public"
    stranger = wire.SigningKey((beside.folder / "keys" / f"{SELLER}.pem").read_bytes())
    (public / f"{'0' * 40}.pem").write_bytes(stranger.public_pem)
    headers, body = _genuine(beside)[0]
    text = wire.notice_text(headers[wire.TIMESTAMP_HEADER], headers[wire.NONCE_HEADER], body)
    forged = {wire.SERIAL_HEADER: "0" * 40, wire.SIGNATURE_HEADER: stranger.sign(text)}
    for serial in ("0" * 40, "../../keys/museum-1", ""):
        with pytest.raises(NoticeRefused):
            beside.rail.read_notice(
                headers | forged | {wire.SERIAL_HEADER: serial}, body, beside.clock.now_ms()
            )


def test_a_notice_is_believed_for_five_minutes_on_either_side(beside: Beside) -> None:
    headers, body = _genuine(beside)[0]
    now = int(headers[wire.TIMESTAMP_HEADER]) * 1000
    for off in (-5 * MINUTE, 5 * MINUTE):
        with pytest.raises(NoticeRefused, match="notice_stale"):
            beside.rail.read_notice(headers, body, now + off)
    assert beside.rail.read_notice(headers, body, now + 5 * MINUTE - 1).notice_id
    for later in range(0, 5 * MINUTE, MINUTE):
        with pytest.raises(NoticeRefused, match="notice_replayed"):
            beside.rail.read_notice(headers, body, now + later)


def _whole(**changes: Any) -> bytes:
    """The body of a notice that lacks nothing, with changes to its payment."""
    payment: dict[str, Any] = {
        "merchant": SELLER, "charge_no": "C00000001", "state": "SUCCESS", "amount_fen": 19_900,
        "currency": "CNY", "refunded_fen": 0, "paid_at": 1, "transaction_no": "42",
        "instrument": "balance", "payer": "mismatch", "refundable_until": 2,
    }  # fmt: skip
    return wire.encode({"id": "EV-1", "event": "payment.success", "payment": payment | changes})


def _signed_by_gateway(place: Beside, body: bytes) -> dict[str, str]:
    stamp, nonce = str(place.clock.now_ms() // 1000), place.new_no("N").replace("_", "0" * 20)
    return {
        wire.SERIAL_HEADER: place.gateway.key.serial,
        wire.TIMESTAMP_HEADER: stamp,
        wire.NONCE_HEADER: nonce,
        wire.SIGNATURE_HEADER: place.gateway.key.sign(wire.notice_text(stamp, nonce, body)),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 60_000,
        b"9" * 60_000,
        _whole().replace(b'"EV-1"', b"1"),
        _whole().replace(b"payment.success", b"sale.success"),
        _whole().replace(b"payment.success", b"refund.success"),
        _whole().replace(b"payment.success", b"payment.closed"),
        _whole().replace(b'"payment":{', b'"other":{'),
        _whole(state="NOTPAY"),
        _whole(state="PAID"),
        _whole(amount_fen=True),
        _whole(amount_fen=1.5),
        _whole(amount_fen="19900"),
        _whole(amount_fen=None),
        _whole(currency=156),
        _whole(merchant=None),
        _whole(paid_at=None),
        _whole(transaction_no=None),
        _whole(instrument=None),
        _whole(payer="sure"),
        _whole(refundable_until="later"),
    ],
    ids=itertools.count(),
)
def test_signed_nonsense_is_refused_as_such(beside: Beside, content: bytes) -> None:
    headers = _signed_by_gateway(beside, content)
    with pytest.raises(NoticeRefused, match="notice_malformed"):
        beside.rail.read_notice(headers, content, beside.clock.now_ms())


def test_figures_of_any_size_are_passed_on(beside: Beside) -> None:
    """What the provider signed reaches the rules as it is: nothing, less than nothing, far more."""
    for fen in (0, -1, 10**18):
        body = _whole(amount_fen=fen, currency="XXX", instrument="gold")
        headers = _signed_by_gateway(beside, body)
        result = beside.rail.read_notice(headers, body, beside.clock.now_ms()).result
        assert isinstance(result, PaymentState)
        assert (result.amount_fen, result.currency, result.instrument) == (fen, "XXX", "unknown")


def test_a_notice_of_any_length_is_refused_before_it_is_read(beside: Beside) -> None:
    headers, _ = _genuine(beside)[0]
    with pytest.raises(NoticeRefused, match="notice_too_large"):
        beside.rail.read_notice(headers, b" " * (wire.MAX_BODY + 1), beside.clock.now_ms())
