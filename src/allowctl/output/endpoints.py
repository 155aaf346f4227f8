"""What a look at endpoints has shown, for people and as allowctl.endpoints/v1."""

from __future__ import annotations

from collections.abc import Iterator

from allowctl.codec.shown import plain
from allowctl.model.endpoint import Limits
from allowctl.model.probe import ChainProbe, Probe, Probed
from allowctl.output import safe

SCHEMA = "allowctl.endpoints/v1"

_REASON = 160
_HOST = 34
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

Json = dict[str, object]


def text(probe: Probe) -> str:
    """A paragraph for each chain, the endpoints that work first."""
    return "\n".join("\n".join(_chain(each, probe)) + "\n" for each in probe.chains)


def document(probe: Probe) -> str:
    """One JSON document with a newline at its end."""
    found: Json = {
        "schema": SCHEMA,
        "allowctl": probe.version,
        "created_at": probe.created_at,
        "working": probe.working,
        "chains": [_chain_json(each, probe) for each in probe.chains],
    }
    return safe.document(found) + "\n"


def _chain(each: ChainProbe, probe: Probe) -> Iterator[str]:
    name = "no chain told"
    if each.chain is not None:
        name = f"{each.chain.name} ({each.chain.id})"
    there = len(each.endpoints)
    count = f"{each.working} of {there} endpoint{'s work' if there > 1 else ' works'}"
    head = "" if each.head is None else f", head {each.head:,}"
    yield f"{name}: {count if there else 'no endpoint is known'}{head}"
    order = sorted(
        each.endpoints,
        key=lambda one: (one.head is None, one.lag or 0, one.latency_ms or 0),
    )
    for one in order:
        yield from _endpoint(one, probe.created_at)


def _endpoint(one: Probed, now: int) -> Iterator[str]:
    if one.head is None:
        yield f"  {one.host:<{_HOST}} {one.health}"
    else:
        lag = f"{one.lag:,} behind" if one.lag else "at the head"
        yield (
            f"  {one.host:<{_HOST}} {one.health:<8} {one.latency_ms:>6,} ms  {lag:>14}"
        ).rstrip()
    if one.reason is not None:
        yield f"    {plain(one.reason, _REASON)}"
    if one.learned is not None:
        yield f"    {_learned(one.learned, now)}"


def _learned(limits: Limits, now: int) -> str:
    """What earlier runs saw, in words; what they did not learn is left out."""
    parts = []
    if limits.span is not None:
        parts.append(f"{limits.span:,} blocks at once")
    if limits.results is not None:
        parts.append(f"{limits.results:,} logs in a reply")
    if limits.topics is not None:
        parts.append(f"{limits.topics:,} topics")
    if limits.batch is not None:
        parts.append(
            "no batches" if limits.batch == 1 else f"batches of {limits.batch:,}"
        )
    if limits.per_second is not None:
        parts.append(f"{limits.per_second:.1f} requests/s")
    if limits.floor:
        parts.append(f"no logs before block {limits.floor:,}")
    if limits.by_hash is not None:
        parts.append(f"state by {'hash' if limits.by_hash else 'number'}")
    what = ", ".join(parts) or "no limit seen"
    return f"learned {_age(now - limits.learned_at)} ago: {what}"


def _age(seconds: int) -> str:
    if seconds < _HOUR:
        return f"{max(0, seconds) // _MINUTE} min"
    return f"{seconds // _HOUR} h" if seconds < 2 * _DAY else f"{seconds // _DAY} days"


def _chain_json(each: ChainProbe, probe: Probe) -> Json:
    return {
        "chain_id": None if each.chain is None else each.chain.id,
        "chain": None if each.chain is None else each.chain.name,
        "working": each.working > 0,
        "head": each.head,
        "endpoints": [_endpoint_json(one, probe.created_at) for one in each.endpoints],
    }


def _endpoint_json(one: Probed, now: int) -> Json:
    return {
        "host": one.host,
        "named": one.named,
        "health": one.health.value,
        "reason": one.reason,
        "latency_ms": one.latency_ms,
        "head": one.head,
        "lag": one.lag,
        "learned": None if one.learned is None else _learned_json(one.learned, now),
    }


def _learned_json(limits: Limits, now: int) -> Json:
    return {
        "span": limits.span,
        "results": limits.results,
        "topics": limits.topics,
        "batch": limits.batch,
        "per_second": limits.per_second,
        "floor": limits.floor,
        "by_hash": limits.by_hash,
        "age_seconds": max(0, now - limits.learned_at),
    }
