"""A treasury on anvil, and policy files for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_utils.address import to_checksum_address

from allowctl.model.chain import Address
from tests.e2e.command import Done, allowctl
from tests.lab.world import MAX, World
from tests.nodes.anvil import Anvil
from tests.nodes.node import address_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Treasury:
    """A wallet that has given a key everything, and a contract a little.

    It was named by a contract that does not answer, too.
    """

    world: World
    token: Address
    key: Address
    """A spender without code: of level critical."""
    vault: Address
    """A spender that is a contract."""
    fake: Address

    @classmethod
    def on(cls, anvil: Anvil) -> Treasury:
        world = World(anvil)
        token, vault = world.token(), world.token("Vault", "VLT")
        key = address_of(anvil.accounts[4])
        world.approve(token, key, MAX)
        world.approve(token, vault, 500)
        fake = world.plant_fakes(2)
        world.idle(3)
        return cls(world=world, token=token, key=key, vault=vault, fake=fake)

    @property
    def wallet(self) -> str:
        """The beginning of every policy: the wallet, on line 3."""
        owner = to_checksum_address(self.world.owner)
        return (
            "version = 1\n\n[[wallet]]\n"
            f'name = "treasury"\naddress = "{owner}"\nchains = ["anvil"]\n'
        )

    def allow(self, spender: Address, **more: str) -> str:
        """An entry for a spender; `more` are TOML values."""
        keys = {"wallet": '"treasury"', "reason": '"settlement, OPS-12"'} | more
        lines = [f"{name} = {value}" for name, value in keys.items()]
        found = f'spender = "{to_checksum_address(spender)}"'
        return "\n".join(["", "[[allow]]", found, *lines, ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A repository with a policy in it."""

    folder: Path
    treasury: Treasury

    def write(self, *parts: str) -> Path:
        """The policy: the wallet, and these."""
        (self.folder / ".git").mkdir(exist_ok=True)
        path = self.folder / "allowctl.toml"
        path.write_text("".join([self.treasury.wallet, *parts]), "utf-8")
        path.chmod(0o644)
        return path

    def check(self, *options: str | int | Path, url: str | None = None) -> Done:
        """`allowctl check` in it, at the treasury's node or another endpoint.

        With an empty one, at those of the policy's own file.
        """
        url = self.treasury.world.anvil.url if url is None else url
        node = ("--rpc-url", url) if url else ()
        arguments = ("check", *node, *map(str, options))
        return allowctl(*arguments, cwd=self.folder, home=self.folder / "home")
