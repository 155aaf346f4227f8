"""Fates of the tokens and spenders that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from allowctl.model.approval import Dormant, Fate, Kind, Live, NotServed
from allowctl.model.question import Question
from allowctl.scan.discover import Discovery
from allowctl.scan.resolve import candidate_of


def of_tokens(discovery: Discovery, question: Question) -> Discovery:
    """The same without the candidates of other tokens: they need not be read."""
    if not question.tokens:
        return discovery
    return replace(
        discovery,
        candidates=tuple(
            each for each in discovery.candidates if each.token in question.tokens
        ),
    )


def asked(fates: Sequence[Fate], question: Question) -> list[Fate]:
    """The fates that the question is about."""
    return [fate for fate in fates if _is_asked(fate, question)]


def _is_asked(fate: Fate, question: Question) -> bool:
    candidate = candidate_of(fate)
    if question.tokens and candidate.token not in question.tokens:
        return False
    if not question.spenders:
        return True
    match fate:
        case Live(allowance=allowance) | Dormant(allowance=allowance):
            return allowance.spender in question.spenders
        case NotServed() if candidate.kind is Kind.ERC721:
            return True  # the log only hints at who it is: state would have said
        case _:
            return candidate.spender in question.spenders
