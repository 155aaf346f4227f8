"""The key is opened last, signs exactly what it is given, and is never seen."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped] # it ships no types
from eth_account import Account
from eth_keyfile.keyfile import _scrypt_hash
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from allowctl.codec.transaction import Unsigned, payload
from allowctl.errors import SignerError
from allowctl.model.chain import Address
from allowctl.model.plan import Fees
from allowctl.revoke import keystore, sign
from allowctl.revoke.keysource import Folder, KeystoreFile, Layout, NamedAccount
from allowctl.revoke.passwords import PasswordFile, Prompt
from allowctl.revoke.ports import Signer
from allowctl.revoke.sign import KeystoreSigner, unlock
from tests import build
from tests.nodes.anvil import foundry_binary
from tests.nodes.process import run
from tests.revoke.making_keys import (
    KEY,
    NOBODY,
    OWNER,
    PASSWORD,
    caught,
    changed,
    document,
    leaks,
    opened,
    printed,
    put,
    secret,
)

MINE = KeystoreSigner(secret(KEY), OWNER)
"""Nobody's test makes it forget."""
STEP = payload(
    Unsigned(
        chain_id=1,
        nonce=7,
        fees=Fees(max_fee=30, tip=1),
        gas=60_000,
        to=build.TOKEN,
        data=bytes(68),
    )
)


def test_opens_a_keystore(tmp_path: Path) -> None:
    """It is a Signer of the address that was expected."""
    signer: Signer = opened(tmp_path)

    assert signer.address == OWNER
    assert Account.recover_transaction(signer.sign(STEP)).lower() == OWNER


@pytest.mark.node
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_foundry_s_account_by_its_name(tmp_path: Path) -> None:
    """`cast wallet import`, then ours: `cast` itself decodes what is signed."""
    cast = foundry_binary("cast")
    run(
        [
            *(cast, "wallet", "import", "main", "--keystore-dir", str(tmp_path)),
            *("--private-key", "0x" + KEY.hex(), "--unsafe-password", PASSWORD),
        ]
    )
    signer = unlock(
        NamedAccount(name="main"),
        PasswordFile(path=put(tmp_path / "password", PASSWORD + "\n")),
        OWNER,
        folders=(Folder(layout=Layout.FOUNDRY, path=tmp_path),),
        insecure_permissions=True,
    )
    for fees in (Fees(max_fee=30, tip=1), Fees(max_fee=30, tip=None)):
        step = Unsigned(
            chain_id=137, nonce=7, fees=fees, gas=60_000, to=build.TOKEN, data=b"\x01"
        )
        raw = signer.sign(payload(step))
        told = json.loads(run([cast, "decode-transaction", "0x" + raw.hex()]))
        found = json.loads(told) if isinstance(told, str) else told

        assert found["signer"] == OWNER
        assert found["hash"] == "0x" + keccak(raw).hex()
        assert int(found["nonce"], 16) == 7
        assert found["to"] == build.TOKEN
        assert found["input"] == "0x01"
        if fees.tip is None:
            assert int(found["v"], 16) in {137 * 2 + 35, 137 * 2 + 36}
        else:
            assert int(found["chainId"], 16) == 137


@given(
    chain_id=st.integers(1, 2**64),
    nonce=st.integers(0, 2**64 - 2),
    tip=st.none() | st.integers(0, 2**32),
    more=st.integers(0, 2**64),
    gas=st.integers(1, 2**64 - 1),
    data=st.binary(max_size=200),
)
def test_signs_as_the_library_does(  # noqa: PLR0913, PLR0917 - a transaction's fields
    chain_id: int, nonce: int, tip: int | None, more: int, gas: int, data: bytes
) -> None:
    """For any transaction: byte for byte what eth_account signs (RFC 6979)."""
    fee = (tip or 0) + more
    step = Unsigned(
        chain_id=chain_id,
        nonce=nonce,
        fees=Fees(max_fee=fee, tip=tip),
        gas=gas,
        to=build.TOKEN,
        data=data,
    )
    prices = (
        {"gasPrice": fee}
        if tip is None
        else {"type": 2, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip}
    )
    other = Account.sign_transaction(
        {
            "chainId": chain_id,
            "nonce": nonce,
            "gas": gas,
            "to": build.TOKEN,
            "value": 0,
            "data": data,
            **prices,
        },
        KEY,
    )

    assert MINE.sign(payload(step)) == bytes(other.raw_transaction)


def _unsigned(*fields: object, kind: bytes = b"\x02") -> bytes:
    return kind + bytes(rlp.encode(fields))


TO = bytes(20)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x02",
        b"\xc0",
        b"\x19Ethereum Signed Message:\n2hi",
        b"\x19\x01" + bytes(64),
        keccak(b"x"),
        STEP + b"\x00",
        STEP[:-1],
        b"\x01" + STEP[1:],
        b"\x04" + STEP[1:],
        STEP[1:],
        _unsigned(1, 7, 1, 30, 60_000, TO, 0, b""),
        _unsigned(1, 7, 1, 30, 60_000, TO, 0, b"", [], []),
        _unsigned(0, 7, 1, 30, 60_000, TO, 0, b"", []),
        _unsigned(b"\x00\x01", 7, 1, 30, 60_000, TO, 0, b"", []),
        _unsigned([1], 7, 1, 30, 60_000, TO, 0, b"", []),
        _unsigned(1, 7, 1, 30, 60_000, TO, 0, b"", b""),
        _unsigned(7, 30, 60_000, TO, 0, b"", kind=b""),
        _unsigned(7, 30, 60_000, TO, 0, b"", 0, 0, 0, kind=b""),
        _unsigned(7, 30, 60_000, TO, 0, b"", 1, 1, 0, kind=b""),
        _unsigned(7, 30, 60_000, TO, 0, b"", 27, 1, 1, kind=b""),
        b"\xc1" * 60_000 + b"\xc0",
    ],
    ids=lambda each: each.hex()[:24],
)
def test_signs_nothing_else(wrong: bytes) -> None:
    """No message, no hash, no other type, no transaction that is good on any chain."""
    with pytest.raises(SignerError, match="only an unsigned transaction"):
        MINE.sign(wrong)


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda it: b"\x02" + it))
def test_random_bytes_are_not_signed(wrong: bytes) -> None:
    """Whatever is no transaction is a refusal, and nothing worse."""
    with pytest.raises(SignerError):
        MINE.sign(wrong)


def test_a_wrong_signature_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signed is read out of the bytes that would be sent."""
    parity, r, s = sign._signature(secret(KEY), STEP)  # noqa: SLF001 - to break it
    for broken in ((1 - parity, r, s), (parity, r, s - 1), (parity, 0, 0)):
        monkeypatch.setattr(sign, "_signature", lambda *_, it=broken: it)
        with pytest.raises(SignerError, match="came out wrong"):
            MINE.sign(STEP)


def test_a_forgotten_key_signs_nothing(tmp_path: Path) -> None:
    """Dropping it twice does no harm; the address is still known."""
    signer = opened(tmp_path)
    signer.forget()
    signer.forget()

    with pytest.raises(SignerError, match="was forgotten"):
        signer.sign(STEP)
    assert signer.address == OWNER


def test_another_s_key_is_refused(tmp_path: Path) -> None:
    """By its claim before a password is asked for, by its key after that."""
    claims = put(tmp_path / "claims", document())
    silent = document()
    del silent["address"]
    silent_path = put(tmp_path / "silent", silent)
    words = f"the keystore holds the key of {OWNER}, not of {NOBODY}"

    with pytest.raises(SignerError, match=words):
        # Nobody is there to be asked.
        unlock(KeystoreFile(path=claims), Prompt(), NOBODY, folders=())
    password = PasswordFile(path=put(tmp_path / "password", PASSWORD))
    with pytest.raises(SignerError, match=words):
        unlock(KeystoreFile(path=silent_path), password, NOBODY, folders=())


def test_a_claim_is_not_believed(tmp_path: Path) -> None:
    """A keystore that claims the expected address and holds another's key."""
    path = put(tmp_path / "liar", document() | {"address": NOBODY})
    password = PasswordFile(path=put(tmp_path / "password", PASSWORD))

    with pytest.raises(SignerError, match=f"of {OWNER}, not of {NOBODY}"):
        unlock(KeystoreFile(path=path), password, NOBODY, folders=())


def test_a_refused_key_is_wiped() -> None:
    """It is not left behind for the exception's sake."""
    key = secret(KEY)

    with pytest.raises(SignerError):
        KeystoreSigner(key, NOBODY)
    assert key.gone


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, b"", b"\x01" * 31])
def test_no_key_at_all(key: bytes) -> None:
    """Zero, above the curve's order, or of another length."""
    with pytest.raises(SignerError, match=r"no usable key|not of"):
        KeystoreSigner(secret(key), OWNER)


def test_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardened first; the file is checked before a password is had; then decrypted."""
    order: list[str] = []
    for owner, name in (
        (sign, "harden"),
        (keystore, "read"),
        (sign, "obtain"),
        (keystore, "decrypt"),
    ):
        monkeypatch.setattr(owner, name, _noted(order, name, getattr(owner, name)))

    opened(tmp_path)
    assert order == ["harden", "read", "obtain", "decrypt"]
    for wrong in ({"mac": ""}, {"kdfparams": {"n": 1 << 24}}):
        order.clear()
        with pytest.raises(SignerError):
            opened(tmp_path, **wrong)
        assert order == ["harden", "read"]


def _noted(
    order: list[str], name: str, work: Callable[..., object]
) -> Callable[..., object]:
    def noted(*given: object, **named: object) -> object:
        order.append(name)
        return work(*given, **named)

    return noted


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has none")
def test_a_fifo_is_refused(tmp_path: Path) -> None:
    """At once, without a password and without waiting."""
    os.mkfifo(tmp_path / "fifo", 0o600)

    with pytest.raises(SignerError, match="not a regular file"):
        unlock(KeystoreFile(path=tmp_path / "fifo"), Prompt(), OWNER, folders=())


def test_the_password_is_wiped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it opened the keystore or not."""
    for word, good in ((PASSWORD, True), ("another", False)):
        had = secret(word)
        monkeypatch.setattr(sign, "obtain", lambda *_, it=had: it)
        if good:
            opened(tmp_path)
        else:
            with pytest.raises(SignerError, match="do not go together"):
                opened(tmp_path)
        assert had.gone


def test_a_signer_shows_its_address(tmp_path: Path) -> None:
    """And nothing else; it is neither copied nor pickled."""
    signer = opened(tmp_path)

    assert repr(signer) == f"<signer of {OWNER}>"
    assert leaks(f"{signer} {[signer]}", KEY) == []
    for use in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            use(signer)


LIMITS = """
import ctypes, json, resource, sys
from pathlib import Path
from allowctl.revoke import keystore, sign
from allowctl.revoke.keysource import KeystoreFile
from allowctl.revoke.passwords import PasswordFile
seen = []
real = sign.keystore.decrypt
def decrypt(*given):
    core = resource.getrlimit(resource.RLIMIT_CORE)
    seen.append([core, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)])
    return real(*given)
sign.keystore.decrypt = decrypt
folder = Path(sys.argv[1])
sign.unlock(
    KeystoreFile(path=folder / "keystore"),
    PasswordFile(path=folder / "password"),
    sys.argv[2],
    folders=(),
)
print(json.dumps(seen))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_hardened_before_it_is_decrypted(tmp_path: Path) -> None:
    """In a process of its own: no core, not dumpable, when the key comes out."""
    put(tmp_path / "keystore", document())
    put(tmp_path / "password", PASSWORD)
    told = subprocess.run(
        [sys.executable, "-c", LIMITS, str(tmp_path), OWNER],
        capture_output=True,
        check=True,
    )

    assert json.loads(told.stdout) == [[[0, 0], 0]]


def test_help_does_not_load_them() -> None:
    """The modules are there without the libraries that sign."""
    script = (
        "import sys; import allowctl.revoke.sign, allowctl.cli.key_options;"
        "print(sorted({'eth_account','eth_keys','eth_keyfile','rlp','web3','keyring',"
        "'aiohttp','sqlalchemy'} & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True
    )

    assert told.stdout.strip() == b"[]"


class Broken(Exception):  # noqa: N818 - a stranger's
    """What nobody expects."""


def _breaking(target: str) -> Callable[..., object]:
    """A function that fails with its arguments in its frame, and in its words."""

    def broken(*given: object, **named: object) -> object:
        held = [*given, *named.values()]
        stop = _STOP[target]
        # Ctrl-C says nothing: only its frames hold anything.
        raise stop if stop is KeyboardInterrupt else stop(repr(held))

    return broken


_STOP: dict[str, type[BaseException]] = {}

STAGES = {
    "scrypt": "eth_keyfile.keyfile.scrypt",
    "cipher": "eth_keyfile.keyfile.decrypt_aes_ctr",
    "mac": "eth_keyfile.keyfile.keccak",
    "decode": "eth_keyfile.keyfile.decode_keyfile_json",
    "public key": "eth_keys.backends.native.main.private_key_to_public_key",
    "signature": "eth_keys.backends.native.main.ecdsa_raw_sign",
    "nonce": "eth_keys.backends.native.ecdsa.deterministic_generate_k",
    "recovery": "eth_account.account.Account.recover_transaction",
    "assembly": "allowctl.revoke.sign._assembled",
    "stripping": "allowctl.revoke.passwords._line",
    "reading": "allowctl.revoke.private._taken",
    "judging": "allowctl.revoke.keystore._checked",
}


@pytest.mark.parametrize("stop", [Broken, MemoryError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("stage", STAGES)
def test_no_traceback_shows_a_secret(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    stop: type[BaseException],
) -> None:
    """A failure anywhere: no key, password or derived key, in any frame's locals."""
    it = document()
    salt = bytes.fromhex(it["crypto"]["kdfparams"]["salt"])
    derived = _scrypt_hash(PASSWORD.encode(), salt, 2, 8, 1, 32)
    source = KeystoreFile(path=put(tmp_path / "keystore", it))
    password = PasswordFile(path=put(tmp_path / "password", PASSWORD))
    target = STAGES[stage]
    monkeypatch.setitem(_STOP, target, stop)
    # This backend is pure Python, whose frames hold the most.
    monkeypatch.setenv("ECC_BACKEND_CLASS", "eth_keys.backends.NativeECCBackend")
    monkeypatch.setattr(target, _breaking(target))

    error = caught(
        lambda: unlock(source, password, OWNER, folders=()).sign(STEP),
    )

    if stop is KeyboardInterrupt:
        assert isinstance(error, KeyboardInterrupt)
    elif stage != "assembly":
        assert isinstance(error, SignerError), printed(error)
        assert error.__context__ is None
    found = leaks(printed(error), KEY, PASSWORD.encode(), derived, derived[:16])
    assert found == []


@pytest.mark.parametrize(
    ("content", "word", "expected"),
    [
        (document(), "another-" + PASSWORD, OWNER),
        ({**document(), "address": NOBODY}, PASSWORD, NOBODY),
        ({"private": KEY.hex()}, PASSWORD, OWNER),
        (KEY.hex(), PASSWORD, OWNER),
        (f'{{"version": "{KEY.hex()}"}}', PASSWORD, OWNER),
        (f'{{"{KEY.hex()}": 3, "version": 3}}', PASSWORD, OWNER),
        (f'{{"version": 3, "address": "{KEY.hex()}"}}', PASSWORD, OWNER),
        (changed(kdf=KEY.hex()), PASSWORD, OWNER),
        (document(), PASSWORD * 500, OWNER),
    ],
    ids=lambda each: str(each)[:20],
)
def test_no_refusal_shows_a_secret(
    tmp_path: Path, content: dict[str, Any] | str, word: str, expected: Address
) -> None:
    """A wrong password, another's key, and a raw key where a keystore should be."""
    source = KeystoreFile(path=put(tmp_path / "keystore", content))
    password = PasswordFile(path=put(tmp_path / "password", word))

    error = caught(lambda: unlock(source, password, expected, folders=()))

    assert isinstance(error, SignerError)
    assert leaks(printed(error), KEY, PASSWORD.encode()) == []


def test_the_search_finds_what_it_should() -> None:
    """The canaries' forms are found where a library prints them: the tests can fail."""

    def fail() -> None:
        key = int.from_bytes(KEY, "big")
        data = bytearray(PASSWORD.encode())
        held = [KEY, secret()]
        raise Broken(f"{len(held)} {len(data)} {key % 2}")

    found = leaks(printed(caught(fail)), KEY, PASSWORD.encode())

    assert {str(int.from_bytes(KEY, "big")), PASSWORD} <= {*found}
