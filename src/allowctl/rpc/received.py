"""Logs as a node sent them, checked against what was asked. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from allowctl.model.chain import BlockRange, Log, LogFilter

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class _Receipt(msgspec.Struct):
    logs: list[Log]


def checked(logs: Sequence[Log], wanted: LogFilter, blocks: BlockRange) -> list[Log]:
    """Those that were asked for. ValueError if one is in no form at all.

    One pass with no call for a log in the usual form: this loop is half of
    what a log costs.
    """
    first, last = blocks.first, blocks.last
    least = len(wanted.topics)
    sought = [(i, frozenset(each)) for i, each in enumerate(wanted.topics) if each]
    known: set[str] = set()
    within = frozenset[str](wanted.addresses)
    kept: list[Log] = []
    for found in logs:
        log = found
        topics = log.topics
        number = log.block_hex
        if number[:2] != "0x" or not first <= int(number, 16) <= last:
            raise ValueError("a log of another range than the one asked")
        if len(topics) < least:
            continue
        for position, alternatives in sought:
            if topics[position] not in alternatives:
                log = lowered(found)
                break
        if log is not found and not wanted.matches(log):
            continue
        int(log.index_hex, 16)
        if log.address not in known:
            log = _with_address(log)
            known.add(log.address)
        if within and log.address not in within:
            continue
        kept.append(log)
    return kept


def of_receipts(found: object) -> list[Log]:
    """All logs in the result of eth_getBlockReceipts. ValueError if it is none."""
    if not isinstance(found, list):
        raise ValueError("no receipts")  # noqa: TRY004 - a node's value, not a caller's
    return [log for each in found for log in msgspec.convert(each, _Receipt).logs]


def of_logs(found: object) -> list[Log]:
    """The result of eth_getLogs as logs. ValueError if it is none."""
    return msgspec.convert(found, list[Log])


def lowered(log: Log) -> Log:
    """The same log with its hex in lower case: most nodes write it so, not all."""
    return msgspec.structs.replace(
        log,
        address=log.address.lower(),
        topics=tuple(topic.lower() for topic in log.topics),
    )


def _with_address(log: Log) -> Log:
    sound = log if _ADDRESS.fullmatch(log.address) else lowered(log)
    if not _ADDRESS.fullmatch(sound.address):
        raise ValueError("a log of no address")
    return sound
