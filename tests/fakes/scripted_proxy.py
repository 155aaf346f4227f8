"""A proxy that does what a test says when a certain request comes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from tests.fakes.range_proxy import RangeProxy


class ScriptedProxy(RangeProxy):
    """`cues` are played once each, before the first request of their method is served.

    A cue that gives True stays for the next request too. `cued` is set after any.
    """

    def __init__(self, upstream: str, *, max_blocks: int | None = 10_000) -> None:
        super().__init__(upstream, max_blocks=max_blocks)
        self.cues: dict[str, Callable[[], object]] = {}
        self.cued = threading.Event()
        self._stage = threading.Lock()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Play the cues of what is asked, then answer as any proxy."""
        asked = json.loads(body)
        for request in asked if isinstance(asked, list) else [asked]:
            with self._stage:
                cue = self.cues.pop(request["method"], None)
                if cue is not None:
                    if cue() is True:
                        self.cues[request["method"]] = cue
                    self.cued.set()
        return super().answer(body)
