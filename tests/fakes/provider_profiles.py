"""Providers by name: each kind of limit and trouble, in words of our own."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.provider_profile import (
    Beyond,
    ByHash,
    Cap,
    Counting,
    Fault,
    Form,
    Profile,
    Refusal,
    Span,
    Trouble,
)
from tests.fakes.provider_profiles_load import LOAD

_LOGS = frozenset({"eth_getLogs"})
_DOWN = Refusal(
    text="<html><head><title>502</title></head><body>No upstream</body></html>",
    status=502,
    form=Form.TEXT,
)


def _span(
    cap: int,
    refusal: Refusal,
    counting: Counting = Counting.INCLUSIVE,
    latency: float = 0.0,
) -> Profile:
    span = Span(cap=cap, refusal=refusal, counting=counting)
    return Profile(span=span, latency=latency)


def _says(cap: int, text: str, code: int = -32000, status: int = 200) -> Profile:
    return _span(cap, Refusal(text=text, code=code, status=status))


def _results(cap: int, refusal: Refusal) -> Profile:
    return Profile(results=Cap(cap=cap, refusal=refusal))


def _logs_refused(refusal: Refusal) -> Profile:
    return Profile(troubles=(Trouble(what=refusal, methods=_LOGS),))


def _fault(
    what: Fault | Refusal, *, every: int = 1, after: int = 0, until: int | None = None
) -> Profile:
    trouble = Trouble(what=what, every=every, after=after, until=until)
    return Profile(troubles=(trouble,))


_HEX = "try blocks [{first:#x}, {fits:#x}] instead"

RANGES: Mapping[str, Profile] = {
    "hex-suggestion-10k": _says(
        10_000, "The plan serves a range of {cap} blocks; " + _HEX, -32600, 400
    ),
    "hex-suggestion-10": _says(10, "Free plan: {cap} block range; " + _HEX, -32600),
    "hex-suggestion-late": _says(
        1_000, "Too wide a block range, [{late:#x}, {last:#x}] should work"
    ),
    "inverted-suggestion": _says(
        2_000, "Too wide a block range, [{fits:#x}, {first:#x}] should work"
    ),
    "lying-suggestion": _says(
        500, "Block range too wide: maximum is {lie} blocks here", -32602
    ),
    "decimal-suggestion-2k": _says(
        2_000, "block range not allowed, ask again for {first}-{fits}", -32602
    ),
    "cap-5": _says(5, "eth_getLogs: limited to a {cap} range here", -32614, 413),
    "cap-comma-10k": _says(10_000, "logs limited to a {cap:,} range", -32614, 413),
    "cap-1k": _says(1_000, "getLogs range too large, max is 1k blocks", -32603),
    "cap-first-1024": _says(1_024, "{cap} block range is the maximum"),
    "cap-second-5000": _says(
        5_000, "block range too large, asked = {blocks}, max block range = {cap}"
    ),
    "cap-distance-2000": _says(2_000, "maximum distance of [from, to] is {cap}"),
    "cap-spans-30000": _says(
        30_000,
        "spans {blocks} blocks ({first} to {last}), only {cap} are allowed for it",
        -32602,
    ),
    "cap-many-30": _says(
        30, "too many blocks asked from {first} to {last}, maximum is set to {cap}"
    ),
    "cap-smaller-1024": _span(
        1_024, Refusal(text="A query must be smaller than size {cap}"), Counting.SMALLER
    ),
    "reth-100k": _span(
        100_000,
        Refusal(text="query exceeds a block range of {cap}", code=-32602),
        Counting.DIFFERENCE,
    ),
    "cap-unsaid-5000": _says(5_000, "The requested block range is too large", -32005),
    "cap-like-rate-2000": _says(2_000, "Block range limit exceeded here.", -32602),
    "cap-like-outage-5000": _says(5_000, "no healthy backend", -32011, 503),
    "cap-like-internal-3000": _says(3_000, "Internal error", -32603),
    "data-cap": _span(
        1_000,
        Refusal(
            text="range not accepted",
            code=-32012,
            data={"details": {"maxAllowedRange": "{cap}"}},
        ),
    ),
    "data-message": _span(
        1_000,
        Refusal(text="", code=-32603, data={"message": "the block range is too wide"}),
    ),
    "data-string": _span(
        4_000,
        Refusal(
            text="invalid params", code=-32602, data="Too wide a block range: " + _HEX
        ),
    ),
    "timeout-hex-4000": _says(
        4_000,
        "Query timeout. Reduce the block range: [{first:#x}, {fits:#x}]",
        status=400,
    ),
    "timeout-bare-4000": _says(4_000, "request timed out", -32002),
    "timeout-word-4000": _says(4_000, "timeout", -32602),
    "timeout-free-4000": _says(4_000, "The request timed out; pay for more", 30, 408),
    "timeout-gateway-4000": _says(4_000, "gateway timeout", -32015, 504),
}
RESULTS: Mapping[str, Profile] = {
    "results-10k": _results(
        10_000, Refusal(text="more than {cap} results", code=-32602)
    ),
    "results-logs-10k": _results(
        10_000, Refusal(text="matched logs exceed limit of {cap}")
    ),
    "results-5": _results(5, Refusal(text="query returned more than {cap} results")),
    "results-hex-10k": _results(
        10_000, Refusal(text="More than {cap} results: " + _HEX, code=-32602)
    ),
    "decimal-suggestion": _results(
        20_000,
        Refusal(
            text="exceeds max results {cap}, retry with {first}-{fits}", code=-32602
        ),
    ),
    "decimal-bracket": _results(
        10_000,
        Refusal(text="the result set exceeds {cap} logs: rather ask [{first}, {fits}]"),
    ),
    "data-range": _results(
        10_000,
        Refusal(
            text="query returned more than {cap} results",
            code=-32005,
            data={"from": "{first:#x}", "to": "{fits:#x}", "limit": "{cap}"},
        ),
    ),
    "results-500": _results(
        20_000,
        Refusal(text="a backend's response is too large", code=-32020, status=500),
    ),
}
SILENT: Mapping[str, Profile] = {
    "results-silent-20000": Profile(
        honest=False, tell="round count", results=Cap(cap=20_000, refusal=None)
    ),
    "results-silent-1000": Profile(
        honest=False, tell="round count", results=Cap(cap=1_000, refusal=None)
    ),
    "results-silent-odd": Profile(honest=False, results=Cap(cap=17, refusal=None)),
    "silent-drop": Profile(honest=False, drops=7),
    "silent-drop-one": Profile(honest=False, drops=1_000),
    "pruned-silent": Profile(honest=False, tell="canary", pruned=0.5),
    "lagging-empty": Profile(
        honest=False, tell="head", lag=30, beyond=Beyond.EMPTY, latency=0.001
    ),
    "lagging-clamp": Profile(honest=False, tell="head", lag=30, beyond=Beyond.CLAMP),
    "mixes-in": Profile(honest=False, tell="filter", mixes_in=3),
    "wrong-chain": Profile(honest=False, tell="chain id", wrong_chain=0),
    "turns-wrong-chain": Profile(honest=False, tell="chain id", wrong_chain=12),
    "state-at-latest": Profile(honest=False, tell="state", by_hash=ByHash.LATEST),
}
STATE: Mapping[str, Profile] = {
    "lagging-error": Profile(lag=30),
    "head-goes-back": Profile(head_back=(3, 20)),
    "pruned-refused": Profile(
        pruned=0.5,
        pruned_refusal=Refusal(text="history of these blocks is pruned", code=4444),
    ),
    "pruned-says-floor": Profile(
        pruned=0.5,
        pruned_refusal=Refusal(
            text="block is pruned; the first one retained is {floor}", code=-32602
        ),
    ),
    "archive-gate": Profile(archive_gate=96),
    "short-state": Profile(keep_states=64),
    "no-state-by-hash": Profile(by_hash=ByHash.REFUSED),
    "small-calls": Profile(max_calls=60),
    "needs-address": Profile(needs_address=True),
    "numeric-only": Profile(numeric_only=True),
    "no-python": Profile(no_python=True),
    "no-receipts": Profile(methods_missing=frozenset({"eth_getBlockReceipts"})),
}
FATAL: Mapping[str, Profile] = {
    "logs-unsupported": _logs_refused(
        Refusal(text="eth_getLogs is not supported here")
    ),
    "logs-missing": _logs_refused(Refusal(text="method not found", code=-32601)),
    "logs-disabled": _logs_refused(Refusal(text="limit exceeded", code=-32005)),
    "no-message": _logs_refused(Refusal(text="", code=-32612)),
    "not-on-plan": _logs_refused(
        Refusal(
            text="this chain is not available on the free plan", code=35, status=400
        )
    ),
    "key-disabled": _fault(
        Refusal(text="API key disabled (-32051)", status=401, form=Form.STRING)
    ),
    "quota-spent": _fault(
        Refusal(text="Monthly capacity limit is used up", status=429)
    ),
    "cannot-fulfil": _logs_refused(
        Refusal(text="Cannot fulfil the request", code=-32046)
    ),
    "unavailable-data": _logs_refused(
        Refusal(text="data is not available", code=-32043)
    ),
}
FAULTS: Mapping[str, Profile] = {
    "html": _fault(_DOWN),
    "html-200": _fault(Refusal(text="<html>Welcome</html>", form=Form.TEXT)),
    "not-found": _fault(Refusal(text="no such page", status=404, form=Form.TEXT)),
    "gone": _fault(Refusal(text="", status=410, form=Form.TEXT), every=4),
    "edge-525": _fault(
        Refusal(text="<html>525</html>", status=525, form=Form.TEXT), every=4
    ),
    "error-string": _fault(
        Refusal(text="something went wrong", form=Form.STRING), every=3
    ),
    "flapping": _fault(_DOWN, every=3),
    "flapping-resets": _fault(Fault.RESET, every=3),
    "flapping-hangs": _fault(Fault.HANG, every=5),
    "down-at-first": _fault(_DOWN, until=6),
    "dies": _fault(Fault.RESET, after=8),
    "overloaded": _fault(
        Refusal(text="server overloaded, come back later", code=-32005, status=503),
        every=3,
    ),
    "resets": _fault(Fault.RESET),
    "hangs": _fault(Fault.HANG),
    "redirect": _fault(Fault.REDIRECT),
    "giant": _fault(Fault.GIANT),
    "drip": _fault(Fault.DRIP),
    "cut-json": _fault(Fault.CUT, every=3),
    "short-body": _fault(Fault.SHORT, every=3),
    "bad-chunks": _fault(Fault.CHUNKS, every=3),
    "null-results": _fault(Fault.NULL, every=4),
    "duplicate-ids": _fault(Fault.DUPLICATES),
    "foreign-ids": _fault(Fault.FOREIGN),
}
PROFILES: Mapping[str, Profile] = {
    "plain": Profile(),
    **RANGES,
    **RESULTS,
    **LOAD,
    **SILENT,
    **STATE,
    **FATAL,
    **FAULTS,
}
"""Every named provider. A limit that a small world never meets is lowered with
`dataclasses.replace`.
"""
