"""The numbers in a refusal: only those that are limits, only in the right unit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from allowctl.rpc.refusals import Asked, Remedy, classify


def of(text: str, blocks: int | None = None, *, batch: int = 1) -> Remedy:
    asked = Asked(method="eth_getLogs", blocks=blocks, batch=batch)
    return classify(status=200, code=None, text=text, asked=asked)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("too many blocks, this block range should work: [0xa, 0x13]", 10),
        ("block range too wide, this should work: [0x0, 0x9]", 10),
        ("block range too wide: use [100, 149]", 50),
        ("block range too wide: retry with 100-149", 50),
        ("block range too wide: retry with 100 - 149.", 50),
        ("block range too wide: only 0 - 50 are taken", 50),
        ("block range too wide: use [0x13, 0xa]", None),
        ("block range too wide: use [149, 100]", None),
        ("block range too wide: use 149-100", None),
        ("maximum [from, to] blocks distance: 10000", 10_000),
        ("maximum [from, to] blocks distance: 10,000", 10_000),
        ("block range: at most 10_000", 10_000),
        ("block range: at most 2k", 2_000),
        ("block range: at most 2K", 2_000),
        ("block range: at most 90_000", 90_000),
        ("block range: at most 10M", None),
        ("up to a 10 block range", 10),
        ("a 500 block range limit holds here", 500),
        ("800 blocks max", 800),
        ("maxBlockRange=1000", 1_000),
        ("block range is too wide (max. 300)", 300),
        ("block range 700 is the most, 900 is too large", None),
        ("block range must be smaller than 1024", 1023),
        ("block range too wide: asked for 100000, limit 500", 500),
        ("block range too wide: limit 500, asked for 100000", 500),
        ("block range = 100000, max block range = 5000", 5_000),
        ("larger than max block range, block range = 99999, max = 5000", 5_000),
        ("range 100000 exceeds 3000", 3_000),
        ("block range 1 to 100000 exceeds limit of 3000", 3_000),
        ("block range 1-100000 exceeds limit of 3000", 3_000),
        ("block range exceeds limit. Block 700 to 900", None),
        ("block range exceeds the limit by block 700", None),
        ("block range too wide, 10000 logs at most", None),
        ("block range too wide; 25 blocks or 10000 logs at most", 25),
        ("block range too wide; at most 10000 logs or 25 blocks", 25),
        ("block range too wide; at most 10 seconds or 5 MB", None),
        ("block range too wide on 2024-05-17, error -32005, id 0x77", None),
        ("block range too wide: at most 0", None),
        ("block range too wide: at most " + "9" * 40, None),
        ("block range too wide", None),
    ],
)
def test_width(text: str, width: int | None) -> None:
    """Blocks that work at once: a pair, or a stated cap of blocks and nothing else."""
    assert of(text, 100_000).width == width


def test_a_cap_that_was_kept() -> None:
    """Who asked for just as many as the cap and was refused asks for one less."""
    assert of("max block range 5000", 5_001).width == 5_000
    assert of("max block range 5000", 5_000).width == 4_999
    assert of("max block range 5000", 4_000).width is None
    assert of("max block range 5000").width == 5_000


def test_a_cap_of_millions() -> None:
    """An `M` behind a number counts; a minute's `m` does not."""
    assert of("max block range 10M", 20_000_000).width == 10_000_000
    assert of("max block range 10m", 20_000_000).width is None


def test_blocks_without_a_limit() -> None:
    """A number of blocks counts without a word of a limit if it is less than asked."""
    assert of("block range: free users get 25 blocks", 5_000).width == 25
    assert of("block range: you got 5000 blocks", 5_000).width is None
    assert of("block range: free users get 25 blocks").width is None
    assert of("block range: free users get 25", 5_000).width is None


@pytest.mark.parametrize(
    ("text", "cap", "width"),
    [
        ("more than 10,000 results", 10_000, None),
        ("logs exceed the limit of 20k", 20_000, None),
        ("too many logs: max 500, try [0xa, 0xb]", 500, 2),
        ("max 500 logs, or up to 70 blocks", 500, 70),
        ("too many results", None, None),
        ("the response size exceeds 150 MB", None, None),
    ],
)
def test_results(text: str, cap: int | None, width: int | None) -> None:
    """A cap of logs is no cap of blocks, nor one of bytes."""
    found = of(text, 100_000)
    assert (found.kind, found.cap, found.width) == ("results", cap, width)


def test_timeout() -> None:
    """A timeout may name blocks that work; its seconds are none."""
    found = of("query timeout, this range should work: [0x1, 0x10]", 100_000)
    assert (found.kind, found.width) == ("timeout", 16)
    assert of("query exceeded its time limit of 10 s", 100_000).width is None
    assert of("timed out: limit 10", 100_000).width is None


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("batch limit 100 exceeded, batch size: 500", 100),
        ("batch of 500 is larger than the maximum of 50 requests", 50),
        ("batches of more than 3 calls are not allowed", 3),
        ("batch requests are not supported", 1),
        ("batch calls are for paid plans", 1),
        ("batch too large", None),
        ("batch reply size over 32768KB", None),
    ],
)
def test_batch(text: str, cap: int | None) -> None:
    """Requests in one batch; 1 where batches are not taken at all."""
    found = of(text, batch=500)
    assert (found.kind, found.cap) == ("batch", cap)


def test_topics() -> None:
    """Alternatives in one position, not those that were sent."""
    asked = Asked(method="eth_getLogs", blocks=5, topics=5006)
    text = "this query contains 5006 filters, and the limit is 5000"
    found = classify(status=200, code=None, text=text, asked=asked)
    assert (found.kind, found.cap) == ("topics", 5000)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        ({"from": "0x10", "to": "0x1f", "limit": 10_000}, 16),
        ({"from": 100, "to": "149"}, 50),
        ({"fromBlock": "0x1", "toBlock": "0x2"}, 2),
        ({"details": {"maxAllowedRange": 77}}, 77),
        ({"max_block_range": "77"}, 77),
        ({"from": "0x1f", "to": "0x10"}, None),
        ({"from": "0x1f"}, None),
        ({"from": "abc", "to": []}, None),
        ({"limit": 10_000}, None),
        ({"maxAllowedRange": True}, None),
        ({"maxAllowedRange": 10**30}, None),
        ("at most 50 blocks", 50),
    ],
)
def test_width_in_data(data: object, width: int | None) -> None:
    """The error's data may say it in fields of its own."""
    text, asked = "block range too wide", Asked(blocks=100_000)
    found = classify(status=200, code=None, text=text, data=data, asked=asked)
    assert found.width == width


def test_data_comes_first() -> None:
    """Fields are surer than sentences."""
    text, data = "block range too wide, max 500", {"details": {"maxAllowedRange": 77}}
    assert classify(status=200, code=None, text=text, data=data).width == 77


@pytest.mark.parametrize(
    ("header", "data", "text", "wait"),
    [
        ("5", None, "", 5.0),
        ("0.5", None, "", 0.5),
        (" 5 ", None, "", 5.0),
        ("0", None, "", 0.0),
        ("99999999", None, "", 60.0),
        ("-5", None, "", None),
        ("1e9", None, "", None),
        ("nan", None, "", None),
        ("", None, "", None),
        ("5" + " " * 50 + "x", None, "", 5.0),
        ("2", {"rate": {"backoff_seconds": 30}}, "retry in 9s", 2.0),
        (None, {"rate": {"backoff_seconds": 30}}, "retry in 9s", 30.0),
        (None, {"retryAfter": "7"}, "", 7.0),
        (None, {"retryAfter": 10**400}, "", 60.0),
        (None, {"retryAfter": float("nan")}, "", None),
        (None, {"retryAfter": -1}, "", None),
        (None, None, "retry in 9s", 9.0),
        (None, None, "try again after 1.5 seconds", 1.5),
        (None, None, "wait 250ms", 0.25),
        (None, None, "retry in 2 minutes", 60.0),
        (None, None, "retry after some time", None),
        (None, None, "25 requests per second", None),
    ],
)
def test_wait(header: str | None, data: object, text: str, wait: float | None) -> None:
    """Seconds from the header, the data or the words, in this order; 60 at most."""
    found = classify(status=429, code=None, text=text, data=data, retry_after=header)
    assert (found.kind, found.wait) == ("rate", wait)


def test_wait_until_a_date() -> None:
    """A date counts from when the request was sent; without that, it says nothing."""
    now = datetime(2026, 10, 21, 7, 27, 50, tzinfo=UTC).timestamp()
    for header, at, wait in (
        ("Wed, 21 Oct 2026 07:28:00 GMT", now, 10.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", now, 0.0),
        ("Wed, 21 Oct 2026 09:28:00 GMT", now, 60.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None, None),
        ("Wed, 99 Oct 2026 07:28:00 GMT", now, None),
    ):
        found = classify(
            status=503, code=None, text="", retry_after=header, asked=Asked(at=at)
        )
        assert (found.kind, found.wait) == ("transient", wait)


def test_no_wait_for_what_waiting_does_not_mend() -> None:
    """A range that is too wide stays so, however long one waits."""
    found = classify(status=200, code=None, text="block range", retry_after="5")
    assert (found.kind, found.wait) == ("range", None)
