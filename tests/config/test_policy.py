"""What the policy of a good file comes to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from allowctl.errors import ConfigError
from allowctl.model.approval import Kind
from allowctl.model.chain import Address
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.place import Place as Written
from allowctl.model.policy import (
    Acknowledgement,
    Action,
    AllowEntry,
    BaselineFile,
    Condition,
    Limits,
    OnRefused,
    OnUnpriced,
    Policy,
    PolicyRule,
    ProbeEntry,
    Target,
)
from allowctl.model.settings import Origin
from tests.config.place import Place

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
LOWER = Address(A.lower())
B = Address("0x" + "22" * 20)
C = Address("0x" + "33" * 20)
HASH = "0x" + "AB" * 32
DAY = 86_400
WALLET = f'[[wallet]]\nname = "treasury"\naddress = "{A}"\n'
ALLOW = f'[[allow]]\nspender = "{A}"\nreason = "settlement"\n'


def policy_of(place: Place, text: str) -> Policy:
    place.user(text)
    return place.load().policy


def condition(place: Place, text: str) -> Condition:
    (rule,) = policy_of(
        place, f'[[rule]]\nid = "mine"\naction = "deny"\n[rule.when]\n{text}'
    ).rules
    return rule.when


def allowed(place: Place, text: str) -> AllowEntry:
    (entry,) = policy_of(place, f'[[allow]]\nreason = "settlement"\n{text}').allows
    return entry


def test_every_key_of_the_policy_is_read(place: Place) -> None:
    """Each with the place at which it is written."""
    user = place.user(
        "version = 1\n"
        "[policy]\n"
        'fail_on = "critical"\n'
        "fail_on_incomplete = false\n"
        'refused = "fail"\n'
        "max_value_at_risk_usd = 250_000\n"
        'max_total_value_at_risk_usd = "1000000.50"\n'
        'unpriced = "fail"\n'
        'max_age = "180d"\n'
        'max_unused = "12w"\n'
        "allow_unlimited = false\n"
        'allowed_kinds = ["erc20", "permit2"]\n'
    )
    found = place.load().policy
    keys = [
        "fail_on",
        "fail_on_incomplete",
        "refused",
        "max_value_at_risk_usd",
        "max_total_value_at_risk_usd",
        "unpriced",
        "max_age",
        "max_unused",
        "allow_unlimited",
        "allowed_kinds",
    ]

    assert found == Policy(
        file=str(user),
        limits=Limits(
            fail_on=Level.CRITICAL,
            fail_on_incomplete=False,
            refused=OnRefused.FAIL,
            max_value_at_risk_usd=Decimal(250_000),
            max_total_value_at_risk_usd=Decimal("1000000.50"),
            unpriced=OnUnpriced.FAIL,
            max_age=180 * DAY,
            max_unused=84 * DAY,
            allow_unlimited=False,
            allowed_kinds=frozenset({Kind.ERC20, Kind.PERMIT2}),
            places={
                key: Written(file=str(user), line=line, key=f"policy.{key}")
                for line, key in enumerate(keys, 3)
            },
        ),
    )
    assert found.place("max_age").line == 9
    assert found.place("denied_kinds") == Written.by_default(
        str(user), "policy.denied_kinds"
    )


def test_where_nothing_is_said_the_defaults_hold(place: Place) -> None:
    """Without any file, with an empty one, and with empty tables."""
    assert place.load().policy == Policy(file="")
    assert place.load().policy_wallets == ()
    user = place.user("")

    assert place.load().policy == Policy(file=str(user))
    place.user("rule = []\nallow = []\n[policy]\n")
    assert place.load().policy == Policy(file=str(user))


def test_every_key_of_a_rule_is_read(place: Place) -> None:
    """A list of any length, and a text alone as a list of one."""
    user = place.user(
        WALLET + '[[rule]]\nid = "no-eoa-spender"\naction = "warn"\n'
        'reason = " keys are no protocols "\n'
        "[rule.when]\n"
        'min_level = "medium"\n'
        'max_level = "high"\n'
        'rules = ["eoa-spender", "upgradeable-spender.eoa"]\n'
        'spender_kind = ["eoa", "delegated-eoa"]\n'
        f'token = ["{A}", "base:{B}", "eip155:1:{B}"]\n'
        f'spender = "{C}"\n'
        'min_amount = "1000000"\n'
        "unlimited = true\n"
        "min_value_usd = 1000\n"
        'min_age = "30d"\n'
        'kind = "erc20"\n'
        'chain = ["ethereum", 8453]\n'
        'wallet = "treasury"\n'
        '[[rule]]\nid = "all"\naction = "deny"\n'
    )

    assert place.load().policy.rules == (
        PolicyRule(
            place=Written(file=str(user), line=4, key="rule[0]"),
            id="no-eoa-spender",
            action=Action.WARN,
            reason="keys are no protocols",
            when=Condition(
                min_level=Level.MEDIUM,
                max_level=Level.HIGH,
                rules=frozenset({"eoa-spender", "upgradeable-spender.eoa"}),
                spender_kinds=frozenset({SpenderKind.EOA, SpenderKind.DELEGATED_EOA}),
                tokens=frozenset(
                    {
                        Target(address=LOWER),
                        Target(address=B, chain="base"),
                        Target(address=B, chain="1"),
                    }
                ),
                spenders=frozenset({Target(address=C)}),
                min_amount=1_000_000,
                unlimited=True,
                min_value_usd=Decimal(1_000),
                min_age=30 * DAY,
                kinds=frozenset({Kind.ERC20}),
                chains=frozenset({"ethereum", "8453"}),
                wallets=frozenset({"treasury"}),
            ),
        ),
        PolicyRule(
            place=Written(file=str(user), line=22, key="rule[1]"),
            id="all",
            action=Action.DENY,
        ),
    )
    assert place.load().policy.rules[1].when.everything


def test_a_rule_may_ignore_by_any_one_condition(place: Place) -> None:
    """Also by one that something is not so."""
    (rule,) = policy_of(
        place,
        '[[rule]]\nid = "dust"\naction = "ignore"\nwhen = { unlimited = false }',
    ).rules

    assert (rule.action, rule.when) == (Action.IGNORE, Condition(unlimited=False))


@pytest.mark.parametrize(
    ("written", "least", "unlimited"),
    [
        ('min_amount = "unlimited"', None, True),
        ('min_amount = "unlimited"\nunlimited = true', None, True),
        ("min_amount = 0", 0, None),
        ("min_amount = 1_000\nunlimited = false", 1_000, False),
        (f"min_amount = {2**256 - 1}", 2**256 - 1, None),
        (f'min_amount = "{2**256 - 1}"', 2**256 - 1, None),
        ('min_amount = "0010"', 10, None),
        ("unlimited = false", None, False),
    ],
)
def test_an_amount_without_end_is_a_condition_of_its_own(
    place: Place, written: str, least: int | None, *, unlimited: bool | None
) -> None:
    """Whatever number a standard has for it."""
    found = condition(place, written)

    assert (found.min_amount, found.unlimited) == (least, unlimited)


def test_every_key_of_an_entry_is_read(place: Place) -> None:
    """One by one, in its one form."""
    user = place.user(
        WALLET + "[[allow]]\n"
        'wallet = "treasury"\n'
        "chain = 8453\n"
        'kind = "permit2"\n'
        f'contract = "{C}"\n'
        f'token = "{A}"\n'
        f'spender = "{B}"\n'
        f'spender_code_hash = "{HASH}"\n'
        'max_amount = "500000"\n'
        'max_level = "high"\n'
        'reason = "CoW settlement, OPS-12"\n'
        'owner = "ops@example.org"\n'
        "expires = 2027-03-31\n"
    )

    assert place.load().policy.allows == (
        AllowEntry(
            place=Written(file=str(user), line=4, key="allow[0]"),
            reason="CoW settlement, OPS-12",
            wallet="treasury",
            chain="8453",
            kind=Kind.PERMIT2,
            contract=C,
            token=LOWER,
            spender=B,
            code_hash=HASH.lower(),
            max_amount=500_000,
            max_level=Level.HIGH,
            owner="ops@example.org",
            expires=date(2027, 3, 31),
        ),
    )


@pytest.mark.parametrize("key", ["contract", "token", "spender"])
@pytest.mark.parametrize(
    ("written", "chain"),
    [(B, None), (f"base:{B}", "base"), (f"eip155:10:{B}", "10")],
)
def test_an_address_may_name_the_entry_s_chain(
    place: Place, key: str, written: str, chain: str | None
) -> None:
    """In whichever of the three it stands."""
    found = allowed(place, f'{key} = "{written}"')

    assert found.chain == chain
    assert getattr(found, key) == B


def test_one_chain_may_be_named_twice(place: Place) -> None:
    """In one way, so that it is one without any table of chains."""
    found = allowed(
        place, f'chain = 1\ntoken = "eip155:1:{B}"\nspender = "eip155:1:{C}"'
    )

    assert (found.chain, found.token, found.spender) == ("1", B, C)


@pytest.mark.parametrize(
    ("written", "most"),
    [
        ("", None),
        ('max_amount = "unlimited"', None),
        ('max_amount = "0"', 0),
        ("max_amount = 7", 7),
    ],
)
def test_a_most_amount(place: Place, written: str, most: int | None) -> None:
    """Nothing and unlimited are the same; nothing at all is none of them."""
    assert allowed(place, f'spender = "{B}"\n{written}').max_amount == most


@pytest.mark.parametrize("written", ["2028-02-29", '"2028-02-29"'])
def test_a_day_in_either_form(place: Place, written: str) -> None:
    """As TOML has it, and as a text."""
    found = allowed(place, f'spender = "{B}"\nexpires = {written}')

    assert found.expires == date(2028, 2, 29)


def test_a_reason_may_be_in_any_script(place: Place) -> None:
    """What it is on a screen is made safe where it is shown."""
    found = allowed(place, f'spender = "{B}"\nowner = "Zoë — ops"')

    assert found.owner == "Zoë — ops"


def test_the_other_entries_are_read(place: Place) -> None:
    """Contracts that do not answer, and pairs that no log names."""
    user = place.user(
        WALLET + "[[acknowledge]]\n"
        'chain = "ethereum"\n'
        f'token = "{A}"\n'
        'reason = "self-destructed"\n'
        'expires = "2027-03-31"\n'
        "[[probe]]\n"
        "chain = 1\n"
        f'token = "{A}"\n'
        f'spender = "{B}"\n'
        "[[probe]]\n"
        'chain = "base"\n'
        f'token = "{B}"\n'
        f'spender = "{C}"\n'
        'wallet = "treasury"\n'
    )
    found = place.load().policy

    assert found.acknowledged == (
        Acknowledgement(
            place=Written(file=str(user), line=4, key="acknowledge[0]"),
            chain="ethereum",
            token=LOWER,
            reason="self-destructed",
            expires=date(2027, 3, 31),
        ),
    )
    assert found.probes == (
        ProbeEntry(
            place=Written(file=str(user), line=9, key="probe[0]"),
            chain="1",
            token=LOWER,
            spender=B,
        ),
        ProbeEntry(
            place=Written(file=str(user), line=13, key="probe[1]"),
            chain="base",
            token=B,
            spender=C,
            wallet="treasury",
        ),
    )


def test_a_baseline_is_taken_from_the_folder_of_its_file(place: Place) -> None:
    """Of a trusted file from anywhere, also from the user's home."""
    mine = place.explicit('[baseline]\nfile = "../b.json"')
    found = place.load(explicit=mine).policy

    assert found.baseline == BaselineFile(
        place=Written(file=str(mine), line=2, key="baseline.file"),
        path=mine.parent / "../b.json",
    )
    baseline = policy_of(place, '[baseline]\nfile = "/srv/b.json"').baseline
    assert baseline is not None
    assert baseline.path.as_posix() == "/srv/b.json"


def test_a_found_file_s_baseline_may_lie_anywhere_below_it(place: Place) -> None:
    """Also behind a link that stays there, and before there is one."""
    project = place.project('[baseline]\nfile = "here/../here/b.json"')
    (project.parent / "there").mkdir()
    (project.parent / "here").symlink_to(project.parent / "there")
    baseline = place.load().policy.baseline

    assert baseline is not None
    assert baseline.path == project.parent / "here/../here/b.json"


def test_the_first_file_alone_has_the_policy(place: Place) -> None:
    """Its wallets with it: nothing of another file loosens or tightens it."""
    user = place.user(
        WALLET
        + f'[[wallet]]\nname = "own"\naddress = "{C}"\n'
        + '[policy]\nfail_on = "info"\n'
        + ALLOW
    )
    project = place.project(WALLET + 'ens = "treasury.example.eth"\n')
    found = place.load()

    assert found.policy == Policy(file=str(project))
    (wallet,) = found.policy_wallets
    assert (wallet.name, wallet.origin) == ("treasury", Origin.PROJECT)
    assert wallet.ens == "treasury.example.eth"
    assert wallet.place == Written(file=str(project), line=1, key="wallet[0]")
    # For everything else the user's own of that name is followed.
    assert [(each.name, each.ens) for each in found.wallets] == [
        ("treasury", None),
        ("own", None),
    ]
    project.unlink()
    assert place.load().policy.file == str(user)
    assert [each.name for each in place.load().policy_wallets] == ["treasury", "own"]


def test_a_policy_that_is_not_followed_need_not_fit(place: Place) -> None:
    """It is of the right form; which wallets it names is for when it is."""
    place.user(ALLOW + 'wallet = "gone"\n')
    place.project("")

    assert place.load().policy.allows == ()
    with pytest.raises(ConfigError, match=r"allow\[0\]\.wallet: no \[\[wallet\]\]"):
        place.load(cwd=place.folder)


def test_order_is_kept(place: Place) -> None:
    """Entries are numbered as they stand, whatever stands between."""
    found = policy_of(place, ALLOW + "[policy]\n" + ALLOW.replace(A, B))

    assert [(each.spender, each.place.line) for each in found.allows] == [
        (LOWER, 1),
        (B, 5),
    ]
