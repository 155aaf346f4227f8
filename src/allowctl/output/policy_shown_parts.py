"""What a policy says, thing by thing, each with where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allowctl.chains.registry import chain_by_id
from allowctl.codec.words import checksum
from allowctl.config.shown import shown_path
from allowctl.model.chain import Address, Chain
from allowctl.model.place import Place
from allowctl.model.policy import AllowEntry, Condition, Policy, PolicyRule, Target
from allowctl.model.settings import Origin, Settings, Wallet
from allowctl.output.money import exact

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that is shown."""

    settings: Settings
    policy: Policy
    """The settings' own, its chains looked up, under the options of the command."""
    chains: tuple[Chain, ...]
    """Those that the configuration knows."""
    today: date
    """In UTC."""
    root: str
    """The folder from which files are named."""
    origin: Origin | None = None
    """Who chose the policy's file; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing."""

    key: str
    value: Json
    place: Place | None = None
    """Where it is written; None for a default."""


def limits(of: Shown) -> Iterator[Said]:
    """`[policy]`, defaults and all. Durations are seconds."""
    said = of.policy.limits
    allowed = said.allowed_kinds
    values: Mapping[str, Json] = {
        "fail_on": str(said.fail_on),
        "fail_on_incomplete": said.fail_on_incomplete,
        "refused": said.refused.value,
        "max_value_at_risk_usd": usd(said.max_value_at_risk_usd),
        "max_total_value_at_risk_usd": usd(said.max_total_value_at_risk_usd),
        "unpriced": of.policy.unpriced.value,
        "max_age": said.max_age,
        "max_unused": said.max_unused,
        "allow_unlimited": said.allow_unlimited,
        "allowed_kinds": None if allowed is None else sorted(allowed),
        "denied_kinds": sorted(said.denied_kinds),
    }
    for key, value in values.items():
        yield Said(key=key, value=value, place=said.places.get(key))


def wallets(of: Shown) -> Iterator[Said]:
    """Those of the policy's file."""
    for each in of.settings.policy_wallets:
        yield Said(key=each.name, value=_wallet(each), place=each.place)


def _wallet(of: Wallet) -> Json:
    return {
        "name": of.name,
        "address": checksum(of.address),
        "chains": list(of.chains),
        "ens": of.ens,
    }


def rules(of: Shown) -> Iterator[Said]:
    """`[[rule]]`s."""
    for each in of.policy.rules:
        yield Said(key=each.id, value=_rule(each, of.chains), place=each.place)


def _rule(of: PolicyRule, known: Sequence[Chain]) -> Json:
    return {
        "id": of.id,
        "action": of.action.value,
        "when": _condition(of.when, known),
        "reason": of.reason or None,
    }


def _condition(of: Condition, known: Sequence[Chain]) -> Json:
    """Only what it says."""
    values: Mapping[str, Json] = {
        "min_level": _text(of.min_level),
        "max_level": _text(of.max_level),
        "rules": sorted(of.rules),
        "spender_kind": sorted(of.spender_kinds),
        "token": _targets(of.tokens, known),
        "spender": _targets(of.spenders, known),
        "min_amount": _text(of.min_amount),
        "unlimited": of.unlimited,
        "min_value_usd": usd(of.min_value_usd),
        "min_age": of.min_age,
        "kind": sorted(of.kinds),
        "chain": sorted(_chain(each, known) or "" for each in of.chains),
        "wallet": sorted(of.wallets),
    }
    return {key: value for key, value in values.items() if value not in (None, [])}


def allows(of: Shown) -> Iterator[Said]:
    """`[[allow]]`s."""
    for each in of.policy.allows:
        yield Said(key=each.place.key, value=_allow(each, of), place=each.place)


def _allow(each: AllowEntry, of: Shown) -> Json:
    amount = each.max_amount
    return {
        "wallet": each.wallet,
        "chain": _chain(each.chain, of.chains),
        "kind": _text(each.kind),
        "contract": _address(each.contract),
        "token": _address(each.token),
        "spender": _address(each.spender),
        "spender_code_hash": each.code_hash,
        "max_amount": "unlimited" if amount is None else str(amount),
        "max_level": _text(each.max_level),
        "reason": each.reason,
        "owner": each.owner,
        **_until(each.expires, of.today),
    }


def acknowledged(of: Shown) -> Iterator[Said]:
    """`[[acknowledge]]`s."""
    for each in of.policy.acknowledged:
        value: Json = {
            "chain": _chain(each.chain, of.chains),
            "token": checksum(each.token),
            "reason": each.reason,
            **_until(each.expires, of.today),
        }
        yield Said(key=each.place.key, value=value, place=each.place)


def probes(of: Shown) -> Iterator[Said]:
    """`[[probe]]`s."""
    for each in of.policy.probes:
        value: Json = {
            "wallet": each.wallet,
            "chain": _chain(each.chain, of.chains),
            "token": checksum(each.token),
            "spender": checksum(each.spender),
        }
        yield Said(key=each.place.key, value=value, place=each.place)


def baseline(of: Shown) -> Said | None:
    """`[baseline]`."""
    found = of.policy.baseline
    if found is None:
        return None
    return Said(key="file", value=shown_path(found.path), place=found.place)


def _until(expires: date | None, today: date) -> dict[str, Json]:
    return {
        "expires": None if expires is None else expires.isoformat(),
        "expired": expires is not None and expires < today,
    }


def usd(value: Decimal | None) -> str | None:
    """As a text, to the cent or finer."""
    return None if value is None else exact(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _address(value: Address | None) -> str | None:
    return None if value is None else checksum(value)


def _chain(text: str | None, known: Sequence[Chain]) -> str | None:
    """A chain by its name; the entry has its id."""
    return None if text is None else chain_by_id(int(text), known).name


def _targets(of: frozenset[Target], known: Sequence[Chain]) -> list[str]:
    return sorted(
        ":".join(filter(None, (_chain(each.chain, known), checksum(each.address))))
        for each in of
    )
