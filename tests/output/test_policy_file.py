"""The allowctl.toml that `policy init` writes: hostile text, whole, and valid."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import settings as limit
from hypothesis import strategies as st

from allowctl.chains import policies
from allowctl.chains.registry import chains
from allowctl.config.files import LONGEST
from allowctl.config.load import validate
from allowctl.config.parse import parse
from allowctl.config.schema import Document
from allowctl.errors import CodecError
from allowctl.model.approval import Kind, Refused
from allowctl.model.chain import Chain
from allowctl.model.evaluation import Evaluation
from allowctl.model.facts import SpenderKind
from allowctl.model.finding import Level
from allowctl.model.missing import NOT_ASKED
from allowctl.model.report import AuditedRecord, Record, Report, Scan, Unscanned
from allowctl.model.settings import Origin, Settings, Wallet
from allowctl.output import json_v1
from allowctl.output.policy_file import Sort, draft, render
from allowctl.output.policy_file_draft import MOST, MOST_REFUSED
from allowctl.output.policy_file_saved import saved
from allowctl.output.policy_file_toml import text, words
from allowctl.policy.evaluate import evaluate
from allowctl.risk.audit import audit
from tests import build
from tests.output import anything, sample
from tests.policy import making
from tests.strategies import hostile_text

TODAY = date(2026, 9, 21)
PATH = Path("allowctl.toml")
OTHER = build.address(0x07E4)
BASE = next(chain for chain in chains() if chain.name == "base")
OWN = Chain(id=4242424, name="our-rollup")
some = limit(max_examples=30)
"""Whole reports take long to make up."""
OFF = re.compile(r"^#(?=[^ \n])", re.MULTILINE)


def document(of: str) -> Document:
    """The file as the program reads it. ConfigError if it cannot."""
    return parse(of.encode(), PATH)[0]


def turned_on(of: str) -> str:
    """The file with all that is turned off, but for one of two contrary keys."""
    return OFF.sub("", of.replace("#denied_kinds", "# denied_kinds"))


def settings(of: str, folder: Path) -> Settings:
    path = folder / "allowctl.toml"
    path.write_text(of, "utf-8")
    path.chmod(0o644)
    return validate(path, trusted=False, environment={})


def checked(of: str, report: Report, folder: Path) -> Evaluation:
    """A report under the file."""
    told = settings(of, folder)
    policy = policies.settled(told.policy, chains())
    return evaluate(report, policy, told.policy_wallets, today=TODAY)


def judged(*records: Record) -> tuple[AuditedRecord, ...]:
    return audit(records, build.context()).records


def quiet(number: int = 0) -> AuditedRecord:
    """A row of a low level."""
    spender = build.address(0x5000 + number)
    return judged(build.record(build.allowance(spender=spender)))[0]


def grave(number: int = 0) -> AuditedRecord:
    """A key that may take all."""
    spender = build.address(0xE000 + number)
    grant = build.amount(build.UNLIMITED)
    facts = build.spender_facts(SpenderKind.EOA, address=spender)
    of = build.record(build.allowance(grant, spender=spender), spender=facts)
    return judged(of)[0]


def written(*scans: Scan, wallets: tuple[Wallet, ...] = ()) -> str:
    return render(build.scan_report(*scans), wallets, today=TODAY)


def wallet(name: str, number: int | None = None) -> Wallet:
    owner = build.OWNER if number is None else build.address(number)
    return Wallet(name=name, address=owner, origin=Origin.USER)


@given(hostile_text)
def test_a_text_is_what_it_was(said: str) -> None:
    """TOML reads back what was written, in ASCII; but for half characters."""
    line = f"a = {text(said)}"
    whole = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert line.isascii()
    assert line.isprintable()
    if not any("\ud800" <= each <= "\udfff" for each in said):
        assert tomli.loads(line)["a"] == said == whole
    else:
        tomli.loads(line)


@given(hostile_text)
def test_a_comment_stays_one(said: str) -> None:
    """Whatever is in it: it is one line, and says nothing."""
    (line,) = words(said)
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith("#")
    assert tomli.loads(line) == {}


@some
@given(anything.reports())
def test_any_report_makes_a_valid_file(report: Report) -> None:
    """The program reads it; every live row is an entry, or is counted."""
    found = render(report, (), today=TODAY)
    proposal = draft(report, ())
    read = document(found)

    assert found.isascii()
    assert all(line.isprintable() for line in found.split("\n"))
    assert len(read.allow) == proposal.count(Sort.PROPOSED)
    assert read.acknowledge == []
    assert [each.name for each in read.wallet] == ["wallet-1"]
    live = sum(len(scan.allowances) for scan in report.scans)
    entries = sum(1 + each.more for each in proposal.entries)
    assert entries + sum(proposal.left_out.values()) >= live
    assert ("INCOMPLETE" in found) == (not report.complete)


@some
@given(anything.reports())
def test_what_is_turned_off_is_as_valid(report: Report) -> None:
    """Whoever takes a # away has an entry, and nothing that is no TOML."""
    found = render(report, (), today=TODAY)
    proposal = draft(report, ())
    read = document(turned_on(found))

    assert len(read.allow) == len(proposal.entries)
    assert len(read.acknowledge) == len(proposal.refused)
    assert len(read.chains) == len(proposal.chain_ids)
    assert read.policy.max_age is not None
    assert [each.id for each in read.rule] == ["only-what-is-allowed", "no-keys"]
    assert read.baseline is not None


def owned(of: Record) -> Record:
    """The same of the owner whose scan it stands in; its age by the log it has."""
    candidate = replace(of.allowance.candidate, owner=build.OWNER)
    return replace(
        of,
        allowance=replace(of.allowance, candidate=candidate),
        raised_at=NOT_ASKED if candidate.raised is None else of.raised_at,
    )


@some
@given(anything.reports())
def test_a_saved_report_makes_the_same(report: Report) -> None:
    """What JSON keeps is what a proposal is made of."""
    report = replace(
        report,
        scans=tuple(
            replace(
                scan,
                allowances=tuple(
                    replace(each, record=owned(each.record)) for each in scan.allowances
                ),
                dormant=tuple(map(owned, scan.dormant)),
            )
            for scan in report.scans
        ),
    )
    kept = saved(json_v1.render(report).encode())
    now, then = draft(report, ()), draft(kept, ())
    assert replace(then, open_ends=()) == replace(now, open_ends=())
    assert then.complete == report.complete


def test_a_whole_report(tmp_path: Path) -> None:
    """One with everything in it: valid, and on chains that there are."""
    found = render(sample.rich(), (), today=TODAY)
    told = settings(found, tmp_path)
    policies.settled(told.policy, chains())
    assert told.policy_wallets[0].chains[0] == "ethereum"
    assert told.policy_wallets[0].ens == "alice.eth"


def test_a_check_passes_with_what_it_proposes(tmp_path: Path) -> None:
    """Every entry is of use, none is too narrow, nothing is against anything."""
    rows = judged(
        build.record(build.allowance(build.amount(1_000))),
        build.record(build.allowance(build.child(5), kind=Kind.PERMIT2)),
        build.record(build.allowance(kind=Kind.OPERATOR, token=build.address(0xC0))),
        *(
            build.record(build.allowance(kind=Kind.ERC721, token_id=each))
            for each in (1, 2)
        ),
    )
    report = build.scan_report(build.scan(allowances=rows))
    assert max(each.level for each in rows) < Level.HIGH
    found = checked(render(report, (), today=TODAY), report, tmp_path)

    assert (found.violated, found.warnings) == (False, ())
    assert found.counts.covered == len(rows)


def test_it_is_an_allowlist(tmp_path: Path) -> None:
    """A check fails for whatever it does not propose, however harmless that is."""
    of = build.record(build.allowance(build.amount(1_000)))
    (proposed,) = judged(of)
    held = grave()
    then = build.scan_report(build.scan(allowances=(held, proposed)))
    whole = render(then, (), today=TODAY)
    (new,) = judged(build.record(build.allowance(spender=OTHER)))
    (raised,) = judged(build.record(build.allowance(build.amount(1_001))))
    (endless,) = judged(build.record(build.allowance(build.amount(build.UNLIMITED))))
    deleted = whole.partition("[[allow]]")[0]

    def failing(text: str, *rows: AuditedRecord) -> list[AuditedRecord | None]:
        now = build.scan_report(build.scan(allowances=rows))
        return [
            each.subject.row
            for each in checked(text, now, tmp_path).failing
            if each.check == "rule.only-what-is-allowed"
        ]

    assert max(each.level for each in (proposed, new, raised, endless)) < Level.HIGH
    assert failing(whole, proposed) == []
    assert failing(whole, proposed, held) == [held]
    assert failing(whole, proposed, new) == [new]
    assert failing(whole, raised) == [raised]
    assert failing(whole, endless) == [endless]
    assert failing(deleted, proposed) == [proposed]
    assert failing(turned_on(whole), proposed, held) == []


def test_spam_needs_no_entry(tmp_path: Path) -> None:
    """Whoever plants an approval cannot make a check fail."""
    spam = next(each for each in sample.rich_scan().allowances if each.spam)
    report = build.scan_report(build.scan(allowances=(spam,)))
    found = checked(render(report, (), today=TODAY), report, tmp_path)
    assert (found.violated, found.counts.spam) == (False, 1)


def test_its_head_says_what_is_so() -> None:
    """What deleting does, where the keys are described, and how an editor has them."""
    head = written(build.scan()).partition("version = 1")[0]
    assert "what you delete is a violation until it is taken back" in head
    assert "docs/configuration.md of allowctl describes every key" in head
    assert "`allowctl policy schema > allowctl.schema.json`" in head
    assert "`#:schema ./allowctl.schema.json`" in head


def test_an_entry_covers_no_more_than_there_is() -> None:
    """Amounts as they are, levels as they are; what is unlimited is called so."""
    found = document(written(build.scan(allowances=(quiet(),)))).allow[0]
    assert (found.max_amount, found.max_level) == (1_000, Level.MEDIUM)
    assert found.contract is None
    assert "2026-09-21" in found.reason
    assert (found.wallet, found.chain, found.kind) == (
        "wallet-1",
        "ethereum",
        Kind.ERC20,
    )


def test_what_is_grave_is_turned_off() -> None:
    """Level high or worse, and a level that is not known, each with a line why."""
    unknown = replace(quiet(), level=Level.UNKNOWN)
    found = written(build.scan(allowances=(grave(), unknown)))
    assert document(found).allow == []
    assert found.count("NOT PROPOSED, for its level") == 2
    first, second = document(turned_on(found)).allow
    assert (first.max_amount, first.max_level) == ("unlimited", grave().level)
    assert second.max_level is None


def test_spam_is_turned_off() -> None:
    """Whatever its level is."""
    token = build.token_facts(listed=(), symbol="Visit evil.example to claim")
    of = build.record(token=token)
    spam = next(
        each for each in sample.rich_scan().allowances if each.spam
    )  # its own evidence
    found = written(build.scan(allowances=(replace(spam), *judged(of))))
    assert "taken for spam" in found
    assert len(document(found).allow) == 1


def test_hostile_words_are_only_comments() -> None:
    """A symbol, a label, a reason that want to be more."""
    evil = making.EVIL + '\n[[allow]]\nreason = "x"\r\n"""\n'
    rows = judged(
        build.record(
            token=build.token_facts(symbol=evil),
            spender=build.spender_facts(label=evil),
        )
    )
    refused = Refused(candidate=build.candidate(), reason=evil)
    found = written(build.scan(allowances=rows, refused=(refused,)))
    assert len(document(found).allow) == 1
    assert "\x1b" not in found
    assert "::error" not in found
    assert "##[" not in found
    assert len(document(turned_on(found)).acknowledge) == 1


def test_who_has_a_name_keeps_it() -> None:
    """Others get one that nobody has."""
    first, second = build.scan(), build.scan(owner=OTHER)
    named = (wallet("treasury"), wallet("wallet-1", 0x99), wallet("second"))
    found = document(written(first, second, wallets=named)).wallet
    assert [each.name for each in found] == ["treasury", "wallet-2"]


def test_a_name_that_led_there() -> None:
    """It is to be checked from now on; one that the file cannot say is told of."""
    one = written(build.scan(owner_name="a.eth"))
    none = written(build.scan(owner_name="a b\n.eth"))
    kept = written(build.scan(), wallets=(replace(wallet("t"), ens="t.eth"),))
    assert document(one).wallet[0].ens == "a.eth"
    assert document(none).wallet[0].ens is None
    assert "none can be written so" in none
    assert document(kept).wallet[0].ens == "t.eth"


def test_where_it_is_looked_at() -> None:
    """Each chain once; one that only a configuration knows by its id."""
    row = quiet()
    found = written(
        build.scan(allowances=(row,)),
        build.scan(chain=BASE),
        build.scan(chain=OWN, allowances=(row,)),
    )
    read = document(found)
    assert read.wallet[0].chains == ["ethereum", "base", "4242424"]
    assert [each.chain for each in read.allow] == ["ethereum", "4242424"]
    on = document(turned_on(found)).chains
    assert [*on] == ["ethereum", "base", "chain-4242424"]
    assert on["chain-4242424"].id == OWN.id
    assert (on["ethereum"].rpc, on["base"].rpc) == (
        ["${ETH_RPC_URL}"],
        ["${ALLOWCTL_BASE_RPC_URL}"],
    )


def test_its_variables_are_such_as_a_found_file_may_name(tmp_path: Path) -> None:
    """The hints can be turned on as they stand."""
    scans = [build.scan(chain=chain) for chain in (*chains(), OWN)]
    told = settings(turned_on(written(*scans)), tmp_path)
    assert len(told.chains) == len(scans)


def test_a_chain_that_nobody_served_is_not_forgotten() -> None:
    """The wallet has it, and the file says at its top that it is lacking."""
    report = replace(
        build.scan_report(build.scan()),
        unscanned=(
            Unscanned(reason="nobody answers", chain=BASE),
            Unscanned(reason="too busy", chain=BASE, owner=OTHER),
            Unscanned(reason=making.EVIL),
        ),
    )
    found = render(report, (), today=TODAY)
    read = document(found)
    assert [each.chains for each in read.wallet] == [["ethereum", "base"], ["base"]]
    assert found.index("INCOMPLETE") < found.index("version = 1")
    assert found.count("nobody answers") == 1


def test_items_of_one_collection_share_an_entry() -> None:
    """An entry cannot name them; one that is worse has its own."""
    items = judged(
        *(
            build.record(build.allowance(kind=Kind.ERC721, token_id=each))
            for each in (1, 2, 3)
        )
    )
    worse = replace(items[2], level=Level.CRITICAL)
    found = written(build.scan(allowances=(worse, *items[:2])))
    (entry,) = document(found).allow
    assert (entry.kind, entry.max_amount) == (Kind.ERC721, 1)
    assert "1 further item of the same collection" in found
    assert "NOT PROPOSED" in found


def test_there_is_an_end_to_it() -> None:
    """Whoever plants approvals does not make it unreadable; the rest is counted."""
    most = {Sort.PROPOSED: quiet, Sort.HELD: grave}
    rows = [make(each) for sort, make in most.items() for each in range(MOST[sort] + 3)]
    refused = tuple(
        Refused(candidate=build.candidate(token=build.address(each)), reason="r" * 500)
        for each in range(1, MOST_REFUSED + 8)
    )
    found = written(build.scan(allowances=tuple(rows), refused=refused))
    proposal = draft(build.scan_report(build.scan(allowances=tuple(rows))), ())
    assert Counter(each.sort for each in proposal.entries) == {
        sort: MOST[sort] for sort in most
    }
    assert found.count("NOT HERE: 3 approvals") == 2
    assert "NOT HERE: 7 further contracts" in found
    assert len(found) < LONGEST


def test_what_is_dormant_is_named() -> None:
    """It wakes with Permit2: a comment, and no entry."""
    dormant = build.record(build.allowance(kind=Kind.PERMIT2))
    found = written(build.scan(dormant=(dormant,) * 30))
    assert document(turned_on(found)).allow == []
    assert "Dormant approvals" in found
    assert "and 10 more" in found


def test_nothing_there() -> None:
    """A wallet and a policy, for what may come."""
    found = written(build.scan())
    assert document(found).policy.fail_on is Level.HIGH
    assert "There are none." in found


def test_where_it_is_from() -> None:
    """A saved report is as old as it is."""
    report = build.scan_report(build.scan())
    found = render(report, (), today=date(2027, 1, 1), saved=True)
    assert "on 2027-01-01 from a report of 2026-09-21 that was saved" in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"allowctl.report/v1"', '"allowctl.report/v2"'),
        ('"kind": "erc20"', '"kind": "erc999"'),
        ('"kind": "contract"', '"kind": "friend"'),
        ('"chain_id": 1,', '"chain_id": 0,'),
        ('"chain_id": 1,', '"chain_id": 5,'),
        ('"amount": "1000"', '"amount": null'),
        ('"amount": "1000"', '"amount": "-1"'),
        ('"complete": true', '"complete": 7'),
        ('"created_at": 1790000000', '"created_at": 1e30'),
    ],
)
def test_what_is_no_report(before: str, after: str) -> None:
    """It is refused, without what stands in it."""
    whole = json_v1.render(build.scan_report(build.scan(allowances=(quiet(),))))
    assert before in whole
    with pytest.raises(CodecError, match=r"no allowctl\.report/v1"):
        saved(whole.replace(before, after).encode())


@given(st.binary(max_size=200))
def test_bytes_are_no_report(data: bytes) -> None:
    """Nor is anything else."""
    with pytest.raises(CodecError):
        saved(data)


def test_a_report_that_calls_itself_incomplete() -> None:
    """It is believed."""
    whole = json_v1.render(build.scan_report(build.scan()))
    assert not saved(whole.replace("true", "false").encode()).complete
