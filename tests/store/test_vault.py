"""The vault: what is sealed opens for its key and place only; the key file is nobody else's."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from collectibles.errors import CollectiblesError, Unavailable
from collectibles.store.vault import KeyFile, Keys, Vault

PLACE = "people.document_number:7"
NUMBER = "11010519491231002X"


@pytest.fixture
def keys() -> Keys:
    return Keys.new()


@pytest.fixture
def vault(keys: Keys) -> Vault:
    return Vault(keys)


@given(st.text(max_size=500))
def test_what_is_sealed_opens(text: str) -> None:
    vault = Vault(Keys.new())
    data_key = vault.new_data_key()
    assert vault.open(data_key, PLACE, vault.seal(data_key, PLACE, text)) == text


def test_the_same_text_never_looks_the_same(vault: Vault) -> None:
    data_key = vault.new_data_key()
    sealed = {vault.seal(data_key, PLACE, NUMBER) for _ in range(50)}
    assert len(sealed) == 50
    assert len({vault.new_data_key() for _ in range(50)}) == 50


def test_every_flipped_bit_is_found(vault: Vault) -> None:
    data_key = vault.new_data_key()
    sealed = vault.seal(data_key, PLACE, NUMBER)
    for whole, other, order in ((sealed, data_key, 0), (data_key, sealed, 1)):
        for place in range(len(whole) * 8):
            broken = bytearray(whole)
            broken[place // 8] ^= 1 << place % 8
            pair = (other, bytes(broken)) if order == 0 else (bytes(broken), other)
            with pytest.raises(Unavailable):
                vault.open(pair[0], PLACE, pair[1])


def test_every_cut_is_found(vault: Vault) -> None:
    data_key = vault.new_data_key()
    sealed = vault.seal(data_key, PLACE, NUMBER)
    for end in range(len(sealed)):
        with pytest.raises(Unavailable):
            vault.open(data_key, PLACE, sealed[:end])
    for end in range(len(data_key)):
        with pytest.raises(Unavailable):
            vault.open(data_key[:end], PLACE, sealed)


@pytest.mark.parametrize(
    "elsewhere",
    ["people.document_number:8", "people.phone:7", "guardians.document_number:7"],
)
def test_a_field_moved_elsewhere_does_not_open(vault: Vault, elsewhere: str) -> None:
    data_key = vault.new_data_key()
    sealed = vault.seal(data_key, PLACE, NUMBER)
    with pytest.raises(Unavailable) as caught:
        vault.open(data_key, elsewhere, sealed)
    assert NUMBER not in str(caught.value)
    assert elsewhere in caught.value.en


def test_another_persons_key_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(vault.new_data_key(), PLACE, NUMBER)
    with pytest.raises(Unavailable):
        vault.open(vault.new_data_key(), PLACE, sealed)


@pytest.mark.parametrize(
    "where", ["", "people", "people.phone", "people.phone:", "a.b:c d", "A.b:1"]
)
def test_a_place_is_written_in_full(vault: Vault, where: str) -> None:
    with pytest.raises(ValueError, match=r"table\.column"):
        vault.seal(vault.new_data_key(), where, NUMBER)


def test_another_implementation_opens_the_envelope(vault: Vault, keys: Keys) -> None:
    data_key = vault.new_data_key()
    sealed = vault.seal(data_key, PLACE, NUMBER)
    ((key_id, key),) = keys.ring
    head, nonce, body = data_key[:2], data_key[10:22], data_key[22:]
    assert (head, data_key[2:10]) == (b"\x01\x01", key_id)
    bare = AESGCM(key).decrypt(nonce, body, head + b"data key" + key_id)
    assert len(bare) == 32
    text = AESGCM(bare).decrypt(sealed[2:14], sealed[14:], sealed[:2] + PLACE.encode())
    assert text.decode() == NUMBER


def test_an_unknown_version_or_algorithm_is_not_guessed(vault: Vault) -> None:
    data_key = vault.new_data_key()
    sealed = vault.seal(data_key, PLACE, NUMBER)
    for head in (b"\x02\x01", b"\x01\x02"):
        with pytest.raises(Unavailable):
            vault.open(data_key, PLACE, head + sealed[2:])
        with pytest.raises(Unavailable):
            vault.open(head + data_key[2:], PLACE, sealed)


def test_a_change_of_keys(vault: Vault, keys: Keys) -> None:
    old_data_key = vault.new_data_key()
    sealed = vault.seal(old_data_key, PLACE, NUMBER)
    changed = Vault(keys.with_new_key())
    assert changed.open(old_data_key, PLACE, sealed) == NUMBER
    assert vault.is_current(old_data_key)
    assert not changed.is_current(old_data_key)
    new_data_key = changed.rewrap(old_data_key)
    assert changed.is_current(new_data_key)
    assert changed.open(new_data_key, PLACE, sealed) == NUMBER
    only_new = Vault(Keys(keys.with_new_key().ring[:1], keys.index_key))
    with pytest.raises(Unavailable):
        only_new.open(old_data_key, PLACE, sealed)
    assert changed.blind_index("people.phone", "x") == vault.blind_index("people.phone", "x")


def test_blind_index(vault: Vault, keys: Keys) -> None:
    found = vault.blind_index("people.document_number", NUMBER)
    message = b"people.document_number\0" + NUMBER.encode()
    assert found == hmac.new(keys.index_key, message, hashlib.sha256).digest()
    assert len(found) == 32
    assert found != vault.blind_index("people.phone", NUMBER)
    assert found != Vault(Keys.new()).blind_index("people.document_number", NUMBER)
    assert vault.blind_index("a", "b\0c") != vault.blind_index("a.b", "c")
    with pytest.raises(ValueError, match="label"):
        vault.blind_index("a\0b", "c")


def test_keys_are_not_printed(vault: Vault, keys: Keys) -> None:
    shown = f"{keys!r} {keys} {vault!r}"
    for key in (keys.index_key, *(key for _, key in keys.ring)):
        assert key.hex() not in shown
        assert repr(key) not in shown


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "vault.keys"
    made = KeyFile.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeyFile.load_or_create(path) == made
    assert [p.name for p in path.parent.iterdir()] == ["vault.keys"]
    added = KeyFile.add_key(path)
    assert KeyFile.load(path) == added
    assert added.ring[1:] == made.ring
    assert added.index_key == made.index_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_mode_does_not_depend_on_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        KeyFile.load_or_create(tmp_path / "a.keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.keys").stat().st_mode) == 0o600


def test_all_who_start_together_have_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "vault.keys"
    found: list[Keys] = []
    start = threading.Barrier(8)

    def load() -> None:
        start.wait()
        found.append(KeyFile.load_or_create(path))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {KeyFile.load(path)}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o601])
def test_a_key_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "vault.keys"
    KeyFile.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(CollectiblesError) as caught:
        KeyFile.load_or_create(path)
    assert caught.value.code == "key_file_open_to_others"
    assert "chmod 600" in caught.value.zh
    assert "chmod 600" in caught.value.en


def test_what_is_no_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "vault.keys"
    good = {"format": "diancang-keys-1", "ring": [], "index_key": "00" * 32}
    one = {"id": "00" * 8, "key": "00" * 32}
    for text in (
        *("", "{}", "[]", "null", "x", "\xff", json.dumps(good)),
        json.dumps({**good, "ring": [{**one, "key": "00" * 16}]}),
        json.dumps({**good, "ring": [one, one]}),
        json.dumps({**good, "ring": [{**one, "id": "00"}]}),
        json.dumps({**good, "ring": [one], "index_key": "zz"}),
        json.dumps({**good, "ring": [one], "format": "other"}),
    ):
        path.write_text(text, encoding="latin-1")
        path.chmod(0o600)
        with pytest.raises(CollectiblesError) as caught:
            KeyFile.load_or_create(path)
        assert caught.value.code == "key_file_unreadable"
        assert path.read_text(encoding="latin-1") == text


def test_a_link_is_no_key_file(tmp_path: Path) -> None:
    KeyFile.load_or_create(tmp_path / "real.keys")
    (tmp_path / "vault.keys").symlink_to(tmp_path / "real.keys")
    with pytest.raises(CollectiblesError) as caught:
        KeyFile.load(tmp_path / "vault.keys")
    assert caught.value.code == "key_file_unreadable"


def test_a_vault_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Vault(Keys((), bytes(32)))
