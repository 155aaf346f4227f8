"""A small story that any node can tell, with the truth it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from allowctl.model.chain import Address, Chain
from tests.lab import artifacts
from tests.lab.abi import Value, encode_call
from tests.lab.solidity import contract
from tests.lab.truth import Expected, Key
from tests.nodes.node import Node, address_of

ONE = Address("0x" + "a1" * 20)
TWO = Address("0x" + "b2" * 20)
FAR = 10**9
"""Seconds until what is granted for long ends."""
_TERABYTE = 10**12
_APPROVE = "approve(address,uint256)"
# Copies what follows it into memory and returns it: makes runtime code a contract.
_LOADER = "61{:04x}80600a3d393df3"


@dataclass(slots=True, kw_only=True)
class SmallStory:
    """One owner's approvals on one node."""

    node: Node
    owner: Address
    other: Address
    """Who approves as well, and is not the one who is asked about."""
    multicall: Address
    permit2: Address
    token: Address
    items: Address
    fake: Address
    """Names the owner in logs, and reverts when asked."""
    burner: Address
    """The same, but burns all its gas: at once, for memory that no gas pays."""
    early: int = 0
    """A block at which the first grant, of 100 to ONE, was still 60."""
    truth: dict[Key, Expected] = field(default_factory=dict)

    @property
    def chain(self) -> Chain:
        """The node's chain, with the contracts where they were deployed here."""
        return Chain(
            id=self.node.chain_id,
            name="small",
            multicall=self.multicall,
            permit2=self.permit2,
        )


def tell(node: Node) -> SmallStory:
    """Tell it: about twenty transactions."""
    owner, other = node.accounts[:2]
    me = address_of(owner)
    supply = ("Small", "SML", 10**6, me)
    story = SmallStory(
        node=node,
        owner=me,
        other=address_of(other),
        multicall=node.deploy(artifacts.multicall3_creation()),
        permit2=node.deploy(loader(artifacts.permit2_runtime())),
        token=node.deploy(artifacts.erc20().create(*supply)),
        items=node.deploy(artifacts.erc721().create("Items", "ITEM", "")),
        fake=node.deploy(contract("FakeLogs").create()),
        burner=node.deploy(contract("ReturnBomb").create(_TERABYTE)),
    )

    def act(to: Address, signature: str, *arguments: Value) -> None:
        node.send(owner, to, encode_call(signature, *arguments))

    token, items, permit2 = story.token, story.items, story.permit2
    act(token, _APPROVE, ONE, 60)
    story.early = node.head
    act(token, _APPROVE, ONE, 100)
    act(token, _APPROVE, TWO, 5)
    act(token, _APPROVE, TWO, 0)
    act(token, _APPROVE, permit2, 50)
    later = node.now + FAR
    child = "approve(address,address,uint160,uint48)"
    act(permit2, child, token, ONE, 70, later)
    act(permit2, child, token, TWO, 5, later)
    act(permit2, "lockdown((address,address)[])", [(token, TWO)])
    for _ in range(2):
        act(items, "mint(address)", me)
    act(items, _APPROVE, ONE, 0)
    act(items, _APPROVE, ONE, 1)
    act(items, "transferFrom(address,address,uint256)", me, TWO, 1)
    act(items, "setApprovalForAll(address,bool)", TWO, True)  # noqa: FBT003 (the ABI's argument)
    for victim, count in ((me, 3), (story.other, 2)):
        data = encode_call("plant(address,uint256)", victim, count)
        node.send(other, story.fake, data)
    bait = encode_call("bait(address,address)", me, TWO)
    node.send(other, story.burner, bait)
    node.send(other, token, encode_call(_APPROVE, ONE, 7))
    story.truth = _truth(story, later)
    return story


def loader(runtime: bytes) -> bytes:
    """Creation code that deploys runtime code as it is."""
    return bytes.fromhex(_LOADER.format(len(runtime))) + runtime


def _truth(story: SmallStory, later: int) -> dict[Key, Expected]:
    token, items, permit2 = story.token, story.items, story.permit2
    planted = [
        Key("erc20", story.fake, story.fake, Address(f"0x{number:040x}"))
        for number in (1, 2, 3)
    ]
    return {
        Key("erc20", token, token, ONE): Expected("live", 100),
        Key("erc20", token, token, TWO): Expected("dead", reason="zero"),
        Key("erc20", token, token, permit2): Expected("live", 50),
        Key("permit2", permit2, token, ONE): Expected("live", 70, later),
        Key("permit2", permit2, token, TWO): Expected("dead", reason="zero"),
        Key("erc721", items, items, ONE, 0): Expected("live"),
        Key("erc721", items, items, ONE, 1): Expected(
            "dead", reason="transferred away"
        ),
        Key("operator", items, items, TWO): Expected("live"),
        Key("erc20", story.burner, story.burner, TWO): Expected("refused"),
    } | dict.fromkeys(planted, Expected("refused"))
