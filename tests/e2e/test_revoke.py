"""Taking back and lowering every kind and quirk, on a node, as a person would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from allowctl.codec.words import checksum
from tests.e2e.command import Done, allowctl, scan
from tests.e2e.takes import Took, one_each, take, truthful
from tests.fakes.recording_proxy import RecordingProxy, Sent
from tests.lab.abi import decode_as, encode_call
from tests.lab.artifacts import PERMIT2
from tests.lab.revoking import (
    LARGE,
    YEAR,
    Wallet,
    child,
    left,
    plain,
    quirks,
    write_keystore,
)
from tests.lab.signing import permit2_signature
from tests.lab.world import MAX, SUPPLY, World
from tests.nodes.anvil import Anvil, foundry_binary
from tests.nodes.jsonrpc import Json, NodeError
from tests.nodes.node import address_of
from tests.nodes.process import run

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("revoke")]

CHILDREN = ("child 1", "child 2", "child 3")
SINGLE = {"item", "operator of ERC-721", "operator of ERC-1155"}
GONE = (
    *("OpenZeppelin 4.9", "OpenZeppelin 5", "whole", "WETH9", "USDT", "UNI"),
    *("Tether Gold", "decreaseAllowance", "decreaseApproval", "Comet"),
    *("item", "operator of ERC-721", "operator of ERC-1155", "root 4.9", "root 5"),
    *(*CHILDREN, "dormant child"),
)
LOWERED = {
    "OpenZeppelin 4.9": 5 * 10**18,
    "OpenZeppelin 5": 5 * 10**18,
    "whole": 5,
    "WETH9": 5 * 10**18,
    "USDT": 5 * 10**6,
    "UNI": 5 * 10**18,
    "Tether Gold": 5 * 10**18,
    "decreaseAllowance": 5 * 10**18,
    "decreaseApproval": 5 * 10**18,
    "root 4.9": 5 * 10**18,
    "root 5": 5 * 10**18,
    **dict.fromkeys(CHILDREN, 5 * 10**18),
}
BY_DIFFERENCE = {"OpenZeppelin 4.9", "root 4.9", "decreaseAllowance"}
REDUCTIONS = {
    "095ea7b3": "approve",
    "a457c2d7": "decreaseAllowance",
    "66188463": "decreaseApproval",
    "a22cb465": "setApprovalForAll",
    "cc53287f": "lockdown",
    "87517c45": "Permit2 approve",
    "65d9723c": "invalidateNonces",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run over a wallet, what it sent, and what a scan says afterwards."""

    took: Took
    sent: list[Sent]
    mined: list[Json]
    after: Done

    @property
    def wallet(self) -> Wallet:
        return self.took.wallet

    def sent_for(self, name: str) -> list[Sent]:
        """The ERC-20 calls that change a grant, in their order."""
        key = self.wallet.grants[name]
        return [
            each
            for each in self.sent
            if each.to == key.token and each.data[16:36].hex() == key.spender[2:]
        ]


def ran(folder: Path, what: str, *options: str) -> Iterator[Ran]:
    with Anvil() as anvil, RecordingProxy(anvil.url) as proxy:
        wallet = quirks(anvil, folder)
        first = anvil.head + 1
        took = take(what, wallet, proxy.url, "--all", *options)
        mined = wallet.mined(first)
        after = scan(anvil.url, wallet.owner)
        yield Ran(took=took, sent=proxy.sent, mined=mined, after=after)


@pytest.fixture(scope="module")
def revoked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    yield from ran(tmp_path_factory.mktemp("revoked"), "revoke")


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    yield from ran(tmp_path_factory.mktemp("limited"), "limit", "--to", "5")


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def proxy(anvil: Anvil) -> Iterator[RecordingProxy]:
    with RecordingProxy(anvil.url) as proxy:
        yield proxy


# Revoking everything


@pytest.mark.parametrize("name", GONE)
def test_gone(revoked: Ran, name: str) -> None:
    """It is said to be revoked, the node says 0, and a scan finds it no more."""
    row = revoked.took.outcomes[name]
    found = revoked.after.scan
    live = {r["fingerprint"] for r in (*found["allowances"], *found["dormant"])}

    assert (row["verdict"], row["left"]) == ("revoked", "0")
    assert revoked.wallet.left(name) == 0
    assert revoked.wallet.fingerprint(name) not in live


def test_what_cannot_be_taken_is_left_out(revoked: Ran) -> None:
    """A token that says false and does nothing: no gas is spent on it, exit 4."""
    assert set(revoked.took.left_out) == {"ZRX"}
    assert set(revoked.took.outcomes) == set(GONE)
    assert revoked.sent_for("ZRX") == []
    assert revoked.wallet.left("ZRX") == LARGE
    assert revoked.took.done.code == 4
    assert revoked.took.document["complete"] is False


def test_expired_and_unnamed_stay(revoked: Ran) -> None:
    """Neither is among everything: one is dead, of the other no log tells."""
    for name in ("expired child", "BNB"):
        assert name not in revoked.took.outcomes
        assert revoked.wallet.left(name) == LARGE


def test_one_lockdown_for_all_pairs(revoked: Ran) -> None:
    """The children of one Permit2 go in one transaction."""
    (only,) = [each for each in revoked.sent if each.to == PERMIT2]
    (pairs,) = decode_as("((address,address)[])", only.data[4:])
    keys = [revoked.wallet.grants[name] for name in (*CHILDREN, "dormant child")]

    assert REDUCTIONS[only.selector] == "lockdown"
    assert sorted(pairs) == sorted((key.token, key.spender) for key in keys)


@pytest.mark.parametrize("which", ["revoked", "limited"])
def test_transactions(which: str, request: pytest.FixtureRequest) -> None:
    """What was sent is what was mined and told of: nothing but reductions."""
    run_: Ran = request.getfixturevalue(which)
    sent = one_each(run_.wallet, run_.sent)
    told = {row["nonce"]: row["hashes"] for row in run_.took.result["transactions"]}

    assert [each.hash for each in sent] == [each["hash"] for each in run_.mined]
    assert {each.nonce: [each.hash] for each in sent} == told
    assert {each.selector for each in sent} <= REDUCTIONS.keys()
    assert all(each.gas <= 300_000 * 4 for each in sent)
    truthful(run_.took)


def test_cast_reads_the_same(revoked: Ran) -> None:
    """An independent decoder finds in the bytes what eth_account does."""
    for each in revoked.sent:
        cast = str(foundry_binary("cast"))
        # It prints a document as a string in a document.
        said = json.loads(run([cast, "decode-transaction", "0x" + each.raw.hex()]))
        said = json.loads(said) if isinstance(said, str) else said

        assert int(said["chainId"], 16) == 31337
        assert int(said["nonce"], 16) == each.nonce
        assert (said["to"], said["input"]) == (each.to, "0x" + each.data.hex())
        assert int(said["value"], 16) == 0
        assert said["signer"].lower() == revoked.wallet.owner


# Lowering everything


@pytest.mark.parametrize("name", LOWERED)
def test_lowered(limited: Ran, name: str) -> None:
    """Exactly the limit is left, by the document, the node, and a scan."""
    row = limited.took.outcomes[name]
    rows = {r["fingerprint"]: r for r in limited.after.scan["allowances"]}
    found = rows[limited.wallet.fingerprint(name)]

    assert (row["verdict"], row["left"]) == ("lowered", str(LOWERED[name]))
    assert limited.wallet.left(name) == LOWERED[name]
    assert found["amount"] == str(LOWERED[name])


def test_what_cannot_be_lowered(limited: Ran) -> None:
    """All-or-nothing kinds and tokens are left as they are, and said, exit 4."""
    whole = {*SINGLE, "Comet", "ZRX", "dormant child"}

    assert set(limited.took.left_out) == whole
    assert set(limited.took.outcomes) == set(LOWERED)
    assert all(limited.wallet.left(name) > 0 for name in whole)
    assert limited.took.done.code == 4


@pytest.mark.parametrize("name", LOWERED)
def test_way_of_lowering(limited: Ran, name: str) -> None:
    """By a difference where that works; else to zero, and then up to the limit."""
    if name in CHILDREN:
        return
    sent = limited.sent_for(name)
    words = [(REDUCTIONS[e.selector], int.from_bytes(e.data[36:68])) for e in sent]
    if name in BY_DIFFERENCE:
        before = LARGE if name == "decreaseAllowance" else MAX
        assert words == [("decreaseAllowance", before - LOWERED[name])]
    elif name == "decreaseApproval":
        assert words == [("decreaseApproval", LARGE - LOWERED[name])]
    else:
        assert words == [("approve", 0), ("approve", LOWERED[name])]


def test_expiration_stays(limited: Ran) -> None:
    """A child that is lowered ends when it would have ended."""
    for name in CHILDREN:
        key = limited.wallet.grants[name]
        _, expiration, _ = child(limited.wallet.anvil, limited.wallet.owner, key)
        # What is set; before it each pair was locked down.
        sent = [e for e in limited.sent if e.selector == "87517c45"]
        signature = "(address,address,uint160,uint48)"
        calls = [decode_as(signature, each.data[4:]) for each in sent]
        (mine,) = [c for c in calls if c[:2] == (key.token, key.spender)]

        assert mine[3] == expiration > limited.wallet.anvil.now + YEAR // 2


# One at a time


@pytest.mark.parametrize("how", ["pair", "report"])
def test_what_refuses_zero(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path, how: str
) -> None:
    """BNB keeps one smallest unit, and it is said. No log names it: a person does."""
    wallet = quirks(anvil, tmp_path)
    key = wallet.grants["BNB"]
    pair = ("--token", checksum(key.token), "--spender", checksum(key.spender))
    report = tmp_path / "report.json"
    report.write_text(scan(anvil.url, wallet.owner, *pair).out, "utf-8")
    options = {"pair": pair, "report": ("--from-report", report)}[how]
    took = take("revoke", wallet, proxy.url, *options)

    assert took.verdicts == {"BNB": "lowered"}
    assert wallet.left("BNB") == 1
    assert took.outcomes["BNB"]["left"] == "1"
    assert "refuses 0" in took.done.err
    assert len(one_each(wallet, proxy.sent)) == 1


def test_expired(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """It goes by its id alone; its end is not dated anew."""
    wallet = quirks(anvil, tmp_path)
    before = child(anvil, wallet.owner, wallet.grants["expired child"])
    name = wallet.fingerprint("expired child")
    took = take("revoke", wallet, proxy.url, "--id", name)
    after = child(anvil, wallet.owner, wallet.grants["expired child"])

    assert took.verdicts == {"expired child": "revoked"}
    assert (before[0], after[0]) == (LARGE, 0)
    assert after[1:] == before[1:]
    assert wallet.left("child 1") == LARGE
    assert len(one_each(wallet, proxy.sent)) == 1


def test_down_to_the_balance(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """What the owner holds is left, where more was granted."""
    wallet = write_keystore(tmp_path, World(anvil))
    one, two, *_ = wallet.world.spenders
    token = wallet.world.token()
    wallet.amount("everything", token, one, MAX)
    wallet.amount("less", token, two, LARGE)
    took = take("limit", wallet, proxy.url, "--to", "balance", "--all")

    assert took.verdicts == {"everything": "lowered"}
    assert not took.left_out
    assert any("no more than that already" in each for each in took.result["unseen"])
    assert (wallet.left("everything"), wallet.left("less")) == (SUPPLY, LARGE)


def test_signatures_are_cancelled_first(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """Nonces go up by much, then all is locked down; signed permits are void."""
    wallet = quirks(anvil, tmp_path)
    key = wallet.grants["child 1"]
    before = {n: child(anvil, wallet.owner, wallet.grants[n])[2] for n in CHILDREN}
    permits = [
        _permit(wallet, "child 1", before["child 1"] + ahead) for ahead in (0, 1)
    ]
    options = ("--kind", "permit2", "--cancel-signatures")
    took = take("revoke", wallet, proxy.url, *options)
    sent = one_each(wallet, proxy.sent)
    words = [REDUCTIONS[each.selector] for each in sent]

    assert words == [*["invalidateNonces"] * (len(words) - 1), "lockdown"]
    assert set(took.good) >= set(CHILDREN)
    for name in CHILDREN:
        raised = child(anvil, wallet.owner, wallet.grants[name])[2] - before[name]
        assert 1_000 < raised < 65_536
    for permit in permits:
        with pytest.raises(NodeError):
            anvil.send(wallet.world.relayer, PERMIT2, permit)
    assert left(anvil, wallet.owner, key) == 0


def _permit(wallet: Wallet, name: str, nonce: int) -> bytes:
    """A permit that was signed before, as somebody keeps it."""
    key, until = wallet.grants[name], wallet.anvil.now + YEAR
    details = (key.token, LARGE, until, nonce)
    signed = permit2_signature(
        wallet.world.key,
        chain_id=wallet.anvil.chain_id,
        permit2=PERMIT2,
        details=details,
        spender=key.spender,
        deadline=until,
    )
    signature = (
        "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)"
    )
    single = (details, key.spender, until)
    return encode_call(signature, wallet.owner, single, signed)


# Plans


def test_plan_is_carried_out_only_while_it_is_true(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """A dry run sends nothing; its plan is refused once state has changed."""
    wallet = plain(anvil, tmp_path)
    file = tmp_path / "plan.json"
    dry = take("revoke", wallet, proxy.url, "--all", "--dry-run", "--plan-out", file)
    assert dry.done.code == 0
    assert dry.document["schema"] == "allowctl.plan/v1"
    assert proxy.sent == []

    key = wallet.grants["first"]
    wallet.world.spend(key.token, key.spender, 1)
    stale = take("revoke", wallet, proxy.url, "--plan", file)
    assert stale.done.code not in {0, 4}
    assert proxy.sent == []

    take("revoke", wallet, proxy.url, "--all", "--dry-run", "--plan-out", file)
    done = take("revoke", wallet, proxy.url, "--plan", file)
    assert done.done.code == 0
    assert set(done.good) == set(wallet.grants)
    assert [wallet.left(name) for name in wallet.grants] == [0, 0, 0]


def test_from_a_report(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """Its rows are taken; state is read again, and what is gone is said."""
    wallet = plain(anvil, tmp_path)
    report = tmp_path / "report.json"
    report.write_text(scan(anvil.url, wallet.owner).out, "utf-8")
    key = wallet.grants["first"]
    wallet.world.revoke(key.token, key.spender)
    wallet.amount("later", wallet.world.token(), key.spender, LARGE)
    took = take("revoke", wallet, proxy.url, "--from-report", report)

    assert set(took.good) == {"second", "operator"}
    assert wallet.left("later") == LARGE
    assert len(one_each(wallet, proxy.sent)) == 2


# Refusals


def test_contract_owner(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """An owner with code of its own has no key: exit 2, with a hint."""
    wallet = plain(anvil, tmp_path)
    anvil.set_code(wallet.owner, bytes.fromhex("6000"))
    took = take("revoke", wallet, proxy.url, "--all")

    assert took.done.code == 2
    assert "contract" in took.done.err + took.done.out
    assert proxy.sent == []


def test_foreign_transaction_under_way(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """What somebody else has pending for the account stops the run."""
    wallet = plain(anvil, tmp_path)
    anvil.rpc("evm_setAutomine", False)  # noqa: FBT003 (the method's parameter)
    pending = {"from": wallet.owner, "to": wallet.owner, "value": "0x1"}
    anvil.rpc("eth_sendTransaction", pending)
    took = take("revoke", wallet, proxy.url, "--all")

    assert took.done.code != 0
    assert "--replace-pending" in took.done.err + took.done.out
    assert proxy.sent == []


def test_another_s_key(anvil: Anvil, proxy: RecordingProxy, tmp_path: Path) -> None:
    """A keystore of somebody else signs nothing for this owner."""
    wallet = plain(anvil, tmp_path)
    other = write_keystore(tmp_path / "other", World(anvil, owner=anvil.accounts[3]))
    done = allowctl(
        *("revoke", wallet.owner, "--rpc-url", proxy.url, "--all", "--yes", "--json"),
        *other.unlock,
    )

    assert done.code == 2
    assert proxy.sent == []
    assert address_of(other.world.key) != wallet.owner


def test_nobody_can_be_asked(
    anvil: Anvil, proxy: RecordingProxy, tmp_path: Path
) -> None:
    """Without a terminal and without --yes: exit 2, nothing sent."""
    wallet = plain(anvil, tmp_path)
    done = allowctl(
        *("revoke", wallet.owner, "--rpc-url", proxy.url, "--all"), *wallet.unlock
    )

    assert done.code == 2
    assert "--yes" in done.err
    assert proxy.sent == []
