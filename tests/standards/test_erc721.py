"""Single ERC-721 items."""

from __future__ import annotations

import pytest
from hypothesis import given

from allowctl.model.approval import (
    Allowance,
    Candidate,
    Dead,
    DeadReason,
    Item,
    Kind,
    Live,
    Refused,
)
from allowctl.model.chain import ZERO_ADDRESS, Address, Call, Returned, Reverted
from allowctl.model.plan import Method, Role, Stage, Way
from allowctl.standards.base import CannotLower
from allowctl.standards.erc721 import Erc721, says_yes
from tests import build
from tests.lab.abi import decode_as, encode_call
from tests.strategies import addresses, allowances, answers, candidates, topic0, uints

ERC721 = Erc721()
APPROVAL = topic0("Approval(address,address,uint256)")
ITEM = build.candidate(kind=Kind.ERC721, token_id=7)
YES, NO = build.returned(1), build.returned(0)
THROWS = Reverted("reverts")


@given(candidates(Kind.ERC721))
def test_it_reads_holder_approved_and_interface(candidate: Candidate) -> None:
    """ownerOf(id), getApproved(id), supportsInterface(0x80ac58cd)."""
    token_id, interface = candidate.token_id, bytes.fromhex("80ac58cd")
    data = (
        encode_call("ownerOf(uint256)", token_id),
        encode_call("getApproved(uint256)", token_id),
        encode_call("supportsInterface(bytes4)", interface),
    )

    assert ERC721.reads(candidate) == tuple(Call(candidate.token, d) for d in data)


@given(candidates(Kind.ERC721), addresses, answers)
def test_an_item_is_live_while_its_owner_holds_it(
    candidate: Candidate, spender: Address, interface: Returned | Reverted
) -> None:
    """The spender is who state names, whoever the log named."""
    told = [build.returned(candidate.owner), build.returned(spender), interface]
    grant = Item(token_id=candidate.token_id or 0)
    live = Allowance(candidate=candidate, spender=spender, grant=grant)
    if spender != ZERO_ADDRESS:
        verdict = ERC721.parse(candidate, told, build.block())
        assert verdict == Live(allowance=live)


def test_an_item_of_which_nobody_is_approved_is_dead() -> None:
    """The zero address is nobody."""
    told = [build.returned(build.OWNER), build.returned(0), YES]

    assert ERC721.parse(ITEM, told, build.block()) == Dead(
        candidate=ITEM, reason=DeadReason.ZERO
    )


@given(
    addresses.filter(lambda each: each != build.OWNER),
    answers,
    answers,
)
def test_a_transferred_item_is_dead(
    holder: Address, approved: Returned | Reverted, interface: Returned | Reverted
) -> None:
    """A transfer clears the approval without an event: another owner ends it."""
    told = [build.returned(holder), approved, interface]

    assert ERC721.parse(ITEM, told, build.block()) == Dead(
        candidate=ITEM, reason=DeadReason.TRANSFERRED
    )


@given(answers)
def test_a_burnt_item_is_dead(approved: Returned | Reverted) -> None:
    """An ERC-721 must throw for an id that nobody holds (EIP-721)."""
    assert ERC721.parse(ITEM, [THROWS, approved, YES], build.block()) == Dead(
        candidate=ITEM, reason=DeadReason.TRANSFERRED
    )


@pytest.mark.parametrize("interface", [NO, THROWS, Returned(b""), Returned(b"\x01")])
def test_a_throw_of_another_contract_is_a_refusal(
    interface: Returned | Reverted,
) -> None:
    """What does not say that it is an ERC-721 has not said that an id was burnt."""
    told: list[Returned | Reverted]
    told = [THROWS, build.returned(build.SPENDER), interface]

    assert ERC721.parse(ITEM, told, build.block()) == Refused(
        candidate=ITEM, reason="reverts"
    )


@pytest.mark.parametrize(
    ("holder", "approved", "reason"),
    [
        (Returned(b""), Returned(b""), "answers nothing"),
        (build.returned(2**160), YES, "answers garbage"),
        (build.returned(build.OWNER), THROWS, "reverts"),
        (build.returned(build.OWNER), build.returned(2**255), "answers garbage"),
    ],
)
def test_what_is_no_address_is_a_refusal(
    holder: Returned | Reverted, approved: Returned | Reverted, reason: str
) -> None:
    """Neither a holder nor a spender is guessed."""
    assert ERC721.parse(ITEM, [holder, approved, YES], build.block()) == Refused(
        candidate=ITEM, reason=reason
    )


@pytest.mark.parametrize("interface", [THROWS, Returned(b"")])
def test_a_refusal_is_for_what_is_needed(interface: Returned | Reverted) -> None:
    """That a contract has no EIP-165 is no reason."""
    garbage = Returned(b"\x01")
    verdict = ERC721.parse(ITEM, [garbage, garbage, interface], build.block())

    assert verdict == Refused(candidate=ITEM, reason="answers garbage")


@given(allowances(Kind.ERC721))
def test_revoke_approves_nobody(allowance: Allowance) -> None:
    """approve(0, id), as eth_abi encodes it."""
    call = ERC721.revoke(allowance)
    token_id = allowance.candidate.token_id

    assert call.data == encode_call("approve(address,uint256)", ZERO_ADDRESS, token_id)
    assert decode_as("(address,uint256)", call.data[4:]) == (ZERO_ADDRESS, token_id)


@given(uints())
def test_a_log_that_names_nobody_names_the_item(token_id: int) -> None:
    """A revocation, or a transfer before OpenZeppelin 5: state decides."""
    owner, nobody = build.word(build.OWNER), build.word(ZERO_ADDRESS)
    log = build.log(APPROVAL, owner, nobody, build.word(token_id))
    (named,) = ERC721.nominate(log, build.OWNER)

    assert (named.spender, named.token_id) == (ZERO_ADDRESS, token_id)
    assert named.claimed == 0


@given(uints())
def test_it_may_be_an_old_tokens(amount: int) -> None:
    """Some ERC-20s index the amount too, and then have four topics."""
    owner, spender = build.word(build.OWNER), build.word(build.SPENDER)
    log = build.log(APPROVAL, owner, spender, build.word(amount))
    (other,) = ERC721.other_readings(log, build.OWNER)

    assert (other.kind, other.spender) == (Kind.ERC20, build.SPENDER)
    assert (other.token_id, other.claimed) == (None, amount)


@pytest.mark.parametrize(
    ("answer", "yes"),
    [
        (YES, True),
        (NO, False),
        (build.returned(2), False),
        (THROWS, False),
        (Returned(b""), False),
        (Returned(b"\x01"), False),
    ],
)
def test_only_a_plain_true_is_a_yes(*, answer: Returned | Reverted, yes: bool) -> None:
    """EIP-165 answers are a word of 0 or 1."""
    assert says_yes(answer) is yes


@given(allowances(Kind.ERC721))
def test_an_item_is_taken_back_whole_or_not_at_all(allowance: Allowance) -> None:
    """One call for nothing, and no way to anything else."""
    stage = Stage(
        role=Role.WHOLE,
        method=Method.APPROVE,
        call=ERC721.revoke(allowance),
        leaves=0,
    )

    assert ERC721.ways(allowance, 0) == (Way(stages=(stage,)),)
    assert isinstance(ERC721.ways(allowance, 1), CannotLower)
