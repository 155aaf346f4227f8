"""An evaluation as suites of test cases: what junit.py writes down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from allowctl.codec.shown import plain
from allowctl.codec.words import checksum
from allowctl.model.evaluation import Evaluation, OpenEnd, Subject
from allowctl.model.report import Scan
from allowctl.output.check_items import Item, items
from allowctl.output.check_spot import line, worst_first
from allowctl.output.check_words import approval
from allowctl.output.junit_cases import Case, case, everything_listed, everything_read
from allowctl.policy.whose import Whose

MOST = 5_000
"""Cases of approvals and entries."""
_POLICY = "policy"

_Key = tuple[str, str]
"""The wallet and the chain of a suite; two empty texts for the policy's own."""
_OWN: _Key = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The cases of a wallet on a chain, or of the policy."""

    name: str
    classname: str
    cases: tuple[Case, ...]
    properties: Mapping[str, int]
    """What is counted and has no case."""


def suites(evaluation: Evaluation, root: str) -> tuple[Suite, ...]:
    """The policy's own first, then in the order of the report.

    Of the cases there are at most `MOST`, the worst first; how many are left out is
    told, and fails where violations are among them.
    """
    scans = {_key(each): each for each in _scanned(evaluation)}
    every = [*items(worst_first(evaluation.violations)), *_passed(evaluation)]
    left = every[MOST:]
    cases: dict[_Key, list[Case]] = {_OWN: [everything_listed(left)]}
    cases |= {key: [] for key in scans}
    for item in every[:MOST]:
        cases.setdefault(_key(item.subject), []).append(case(item, root))
    left_out = Counter(_key(each.subject) for each in left)
    ends: dict[_Key, list[OpenEnd]] = {}
    for end in evaluation.open_ends:
        ends.setdefault(_end_key(end), []).append(end)
    return tuple(
        _suite(
            key,
            scans[key].scan if key in scans else None,
            [everything_read(ends.get(key, ())), *cases.get(key, ())],
            left_out[key],
        )
        for key in dict.fromkeys([*cases, *ends])
    )


def _suite(key: _Key, scan: Scan | None, cases: Sequence[Case], left_out: int) -> Suite:
    properties = {"left_out": left_out}
    if scan is not None:
        properties["spam"] = sum(each.spam for each in scan.allowances)
        properties["refused"] = len(scan.refused)
        properties["unserved"] = len(scan.unserved)
    parts = list(filter(None, key))
    return Suite(
        name=" on ".join(parts) or _POLICY,
        classname=".".join(parts) or _POLICY,
        cases=tuple(cases),
        properties=properties,
    )


def _scanned(evaluation: Evaluation) -> Iterator[Subject]:
    """Every scan, and whose it is."""
    wallets = Whose(evaluation.wallets)
    for scan in evaluation.report.scans:
        of = next(iter(wallets.of(scan.owner, scan.chain)), None)
        yield Subject(wallet=of, scan=scan)


def _passed(evaluation: Evaluation) -> Iterator[Item]:
    """The approvals that were judged and have nothing against them, worst first."""
    against = {approval(each.subject) for each in evaluation.violations}
    found = [
        Subject(wallet=each.wallet, scan=each.scan, row=row)
        for each in _scanned(evaluation)
        if each.scan is not None
        for row in each.scan.allowances
        if not row.spam
    ]
    found.sort(key=lambda each: -(each.level or 0))
    for subject in found:
        if approval(subject) not in against:
            yield Item(subject=subject, violations=())


def _key(of: Subject) -> _Key:
    if of.scan is None:
        return _OWN
    owner = checksum(of.scan.owner) if of.wallet is None else of.wallet.name
    return (line(owner), line(plain(of.scan.chain.name)))


def _end_key(of: OpenEnd) -> _Key:
    if of.wallet is None or of.chain is None:
        return _OWN
    return (line(of.wallet.name), line(plain(of.chain)))
