"""What a violation is of, and how a check ended, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from allowctl.model.evaluation import (
    Counts,
    Cover,
    CoverKind,
    OpenEnd,
    Subject,
    Violation,
)
from allowctl.model.place import Place
from allowctl.output import check_words as words
from tests.output import evaluations
from tests.policy import making
from tests.strategies import hostile_text

SEEN = making.judged()
OF = Subject(wallet=making.wallet(), scan=SEEN)
ROW = replace(OF, row=SEEN.allowances[1])
REFUSED = replace(OF, refused=SEEN.refused[0])
OWNER = "0x0A0A0a0a0a0a0a0A0a0a0A0a0A0A0A0a0a0a0a0a"
TAKER = "0x5e5E5e5e5E5e5E5E5e5E5E5e5e5E5E5E5e5E5E5e"
TOKEN = "0x7070707070707070707070707070707070707070"
SILENT = "0x0000000000000000000000000000000000000BaE"


@pytest.mark.parametrize(
    ("of", "whose", "what"),
    [
        (Subject(), "", ""),
        (Subject(wallet=making.wallet()), "treasury", ""),
        (OF, "treasury on ethereum", ""),
        (replace(OF, wallet=None), f"{OWNER} on ethereum", ""),
        (
            ROW,
            "treasury on ethereum",
            'erc20 "TKN" 0x7070...7070 to 0x5e5E...5E5e: 0.001 "TKN"',
        ),
        (
            REFUSED,
            "treasury on ethereum",
            "erc20 0x0000...0BaE to 0x5e5E...5E5e: does not answer",
        ),
    ],
)
def test_subjects(of: Subject, whose: str, what: str) -> None:
    """Wallet, chain and approval, as much of them as there is."""
    said = words.sentence(making.violation(of))

    assert (words.whose(of), words.what(of)) == (whose, what)
    assert said.startswith(", ".join(filter(None, (whose, what))))
    assert said.endswith(
        "its level is critical, and the policy fails on high and worse"
    )


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (Subject(), ""),
        (Subject(wallet=making.wallet()), OWNER),
        (OF, f"eip155:1:{OWNER}"),
        (ROW, f"eip155:1:{OWNER}/erc20:{TOKEN}/{TAKER}"),
        (REFUSED, f"eip155:1:{OWNER}/erc20:{SILENT}/{TAKER}"),
    ],
)
def test_logical(of: Subject, said: str) -> None:
    """CAIP-10 of the wallet, then kind, token and spender."""
    assert words.logical(of) == said


def test_an_approval_is_known_by_its_own_fingerprint() -> None:
    """Other commands take it; a contract that does not answer has none."""
    assert ROW.row is not None
    assert words.approval(ROW) == ROW.row.record.allowance.fingerprint(1)
    assert words.approval(REFUSED) is None
    assert words.approval(Subject()) is None
    assert words.candidate(Subject()) is None
    assert words.spender(Subject()) is None
    assert words.spender(REFUSED) == SEEN.refused[0].candidate.spender


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (CoverKind.ALLOW, 'allowed until 2026-09-21: "OPS-12"; owner "ops"'),
        (CoverKind.ACKNOWLEDGE, 'acknowledged until 2026-09-21: "OPS-12"; owner "ops"'),
        (CoverKind.BASELINE, 'known before until 2026-09-21: "OPS-12"; owner "ops"'),
        (CoverKind.IGNORE, 'ignored until 2026-09-21: "OPS-12"; owner "ops"'),
    ],
)
def test_covers(kind: CoverKind, said: str) -> None:
    """What has been done, until when, why, and who answers for it."""
    cover = Cover(
        kind=kind,
        place=making.place(),
        reason="OPS-12",
        owner="ops",
        expires=making.TODAY,
    )
    assert words.vouched(cover) == said
    assert said.startswith(words.covered(cover))
    assert (
        words.vouched(replace(cover, owner=None, expires=None, reason=""))
        == (said.split(" until", maxsplit=1)[0])
    )


END = OpenEnd(reason="nobody answered")
ONE = making.violation()


@pytest.mark.parametrize(
    ("violations", "ends", "said"),
    [
        ([], [], "PASSED: 3 live approvals, no violation"),
        ([], [True], "PASSED: 3 live approvals, no violation; 1 thing FORGIVEN"),
        ([], [False], "INCOMPLETE: 1 thing was not seen; no violation"),
        ([], [False, True], "INCOMPLETE: 1 thing MORE; no violation"),
        ([ONE], [], "FAILED: 1 violation"),
        (
            [ONE, ONE],
            [False, False],
            "FAILED: 2 violations; INCOMPLETE: 2 things were not seen",
        ),
    ],
)
def test_verdicts(violations: list[Violation], ends: list[bool], said: str) -> None:
    """Failed before incomplete before passed; none hides another."""
    evaluation = replace(
        making.passing(),
        violations=tuple(violations),
        open_ends=tuple(replace(END, forgiven=each) for each in ends),
    )
    said = said.replace("FORGIVEN", "was not seen, which is forgiven")
    said = said.replace("MORE", "was not seen, 1 more forgiven")
    assert words.verdict(evaluation) == said


def test_a_verdict_counts_all_that_is_told() -> None:
    """Warnings and what is covered are not kept quiet."""
    assert words.verdict(making.rich()) == (
        "FAILED: 4 violations, 2 warnings, 2 covered; INCOMPLETE: 1 thing was not "
        "seen, 1 more forgiven"
    )


def test_counts_add_up() -> None:
    """Every live approval is in one of them; spam is named where there is any."""
    assert words.counted(making.rich()) == (
        "3 live approvals = 1 violating + 1 under a warning + 1 covered "
        "+ 0 with nothing against them"
    )
    spam = replace(making.passing(), counts=Counts(live=3, passed=1, spam=2))
    assert words.counted(spam).endswith(" + 2 suspected spam, not judged")
    counts = evaluations.treasury().counts
    assert counts.live == (
        counts.violating + counts.warned + counts.covered + counts.passed + counts.spam
    )


@given(hostile_text, hostile_text)
def test_no_word_does_anything(one: str, other: str) -> None:
    """ASCII on one line, without what a build machine takes for a command."""
    for said in (
        words.own(one),
        words.where(Place(file=f"/repo/{one}", line=2, key=other), "/repo"),
        words.unseen(OpenEnd(reason=one or "x", chain=other)),
        words.vouched(
            Cover(kind=CoverKind.ALLOW, place=making.place(), reason=one, owner=other)
        ),
    ):
        assert said.isascii()
        assert said.isprintable() or not said
        assert "::" not in said
        assert "##" not in said
