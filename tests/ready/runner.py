"""A job on GitHub's runner, as far as steps and composite actions need one."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.command import environment
from tests.nodes.npm import ROOT
from tests.nodes.process import finish

# It comes with vcrpy, without types.
_yaml: Any = importlib.import_module("yaml")

_EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")
_COMPARED = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""What `shell: bash` is."""
OURS = re.compile(r"OWNER/allowctl@[0-9a-f]{40}")
"""How the examples call the action of this repository."""


def load(path: str | Path) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A YAML file of the repository."""
    return parse((ROOT / path).read_text("utf-8"))


def parse(text: str) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """A YAML text."""
    return _yaml.safe_load(text)


def evaluated(text: str, context: Mapping[str, str]) -> str:
    """A text with each `${{ name }}` replaced, once. KeyError for an unknown name."""
    return _EXPRESSION.sub(lambda found: context[found[1]], text)


def holds(condition: str, context: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step with this `if` runs."""
    parts = [part.strip() for part in condition.split("&&")] if condition else []
    if failed and "always()" not in parts:
        return False
    for part in parts:
        if part != "always()":
            found = _COMPARED.fullmatch(part)
            assert found is not None, part
            if (context[found[1]] == found[3]) is not (found[2] == "=="):
                return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """An action of somebody else's that would have been called."""

    name: str
    inputs: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Ended:
    """What became of some steps."""

    code: int = 0
    """Of the first that failed."""
    out: str = ""
    err: str = ""
    used: list[Used] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    """Of the action; with `steps.ID.outputs.` before them, of its steps."""

    def uploads(self) -> list[Mapping[str, str]]:
        """What would have been uploaded to code scanning."""
        return [each.inputs for each in self.used if "upload-sarif@" in each.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """One job: its folders and the environment that GitHub sets."""

    folder: Path
    workspace: Path
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    python: str | None = sys.executable
    """What runs allowctl; None where the action really installs itself."""

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    def action(
        self,
        inputs: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """`uses:` this repository's action, with inputs and a step's environment."""
        return self._action(inputs or {}, env or {})

    def job(self, steps: list[Any]) -> Ended:
        """The steps of a workflow's job."""
        return self._steps(steps, self._context(), {})

    def _action(self, given: Mapping[str, str], env: Mapping[str, str]) -> Ended:
        action = load("action.yml")
        assert given.keys() <= action["inputs"].keys()
        values = {
            f"inputs.{name}": given.get(name, str(said["default"]))
            for name, said in action["inputs"].items()
        }
        steps = action["runs"]["steps"]
        ended = self._steps(steps, self._context() | values, env)
        names = dict.fromkeys(re.findall(r"steps\.[\w.-]+", str(action)), "")
        for name, said in action["outputs"].items():
            ended.outputs[name] = evaluated(said["value"], names | ended.outputs)
        return ended

    def _context(self) -> dict[str, str]:
        return {
            "runner.temp": str(self.temp),
            "github.workspace": str(self.workspace),
            "github.run_id": "1",
            **{f"secrets.{name}": value for name, value in self.secrets.items()},
        }

    def _steps(
        self, steps: list[Any], context: dict[str, str], env: Mapping[str, str]
    ) -> Ended:
        ended = Ended()
        known = dict.fromkeys(re.findall(r"steps\.[\w.-]+", str(steps)), "")
        for step in steps:
            now = context | known | ended.outputs
            if not holds(step.get("if", ""), now, failed=ended.code != 0):
                continue
            own = {k: evaluated(v, now) for k, v in step.get("env", {}).items()}
            if "uses" in step:
                values = step.get("with", {}).items()
                given = {k: evaluated(str(v), now) for k, v in values}
                self._use(step["uses"], given, {**env, **own}, ended)
            elif step.get("id") == "install" and self.python:
                ended.outputs["steps.install.outputs.python"] = self.python
            else:
                self._run(step, {**env, **own}, ended)
        return ended

    def _use(
        self,
        name: str,
        given: Mapping[str, str],
        env: Mapping[str, str],
        ended: Ended,
    ) -> None:
        if not OURS.fullmatch(name):
            ended.used.append(Used(name=name, inputs=given))
            return
        inner = self._action(given, env)
        ended.code = ended.code or inner.code
        ended.out += inner.out
        ended.err += inner.err
        ended.used += inner.used

    def _run(self, step: Mapping[str, Any], env: Mapping[str, str], to: Ended) -> None:
        self.temp.mkdir(parents=True, exist_ok=True)
        script, output = self.temp / "step.sh", self.folder / "output"
        script.write_text(step["run"], "utf-8")
        output.write_text("")
        whole = environment(self.folder / "home", **self._set_by_github(output))
        code, out, err = finish(
            [*_SHELL, script],
            env={**whole, **self.env, **env},
            cwd=self.workspace,
            seconds=250,
        )
        to.code = to.code or code
        to.out += out.decode()
        to.err += err.decode()
        for name, value in _said(output.read_text("utf-8")):
            to.outputs[f"steps.{step['id']}.outputs.{name}"] = value

    def _set_by_github(self, output: Path) -> dict[str, str]:
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }


def _said(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        assert equals, text
        yield name, value
