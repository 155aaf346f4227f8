"""Pairs of token and spender that a person names: read without any log."""

from __future__ import annotations

from collections.abc import Sequence

from allowctl.codec.words import checksum
from allowctl.model.approval import (
    Candidate,
    Dead,
    DeadReason,
    Fate,
    Kind,
    Origin,
    Refused,
)
from allowctl.model.question import Question
from allowctl.scan.resolve import candidate_of

_OWN_KINDS = {Kind.ERC20, Kind.OPERATOR}
"""What a token itself can answer for a pair."""


def candidates(question: Question) -> list[Candidate]:
    """What the pairs may be. A single NFT is not among it: it needs an id."""
    holders = {
        Kind.ERC20: None,
        Kind.OPERATOR: None,
        Kind.PERMIT2: question.chain.permit2,
    }
    return [
        Candidate(
            kind=kind,
            owner=question.owner,
            contract=holder or pair.token,
            token=pair.token,
            spender=pair.spender,
            origin=Origin.NAMED,
        )
        for pair in question.pairs
        for kind, holder in holders.items()
        if kind in question.kinds
    ]


def without_foreign_kinds(fates: Sequence[Fate]) -> tuple[list[Fate], list[str]]:
    """The fates, without the refusals of kinds that the token does not speak.

    A token that answers as an ERC-20 rightly has no operators, and the other
    way round. What was left out is returned as sentences.
    """
    spoken = {
        (candidate_of(fate).token, candidate_of(fate).kind)
        for fate in fates
        if candidate_of(fate).kind in _OWN_KINDS and not isinstance(fate, Refused)
    }
    speakers = {token for token, _ in spoken}
    kept: list[Fate] = []
    said: dict[str, None] = {}
    for fate in fates:
        candidate = candidate_of(fate)
        if isinstance(fate, Dead) and fate.reason is DeadReason.NO_CODE:
            said[f"no contract is at {checksum(candidate.token)}: right chain?"] = None
        foreign = (candidate.token, candidate.kind) not in spoken
        if isinstance(fate, Refused) and foreign and candidate.token in speakers:
            said[f"{checksum(candidate.token)} does not answer as {candidate.kind}"] = (
                None
            )
        else:
            kept.append(fate)
    return kept, list(said)
