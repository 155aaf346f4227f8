"""Pairs of token and spender that a person names: read without any log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from allowctl.model.question import Pair, Question
from allowctl.scan.discover import Discovery
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


def beside(discovery: Discovery, question: Question) -> Discovery:
    """The same with every pair of the tokens and spenders that are asked about.

    Read besides what logs name, for a token that emits nothing; it counts only if
    state shows a grant.
    """
    known = {each.key for each in discovery.candidates}
    pairs = tuple(
        Pair(token=token, spender=spender)
        for token in sorted(question.tokens)
        for spender in sorted(question.spenders)
    )
    more = (
        replace(each, origin=Origin.PROBE)
        for each in candidates(replace(question, pairs=pairs))
    )
    return replace(
        discovery,
        candidates=(
            *discovery.candidates,
            *(each for each in more if each.key not in known),
        ),
    )


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
