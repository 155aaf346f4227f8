"""The result of `allowctl check` as JUnit XML, for what shows test results."""

from __future__ import annotations

from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from allowctl.model.evaluation import Evaluation
from allowctl.output.junit_cases import Case
from allowctl.output.junit_suites import Suite, suites

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render(evaluation: Evaluation, root: str) -> str:
    """A suite for each wallet and chain, and one for the policy's own entries.

    A case is an approval that was judged: it fails with all violations of it, is
    skipped where entries cover all of them, and has its warnings as output. That
    everything was read is a case of its own, an error where it was not.
    """
    # What is called on it has no types.
    whole: Any = JUnitXml("allowctl check")
    for each in suites(evaluation, root):
        # add_testsuite would compare it with all that are in already.
        whole.append(_suite(each))
    whole.update_statistics()
    text: str = whole.tostring().decode()
    return f"{_DECLARATION}{text}\n"


def _suite(of: Suite) -> TestSuite:
    suite = TestSuite(of.name)
    for name, value in of.properties.items():
        suite.add_property(name, str(value))
    suite.add_testcases([_case(each, of.classname) for each in of.cases])
    return suite


def _case(of: Case, classname: str) -> TestCase:
    case = TestCase(of.name, classname)
    # One of each at the most: many readers look at the first and at no other.
    for result, lines in (
        (Failure(_first(of.failures), of.sort), of.failures),
        (Error(_first(of.errors), "incomplete"), of.errors),
        (Skipped(_first(of.skipped), of.sort), of.skipped),
    ):
        if lines:
            result.text = "\n".join(lines)
            case.result = result
    if of.output:
        case.system_out = "\n".join(of.output)
    return case


def _first(lines: tuple[str, ...]) -> str:
    return lines[0] if lines else ""
