"""Providers that limit how much and how often: topics, bodies, batches, rates."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.provider_profile import Batches, Cap, Form, Profile, Rate, Refusal


def _topics(cap: int, refusal: Refusal) -> Profile:
    return Profile(topics=Cap(cap=cap, refusal=refusal))


def _body(cap: int, refusal: Refusal) -> Profile:
    return Profile(body=Cap(cap=cap, refusal=refusal))


def _batches(cap: int, refusal: Refusal, *, each: bool = False) -> Profile:
    return Profile(batches=Batches(cap=cap, refusal=refusal, each=each))


def _rate(
    per_second: float, refusal: Refusal, *, items: bool = False, windows: bool = False
) -> Profile:
    rate = Rate(per_second=per_second, refusal=refusal, items=items, windows=windows)
    return Profile(rate=rate)


LOAD: Mapping[str, Profile] = {
    "topics-1000": _topics(1_000, Refusal(text="more topics than a position may have")),
    "topics-20": _topics(20, Refusal(text="exceeds max topics at one search position")),
    "topics-403": _topics(10, Refusal(text="Request blocked", code=-32602, status=403)),
    "topics-less": _topics(50, Refusal(text="Please, name fewer addresses or topics")),
    "filters-5000": _topics(
        5_000,
        Refusal(text="{count} filters in this query, the limit is {cap}", code=-32602),
    ),
    "body-32k": _body(
        32_768, Refusal(text="<html>413 too large</html>", status=413, form=Form.TEXT)
    ),
    "body-503": _body(
        100_000, Refusal(text="Limit of a request's body", status=503, form=Form.TEXT)
    ),
    "body-too-big": _body(
        65_536, Refusal(text="Request is too big", code=-32007, status=413)
    ),
    "batch-3": _batches(
        3,
        Refusal(
            text="Batch of more than {cap} requests: pay for it", code=31, status=500
        ),
    ),
    "batch-20": _batches(20, Refusal(text="batch too large", code=-32600)),
    "batch-100": _batches(
        100, Refusal(text="batch limit {cap} exceeded, was {count}", code=-32600)
    ),
    "batch-503": _batches(
        50, Refusal(text="Batch size limit exceeded", code=-32005, status=503)
    ),
    "batch-413": _batches(
        10, Refusal(text="too many calls in a batch request", code=-32014, status=413)
    ),
    "batch-each": _batches(
        10, Refusal(text="too many requests in a batch", code=-32005), each=True
    ),
    "batch-none": _batches(
        0, Refusal(text="batch calls are for paid plans", status=402, form=Form.TEXT)
    ),
    "batch-bytes": Profile(
        reply_bytes=Cap(
            cap=200_000, refusal=Refusal(text="response too large", code=-32003)
        )
    ),
    "rate-25-retry-after": _rate(
        25,
        Refusal(
            text="{cap}/second is the limit",
            code=-32007,
            status=429,
            headers={"Retry-After": "{wait}"},
        ),
    ),
    "rate-25": _rate(
        25, Refusal(text="{cap} requests per second", code=-32007, status=429)
    ),
    "rate-bare": _rate(
        50, Refusal(text="Too Many Requests", status=429, form=Form.TEXT), windows=True
    ),
    "rate-inside-batch": _rate(
        50, Refusal(text="compute units per second are used up", code=429), items=True
    ),
    "rate-data-backoff": _rate(
        40,
        Refusal(
            text="requests are counted: rate limited",
            code=-32005,
            status=429,
            data={"rate": {"backoff_seconds": "{wait}", "allowed_rps": "{cap}"}},
        ),
    ),
    "rate-text-200": _rate(
        40, Refusal(text="the request rate is exceeded", code=-32005)
    ),
    "rate-rps-200": _rate(
        40, Refusal(text="the plan's RPS limit is exceeded", code=-32000)
    ),
    "rate-edge-1015": _rate(
        30, Refusal(text="error code: 1015", code=-32000, status=429)
    ),
    "rate-usage-200": _rate(
        30, Refusal(text="You have reached the limit of public API usage", code=-32005)
    ),
    "crowded": Profile(
        in_flight=Cap(
            cap=8,
            refusal=Refusal(text="server overloaded, retry", code=-32005, status=503),
        )
    ),
    "slow-scans": Profile(latency=0.005, scan_rate=2e-6),
}
