"""Which exit code each error stands for."""

from __future__ import annotations

import pytest

from allowctl import errors
from allowctl.errors import AllowctlError, ExitCode


def test_the_exit_codes_are_the_documented_ones() -> None:
    """They are an interface: scripts and CI branch on them."""
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "POLICY": 1,
        "USAGE": 2,
        "INCOMPLETE": 3,
        "TRANSACTION": 4,
        "INTERNAL": 70,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError, ExitCode.USAGE),
        (errors.OutputError, ExitCode.USAGE),
        (errors.UnservedError, ExitCode.INCOMPLETE),
        (errors.UnknownHostError, ExitCode.INCOMPLETE),
        (errors.DeadlineError, ExitCode.INCOMPLETE),
        (errors.OversizeError, ExitCode.INCOMPLETE),
        (errors.CodecError, ExitCode.INTERNAL),
    ],
)
def test_each_error_ends_the_process_with_its_code(
    error: type[AllowctlError], code: ExitCode
) -> None:
    """Its message and its hint are kept apart, and its code is its class's."""
    raised = error("what", hint="what next")

    assert raised.exit_code is code
    assert (str(raised), raised.message, raised.hint) == ("what", "what", "what next")


def test_an_error_needs_no_hint() -> None:
    """A hint is what to do next: sometimes there is nothing."""
    assert AllowctlError("what").hint is None
