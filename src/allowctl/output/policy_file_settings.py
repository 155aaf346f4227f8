"""The parts of a proposed allowctl.toml that no scan decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from allowctl.chains.registry import chains as known_chains
from allowctl.model.policy import Limits
from allowctl.output.policy_file_toml import off, text, words

_MAINNET = 1
_OTHER = re.compile(r"[^A-Z0-9]+")

_OPTIONAL = (
    ("max_value_at_risk_usd = 250_000", "USD of each wallet, on all its chains."),
    ("max_total_value_at_risk_usd = 1_000_000", "USD of all wallets together."),
    (
        'unpriced = "warn"',
        "ignore, warn or fail: what it means that a value at risk is not known.",
    ),
    ('max_age = "180d"', "How long ago an approval may last have been raised."),
    ('max_unused = "90d"', "How long an approval may go unused."),
    (
        'allowed_kinds = ["erc20", "permit2"]',
        "The only kinds: erc20, erc721, operator, permit2. Or else those to deny:",
    ),
    ('denied_kinds = ["operator"]', ""),
)
_RULE = (
    "[[rule]]",
    'id = "only-what-is-allowed"',
    'action = "deny"',
    'reason = "every approval needs an entry"',
)
"""It denies every approval, but for spam: what is covered by an entry passes."""
_OTHER_RULE = (
    "[[rule]]",
    'id = "no-keys"',
    'action = "deny"',
    'reason = "a key is no protocol"',
    "[rule.when]",
    'spender_kind = ["eoa", "delegated-eoa"]',
)


def chains(chain_ids: Sequence[int]) -> Iterator[str]:
    """Where an endpoint of each could be named: a variable, never an address."""
    if not chain_ids:
        return
    yield ""
    yield from words(
        "Endpoints of one's own: the variable holds the URL, so that no key stands in "
        "this file.",
    )
    table = {each.id: each.name for each in known_chains()}
    for chain_id in chain_ids:
        yield from off(_chain(chain_id, table.get(chain_id)))


def _chain(chain_id: int, known: str | None) -> Iterator[str]:
    name = known or f"chain-{chain_id}"
    yield f"[chains.{name}]"
    if known is None:
        yield f"id = {chain_id}"
    yield f"rpc = [{text('${' + _variable(chain_id, name) + '}')}]"


def _variable(chain_id: int, name: str) -> str:
    """A name that a file which is found may expand (config/expand.py)."""
    if chain_id == _MAINNET:
        return "ETH_RPC_URL"
    return "ALLOWCTL_" + _OTHER.sub("_", name.upper()) + "_RPC_URL"


def policy() -> Iterator[str]:
    """`[policy]`: what holds anyhow, written out, and what else there is."""
    limits = Limits()
    yield ""
    yield "[policy]"
    yield from words(
        "info, low, medium, high or critical: this level and worse fail a check."
    )
    yield f"fail_on = {text(str(limits.fail_on))}"
    yield from words("Whether a check passes only if everything was seen.")
    yield f"fail_on_incomplete = {_boolean(limits.fail_on_incomplete)}"
    yield from words("row or fail: contracts that do not answer.")
    yield f"refused = {text(limits.refused.value)}"
    yield from words("Whether an approval may be unlimited.")
    yield f"allow_unlimited = {_boolean(limits.allow_unlimited)}"
    for setting, meaning in _OPTIONAL:
        yield from words(*filter(None, [meaning]))
        yield from off([setting])
    yield ""
    yield from words(
        "Nothing passes but what an entry below allows. Without this rule only "
        "[policy] decides."
    )
    yield from _RULE
    yield ""
    yield from words("Another rule; deny comes before warn, warn before ignore.")
    yield from off(_OTHER_RULE)
    yield ""
    yield from words(
        "What `allowctl check --write-baseline` writes passes as long as it does not "
        "get worse."
    )
    yield from off(["[baseline]", 'file = ".allowctl-baseline.json"'])


def _boolean(value: bool) -> str:  # noqa: FBT001 - a setting is a value
    return "true" if value else "false"
