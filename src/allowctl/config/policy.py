"""The policy of the first file, and where in it everything is written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from allowctl.config.layer import Layer
from allowctl.errors import ConfigError
from allowctl.model.chain import Address
from allowctl.model.policy import (
    Acknowledgement,
    AllowEntry,
    BaselineFile,
    Condition,
    Limits,
    Policy,
    PolicyRule,
    ProbeEntry,
    Target,
)

if TYPE_CHECKING:
    from allowctl.config.schema_policy import AllowTable, WhenTable

_NAMING_A_CHAIN = ("chain", "contract", "token", "spender")


def policy(files: Sequence[Layer]) -> Policy:
    """What the first file says: no other adds to it or takes from it.

    Chains stay as written. ConfigError for two rules of one id, for a wallet that
    the file does not have, for an entry that names two chains, and for a baseline
    whose folder cannot be told.
    """
    if not files:
        return Policy(file="")
    file = files[0]
    _check_ids(file)
    _check_wallets(file)
    return Policy(
        file=file.name,
        limits=_limits(file),
        rules=_rules(file),
        allows=_allows(file),
        acknowledged=_acknowledged(file),
        probes=_probes(file),
        baseline=_baseline(file),
    )


def _limits(file: Layer) -> Limits:
    table = file.document.policy
    said = {key: getattr(table, key) for key in table.model_fields_set}
    for key in said.keys() & {"allowed_kinds", "denied_kinds"}:
        said[key] = frozenset(said[key])
    return Limits(
        **said,
        places=MappingProxyType({key: file.at("policy", key) for key in said}),
    )


def _check_ids(file: Layer) -> None:
    """ConfigError for two rules of one id: a violation is told by it."""
    above: dict[str, int] = {}
    for number, table in enumerate(file.document.rule):
        if table.id in above:
            raise ConfigError(
                f"{file.place('rule', number, 'id')} is taken: "
                f"rule[{above[table.id]}] has it"
            )
        above[table.id] = number


def _check_wallets(file: Layer) -> None:
    """ConfigError for a wallet that the file does not have, with the nearest name."""
    names = [table.name for table in file.document.wallet]
    known = {*names}
    for name, key in _named(file):
        if name is not None and name not in known:
            near = difflib.get_close_matches(name, names, n=1)
            raise ConfigError(
                f"{file.place(*key)}: no [[wallet]] of this file is called so",
                hint=f"did you mean {near[0]}?" if near else "add one with its address",
            )


def _named(file: Layer) -> Iterator[tuple[str | None, tuple[str | int, ...]]]:
    """The wallets that entries name, each with its key."""
    for number, rule in enumerate(file.document.rule):
        wallets = rule.when.wallet or []
        for entry, name in enumerate(wallets):
            # One alone may be written without a list.
            last = (entry,) if len(wallets) > 1 else ()
            yield name, ("rule", number, "when", "wallet", *last)
    for number, allow in enumerate(file.document.allow):
        yield allow.wallet, ("allow", number, "wallet")
    for number, probe in enumerate(file.document.probe):
        yield probe.wallet, ("probe", number, "wallet")


def _rules(file: Layer) -> tuple[PolicyRule, ...]:
    return tuple(
        PolicyRule(
            place=file.at("rule", number),
            id=table.id,
            action=table.action,
            when=_condition(table.when),
            reason=table.reason or "",
        )
        for number, table in enumerate(file.document.rule)
    )


def _condition(table: WhenTable) -> Condition:
    least = _finite(table.min_amount)
    return Condition(
        min_level=table.min_level,
        max_level=table.max_level,
        rules=frozenset(table.rules or ()),
        spender_kinds=frozenset(table.spender_kind or ()),
        tokens=frozenset(map(_target, table.token or ())),
        spenders=frozenset(map(_target, table.spender or ())),
        min_amount=least,
        unlimited=table.unlimited if table.min_amount == least else True,
        min_value_usd=table.min_value_usd,
        min_age=table.min_age,
        kinds=frozenset(table.kind or ()),
        chains=frozenset(table.chain or ()),
        wallets=frozenset(table.wallet or ()),
    )


def _finite(amount: int | Literal["unlimited"] | None) -> int | None:
    return amount if isinstance(amount, int) else None


def _target(text: str) -> Target:
    chain, _, address = text.rpartition(":")
    return Target(address=Address(address), chain=chain or None)


def _allows(file: Layer) -> tuple[AllowEntry, ...]:
    return tuple(
        _allow(table, file, number) for number, table in enumerate(file.document.allow)
    )


def _allow(table: AllowTable, file: Layer, number: int) -> AllowEntry:
    return AllowEntry(
        place=file.at("allow", number),
        reason=table.reason,
        wallet=table.wallet,
        chain=_chain(table, file, number),
        kind=table.kind,
        contract=_address(table.contract),
        token=_address(table.token),
        spender=_address(table.spender),
        code_hash=table.spender_code_hash,
        max_amount=_finite(table.max_amount),
        max_level=table.max_level,
        owner=table.owner,
        expires=table.expires,
    )


def _address(text: str | None) -> Address | None:
    return None if text is None else _target(text).address


def _chain(table: AllowTable, file: Layer, number: int) -> str | None:
    """The one chain that an entry names, by itself or before an address."""
    named: dict[str, str] = {}
    for key in _NAMING_A_CHAIN:
        text = getattr(table, key)
        chain = text if key == "chain" or text is None else _target(text).chain
        if chain is not None:
            named[key] = chain
    for key, chain in named.items():
        first = next(iter(named))
        if chain != named[first]:
            raise ConfigError(
                f"{file.place('allow', number, key)} names another chain than "
                f"{first} does",
                hint="name the chain once, or in the same way each time",
            )
    return next(iter(named.values()), None)


def _acknowledged(file: Layer) -> tuple[Acknowledgement, ...]:
    return tuple(
        Acknowledgement(
            place=file.at("acknowledge", number),
            chain=table.chain,
            token=Address(table.token),
            reason=table.reason,
            expires=table.expires,
        )
        for number, table in enumerate(file.document.acknowledge)
    )


def _probes(file: Layer) -> tuple[ProbeEntry, ...]:
    return tuple(
        ProbeEntry(
            place=file.at("probe", number),
            chain=table.chain,
            token=Address(table.token),
            spender=Address(table.spender),
            wallet=table.wallet,
        )
        for number, table in enumerate(file.document.probe)
    )


def _baseline(file: Layer) -> BaselineFile | None:
    table = file.document.baseline
    if table is None:
        return None
    place = file.at("baseline", "file")
    try:
        path = file.path.parent / Path(table.file).expanduser()
    except RuntimeError:  # ~somebody who is not here
        raise ConfigError(
            f"{place} begins with ~, and nobody is called so",
            hint="write the path from the folder of this file",
        ) from None
    return BaselineFile(place=place, path=path)
