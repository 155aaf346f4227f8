"""Everything allowctl raises on purpose.

AllowctlError                what went wrong, and a hint at what to do next
├── UsageError               exit 2: the question was put wrongly
│   ├── ConfigError          exit 2: allowctl.toml says what it cannot say
│   ├── OutputError          exit 2: the answer has nowhere to go
│   ├── SignerError          exit 2: the key cannot be had, or does not sign this
│   ├── PlanError            exit 2: a plan cannot be carried out as it stands
│   ├── JournalError         exit 2: what is done cannot be written down or read
│   └── CacheError           exit 2: what was learned cannot be kept or read
├── UnservedError            exit 3: a node did not answer what was asked
│   ├── UnknownHostError     there is no such host
│   ├── DeadlineError        not within the time it was given
│   ├── OversizeError        with more bytes than are taken
│   └── RefusalError         one request, refused by one endpoint (rpc/client.py)
├── GuardError               exit 4: a transaction that could raise a right
└── CodecError               bytes that are not what their layout promises
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends (DESIGN: "Command line")."""

    OK = 0
    POLICY = 1
    USAGE = 2
    INCOMPLETE = 3
    TRANSACTION = 4
    INTERNAL = 70
    INTERRUPTED = 130


class AllowctlError(Exception):
    """Never raised itself: the one class the error boundary has to know."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AllowctlError):
    """The command line or the configuration cannot be carried out."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """A configuration file cannot be used: which one, where in it, and why."""


class OutputError(UsageError):
    """The place the result was to be written to cannot be written."""


class CacheError(UsageError):
    """What is kept between runs cannot be opened, read or written."""


class SignerError(UsageError):
    """No signature: the key cannot be read, is another's, or is gone."""


class PlanError(UsageError):
    """A plan that cannot be carried out: damaged, outdated, or not ours to sign."""


class JournalError(UsageError):
    """The journal cannot be opened, written or read, or is in use."""


class GuardError(AllowctlError):
    """A transaction that the last gate before the signer does not let through."""

    exit_code = ExitCode.TRANSACTION


class UnservedError(AllowctlError):
    """No endpoint answered: nothing can be said about what was asked."""

    exit_code = ExitCode.INCOMPLETE


class DeadlineError(UnservedError):
    """An endpoint did not finish its reply in time."""


class UnknownHostError(UnservedError):
    """There is no such host, or no network: asking again at once is of no use."""


class OversizeError(UnservedError):
    """An endpoint sent more than is taken."""


class CodecError(AllowctlError):
    """Bytes do not have the layout their standard gives them."""
