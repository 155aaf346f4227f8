"""What a configuration says besides its policy: whom to ask, and what to believe."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.chains import places
from allowctl.chains.registry import chain_by_id, chain_by_name
from allowctl.codec.words import checksum
from allowctl.config.expand import STAND_IN
from allowctl.model.chain import Chain
from allowctl.model.endpoint import Endpoint
from allowctl.model.place import Place
from allowctl.model.settings import ChainOverride
from allowctl.model.sources import PriceMode
from allowctl.output.policy_shown_parts import Json, Said, Shown, usd

UNSET = "a variable that is not set"

_KEYS = (
    "id",
    "aliases",
    "explorer",
    "multicall",
    "permit2",
    "finality",
    "block_ms",
    "native_symbol",
)
"""Of `[chains.NAME]`, but for its endpoints."""
_WEB = ("http://", "https://")


def weights(of: Shown) -> Iterator[Said]:
    """Of `[weights]` what a file says."""
    found = of.settings.weights
    for key, place in of.settings.weight_places.items():
        table, _, name = key.partition(".")
        value: Json
        match table:
            case "points":
                value = found.points[name]
            case "chance":
                chances = {str(level): each for level, each in found.chances.items()}
                value = f"{chances[name]:f}"
            case "min_liquidity_usd":
                value = usd(found.min_liquidity)
            case _:
                value = int(getattr(found, key))
        yield Said(key=key, value=value, place=_placed(place))


def prices(of: Shown) -> Iterator[Said]:
    """`[prices]`: who is asked, and what is fixed in USD of a whole token."""
    said = of.settings.prices
    mode = said.mode or PriceMode.ONCHAIN
    yield Said(key="source", value=mode.value, place=said.place)
    for tokens in places.fixed_prices(said.fixed, of.chains).values():
        for each in tokens.values():
            key = f"{each.chain}:{checksum(each.token)}"
            yield Said(key=key, value=usd(each.usd), place=_placed(each.place))


def chains(of: Shown) -> Iterator[Said]:
    """`[chains.NAME]`: each key that a file says, and whether it is followed."""
    for name, override in of.settings.chains.items():
        chain = chain_by_name(name, of.chains)
        for key in _KEYS:
            said = getattr(override, key)
            if said in (None, ()):
                continue
            value: Json = {
                "chain": chain.name,
                "key": key,
                "value": _value(key, said),
                "followed": _followed(key, said, chain),
            }
            yield Said(key=name, value=value, place=_of_key(override, key))


def _value(key: str, said: object) -> Json:
    """As it is shown: of an address on the web no more than its host."""
    match said:
        case int():
            return said
        case tuple():
            return [str(each) for each in said]
        case _ if key in ("multicall", "permit2"):
            return checksum(str(said))
        case _ if key == "explorer":
            return str(Endpoint(str(said)))
        case _:
            return str(said)


def _followed(key: str, said: object, chain: Chain) -> bool:
    """Whether the chain is so: another table, or trust, may have decided it."""
    if isinstance(said, tuple):
        return {*said} <= {chain.name, *chain.aliases}
    return bool(getattr(chain, key) == said)


def _of_key(override: ChainOverride, key: str) -> Place | None:
    return override.places.get(key, override.place)


def endpoints(of: Shown) -> Iterator[Said]:
    """Those that files name: scheme and host, who named them, whether they serve."""
    for name, override in of.settings.chains.items():
        chain = chain_by_name(name, of.chains)
        for each in override.rpc:
            url = each.endpoint.url
            value: Json = {
                "chain": name,
                "endpoint": UNSET if url == STAND_IN else str(each.endpoint),
                "origin": each.origin.value,
                "followed": url in chain.endpoints,
            }
            yield Said(key=name, value=value, place=each.place)


def builtin_lists(of: Shown) -> Said:
    """`intel.builtin`."""
    found = of.settings
    return Said(key="builtin", value=found.builtin_lists, place=found.builtin_place)


def lists(of: Shown) -> Iterator[Said]:
    """`[[intel.list]]`: what each is called, and the host that it is from."""
    for each in of.settings.lists:
        on_web = each.url.lower().startswith(_WEB)
        host = str(Endpoint(each.url)) if on_web else None
        value: Json = {
            "id": each.id,
            "format": each.format.value,
            "host": UNSET if each.url == STAND_IN else host,
        }
        yield Said(key=each.id, value=value, place=each.place)


def pins(of: Shown) -> Iterator[Said]:
    """`[[pin]]`: of two for one spender the one that is followed."""
    for number, spenders in places.pins(of.settings.pins, of.chains).items():
        for each in spenders.values():
            value: Json = {
                "chain": chain_by_id(number, of.chains).name,
                "spender": checksum(each.spender),
                "code_hash": each.code_hash,
            }
            yield Said(key=each.spender, value=value, place=_placed(each.place))


def _placed(text: str) -> Place:
    """`FILE:LINE: KEY` as it was before it became a text."""
    where, _, key = text.rpartition(": ")
    file, _, line = where.rpartition(":")
    if file and line.isascii() and line.isdigit():
        return Place(file=file, line=int(line), key=key)
    return Place(file=where, key=key)
