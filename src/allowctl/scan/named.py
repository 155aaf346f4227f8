"""Pairs of token and spender that a person names: read without any log."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace

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
from allowctl.scan.resolve import candidate_of, fate_key

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What logs name, and the pairs that are read besides."""

    discovery: Discovery
    keys: frozenset[Hashable] = frozenset()
    """Of the candidates that no log names, in any reading."""


def probed(discovery: Discovery, question: Question) -> Probed:
    """The same with the pairs that are probed, each as whatever it may be.

    A pair that a log names already is not read twice; one of a token or a spender
    that is not asked about is not read at all.
    """
    known = {each.key for each in discovery.candidates}
    pairs = tuple(each for each in question.probes if _asked_about(each, question))
    more = {
        each.key: each
        for each in candidates(replace(question, pairs=pairs))
        if each.key not in known
    }
    readings = (each for some in discovery.other_readings.values() for each in some)
    every = (*discovery.candidates, *more.values())
    return Probed(
        discovery=replace(discovery, candidates=every),
        keys=frozenset(more) - {each.key for each in readings},
    )


def without_foreign_kinds(
    fates: Sequence[Fate], keys: Collection[Hashable] | None = None
) -> tuple[list[Fate], list[str]]:
    """The fates, without the refusals of kinds that the token does not speak.

    A token that answers as an ERC-20 rightly has no operators, and the other
    way round. What was left out is returned as sentences.

    `keys`: of the candidates that a person named; None for all. What a log names
    is never left out.
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
        if keys is not None and fate_key(fate) not in keys:
            kept.append(fate)
            continue
        gone = isinstance(fate, Dead) and fate.reason is DeadReason.NO_CODE
        # Of a Permit2 child it may be Permit2 that is not there.
        if gone and candidate.kind in _OWN_KINDS:
            said[f"no contract is at {checksum(candidate.token)}: right chain?"] = None
        foreign = (candidate.token, candidate.kind) not in spoken
        if isinstance(fate, Refused) and foreign and candidate.token in speakers:
            said[f"{checksum(candidate.token)} does not answer as {candidate.kind}"] = (
                None
            )
        else:
            kept.append(fate)
    return kept, list(said)


def _asked_about(pair: Pair, question: Question) -> bool:
    of_token = not question.tokens or pair.token in question.tokens
    return of_token and (not question.spenders or pair.spender in question.spenders)
