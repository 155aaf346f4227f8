"""What the options of a scan come to: precedence, lists, and what does not go well."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from allowctl.chains.owners import OwnerAddress
from allowctl.chains.registry import chains
from allowctl.cli import parse, run, view, wanted
from allowctl.cli.check_options import CheckFormat
from allowctl.cli.report_options import Format, LevelName, SortName, complete_column
from allowctl.cli.write import Destination, destinations
from allowctl.errors import OutputError, UsageError
from allowctl.model.approval import Kind
from allowctl.model.finding import Level
from allowctl.model.question import Pair
from allowctl.model.settings import Settings
from allowctl.output.columns import COLUMNS
from allowctl.output.view import Sort, View
from allowctl.rpc.client import RefusalError, RefusalKind
from tests.build import OWNER, SPENDER, TOKEN, address, candidate
from tests.cli.runs import here, serving
from tests.fakes.rpc import FakeRpc
from tests.fakes.server import Raw, ScriptedServer, always, answering
from tests.fakes.worlds import World
from tests.nodes.jsonrpc import Json

KEY = "k3yk3yk3yk3yk3yk3y"


def scanned(*arguments: str, code: int = 0) -> Json:
    """The only scan of a run's JSON."""
    ended = here("scan", *arguments, "--json")
    assert ended.code == code, ended.err
    (scan,) = json.loads(ended.out)["scans"]
    return scan


def world() -> World:
    found = World()
    found.approves(candidate())
    found.approves(candidate(kind=Kind.OPERATOR, token=address(0x4F7)))
    return found


# endpoints


@pytest.mark.parametrize("name", ["ALLOWCTL_RPC_URL", "ETH_RPC_URL"])
def test_endpoint_from_the_environment(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either variable names it."""
    with serving(FakeRpc()) as url:
        monkeypatch.setenv(name, url)
        assert scanned(OWNER)["chain_id"] == 1


def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option before our own variable, that before cast's."""
    nowhere = "http://127.0.0.1:1"
    with serving(FakeRpc()) as url:
        monkeypatch.setenv("ETH_RPC_URL", nowhere)
        monkeypatch.setenv("ALLOWCTL_RPC_URL", url)
        scanned(OWNER)
        monkeypatch.setenv("ALLOWCTL_RPC_URL", nowhere)
        scanned(OWNER, "--rpc-url", url)
        assert here("scan", OWNER).code == 3


def test_several_chains() -> None:
    """One endpoint for each chain: every owner is scanned on all of them, in order."""
    with serving(FakeRpc(chain=8453)) as base, serving(FakeRpc()) as mainnet:
        ended = here("scan", OWNER, SPENDER, "-r", base, "-r", mainnet, "--json")
    scans = json.loads(ended.out)["scans"]
    assert [(s["chain"], s["owner"].lower()) for s in scans] == [
        ("ethereum", OWNER),
        ("base", OWNER),
        ("ethereum", SPENDER),
        ("base", SPENDER),
    ]


def test_chains_asked_for() -> None:
    """--chain picks among them, by name or id, commas and repeats allowed."""
    with serving(FakeRpc(chain=8453)) as base, serving(FakeRpc()) as mainnet:
        urls = ("-r", base, "-r", mainnet)
        for chosen in (["-c", "base"], ["-c", "8453"], ["-c", "base,8453", "-c", ""]):
            assert scanned(OWNER, *urls, *chosen)["chain"] == "base"
        ended = here("scan", OWNER, *urls, "-c", "base,eth", "--json")
    assert [s["chain"] for s in json.loads(ended.out)["scans"]] == ["base", "ethereum"]


def test_two_endpoints_of_one_chain() -> None:
    """They share the work: one scan, and what one does not serve, the other does."""
    deaf = world().rpc
    deaf.refuse_range = lambda _: RefusalError("no", kind=RefusalKind.UNSUPPORTED)
    with serving(deaf) as one, serving(world().rpc) as two:
        scan = scanned(OWNER, "-r", one, "-r", two)
        assert scanned(OWNER, "-r", two, "-r", two)["chain"] == "ethereum"
    assert len(scan["allowances"]) == 2
    assert two.removeprefix("http://") in scan["coverage"]["endpoints"]


def test_a_chain_that_the_table_lacks() -> None:
    """It is scanned all the same, under its number."""
    with serving(FakeRpc(chain=987654)) as url:
        assert scanned(OWNER, "-r", url)["chain"] == "chain-987654"
        assert scanned(OWNER, "-r", url, "-c", "987654")["chain_id"] == 987654


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--rpc-headers", f"Authorization: Bearer {KEY}"), ""),
        ((), f"Authorization: Bearer {KEY}\nX-Other: 1"),
        (("--rpc-headers", f"authorization:Bearer {KEY}"), "Authorization: none"),
    ],
    ids=["option", "environment", "both"],
)
def test_headers(
    arguments: Sequence[str], environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent with every request, and are shown nowhere."""
    monkeypatch.setenv("ETH_RPC_HEADERS", environment)
    refused = Raw(status=401, body=f"no such key: {KEY}".encode())
    with ScriptedServer(always(refused)) as server:
        ended = here("scan", OWNER, "-r", server.url, *arguments, "--json")
        sent = {name.lower(): v for name, v in server.asked[0].headers.items()}
    assert sent["authorization"] == f"Bearer {KEY}"
    assert ended.code == 3
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize(
    "where",
    [
        "http://{host}/v3/" + KEY,
        "http://{host}/?k=" + KEY,
        "http://u:" + KEY + "@{host}",
    ],
)
@pytest.mark.parametrize("how", ["good", "refused", "cut"])
def test_a_key_in_the_url_is_never_shown(where: str, how: str) -> None:
    """Neither in a report nor in an error, even if the node repeats it."""
    answers = {
        "good": answering(
            {
                "eth_chainId": "0x1",
                "eth_getBlockByNumber": {
                    "number": "0x1",
                    "hash": "0x" + "ab" * 32,
                    "timestamp": "0x1",
                },
            }
        ),
        "refused": always(Raw(status=403, body=f'{{"error": "{KEY}"}}'.encode())),
        "cut": always(Raw(body=KEY.encode(), length=99)),
    }
    with ScriptedServer(answers[how]) as server:
        url = where.format(host=server.host)
        for more in ((), ("--json",)):
            ended = here("scan", OWNER, "-r", url, *more)
            assert ended.code == 3
            assert server.host in ended.out + ended.err
            assert KEY not in ended.out + ended.err


def test_timeout() -> None:
    """--rpc-timeout is the deadline of one request."""
    with ScriptedServer(always(Raw(body=b"x", hangs=True))) as server:
        ended = here("scan", OWNER, "-r", server.url, "--rpc-timeout", "0.2")
    assert ended.code == 3
    assert "did not answer within 0.2 s" in ended.out


# what to look for


def test_kinds() -> None:
    """--kind leaves the others out, and says so."""
    with serving(world().rpc) as url:
        scan = scanned(OWNER, "-r", url, "--kind", "operator, permit2")
    assert {row["kind"] for row in scan["allowances"]} == {"operator"}
    assert any("not asked for: erc20, erc721" in spot for spot in scan["blind_spots"])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), set(Kind)),
        (("erc20",), {Kind.ERC20}),
        (("erc20,permit2", "erc20"), {Kind.ERC20, Kind.PERMIT2}),
        ((" operator ",), {Kind.OPERATOR}),
        (("ERC20,Permit2",), {Kind.ERC20, Kind.PERMIT2}),
    ],
)
def test_kinds_as_text(texts: Sequence[str], expected: set[Kind]) -> None:
    """Commas, blanks and repeats."""
    assert parse.kinds(texts) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("erc", "did you mean"),
        ("gas", "the kinds are erc20, erc721, operator, permit2"),
        ("", "the kinds are"),
        ("erc20,", "the kinds are"),
        ("\x1b[2J", "the kinds are"),
    ],
)
def test_kinds_that_are_none(text: str, hint: str) -> None:
    """They are shown harmless, with what there is."""
    with pytest.raises(UsageError, match="unknown kind") as caught:
        parse.kinds([text])
    assert hint in (caught.value.hint or "")
    assert caught.value.message.isprintable()


def test_pairs() -> None:
    """Every token with every spender, read from state: no log is sought."""
    asked = world()
    with serving(asked.rpc) as url:
        scan = scanned(OWNER, "-r", url, "--token", TOKEN, "--spender", SPENDER)
    assert scan["coverage"]["from_block"] is None
    assert [row["kind"] for row in scan["allowances"]] == ["erc20"]
    assert asked.rpc.asked["logs"] == 0
    found = parse.named([f"{TOKEN},{OWNER}"], [SPENDER])
    assert found == parse.Named(
        pairs=(
            Pair(token=TOKEN, spender=SPENDER),
            Pair(token=OWNER, spender=SPENDER),
        )
    )


@pytest.mark.parametrize(
    ("option", "kinds"),
    [
        (("--token", TOKEN), {"erc20"}),
        (("--token", address(0x4F7)), {"operator"}),
        (("--token", f"{TOKEN},{address(0x4F7)}"), {"erc20", "operator"}),
        (("--spender", SPENDER), {"erc20", "operator"}),
        (("--spender", OWNER), set()),
    ],
)
def test_tokens_or_spenders(option: tuple[str, str], kinds: set[str]) -> None:
    """One of them alone: what concerns them, out of the logs of all blocks."""
    with serving(world().rpc) as url:
        scan = scanned(OWNER, "-r", url, *option)
    assert {row["kind"] for row in scan["allowances"]} == kinds
    assert scan["coverage"]["from_block"] == 0
    assert any(option[0].strip("-") in spot for spot in scan["blind_spots"])


@pytest.mark.parametrize(
    ("tokens", "spenders", "message"),
    [
        (["usdc"], [SPENDER], "'usdc' is no token"),
        (["usdc"], [], "'usdc' is no token"),
        ([TOKEN], ["0x12"], "'0x12' is no spender"),
        ([TOKEN], ["0x" + "aB" * 20], "checksum"),
    ],
)
def test_names_that_are_none(
    tokens: list[str], spenders: list[str], message: str
) -> None:
    """A mistyped address is caught, wherever it stands."""
    with pytest.raises(UsageError, match=message):
        parse.named(tokens, spenders)


def test_a_pair_names_no_item() -> None:
    """A single NFT has no token and spender alone: an empty answer would lie."""
    ended = here(
        *("scan", OWNER, "-r", "http://127.0.0.1:1", "--kind", "erc721"),
        *("--token", TOKEN, "--spender", SPENDER),
    )
    assert ended.code == 2
    assert "do not name a single NFT" in ended.err


def test_blocks() -> None:
    """--from-block and --to-block bound the logs; state is read at the latter."""
    with serving(world().rpc) as url:
        scan = scanned(OWNER, "-r", url, "--from-block", "2", "--to-block", "10")
    assert scan["as_of"]["number"] == 10
    assert (scan["coverage"]["from_block"], scan["coverage"]["to_block"]) == (2, 10)
    assert {row["kind"] for row in scan["allowances"]} == {"operator"}


@pytest.mark.parametrize(
    "blocks",
    [
        ("--to-block", "1001"),
        ("--from-block", "1001"),
        ("--from-block", "-1"),
        ("--to-block", "latest"),
    ],
)
def test_blocks_that_are_none(blocks: tuple[str, str]) -> None:
    """Beyond the head, below zero, or no number."""
    with serving(FakeRpc()) as url:
        ended = here("scan", OWNER, "-r", url, *blocks)
    assert (ended.code, ended.out) == (2, "")


# results


@pytest.mark.parametrize(
    ("name", "json_", "expected"),
    [
        (None, False, None),
        (None, True, Format.JSON),
        (Format.JSON, True, Format.JSON),
        (Format.CSV, False, Format.CSV),
    ],
)
def test_format(name: Format | None, *, json_: bool, expected: Format | None) -> None:
    """--json is --format json."""
    assert run.format_of(name, Format.JSON if json_ else None) is expected


def test_formats_that_disagree() -> None:
    """Two formats for one stdout are one too many."""
    with pytest.raises(UsageError, match="ask for different things"):
        run.format_of(Format.CSV, Format.JSON)


@pytest.mark.parametrize(
    ("outputs", "wanted", "expected"),
    [
        ([], None, [("table", None)]),
        ([], "csv", [("csv", None)]),
        (["a.json"], None, [("json", "a.json")]),
        (["a.JSON"], None, [("json", "a.JSON")]),
        (["a.txt"], None, [("table", "a.txt")]),
        (["a.csv"], "json", [("json", "a.csv")]),
        (["json=a.txt"], None, [("json", "a.txt"), ("table", None)]),
        (["json=a", "b.csv"], None, [("json", "a"), ("csv", "b.csv")]),
        (["json=-"], None, [("json", None), ("table", None)]),
        (["./a=b.json"], None, [("json", "a=b.json")]),
        (["a1=b.json"], None, [("json", "a1=b.json")]),
        (["-"], "json", [("json", None)]),
    ],
)
def test_destinations(
    outputs: list[str],
    wanted: str | None,
    expected: list[tuple[str, str | None]],
) -> None:
    """FILE takes stdout's place; FORMAT=FILE comes on top of it."""
    found = destinations(outputs, None if wanted is None else Format(wanted), Format)
    assert [(p.format, None if p.path is None else str(p.path)) for p in found] == (
        expected
    )
    assert all(isinstance(each, Destination) for each in found)


def test_suffixes_that_are_no_formats_own() -> None:
    """A file's suffix names its format also where that is called otherwise."""
    names = {"a.md": "markdown", "a.xml": "junit", "a.jsonl": "ndjson", "a": "table"}
    found = [destinations([name], None, CheckFormat)[0].format for name in names]
    assert found == list(names.values())


@pytest.mark.parametrize("output", ["html=a.html", "JSON=a", "tabel=a"])
def test_formats_that_are_none(output: str) -> None:
    """A mistyped format is not taken for a file's name."""
    with pytest.raises(OutputError, match="unknown format") as caught:
        destinations([output], None, Format)
    assert "table, json, csv" in (caught.value.hint or "")


def test_show_dead() -> None:
    """The dead are counted, and named where that is asked for."""
    chain = World()
    chain.emits(candidate())
    chain.grants(candidate(), 0)
    with serving(chain.rpc) as url:
        assert "dead_rows" not in scanned(OWNER, "-r", url)
        (row,) = scanned(OWNER, "-r", url, "--show-dead")["dead_rows"]
    assert row["reason"] == "zero"


def test_owners_once() -> None:
    """An owner given twice is scanned once, however it is written."""
    asked = wanted.wanted(
        owners=[OWNER, f"  {OWNER} ", "0x" + OWNER[2:].upper()],
        settings=Settings(),
        known=chains(),
    )
    assert asked.owners == (wanted.Asked(owner=OwnerAddress(address=OWNER)),)


# what the table shows


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), ()),
        (("id,why",), ("id", "why")),
        ((" Level ", "level,rank"), ("level", "rank")),
        ((",", "id"), ("id",)),
    ],
)
def test_columns(texts: Sequence[str], expected: tuple[str, ...]) -> None:
    """In the order in which they are named, each once."""
    assert parse.columns(texts) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("levle", "did you mean level?"),
        ("\x1b[2J", "the columns are rank, level"),
        ("spenders", "did you mean spender?"),
    ],
)
def test_columns_that_are_none(text: str, hint: str) -> None:
    """They are shown harmless, with what there is."""
    with pytest.raises(UsageError, match="unknown column") as caught:
        parse.columns([text])
    assert hint in (caught.value.hint or "")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("text", [",", "", " , "])
def test_no_column_at_all(text: str) -> None:
    """Whoever names none has made a slip: it does not mean those that fit."""
    with pytest.raises(UsageError, match="--columns names no column") as caught:
        parse.columns([text])
    assert "rank, level" in (caught.value.hint or "")


def test_columns_are_completed() -> None:
    """By the shell, from the first letters."""
    assert complete_column("spe") == ["spender", "spender-address"]
    assert complete_column("id,spender-") == ["id,spender-address"]
    assert complete_column("x") == []


def test_columns_are_named_by_help() -> None:
    """All that there are."""
    text = " ".join(here("scan", "--help").out.split())
    assert all(name in text for name in COLUMNS)


def test_a_view() -> None:
    """What the options say of the table, and nothing else."""
    asked = view.view(
        SortName.AGE, LevelName.HIGH, ["id", "level"], spam=True, dead=False
    )
    assert asked == View(
        sort=Sort.AGE,
        min_level=Level.HIGH,
        columns=("id", "level"),
        show_spam=True,
        show_dead=False,
    )
    assert view.view(SortName.RANK, None, None, spam=False, dead=False) == View()


def test_the_table_is_as_it_was_asked_for() -> None:
    """Sorted, with its columns, and rows below the level counted."""
    with serving(world().rpc) as url:
        ended = here(
            *("scan", OWNER, "-r", url, "--sort", "token", "--columns", "kind,rank")
        )
        high = here("scan", OWNER, "-r", url, "--min-level", "critical")
    assert ended.code == 0
    assert re.findall(r"^(\w+) +(\d)$", ended.out, re.MULTILINE) == [
        ("operator", "1"),
        ("erc20", "2"),
    ]
    assert high.code == 0
    assert "live: 2 critical" in high.out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--sort", "beauty"),
        ("--min-level", "unknown"),
        ("--fail-on", "unknown"),
        ("--columns", "beauty"),
        ("--prices", "guess"),
    ],
)
def test_views_that_are_none(wrong: tuple[str, str]) -> None:
    """Are usage errors, before anybody is asked."""
    ended = here("scan", OWNER, "-r", "http://127.0.0.1:1", *wrong)
    assert (ended.code, ended.out) == (2, "")
