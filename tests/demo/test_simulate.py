"""Trying messages: what works, what fails, and with how much gas."""

from __future__ import annotations

import pytest
from eth.vm.forks.prague.transactions import Authorization
from eth_account import Account
from eth_utils.exceptions import ValidationError

from allowctl.demo.actors import actor
from allowctl.demo.chain import DemoChain, Genesis, raw
from allowctl.demo.simulate import Attempt, Failed, Worked, attempt, estimate
from allowctl.model.chain import Address

PICKY = Address("0x" + "aa" * 20)
"""Reverts with 100,000 gas or less: PUSH3 GAS GT PUSH1 JUMPI, REVERT, JUMPDEST STOP."""
PICKY_CODE = bytes.fromhex("620186a05a11600c575f5ffd5b00")
ENDLESS = Address("0x" + "bb" * 20)
"""Calls itself with all its gas, until none is left."""
ENDLESS_CODE = bytes.fromhex("5f5f5f5f5f305af100")
BROKEN = Address("0x" + "cc" * 20)
"""Jumps where it may not."""
BROKEN_CODE = bytes.fromhex("5f56")


@pytest.fixture(scope="module")
def chain() -> DemoChain:
    codes = {PICKY: PICKY_CODE, ENDLESS: ENDLESS_CODE, BROKEN: BROKEN_CODE}
    genesis = {address: Genesis(code=code) for address, code in codes.items()}
    return DemoChain(genesis, timestamp=1_000)


def test_estimate_is_enough_and_hardly_more(chain: DemoChain) -> None:
    """A contract that wants more gas than it uses gets it, to within 1 in 64."""
    gas = estimate(chain, Attempt(to=PICKY), chain.head)

    assert isinstance(gas, int)
    assert 121_000 < gas <= 121_100 * 65 // 64
    assert isinstance(attempt(chain, Attempt(to=PICKY, gas=gas), chain.head), Worked)


def test_estimate_of_a_plain_transfer(chain: DemoChain) -> None:
    """Nothing to run costs a transaction's 21,000, with data its floor (EIP-7623)."""
    nobody = Address("0x" + "11" * 20)

    assert estimate(chain, Attempt(to=nobody), chain.head) == 21_000
    costly = Attempt(to=nobody, data=b"\x01" * 100)
    assert estimate(chain, costly, chain.head) == 21_000 + 100 * 4 * 10


def test_deep_calls(chain: DemoChain) -> None:
    """Calls within calls end by gas, not by this process's stack."""
    assert isinstance(attempt(chain, Attempt(to=ENDLESS), chain.head), Worked)


def test_other_failures(chain: DemoChain) -> None:
    """A failure without a node's word for it is named by its kind."""
    found = attempt(chain, Attempt(to=BROKEN), chain.head)

    assert isinstance(found, Failed)
    assert found.reason == "VM execution error: InvalidJumpDestination"


def test_authorizations(chain: DemoChain) -> None:
    """A message with an EIP-7702 authorization runs the delegate's code."""
    who = actor("relayer")
    me = Account.from_key(who.key.to_bytes())
    grant = me.sign_authorization({"chainId": 31337, "address": PICKY, "nonce": 0})
    given = Authorization(
        grant.chain_id, raw(PICKY), 0, grant.y_parity, grant.r, grant.s
    )

    def tried(*authorizations: Authorization) -> Worked | Failed:
        wanted = Attempt(to=who.address, gas=60_000, authorizations=authorizations)
        return attempt(chain, wanted, chain.head)

    assert tried() == Worked(output=b"", gas=21_000)
    assert tried(given) == Failed(reason="execution reverted", data=b"")


def test_time_goes_forward(chain: DemoChain) -> None:
    """A block that is not later than its parent is refused, and changes nothing."""
    before = chain.head
    with pytest.raises(ValidationError):
        chain.mine(timestamp=before.timestamp)

    assert chain.head is before
    assert chain.mine(timestamp=before.timestamp + 1).number == before.number + 1
