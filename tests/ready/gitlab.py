"""A job of GitLab's, as far as its script needs one."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.command import environment
from tests.nodes.process import finish

_VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended, and what it handed on."""

    code: int
    said: str
    artifacts: Mapping[str, Path]
    """By what they are: `paths`, and the kinds of report."""
    cached: tuple[Path, ...]
    """What is there for the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A project that was checked out, with the CI/CD variables of its settings."""

    project: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def run(self, job: Mapping[str, Any]) -> Ended:
        """The job's script under `bash`, its image's allowctl the one that is here."""
        known = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(self.project)}
        own = {
            name: _VARIABLE.sub(lambda found: known[found[1]], value)
            for name, value in job.get("variables", {}).items()
        }
        scripts = Path(sys.executable).parent
        env = environment(self.project.parent / "home", **known)
        env |= {"PATH": f"{scripts}{os.pathsep}{env['PATH']}", **self.settings, **own}
        script = "\n".join(job["script"])
        code, out, err = finish(
            ["bash", "-eo", "pipefail", "-c", script], env=env, cwd=self.project
        )
        return Ended(
            code=code,
            said=(out + err).decode(),
            artifacts=dict(self._artifacts(job, failed=code != 0)),
            cached=self._cached(job, failed=code != 0),
        )

    def _artifacts(
        self, job: Mapping[str, Any], *, failed: bool
    ) -> list[tuple[str, Path]]:
        said = job.get("artifacts", {})
        if failed and said.get("when") != "always":
            return []
        named = [("paths", each) for each in said.get("paths", [])]
        named += said.get("reports", {}).items()
        return [
            (kind, self.project / name)
            for kind, name in named
            if (self.project / name).exists()
        ]

    def _cached(self, job: Mapping[str, Any], *, failed: bool) -> tuple[Path, ...]:
        said = job.get("cache", {})
        if failed and said.get("when") != "always":
            return ()
        folders = [self.project / each for each in said.get("paths", [])]
        # GitLab keeps nothing that lies elsewhere.
        assert all(each.is_relative_to(self.project) for each in folders)
        return tuple(
            file for each in folders for file in each.rglob("*") if file.is_file()
        )
