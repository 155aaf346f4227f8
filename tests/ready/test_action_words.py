"""What the action's inputs become: words of one command, whatever they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ready.runner import Ended, Runner

_RECORDER = """#!/bin/sh
printf '%s\\0' "$@" >"$RECORD"
"""
_LISTS = {"chains": "--chain", "allow-incomplete": "--allow-incomplete", "wallets": ""}
_TEXTS = {
    "config": "--config",
    "fail-on": "--fail-on",
    "sarif-file": "--output",
    "junit-file": "--output",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_texts = st.text(
    st.sampled_from(
        [*"ab-=/.,:;$(){}[]`'\"\\|&<>*?!#~% \t\r\n\x01\x1b\x7f", "é", "日"]
    ),
    max_size=24,
)
HOSTILE = {
    "a command": "; touch pwned",
    "a substitution": "$(touch pwned)",
    "backticks": "`touch pwned`",
    "a quote": "'; touch pwned; '",
    "double quotes": '"; touch pwned; "',
    "a pattern": "*",
    "a variable": "${ETH_RPC_URL}",
    "a second line": "x\ntouch pwned\n",
    "an output": "x\nexit-code=0",
    "a workflow command": "x\n::error::pwned",
    "an escape": "\x1b[31mx",
    "an option": "--output=csv=pwned",
    "a short option": "-opwned",
}


def called(inputs: Mapping[str, str]) -> tuple[Ended, list[str] | None, list[str]]:
    """How it ended, with which words allowctl was called, and what lies there now."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        workspace = folder / "workspace"
        workspace.mkdir()
        recorder, record = folder / "recorder", folder / "record"
        recorder.write_text(_RECORDER)
        recorder.chmod(0o755)
        runner = Runner(
            folder=folder,
            workspace=workspace,
            python=str(recorder),
            env={"RECORD": str(record), "ETH_RPC_URL": "http://SECRET"},
        )
        ended = runner.action(inputs)
        words = record.read_text("utf-8").split("\0")[:-1] if record.exists() else None
        left = sorted(each.name for each in workspace.iterdir())
        # In the words that are compared, the folders have a name.
        named = words and [
            word.replace(str(workspace), "HERE").replace(str(runner.temp), "TEMP")
            for word in words
        ]
        return ended, named, left


def items(text: str) -> list[str]:
    return [each for each in re.split(r"[, \t\r\n]+", text) if each]


def expected(inputs: Mapping[str, str]) -> list[str] | None:
    """The words behind `allowctl check`; None where an input is refused."""
    texts = {name: inputs.get(name, "") for name in _TEXTS}
    lists = {name: items(inputs.get(name, "")) for name in _LISTS}
    listed = [each for found in lists.values() for each in found]
    if any(map(_CONTROL.search, [*texts.values(), *listed])):
        return None
    if any(each.startswith("-") for each in listed):
        return None
    found = ["--format=github", f"--output=sarif={at(texts['sarif-file'])}"]
    if texts["junit-file"]:
        found.append(f"--output=junit={at(texts['junit-file'])}")
    for name in ("config", "fail-on"):
        found += [f"{_TEXTS[name]}={texts[name]}"] if texts[name] else []
    for name in ("chains", "allow-incomplete"):
        found += [f"{_LISTS[name]}={','.join(lists[name])}"] if lists[name] else []
    return [*found, "--", *lists["wallets"]]


def at(path: str) -> str:
    if not path:
        return "TEMP/allowctl.sarif"
    return path if path.startswith("/") else f"HERE/{path}"


def told(inputs: Mapping[str, str]) -> None:
    """Assert that the inputs become these words, or are refused without a trace."""
    ended, words, left = called(inputs)
    wanted = expected(inputs)

    assert left == []
    assert "SECRET" not in ended.out + ended.err
    if wanted is None:
        assert (ended.code, words) == (2, None)
        assert re.fullmatch(
            r"::error title=allowctl::the input [a-z-]+ [a-z ]+\n", ended.out
        )
    else:
        assert (ended.code, ended.out) == (0, "")
        assert words == ["-I", "-m", "allowctl", "check", *wanted]
    outputs = {name: said for name, said in ended.outputs.items() if said}
    steps = "steps.check.outputs.exit-code"
    code = str(ended.code)
    assert {k: v for k, v in outputs.items() if "install" not in k} == {
        "exit-code": code,
        steps: code,
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", [*_TEXTS, *_LISTS])
def test_hostile_inputs_are_words_or_refused(name: str, text: str) -> None:
    """Nothing is run, no option, output or workflow command is added."""
    told({name: text})


@given(st.dictionaries(st.sampled_from([*_TEXTS, *_LISTS]), _texts))
def test_every_input_is_words_or_refused(inputs: dict[str, str]) -> None:
    """All at once too: each is a word, or a list of them, as it is written."""
    told({name: text.replace("\0", "") for name, text in inputs.items()})


@pytest.mark.parametrize(
    ("text", "words"),
    [("true", ["--exit-zero"]), ("false", []), ("", []), ("yes", None), ("1", None)],
)
def test_exit_zero_is_true_or_false(text: str, words: list[str] | None) -> None:
    """What is neither is refused: a typing error is no decision."""
    ended, found, _ = called({"exit-zero": text})

    assert ended.code == (2 if words is None else 0)
    assert words is None or (found or [])[6:-1] == words


@pytest.mark.parametrize("name", ["nowhere", "-", "--", "a\nb", "*"])
def test_the_folder_must_be_there(name: str) -> None:
    """Else it is refused, before anything is run."""
    ended, words, _ = called({"working-directory": name})

    assert (ended.code, words) == (2, None)


def test_a_folder_behind_a_link_has_a_plain_name(tmp_path: Path) -> None:
    """The repository chooses it: no output of the step comes out of its name."""
    workspace = tmp_path / "workspace"
    hidden = workspace / "policies\nexit-code=0\ninjected=pwned"
    hidden.mkdir(parents=True)
    (workspace / "approvals").symlink_to(hidden.name)
    runner = Runner(folder=tmp_path, workspace=workspace, python="/bin/true", env={})
    ended = runner.action({"working-directory": "approvals", "sarif-file": "x.sarif"})

    assert (ended.code, ended.outputs["exit-code"]) == (2, "2")
    assert "injected" not in ended.outputs


def test_what_lies_there_is_not_taken_for_a_result(tmp_path: Path) -> None:
    """Nor taken away: after a usage error nothing was written."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "old.sarif").write_text("an earlier step's")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    runner = Runner(folder=tmp_path, workspace=workspace, python=str(broken), env={})
    ended = runner.action({"sarif-file": "old.sarif"})

    assert (ended.code, ended.outputs["sarif-file"]) == (2, "")
    assert (workspace / "old.sarif").read_text() == "an earlier step's"
