"""A keystore is read only if it can do no harm, and opened only by its password."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import example, given
from hypothesis import strategies as st

from allowctl.errors import SignerError
from allowctl.revoke import keystore
from allowctl.revoke.hardening import Secret
from allowctl.revoke.keystore import (
    Locked,
    Pbkdf2,
    Scrypt,
    address_in,
    decrypt,
    look,
    read,
)
from tests.nodes.anvil import foundry_binary
from tests.nodes.process import run
from tests.revoke.making_keys import (
    KEY,
    OWNER,
    PASSWORD,
    changed,
    document,
    leaks,
    put,
    secret,
)


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever derives or decrypts anything fails the test."""
    document()

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("key derivation was started")

    for name in ("scrypt", "pbkdf2_hmac"):
        monkeypatch.setattr(hashlib, name, refuse)
    monkeypatch.setattr("eth_keyfile.keyfile.scrypt", refuse)
    monkeypatch.setattr("eth_keyfile.keyfile.decode_keyfile_json", refuse)


def judged(folder: Path, content: dict[str, Any] | bytes | str) -> Locked:
    return read(put(folder / "keystore", content))


@pytest.mark.parametrize(("kdf", "rounds"), [("scrypt", 2), ("pbkdf2", 1)])
def test_opens_a_library_s(tmp_path: Path, kdf: str, rounds: int) -> None:
    """A keystore by eth_account gives its key, with either key derivation."""
    found = judged(tmp_path, document(kdf=kdf, rounds=rounds))

    assert found.address == OWNER
    assert found.kdf == (Scrypt(n=2, r=8, p=1) if kdf == "scrypt" else Pbkdf2(c=1))
    assert decrypt(found, secret()).reveal() == KEY


@pytest.mark.node
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_opens_foundry_s(tmp_path: Path) -> None:
    """One by `cast wallet import`: others may read it, and it names no address."""
    before = os.umask(0o022)
    try:
        run(
            [
                *(foundry_binary("cast"), "wallet", "import", "main"),
                *("--private-key", "0x" + KEY.hex()),
                *("--unsafe-password", PASSWORD, "--keystore-dir", str(tmp_path)),
            ]
        )
    finally:
        os.umask(before)
    path = tmp_path / "main"

    with pytest.raises(SignerError, match="others may read it") as raised:
        read(path)
    assert f"chmod 600 {path}" in (raised.value.hint or "")
    assert "--insecure-permissions" in (raised.value.hint or "")
    found = read(path, insecure_permissions=True)
    assert found.address is None
    assert address_in(path, insecure_permissions=True) is None
    assert decrypt(found, secret()).reveal() == KEY
    path.chmod(0o600)
    assert read(path) == found


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_looks_without_opening(tmp_path: Path) -> None:
    """What lstat tells is told early; what stands in the file is not looked at."""
    bad = tmp_path / "keystore"
    with pytest.raises(SignerError, match="cannot be read"):
        look(bad)
    put(bad, "no keystore at all", 0o600)
    look(bad)
    (tmp_path / "link").symlink_to(bad)
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name, why in (
        ("link", "a symbolic link"),
        ("fifo", "not a regular file"),
        ("", "not a regular file"),
    ):
        with pytest.raises(SignerError, match=why):
            look(tmp_path / name)
    bad.chmod(0o644)
    with pytest.raises(SignerError, match="others may read it"):
        look(bad)
    look(bad, insecure_permissions=True)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_what_others_write_no_option_allows(tmp_path: Path) -> None:
    """The hint is the repair alone."""
    path = put(tmp_path / "keystore", "{}", 0o622)
    for insecure in (False, True):
        with pytest.raises(SignerError, match="others may write it") as raised:
            look(path, insecure_permissions=insecure)
        assert raised.value.hint == f"chmod 600 {path}"


def test_old_spellings(tmp_path: Path) -> None:
    """`Crypto`, 0x before hex, capitals, more fields: other wallets write them."""
    old = document()
    crypto = old.pop("crypto")
    crypto["mac"] = "0x" + crypto["mac"].upper()
    old |= {"Crypto": crypto, "address": OWNER, "x-ethers": {"a": [1]}, "id": 5}

    found = judged(tmp_path, old)

    assert found.address == OWNER
    assert decrypt(found, secret()).reveal() == KEY


def test_an_iv_without_its_zeros(tmp_path: Path) -> None:
    """Old libraries wrote it as a number: shorter where it begins with zeros."""
    from eth_keyfile.keyfile import (  # noqa: PLC0415 - only here
        _scrypt_hash,
        encrypt_aes_ctr,
    )
    from eth_utils.crypto import keccak  # noqa: PLC0415 - only here

    params = document()["crypto"]["kdfparams"]
    derived = _scrypt_hash(
        PASSWORD.encode(), bytes.fromhex(params["salt"]), 2, 8, 1, 32
    )
    ciphertext = encrypt_aes_ctr(KEY, derived[:16], 0x1234)
    it = changed(
        cipherparams={"iv": "1234"},
        ciphertext=ciphertext.hex(),
        kdfparams=params,
        mac=keccak(derived[16:] + ciphertext).hex(),
    )

    assert decrypt(judged(tmp_path, it), secret()).reveal() == KEY


def test_the_address_is_read_without_a_password(tmp_path: Path, no_work: None) -> None:
    """It is what the file claims, in lower case with 0x."""
    del no_work
    path = put(tmp_path / "it", document() | {"address": OWNER[2:].upper()})

    assert address_in(path) == OWNER


def test_a_wrong_password_says_one_thing(tmp_path: Path) -> None:
    """Whether the password is wrong or the file was changed is not told."""
    for content, word in (
        (document(), "another"),
        (document(), ""),
        (changed(mac="00" * 32), PASSWORD),
        (changed(ciphertext="00" * 32), PASSWORD),
        (changed(kdfparams={"n": 4}), PASSWORD),
    ):
        with pytest.raises(SignerError) as raised:
            decrypt(judged(tmp_path, content), secret(word))
        assert str(raised.value) == (
            "the keystore and this password do not go together"
        )
        assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"n": 1 << 24}, "its n is not between 1 and 1048576"),
        ({"n": 1 << 21}, "its n is not"),
        ({"n": 1 << 62}, "its n is not"),
        ({"n": 0}, "its n is not"),
        ({"n": 1}, "no power of two"),
        ({"n": 3}, "no power of two"),
        ({"n": -2}, "its n is not"),
        ({"r": 1 << 20}, "its r is not"),
        ({"p": 17}, "its p is not"),
        ({"p": 0}, "its p is not"),
        ({"n": 1 << 20, "r": 9}, "more than 1 GiB"),
        ({"n": 1 << 20, "r": 8, "p": 3}, "too much work"),
        ({"n": 2.0}, r"got `float` - at `\$.crypto.kdfparams.n`"),
        ({"n": "2"}, "got `str`"),
        ({"n": True}, "got `bool`"),
        ({"n": None}, "its n is not"),
        ({"r": None}, "its r is not"),
        ({"n": 10**4000}, "its n is not"),
        ({"dklen": 64}, "its dklen is not 32"),
        ({"dklen": 1 << 40}, "its dklen is not 32"),
        ({"salt": ""}, "its salt is not"),
        ({"salt": "zz"}, "its salt is not"),
        ({"salt": "a"}, "its salt is not"),
        ({"salt": "aa" * 129}, "its salt is not"),
        ({"salt": 5}, "got `int`"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_monstrous_derivation_is_refused(
    tmp_path: Path, no_work: None, params: dict[str, object], words: str
) -> None:
    """Before a step of it is done, by names of fields and numbers of ours alone."""
    del no_work

    with pytest.raises(SignerError, match=words):
        judged(tmp_path, changed(kdfparams=params))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"c": 10_000_001}, "its c is not between 1 and 10000000"),
        ({"c": 0}, "its c is not"),
        ({"c": None}, "its c is not"),
        ({"prf": "hmac-md5"}, "its prf is not"),
        ({"prf": None}, "its prf is not"),
    ],
)
def test_monstrous_pbkdf2_is_refused(
    tmp_path: Path, no_work: None, params: dict[str, object], words: str
) -> None:
    """The other key derivation has its bound, and one hash."""
    del no_work
    fine = {"c": 1, "prf": "hmac-sha256"}

    with pytest.raises(SignerError, match=words):
        judged(tmp_path, changed(kdf="pbkdf2", kdfparams=fine | params))


@pytest.mark.parametrize(
    ("crypto", "words"),
    [
        ({"cipher": "aes-128-cbc"}, "its cipher is not"),
        ({"cipher": None}, "got `null`"),
        ({"kdf": "argon2"}, "neither scrypt nor pbkdf2"),
        ({"kdf": "Scrypt"}, "neither scrypt nor pbkdf2"),
        ({"cipherparams": {}}, "missing required field `iv`"),
        ({"cipherparams": {"iv": "00" * 17}}, "its iv is not 1 to 16 bytes"),
        ({"ciphertext": "00" * 31}, "its ciphertext is not 32 bytes"),
        ({"ciphertext": "00" * 33}, "its ciphertext is not"),
        ({"ciphertext": "é" * 64}, "its ciphertext is not"),
        ({"mac": "00" * 16}, "its mac is not"),
        ({"mac": ["00"]}, "got `array`"),
    ],
    ids=str,
)
def test_every_field_is_checked(
    tmp_path: Path, crypto: dict[str, object], words: str
) -> None:
    """Types, lengths and closed words; what is wrong is named."""
    with pytest.raises(SignerError, match=words):
        judged(tmp_path, changed(**crypto))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "truncated"),
        (b"null", "Expected `object`"),
        (b"[" * 60_000, "Expected `object`"),
        (b'{"a":' + b"[" * 60_000, r"nested too deeply|truncated"),
        (b'{"crypto":' * 6_000, r"nested too deeply|truncated"),
        (b'{"a": "' + b"x" * 70_000 + b'"}', "more than 65536 bytes"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b'{"version": 3}', "not one field crypto"),
        (b'{"version": 4, "crypto": {}}', "missing required field"),
        (b'{"crypto": {}}', "missing required field"),
        (b"\xff\xfe", "malformed"),
        (b'{"version": "\xff"}', "got `str`"),
        (KEY.hex().encode(), "malformed"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "out of range"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_any_file_is_survived(tmp_path: Path, content: bytes, words: str) -> None:
    """Damaged, deep, huge, or something else: one line, and no content in it."""
    with pytest.raises(SignerError, match=words) as raised:
        judged(tmp_path, content)
    assert "\n" not in str(raised.value)
    assert leaks(str(raised.value), KEY) == []


@pytest.mark.parametrize("version", [1, 4, None, "3", 3.5])
def test_other_versions_are_refused(tmp_path: Path, version: object) -> None:
    """Only version 3, as a number."""
    with pytest.raises(SignerError, match="version"):
        judged(tmp_path, document() | {"version": version})


def test_two_cryptos_are_refused(tmp_path: Path) -> None:
    """Which of them is meant would depend on who reads."""
    both = document()
    both["Crypto"] = both["crypto"]

    with pytest.raises(SignerError, match="not one field crypto"):
        judged(tmp_path, both)


@pytest.mark.parametrize("address", ["", "0x", "00" * 19, "zz" * 20, "00" * 32])
def test_a_broken_address_is_refused(tmp_path: Path, address: str) -> None:
    """What claims to be an address has to be one."""
    with pytest.raises(SignerError, match="its address is none"):
        judged(tmp_path, document() | {"address": address})


@given(
    n=st.integers(min_value=0, max_value=70).map(lambda bits: 1 << bits)
    | st.integers(),
    r=st.integers(min_value=0, max_value=70) | st.integers(),
    p=st.integers(min_value=0, max_value=70) | st.integers(),
)
@example(n=1 << 18, r=8, p=1)
@example(n=1 << 18, r=1, p=8)
@example(n=1 << 13, r=8, p=1)
@example(n=1 << 12, r=8, p=6)
@example(n=1 << 20, r=8, p=2)
def test_work_is_bounded(n: int, r: int, p: int) -> None:
    """Whatever a file asks for: refused, or within memory and work; usual ones pass."""
    text = json.dumps(_LIGHT | {"crypto": _with(n, r, p)}).encode()
    try:
        found = keystore._locked("it", Secret(text))  # noqa: SLF001 - without a file
    except SignerError:
        assert (n, r, p) not in {(1 << 18, 8, 1), (1 << 18, 1, 8), (1 << 13, 8, 1)}
        return

    assert found.kdf == Scrypt(n=n, r=r, p=p)
    assert 128 * n * r <= 1 << 30
    assert n * r * p <= 1 << 24
    assert 1 <= p <= 16


_LIGHT = document()


def _with(n: int, r: int, p: int) -> dict[str, Any]:
    crypto = dict(_LIGHT["crypto"])
    crypto["kdfparams"] = crypto["kdfparams"] | {"n": n, "r": r, "p": p}
    return crypto


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "crypto", "kdf", "kdfparams", "n", "address"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(content=st.binary(max_size=200) | _JSON.map(lambda it: json.dumps(it).encode()))
def test_nothing_but_a_refusal(content: bytes) -> None:
    """Any bytes and any JSON are refused in one line."""
    with pytest.raises(SignerError) as raised:
        keystore._locked("it", Secret(content))  # noqa: SLF001 - without a file
    assert str(raised.value).startswith("it: not a keystore that can be used: ")
    assert str(raised.value).isprintable()


def test_a_locked_keystore_shows_little(tmp_path: Path) -> None:
    """Its printable form holds nothing that helps to guess the password."""
    it = document()
    shown = repr(judged(tmp_path, it))

    for each in (
        it["crypto"]["ciphertext"],
        it["crypto"]["mac"],
        it["crypto"]["kdfparams"]["salt"],
    ):
        assert each not in shown


def test_a_lack_of_memory_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for a wrong password."""
    it = judged(tmp_path, document())

    def fail(*_: object, **__: object) -> bytes:
        raise ValueError("Error 2 while running scrypt")

    monkeypatch.setattr("eth_keyfile.keyfile.scrypt", fail)

    with pytest.raises(SignerError, match="cannot be decrypted here: ValueError"):
        decrypt(it, secret())


def test_the_library_agrees(tmp_path: Path) -> None:
    """What is handed to it after our checks means the same as the file."""
    for kdf in ("scrypt", "pbkdf2"):
        it = document(kdf=kdf)
        found = judged(tmp_path, it)

        assert decrypt(found, secret()).reveal() == bytes(Account.decrypt(it, PASSWORD))
