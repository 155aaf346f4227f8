"""What a wrong policy is told: the file, the line, the key, what was expected."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from allowctl.errors import ConfigError
from tests.config.place import Place

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
SECRET = "SECRETSECRETSECRET"
KEY = "5" * 64
WALLET = f'[[wallet]]\nname = "treasury"\naddress = "{A}"\n'
RULE = '[[rule]]\nid = "mine"\naction = "deny"\n'
WHEN = RULE + "[rule.when]\n"
ALLOW = f'[[allow]]\nspender = "{A}"\nreason = "settlement"\n'
ACKNOWLEDGE = f'[[acknowledge]]\nchain = "eth"\ntoken = "{A}"\n'
PROBE = f'[[probe]]\nchain = "eth"\ntoken = "{A}"\n'

WRONG = {
    "a version to come": "version = 2",
    "a version as text": 'version = "1"',
    "a version that is true": "version = true",
    "a wallet's name that is none": WALLET + f'ens = "{SECRET}"',
    "a wallet's name with a blank": WALLET + 'ens = "a b.eth"',
    "a wallet's name that runs backwards": WALLET + 'ens = "a\\u202eb.eth"',
    "a policy's key": "[policy]\nfail_onn = 1",
    "a policy that is a list": "[[policy]]\nfail_on = 1",
    "a level that there is not": f'[policy]\nfail_on = "{SECRET}"',
    "a level that nobody can ask for": '[policy]\nfail_on = "unknown"',
    "a level as a number": "[policy]\nfail_on = 3",
    "incomplete as a text": '[policy]\nfail_on_incomplete = "yes"',
    "refused as a level": '[policy]\nrefused = "warn"',
    "unpriced as refused": '[policy]\nunpriced = "row"',
    "a cap below nothing": "[policy]\nmax_value_at_risk_usd = -1",
    "a cap in words": f'[policy]\nmax_total_value_at_risk_usd = "{SECRET}"',
    "an age as a number": "[policy]\nmax_age = 180",
    "an age without a unit": '[policy]\nmax_age = "180"',
    "an age of nothing": '[policy]\nmax_unused = "0d"',
    "a kind that there is not": '[policy]\nallowed_kinds = ["erc20", "erc-721"]',
    "a kind alone that there is not": '[policy]\ndenied_kinds = "erc-721"',
    "no kinds": "[policy]\nallowed_kinds = []",
    "kinds both ways": '[policy]\nallowed_kinds = ["erc20"]\ndenied_kinds = "operator"',
    "a rule's key": RULE + "wen = 1",
    "a rule that is no list": "[rule]\nid = 1",
    "a rule without anything": "[[rule]]",
    "a rule in capitals": RULE.replace("mine", "No Keys"),
    "a rule of hyphens": RULE.replace("mine", "no--keys"),
    "a rule's very long name": RULE.replace("mine", "a" * 41),
    "a rule's action": RULE.replace("deny", SECRET),
    "two rules of one id": RULE + RULE,
    "a rule that ignores everything": RULE.replace("deny", "ignore"),
    "a rule that ignores by nothing": WHEN.replace("deny", "ignore"),
    "a rule's blank reason": RULE + 'reason = "  "',
    "a condition's key": WHEN + 'spenders = "0x12"',
    "a condition that is a list": RULE + "when = []",
    "a rule id that is no rule's form": WHEN + 'rules = ["Eoa spender"]',
    "a spender that there is not": WHEN + f'spender_kind = ["eoa", "{SECRET}"]',
    "a spender's kind alone": WHEN + f'spender_kind = "{SECRET}"',
    "a token by its symbol": WHEN + 'token = "usdc"',
    "a token by its key": WHEN + f'token = ["0x{KEY}"]',
    "a token mistyped": WHEN + f'token = ["{A}", "{A[:-1]}4"]',
    "a token that is a number": WHEN + "token = 1",
    "tokens of which one is a number": WHEN + f'token = ["{A}", 1]',
    "two tokens that are none": WHEN + 'token = ["usdc", "dai"]',
    "an amount below nothing": WHEN + "min_amount = -1",
    "an amount with a point": WHEN + "min_amount = 1.5",
    "an amount in whole tokens": WHEN + 'min_amount = "1,000.5"',
    "an amount above all": WHEN + f'min_amount = "{2**256}"',
    "an amount without end": WHEN + f"min_amount = {'9' * 100}",
    "an amount that is true": WHEN + "min_amount = true",
    "unlimited both ways": WHEN + 'min_amount = "unlimited"\nunlimited = false',
    "levels the wrong way": WHEN + 'min_level = "high"\nmax_level = "low"',
    "a condition's level": WHEN + 'min_level = "hihg"',
    "a condition's age": WHEN + 'min_age = "1 month"',
    "a condition's value": WHEN + 'min_value_usd = "lots"',
    "a chain in capitals": WHEN + 'chain = ["ethereum", "Base"]',
    "a chain of number zero": WHEN + "chain = 0",
    "a chain that is true": WHEN + "chain = [true]",
    "no chains": WHEN + "chain = []",
    "a condition's wallet": WALLET + WHEN + 'wallet = "tresury"',
    "the second of a condition's wallets": (
        WALLET + WHEN + 'wallet = ["treasury", "ops"]'
    ),
    "an entry's key": ALLOW + 'expire = "2027-03-31"',
    "an entry that is a table": "[allow]\nreason = 1",
    "an entry for everything": '[[allow]]\nreason = "all of it"',
    "an entry without a reason": ALLOW.replace('reason = "settlement"\n', ""),
    "a blank reason": ALLOW.replace("settlement", " "),
    "a reason of two lines": ALLOW.replace("settlement", f"{SECRET}\\nmore"),
    "a reason with a terminal's codes": ALLOW.replace("settlement", "\\u001b[2J"),
    "a reason that runs backwards": ALLOW.replace("settlement", "a\\u202eb"),
    "a long reason": ALLOW.replace("settlement", "a" * 201),
    "an owner of two lines": ALLOW + f'owner = "ops\\r\\n{SECRET}"',
    "a long owner": ALLOW + f'owner = "{"a" * 101}"',
    "an entry's wallet that there is not": WALLET + ALLOW + 'wallet = "treasure"',
    "an entry's wallet where there is none": ALLOW + 'wallet = "treasury"',
    "an entry on two chains": ALLOW + f'chain = "eth"\ntoken = "base:{A}"',
    "an entry by two ways to say a chain": (
        ALLOW + f'contract = "eip155:1:{A}"\ntoken = "eth:{A}"'
    ),
    "an entry's half code hash": ALLOW + f'spender_code_hash = "0x{"5" * 32}"',
    "a most amount in words": ALLOW + 'max_amount = "infinite"',
    "a most level": ALLOW + 'max_level = "worst"',
    "a day with a time": ALLOW + "expires = 2027-03-31T12:00:00",
    "a day with a time and a zone": ALLOW + "expires = 2027-03-31T12:00:00Z",
    "a time without a day": ALLOW + "expires = 12:00:00",
    "a day as a number": ALLOW + "expires = 20270331",
    "a day in another order": ALLOW + 'expires = "31.03.2027"',
    "a day that no calendar has": ALLOW + 'expires = "2027-02-30"',
    "a day that TOML has not": ALLOW + "expires = 2027-02-30",
    "an acknowledgement without a reason": ACKNOWLEDGE,
    "an acknowledgement's token on a chain": (
        ACKNOWLEDGE.replace(A, f"eth:{A}") + 'reason = "old"'
    ),
    "an acknowledgement's key": ACKNOWLEDGE + 'reason = "old"\nowner = "ops"',
    "a probe without a spender": PROBE,
    "a probe's spender by name": PROBE + 'spender = "router.eth"',
    "a probe's wallet": PROBE + f'spender = "{A}"\nwallet = "treasury"',
    "a baseline without a file": "[baseline]",
    "a baseline of nothing": '[baseline]\nfile = ""',
    "a baseline with a zero byte": f'[baseline]\nfile = "{SECRET}\\u0000"',
    "a baseline of nobody": '[baseline]\nfile = "~nobody-at-all/b.json"',
    "two things wrong": '[policy]\nfail_on = "worst"\nmax_age = 1',
    "three things wrong": (
        f'[policy]\nfail_on = "{SECRET}"\n\n{SECRET} = 1\nmax_age = 1\nmax_unused = 2'
    ),
    "very much wrong": "[policy]\n" + "\n".join(f"k{each} = 1" for each in range(99)),
    "much missing": "[[allow]]\n" * 40,
    "things missing, and another wrong": "[[probe]]\n\n[policy]\nmax_age = 1",
}

FOUND = {
    "from the root": f'file = "/etc/{SECRET}"',
    "from a home": f'file = "~/{SECRET}"',
    "from above": f'file = "../{SECRET}"',
    "from above, by a way around": f'file = "a/../../{SECRET}"',
    "behind a link": f'file = "out/{SECRET}"',
    "a link itself": 'file = "link.json"',
}


@pytest.mark.parametrize("name", WRONG)
def test_messages(name: str, place: Place, snapshot: SnapshotAssertion) -> None:
    """One printable line and a hint, without any value that may be secret."""
    place.user(WRONG[name])

    assert told(place) == snapshot


@pytest.mark.parametrize("name", FOUND)
def test_a_found_file_s_baseline_stays_in_its_folder(
    name: str, place: Place, snapshot: SnapshotAssertion
) -> None:
    """It must not have anything else read; where it leads is not repeated."""
    project = place.project("[baseline]\n" + FOUND[name])
    (project.parent / "out").symlink_to(place.home)
    (project.parent / "link.json").symlink_to(place.home / "b.json")

    assert told(place) == snapshot


def told(place: Place) -> str:
    with pytest.raises(ConfigError) as refused:
        place.load()
    error = refused.value
    text = f"{error.message}{error.hint}"

    assert error.message.isprintable()
    assert SECRET not in text
    assert "555" not in text
    assert len(error.message) < 400
    return place.shown(error)
