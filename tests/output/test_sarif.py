"""The result of a check for code hosts: valid by others' word, and inside of limits."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion

from allowctl.model.evaluation import Cover, CoverKind, Evaluation, Subject
from allowctl.model.finding import Level, Severity
from allowctl.model.place import Place
from allowctl.model.policy import Action, BaselineFile, Policy, PolicyRule
from allowctl.output.sarif import MOST, SCHEMA, render
from tests.nodes.jsonrpc import Json
from tests.nodes.sarif import Validator, runs_here, shipped_schema
from tests.output import checked
from tests.policy.making import (
    EVIL,
    FILE,
    ROOT,
    evaluation,
    judged,
    passing,
    place,
    rich,
    violation,
    wallet,
)

KNOWN = "SARIF2005"
"""Wants a home page of allowctl, which has none."""
_LINK = re.compile(r"\[[^\]]*\]\(")


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Validator:
    return Validator(tmp_path_factory.mktemp("sarif"))


def run(of: Evaluation, root: str = ROOT) -> Json:
    (found,) = msgspec.json.decode(render(of, root))["runs"]
    return found


def results(of: Evaluation) -> Json:
    return run(of)["results"]


def texts(of: Json) -> list[str]:
    """Every text of a document."""
    if isinstance(of, str):
        return [of]
    if isinstance(of, dict):
        return [*of, *(text for each in of.values() for text in texts(each))]
    return [text for each in of for text in texts(each)] if isinstance(of, list) else []


def test_rich(snapshot: SnapshotAssertion) -> None:
    """Everything that an evaluation can hold."""
    assert msgspec.json.format(render(rich(), ROOT)) == snapshot


def test_passing(snapshot: SnapshotAssertion) -> None:
    """A run without results is one that has found nothing."""
    assert msgspec.json.format(render(passing(), ROOT)) == snapshot


@runs_here
@pytest.mark.node
@pytest.mark.parametrize(
    "of", [rich, passing, checked.many], ids=["rich", "passing", "6,000 violations"]
)
def test_others_find_it_valid(validator: Validator, of: Json) -> None:
    """Microsoft's validator: no error; and no warning but that there is no home page.

    By the standard's rules and by those of GitHub's code scanning.
    """
    complaints = validator.complaints(render(of(), ROOT))
    assert [each.rule for each in complaints] == [KNOWN], complaints


@runs_here
@pytest.mark.node
def test_the_validator_does_complain(validator: Validator) -> None:
    """Of a log that is wrong: a rule's index that is another's, a line 0."""
    log = render(rich(), ROOT).replace('"startLine": 10', '"startLine": 0')
    log = log.replace('"ruleIndex": 2', '"ruleIndex": 77')
    found = validator.complaints(log)
    assert {"error"} <= {each.level for each in found}


@pytest.mark.node
def test_others_schema() -> None:
    """The schema that comes with the validator."""
    check = Draft202012Validator(shipped_schema())
    assert SCHEMA.endswith("/sarif-2.1.0.json")
    for each in (rich(), passing(), checked.many()):
        check.validate(msgspec.json.decode(render(each, ROOT)))


@settings(max_examples=50)
@given(checked.evaluations())
def test_any_evaluation(of: Evaluation) -> None:
    """Whatever anybody says: no link, no argument, no command, one line; the same."""
    text = render(of, ROOT)
    assert text == render(of, ROOT)
    assert text.isascii()
    assert not any(mark in text for mark in ("::", "##"))
    document = msgspec.json.decode(text)
    descriptors = document["runs"][0]["tool"]["driver"]["rules"]
    for each in texts(document["runs"][0]["results"]):
        assert each.isprintable()
        assert not _LINK.search(each)
        assert not {"{", "}"} & set(each)
        assert "://" not in each
    for each in document["runs"][0]["results"]:
        assert descriptors[each["ruleIndex"]]["id"] == each["ruleId"]
    _no_path(document)


def _no_path(document: Json) -> None:
    """Of this machine."""
    assert not any(ROOT in each for each in texts(document))


def test_strangers_make_no_link() -> None:
    """`[x](1)` in a label or a reason would lead to a place of the result."""
    found = results(rich())
    assert EVIL[:8] not in str(found)
    assert "[x](" not in str(found)
    assert "[x]\\\\x28" in str(found)


def test_each_check_is_a_rule_once() -> None:
    """Sorted; of `fail-on` one for each level, as bad as that."""
    driver = run(rich())["tool"]["driver"]
    ids = [each["id"] for each in driver["rules"]]
    assert ids == sorted(set(ids))
    assert {"fail-on/critical", "fail-on/low", "rule.no-operators"} <= set(ids)
    bad = {
        each["id"]: each["properties"]["security-severity"] for each in driver["rules"]
    }
    assert (bad["fail-on/critical"], bad["fail-on/low"], bad["refused"]) == (
        *("9.5", "3.0"),
        "5.5",
    )


@pytest.mark.parametrize("level", [each for each in Level if each is not Level.UNKNOWN])
def test_levels(level: Level) -> None:
    """GitHub's own word for how bad a result is, is the approval's level.

    Its info is a low: it has no other. Every level is a severity, too.
    """
    row = replace(judged().allowances[0], level=level)
    of = Subject(wallet=wallet(), scan=judged(), row=row)
    (rule,) = run(evaluation(violation(of)))["tool"]["driver"]["rules"]
    assert rule["id"] == f"fail-on/{Severity(str(level))}"
    score = float(rule["properties"]["security-severity"])
    limits = {"critical": (9.0, 10), "high": (7.0, 8.9), "medium": (4.0, 6.9)}
    least, most = limits.get(str(level), (0.1, 3.9))
    assert least <= score <= most


def test_a_rule_of_the_policy_tells_its_reason() -> None:
    """In quotes, in which a stranger's words do nothing."""
    rule = PolicyRule(place=place(20), id="mine", action=Action.WARN, reason=EVIL)
    of = evaluation(
        violation(check="rule.mine", action=Action.WARN),
        policy=Policy(file=FILE, rules=(rule,)),
    )
    (told,) = run(of)["tool"]["driver"]["rules"]
    assert told["id"] == "rule.mine"
    assert told["name"] == "PolicyRuleMine"
    assert 'Its reason: "' in told["help"]["text"]
    for each in told["help"].values():
        assert not {"<", "`|"} & {each[i : i + 2].strip() for i in range(len(each))}
        assert "[x]" not in each
    assert told["defaultConfiguration"] == {"level": "warning"}
    assert told["properties"]["security-severity"] == "5.5"


def test_places() -> None:
    """The wallet's line, as the repository has it, and the line of the policy."""
    first, *_ = results(rich())
    (where,) = first["locations"]
    assert where["physicalLocation"] == {
        "artifactLocation": {"uri": "ops/allowctl.toml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 10},
    }
    (name,) = where["logicalLocations"]
    assert name["fullyQualifiedName"].startswith("eip155:1:0x0A0A")
    (cause,) = first["relatedLocations"]
    assert cause["physicalLocation"]["region"] == {"startLine": 3}
    assert cause["message"]["text"] == "The policy says so here: policy.fail_on."


def test_an_entry_stands_at_its_own_line() -> None:
    """What is of no wallet; nothing is related to it but itself."""
    expired = next(e for e in results(rich()) if e["ruleId"] == "allow-expired")
    (where,) = expired["locations"]
    assert where["physicalLocation"]["region"] == {"startLine": 41}
    assert expired["relatedLocations"] == []


def test_options_are_in_no_file() -> None:
    """What the command line says stands at the wallet; else at the file's beginning."""
    option = Place(file="--fail-on", line=0)
    of = Subject(wallet=wallet(), scan=judged())
    at_wallet, at_file = results(
        evaluation(violation(of, where=option), violation(where=option))
    )
    assert at_wallet["relatedLocations"] == at_file["relatedLocations"] == []
    lines = [
        each["locations"][0]["physicalLocation"]["region"]["startLine"]
        for each in (at_wallet, at_file)
    ]
    assert lines == [10, 1]


def test_a_default_is_in_no_line() -> None:
    """The policy does not say it anywhere: the wallet's line, or the file's first."""
    default = Place.by_default(FILE, "policy.fail_on")
    of = Subject(wallet=wallet(), scan=judged())
    at_wallet, at_file = results(
        evaluation(violation(of, where=default), violation(where=default))
    )
    assert at_wallet["relatedLocations"] == at_file["relatedLocations"] == []
    lines = [
        each["locations"][0]["physicalLocation"]["region"]["startLine"]
        for each in (at_wallet, at_file)
    ]
    assert lines == [10, 1]


def test_no_file_at_all() -> None:
    """Nowhere is no place."""
    nowhere = violation(where=Place(file="--fail-on", line=0))
    (found,) = results(evaluation(nowhere, policy=Policy(file="")))
    assert found["locations"] == []


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/repo/a b/#1%é.toml", "a%20b/%231%25%C3%A9.toml"),
        ("/repo/c:d.toml", "c%3Ad.toml"),
        ("/srv/somebody/allowctl.toml", "allowctl.toml"),
        ("/repo/\udcff.toml", "%FF.toml"),
    ],
)
def test_files_are_uris(file: str, uri: str) -> None:
    """From the root; what stands outside has its name alone."""
    (found,) = results(evaluation(violation(where=Place(file=file, line=7))))
    (where,) = found["locations"]
    assert where["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_no_path_of_this_machine() -> None:
    """Neither of the policy nor of the repository."""
    _no_path(run(rich()))
    _no_path(run(rich(), "/elsewhere"))


def test_fingerprints() -> None:
    """All of a wallet stand in one line: GitHub must not go by that."""
    found = [each["partialFingerprints"] for each in results(rich())]
    assert found[0] == {
        "allowctlViolation/v1": f"{1:032x}",
        "primaryLocationLineHash": f"{1:032x}:1",
    }
    assert len({each["primaryLocationLineHash"] for each in found}) == len(found)


def test_what_is_covered_is_suppressed() -> None:
    """With its reason; all others say that they are not."""
    found = results(rich())
    assert [len(each["suppressions"]) for each in found] == [0] * 6 + [1, 1]
    (why,) = found[6]["suppressions"]
    assert (why["kind"], why["status"]) == ("external", "accepted")
    assert why["justification"].startswith('allowed until 2027-03-31: "')
    assert why["justification"].endswith("; owner: ops\\x40example[.]org")
    assert why["location"]["physicalLocation"]["region"] == {"startLine": 40}


@pytest.mark.parametrize("kind", CoverKind)
def test_every_cover_suppresses(kind: CoverKind) -> None:
    """Whatever lets it pass."""
    cover = Cover(kind=kind, place=place(40), reason="", expires=date(2027, 1, 1))
    (found,) = results(evaluation(violation(cover=cover)))
    assert len(found["suppressions"]) == 1


def test_baseline() -> None:
    """What was known before is told from what was not; without one, nothing is."""
    assert [e["baselineState"] for e in results(rich())] == ["new"] * 7 + ["unchanged"]
    plain = evaluation(violation(), violation(number=1))
    assert not any("baselineState" in each for each in results(plain))
    at = BaselineFile(place=place(60, "baseline.file"), path=Path("b.json"))
    used = replace(plain, policy=Policy(file=FILE, baseline=at))
    assert [each["baselineState"] for each in results(used)] == ["new", "new"]


def test_what_outgrew_the_baseline() -> None:
    """It is neither new nor as it was; that alone says that there is a baseline."""
    grown = replace(violation(), outgrown=True)
    found = results(evaluation(grown, violation(number=1)))
    assert [each["baselineState"] for each in found] == ["updated", "new"]


def test_levels_of_results() -> None:
    """A warning of an approval of no consequence is a note."""
    of = Subject(wallet=wallet(), scan=judged(), row=judged().allowances[0])
    assert of.row is not None
    quiet = replace(of, row=replace(of.row, level=Level.INFO))
    found = results(
        evaluation(
            violation(of),
            violation(quiet),
            violation(of, action=Action.WARN),
            violation(quiet, action=Action.WARN),
        )
    )
    assert [e["level"] for e in found] == ["error", "error", "warning", "note"]
    assert {each["kind"] for each in found} == {"fail"}


def test_what_was_not_seen() -> None:
    """The run says so, what is forgiven as a warning; with that alone it succeeded."""
    (invocation,) = run(rich())["invocations"]
    told = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert [each["level"] for each in told] == ["error", "warning"]
    forgiven = replace(rich(), open_ends=rich().open_ends[1:])
    (invocation,) = run(forgiven)["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["startTimeUtc"] == "2026-09-21T14:13:20Z"


def test_the_worst_are_kept() -> None:
    """GitHub shows 5,000: violations, then warnings; what is left out is counted."""
    of = checked.many()
    found = run(of)
    assert len(found["results"]) == MOST
    kept = [each["level"] for each in found["results"] if not each["suppressions"]]
    assert kept == ["error"] * 2_000 + ["warning"] * 2_000
    (told,) = found["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "1000 results are left out, 0 of them violations."
    (told,) = run(replace(of, violations=of.violations[::3] * 3))["invocations"][0][
        "toolExecutionNotifications"
    ]
    assert told["message"]["text"].endswith("1000 of them violations.")


def test_many_gaps_are_bounded() -> None:
    """What is not told of what was not seen is counted, after what is."""
    (end, _) = rich().open_ends
    (invocation,) = run(evaluation(open_ends=(end,) * 1_005))["invocations"]
    told = invocation["toolExecutionNotifications"]
    assert len(told) == 1_001
    assert told[-1]["message"]["text"] == "5 more parts could not be read."


def test_github_takes_it() -> None:
    """Under 10 MB when packed, messages of bounded length, 20 tags at most."""
    text = render(checked.many(), ROOT)
    assert len(gzip.compress(text.encode())) < 10_000_000
    (one,) = msgspec.json.decode(text)["runs"]
    assert all(len(each["message"]["text"]) < 1_200 for each in one["results"])
    for each in one["tool"]["driver"]["rules"]:
        assert len(each["properties"]["tags"]) <= 20
        assert len(each["fullDescription"]["text"]) <= 1_024


def test_versions() -> None:
    """One that is no semantic version is not called so."""
    of = rich()
    driver = run(of)["tool"]["driver"]
    assert driver["version"] == driver["semanticVersion"] == "0.1.0"
    later = replace(of, report=replace(of.report, version="0.2.0.dev1"))
    assert "semanticVersion" not in run(later)["tool"]["driver"]


def test_order_is_kept() -> None:
    """The evaluation has the worst first; what fails comes before all else."""
    backwards = replace(rich(), violations=rich().violations[::-1])
    found = results(backwards)
    assert [bool(each["suppressions"]) for each in found] == [False] * 6 + [True] * 2
    assert [each["level"] for each in found[:6]] == ["error"] * 4 + ["warning"] * 2
