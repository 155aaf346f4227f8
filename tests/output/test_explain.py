"""One approval in full: every fact with its source, and a call that is to be copied."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from allowctl.codec.words import checksum
from allowctl.errors import CodecError
from allowctl.model.facts import Authority, AuthorityKind, Proxy, ProxyKind, Sender
from allowctl.model.finding import Level
from allowctl.model.lists import Label
from allowctl.model.report import Record
from allowctl.output import kept_v1
from allowctl.output.explain import render
from allowctl.risk.audit import audit
from allowctl.standards import STANDARD_OF
from tests import build
from tests.nodes.jsonrpc import Json
from tests.output import anything, wallet

WIDTHS = (60, 80, 100, 200)
LATER = build.NOW + 7_200


def document(record: Record, *, expired: bool = False) -> str:
    rows = audit([record], build.context()).records
    scan = build.scan(
        coverage=replace(build.coverage(), state_by=("node.example:8545",)),
        allowances=() if expired else rows,
        expired=rows if expired else (),
    )
    (row,) = kept_v1.rows(build.scan_report(scan))
    return row.document


def told(record: Record, width: int = 100, *, expired: bool = False) -> str:
    return render(kept_v1.read(document(record, expired=expired)), LATER, width)


def flat(text: str) -> str:
    """Without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 120])
def test_a_rich_row(width: int, snapshot: SnapshotAssertion) -> None:
    """Everything that can be known of one."""
    assert told(wallet.records()[0], width) == snapshot


@pytest.mark.parametrize("at", range(1, 20))
def test_other_rows(at: int, snapshot: SnapshotAssertion) -> None:
    """Keys, proxies, Permit2, items, what is unknown, and a token of bad will."""
    assert told(wallet.records()[at]) == snapshot


def test_an_expired_row(snapshot: SnapshotAssertion) -> None:
    """Nothing can move, and yet there is something to take back."""
    assert told(wallet.expired()[0], expired=True) == snapshot


@settings(max_examples=60)
@given(anything.records(), st.sampled_from(WIDTHS))
def test_any_row(record: Record, width: int) -> None:
    """Whatever anybody says of it: printable ASCII, no link, no command."""
    text = told(record, width)

    for line in text.splitlines():
        assert line.isascii()
        assert line.isprintable()
        assert line == line.rstrip()
        assert len(line) <= width or re.search(r"\S{40,}", line)
    assert not any(mark in text for mark in ("://", "::", "##"))


@given(anything.records())
def test_every_point_is_there(record: Record) -> None:
    """Each finding with its points, its rule and its evidence."""
    (audited,) = audit([record], build.context()).records
    text = flat(told(record))

    total = sum(each.points for each in audited.findings)
    assert f"Why: {total} points" in text
    for each in audited.findings:
        assert f"+{each.points} " in text
        assert f"[{each.rule}" in text
    for rule in audited.failed:
        assert f"not evaluated: {rule}: " in text
        if audited.level is not Level.CRITICAL:
            assert rule in text.split("IT MAY BE WORSE: ")[1]
    assert ("IT MAY BE WORSE" in text) is bool(
        audited.failed and audited.level is not Level.CRITICAL
    )


@given(anything.records(), st.sampled_from(WIDTHS))
def test_the_calls_are_one_line(record: Record, width: int) -> None:
    """Whatever the width: our own by the whole fingerprint, cast's with its data."""
    call = STANDARD_OF[record.allowance.candidate.kind].revoke(record.allowance)
    lines = told(record, width).splitlines()
    (row,) = audit([record], build.context()).records
    whole = (
        f"cast send --chain 1 --from {checksum(build.OWNER)} "
        f"{checksum(call.to)} 0x{call.data.hex()}"
    )

    ours = (
        f"allowctl revoke {checksum(build.OWNER)} --chain 1 "
        f"--id {record.allowance.fingerprint(1)} --dry-run"
    )

    assert (whole in lines) is not row.spam
    assert (ours in lines) is not row.spam
    assert any(line.startswith("Do nothing: ") for line in lines) is row.spam


FACTS = {
    "fingerprint fae4b3e3": "its name",
    "by the word of node.example:8545, 2 h ago": "who said it",
    "as of block 24000000 of 2026-09-21": "when",
    "by eth_call at block 24000000": "where from",
    "amount unlimited: 2^256 - 1 smallest units": "how much",
    "last raised log in block 15360000 of 2023-06-09 14:13:20 UTC, 1,200 d": "age",
    "first log log in block 15144000": "since when",
    'symbol "USDC"': "the token's word",
    "known it is in the bundled table of tokens [bundled]": "ours",
    'label "A bridge of renown" [list whois]': "a list's word",
    "proxy eip1967, runs 0xDA31": "what runs",
    "a Safe by its code, 3 of 5 keys by its storage [owner()]": "who decides",
    "hash before 0x": "what ran",
    "created in block 16000000": "how old",
    "source is published [Sourcify]": "Sourcify's word",
    'exploited: "Bridge of 2023" of 2023-07-06 [list approval-exploit-list': "lists",
    "price 1.00 USD [chainlink at 2026-09-21 13:13:20 UTC, confidence high": "price",
    "value at risk $9,875": "value",
    "expected loss $7,406, by the chance of level critical": "loss",
}


@pytest.mark.parametrize("said", FACTS, ids=FACTS.values())
def test_facts_have_their_source(said: str) -> None:
    """Each with where it is from, and of which block."""
    assert said in flat(told(wallet.records()[0]))


def test_what_is_not_known_is_said() -> None:
    """With the reason; it is no 0, and no absence."""
    text = flat(told(wallet.unpriced()[4]))

    assert "unknown: 0.0004 LOST" in text
    assert "IT MAY BE WORSE: codeless-spender" in text
    assert "is not known: nobody served it" in text
    assert "proxy not known: nobody served old state" in text
    assert "balance not known" in text
    assert "value at risk not known: balance unknown" in text


def test_what_cannot_be_worse_is_not_said_to_be() -> None:
    """A critical row names what was not evaluated, and has no mark for it."""
    unread = replace(
        wallet.records()[0],
        spender=replace(wallet.records()[0].spender, created=wallet.FAILED),
    )
    text = flat(told(unread))

    assert text.startswith("critical: ")
    assert "IT MAY BE WORSE" not in text
    assert "not evaluated: new-contract-spender: nobody served old state" in text


def test_permit2_names_what_is_inside_it() -> None:
    """By the ids that `allowctl explain` takes; a copy's are nobody's."""
    rows = audit(wallet.permit2(), build.context()).records
    root, router, exchange, _ = wallet.permit2()
    report = build.scan_report(build.scan(allowances=rows))
    texts = {
        each.fingerprint: flat(render(kept_v1.read(each.document), LATER, 100))
        for each in kept_v1.rows(report)
    }
    ids = [each.allowance.fingerprint(1) for each in (root, exchange, router)]

    assert f"inside it {ids[1][:8]}, {ids[2][:8]} " in texts[ids[0]]
    assert sum("inside it" in text for text in texts.values()) == 1


@pytest.mark.parametrize(
    ("claimed", "said"),
    [("0", "newest log says it was taken back; state decides"), ("1", None)],
)
def test_what_a_log_says_of_items(claimed: str, said: str | None) -> None:
    """It says yes or no: numbers are for amounts."""
    operator = json.loads(document(wallet.items()[1]))
    assert operator["row"]["amount"] is None
    operator["row"]["claimed"] = claimed
    text = flat(render(kept_v1.read(json.dumps(operator)), LATER, 100))

    assert ("newest log says" in text) is (said is not None)
    assert said is None or said in text
    assert "smallest units" not in text
    assert re.search(r"can move now \d+ items?", text)


def test_nothing_to_take_is_not_unknown() -> None:
    """Whatever a unit would be worth; and where nobody could be asked, what to do."""
    empty, asked = wallet.records()[1], build.record()

    assert empty.effective == 0
    assert "value at risk nothing at the moment, whatever" in flat(told(empty))
    assert "not known: no price source for this chain, or --prices none; [prices" in (
        flat(told(asked))
    )


def test_a_label_of_a_list_is_in_quotes() -> None:
    """In the first line, too: any list can call anything Permit2."""
    root = wallet.permit2()[0]
    forged = replace(
        root,
        spender=replace(root.spender, label=Label(text="Permit2", source="whois")),
    )

    assert "8BA3 (Permit2)" in flat(told(root))
    assert '8BA3 ("Permit2")' in flat(told(forged))


def test_a_delay_is_told_in_days() -> None:
    """And names have a gap behind them, however long."""
    timelock = Authority(
        kind=AuthorityKind.TIMELOCK, path=(build.address(7),), delay=172_800
    )
    proxy = Proxy(
        kind=ProxyKind.EIP1967, implementation=build.address(8), authority=timelock
    )
    spender = replace(wallet.records()[2].spender, proxy=proxy)
    text = told(replace(wallet.records()[2], spender=spender))

    assert "a timelock by its own word, 2 d" in flat(text)
    assert re.search(r"^  runs code of +0x", text, re.MULTILINE)


def test_a_token_cannot_leave_its_quotes() -> None:
    """Nor a list: what is in quotes is somebody's own word."""
    forged = replace(
        wallet.records()[0],
        token=build.token_facts(
            address=wallet.USDC, symbol='A"  [bundled]', name='"\nknown  yes'
        ),
    )
    text = told(forged)

    assert 'symbol          "A\\x22  \\x5bbundled\\x5d"' in text
    assert 'name            "\\x22\\nknown  yes"' in text


@given(st.data())
def test_a_document_of_anybody_s(data: st.DataObject) -> None:
    """Words of ours, too, are made safe: a saved report may have any."""
    good = json.loads(document(wallet.records()[0]))
    row: Json = good["row"]
    hostile = data.draw(anything.said)
    good["chain"], good["state_by"] = hostile, [hostile]
    row["findings"][0]["evidence"] = hostile
    row["exposure"]["unpriced"] = hostile
    row["exposure"]["value_at_risk_usd"] = None
    row["spender"]["missing"] = [{"fact": hostile, "lack": "failed", "reason": hostile}]
    text = render(kept_v1.read(json.dumps(good)), LATER, 100)

    for line in text.splitlines():
        assert line.isascii()
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##" not in line


@pytest.mark.parametrize("decimals", ["256", "-1", "1e3"])
def test_decimals_that_are_none(decimals: str) -> None:
    """No power of ten without end is made of a document."""
    bad = document(wallet.records()[0]).replace(
        '"decimals": 6', f'"decimals": {decimals}'
    )
    with pytest.raises(CodecError):
        kept_v1.read(bad)


def test_who_sent_it() -> None:
    """The owner or somebody else; where nobody knows, nothing is said of it."""
    for sent, expected in (
        (Sender.OWNER, ["the owner"]),
        (Sender.OTHER, ["not the owner"]),
        (Sender.UNKNOWN, []),
    ):
        lines = told(build.record(sent=sent)).splitlines()
        said = [line for line in lines if line.startswith("  sent by ")]
        assert [line.split(maxsplit=2)[2] for line in said] == expected
