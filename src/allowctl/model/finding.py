"""What is wrong with an allowance, how bad, how sure, and how one knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from allowctl.model.missing import Lack


class Severity(StrEnum):
    """How bad it is, if it is so."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    """How sure it is that it is so."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Level(IntEnum):
    """Where an allowance stands by all its findings; ordered."""

    UNKNOWN = -1
    """Nothing was found, but a rule lacked a fact that nobody served."""
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's word on one allowance."""

    rule: str
    severity: Severity
    confidence: Confidence
    points: int
    evidence: str
    """What was seen, in one sentence of our own: never a token's words."""
    case: str | None = None
    """Which of the rule's cases it is, where they weigh differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """A rule that could not be applied, and what was missing."""

    rule: str
    reason: str
    lack: Lack = Lack.FAILED
