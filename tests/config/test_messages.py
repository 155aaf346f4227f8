"""What a wrong configuration is told: the file, the key's path, the way out."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from allowctl.errors import ConfigError
from tests.config.place import Place

A = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
WALLET = f'[[wallet]]\nname = "w"\naddress = "{A}"\n'
SECRET = "SECRETSECRETSECRET"
LIST = '[[intel.list]]\nid = "mine"\nformat = "{}"\nurl = "{}"\n'
BLOCKED = LIST.format("addresses", "https://a.example") + 'charge = "blocked"\n'
PIN = f'[[pin]]\nchain = "eth"\nspender = "{A}"\ncode_hash = "0x{"12" * 32}"\n'

WRONG: dict[str, str | bytes] = {
    "a key that is not there": "[chains.eth]\nrpcs = []",
    "a table that is not there": "[chain.eth]\nid = 1",
    "a wallet's key": WALLET + 'chain = "eth"',
    "nothing like it": "zzzz = 1",
    "a secret as a key": f'"https://a.example/{SECRET}" = 1',
    "a terminal's codes as a key": '"\\u001b[2J\\u202e" = 1',
    "a very long key": f"{'k' * 1000} = 1",
    "no value": "[chains.eth]\nid =",
    "a table twice": "[chains.eth]\n[chains.eth]",
    "a key twice": "[chains.eth]\nid = 1\nid = 1",
    "a secret in a key twice": f'["https://{SECRET}"]\n["https://{SECRET}"]',
    "a private key in a key twice": f'["{"5" * 64}"]\n["{"5" * 64}"]',
    "a very long key twice": f"[{'k' * 1000}]\n[{'k' * 1000}]",
    "a text without an end": f'[chains.eth]\nrpc = ["https://{SECRET}',
    "not UTF-8": b"# one\n\n# \xff\n",
    "a zero byte": b"id = 1\0",
    "brackets too deep": "env = " + "[" * 100_000,
    "a number too long": "[chains.eth]\nid = " + "9" * 10_000,
    "a number above all": "[chains.eth]\nid = 9223372036854775808",
    "an id of zero": "[chains.eth]\nid = 0",
    "an id as text": f'[chains.eth]\nid = "{SECRET}"',
    "an id with a point": "[chains.eth]\nid = 1.0",
    "an id that is true": "[chains.eth]\nid = true",
    "a finality in years": "[chains.eth]\nfinality = 99999999",
    "a block in no time": "[chains.eth]\nblock_ms = 0",
    "a chain that is no table": "[chains]\neth = 1",
    "chains that are no table": "chains = 1",
    "a wallet that is no list": '[wallet]\nname = "w"',
    "one endpoint without a list": f'[chains.eth]\nrpc = "https://{SECRET}"',
    "no endpoints": "[chains.eth]\nrpc = []",
    "endpoints without number": f"[chains.eth]\nrpc = {['https://a.example'] * 65}",
    "an endpoint of another kind": f'[chains.eth]\nrpc = ["wss://a.example/{SECRET}"]',
    "an endpoint without a host": f'[chains.eth]\nrpc = ["https:///{SECRET}"]',
    "an endpoint with a blank": f'[chains.eth]\nrpc = ["https://a.example/ {SECRET}"]',
    "an endpoint with a line's end": '[chains.eth]\nrpc = ["https://a.example/${LINE}"]',
    "an endpoint in another script": '[chains.eth]\nrpc = ["https://ex\u0430mple.org"]',
    "an endpoint with no port": f'[chains.eth]\nrpc = ["https://a.example:{SECRET}/"]',
    "keys that are missing": '[[intel.list]]\nid = "mine"',
    "keys that are missing, and one too many": "[[pin]]\nnote = 1",
    "a variable that is not set": '[chains.eth]\nrpc = ["https://a.example/${GONE}"]',
    "a variable that is empty": '[chains.eth]\nrpc = ["https://a.example/${EMPTY}"]',
    "a URL in a URL": '[chains.eth]\nrpc = ["https://a.example/?u=${URL}"]',
    "a variable in a variable": '[chains.eth]\nrpc = ["${NESTED}"]',
    "a mark without an end": f'[chains.eth]\nrpc = ["https://a.example/${{{SECRET}"]',
    "a chain in capitals": "[chains.Ethereum]\nid = 1",
    "a chain's id with a zero": "[chains.01]\nid = 1",
    "a chain's id too large": "[chains.9223372036854775808]\nfinality = 1",
    "an alias that is an id": '[chains.eth]\naliases = ["1"]',
    "an explorer with a query": f'[chains.eth]\nexplorer = "https://a.example/?k={SECRET}"',
    "an explorer that runs": '[chains.eth]\nexplorer = "javascript:alert(1)"',
    "a symbol with codes": '[chains.eth]\nnative_symbol = "\\u001b[31mETH"',
    "an address too short": '[chains.eth]\nmulticall = "0x12"',
    "a private key as an address": f'[[wallet]]\nname = "w"\naddress = "0x{"5" * 64}"',
    "a wrong checksum": f'[[wallet]]\nname = "w"\naddress = "{A[:-1]}4"',
    "a wrong checksum with a chain": f'[chains.eth]\npermit2 = "0x{A[2:].swapcase()}"',
    "a name as an address": '[[wallet]]\nname = "w"\naddress = "vitalik.eth"',
    "a chain twice": f'[[wallet]]\nname = "w"\naddress = "eth:{A}"\nchains = ["eth"]',
    "a wallet without an address": '[[wallet]]\nname = "w"',
    "a wallet without a name": f'[[wallet]]\naddress = "{A}"',
    "two wallets of one name": WALLET + WALLET,
    "a wallet like an ENS name": WALLET.replace('"w"', '"w.eth"'),
    "a wallet like an address": WALLET.replace('"w"', '"0xd8da"'),
    "a wallet like hex": WALLET.replace('"w"', f'"{A[2:].lower()}"'),
    "a wallet in capitals": WALLET.replace('"w"', '"Treasury"'),
    "a wallet on no chain": WALLET + 'chains = ["Ether eum"]',
    "a variable's mark as its name": 'env = ["${MINE}"]',
    "a weight's key": "[weights]\nstale_day = 3",
    "a level that is not there": "[weights.chance]\nhihg = 0.5",
    "a level unknown": "[weights.chance]\nunknown = 0.5",
    "points above all": '[weights.points]\n"a-rule.case" = 101',
    "points with a point": "[weights]\npoints = { eoa-spender = 9.5 }",
    "points of no rule's form": '[weights.points]\n"Eoa spender" = 5',
    "points of a case twice": '[weights.points]\n"a.b" = 5\na.b = 6',
    "points of a case of a case": "[weights.points]\na.b.c = 6",
    "points that are no table": "[weights]\npoints = 5",
    "days below zero": "[weights]\nnew_days = -1",
    "new for longer than recent": "[weights]\nnew_days = 40",
    "recent for shorter than new": "[weights]\nrecent_days = 2",
    "a chance above one": '[weights.chance]\nhigh = "1.01"',
    "a chance below zero": "[weights.chance]\nhigh = -0.1",
    "a chance that is none": "[weights.chance]\nhigh = nan",
    "a chance without end": "[weights.chance]\nhigh = inf",
    "a chance that is true": "[weights.chance]\nhigh = true",
    "a chance in words": f'[weights.chance]\nhigh = "{SECRET}"',
    "a chance of too many digits": "[weights.chance]\nhigh = 1e-99999999999999999999",
    "a chance too fine": "[weights.chance]\nhigh = 1e-41",
    "a chance above a higher level's": "[weights.chance]\nmedium = 0.36",
    "a chance below a lower level's": "[weights.chance]\ncritical = 0.34",
    "prices' key": "[prices]\nsorce = 1",
    "a source that there is not": f'[prices]\nsource = "{SECRET}"',
    "a source that is no text": "[prices]\nsource = 1",
    "a price of nothing": f'[prices.fixed]\n"eth:{A}" = 0',
    "a price below nothing": f'[prices.fixed]\n"eth:{A}" = -0.5',
    "a price too fine": f'[prices.fixed]\n"eth:{A}" = 1e-41',
    "a price above all": f'[prices.fixed]\n"eth:{A}" = 1e13',
    "a price with a sign": f'[prices.fixed]\n"eth:{A}" = "$1"',
    "a price without a chain": f'[prices.fixed]\n"{A}" = 1',
    "a price without an address": '[prices.fixed]\n"eth:usdc" = 1',
    "a price on no chain": f'[prices.fixed]\n"Eth:{A}" = 1',
    "a price on no id": f'[prices.fixed]\n"eip155:0:{A}" = 1',
    "a price of an id's beginning": f'[prices.fixed]\n"eip155:{A}" = 1',
    "a price of a mistyped address": f'[prices.fixed]\n"eth:{A[:-1]}4" = 1',
    "a price of a private key": f'[prices.fixed]\n"eth:0x{"5" * 64}" = 1',
    "intel's key": "[intel]\nbuiltins = false",
    "builtin as a text": '[intel]\nbuiltin = "no"',
    "a list's key": LIST.format("whois", "x") + "urls = []",
    "a list without a url": '[[intel.list]]\nid = "mine"\nformat = "whois"',
    "a list of no format": LIST.format(SECRET, "https://a.example"),
    "a list with a path as its id": LIST.format("whois", "x").replace("mine", "../x"),
    "addresses without a charge": LIST.format("addresses", "https://a.example"),
    "a charge that there is not": BLOCKED.replace("blocked", SECRET),
    "a charge that nobody asked for": LIST.format("whois", "x") + 'charge = "blocked"',
    "a chain that nobody asked for": LIST.format("whois", "x") + 'chain = "eth"',
    "two lists of one id": BLOCKED + BLOCKED,
    "a list in the clear": LIST.format("whois", f"http://a.example/{SECRET}"),
    "a list by another way": LIST.format("whois", f"ftp://a.example/{SECRET}"),
    "a list without a host": LIST.format("whois", f"https:///{SECRET}"),
    "a list on another machine": LIST.format("whois", f"file://a.example/{SECRET}"),
    "a list with a line's end": LIST.format("whois", "a\\n" + SECRET),
    "a list from nowhere": LIST.format("whois", ""),
    "a list's variable that is not set": LIST.format("whois", "${GONE}"),
    "a list's URL in a URL": LIST.format("whois", "https://a.example/?u=${URL}"),
    "a pin's key": PIN + "hash = 1",
    "a pin of half a hash": PIN.replace("12" * 32, "5" * 32),
    "a pin of a name": PIN.replace(A, "router.eth"),
    "a pin without a chain": PIN.replace('chain = "eth"', ""),
    "pins that are no list": "[pin]\nchain = 1",
    "a private key as a key": f'"{"5" * 64}" = 1',
    "a key called as pydantic calls keys": '"[key]" = 1',
    "below a text of many lines": '[chains.eth]\nexplorer = """\\\n\\\nhttps://a.example"""\nid=0',
    "lines as Windows ends them": "# one\r\n\r\n[chains.eth]\r\nid = 0\r\n",
    "a byte order mark": "\ufeff[chains.eth]\nid = 0",
    "in the second of a kind": WALLET + WALLET.replace('"w"', '"W"'),
    "in the entry of a list": "[chains.eth]\naliases = [\n  'a', # one\n  'B',\n]",
    "in a table without a header": "[intel]\nlist = [\n  { id = 'a' },\n]",
    "two things wrong, the later key first": '[chains.eth]\nfinality = "2"\nid = "1"',
    "two things wrong": '[chains.eth]\nid = "1"\nfinality = "2"',
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_messages(name: str, place: Place, snapshot: SnapshotAssertion) -> None:
    """One printable line and a hint, without any value that may be secret."""
    place.user(WRONG[name])
    with pytest.raises(ConfigError) as refused:
        place.load()
    error = refused.value

    assert error.message.isprintable()
    assert SECRET not in f"{error.message}{error.hint}"
    assert "555" not in f"{error.message}{error.hint}"
    assert len(error.message) < 400
    assert place.shown(error) == snapshot
