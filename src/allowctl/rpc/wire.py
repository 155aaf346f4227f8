"""JSON-RPC 2.0 as nodes really speak it: envelopes out, replies in. No I/O."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

import msgspec

from allowctl.errors import UnservedError
from allowctl.model.chain import Log
from allowctl.rpc.client import RefusalError, RefusalKind
from allowctl.rpc.refusals import Asked, Remedy, classify

_MESSAGE_LENGTH = 200
_PAGE_LENGTH = 2000
_RAW_LENGTH = 4000
"""Characters of a message that are looked at, once its keys are masked."""
_NOTHING_KNOWN = Asked()
_PATH_HINT = "check the path behind the host; providers put the key there"
_SAFE_RECURSION = 5000
_DEEPEST = 64
"""Levels of JSON; no honest reply has ten."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ODD = re.compile(r"[^\x20-\x7e]+")
_COMMAND = re.compile(r"(#)#+|(?<!\S)(:):+")
_URL = re.compile(r"\w+://\S+")


class LogsReply(msgspec.Struct, gc=False):
    """The reply to eth_getLogs where all is well. Anything else does not decode."""

    id: int
    result: list[Log]
    error: object = None


_logs_decoder = msgspec.json.Decoder(LogsReply)
_any_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def request(identity: int, method: str, params: Sequence[object]) -> dict[str, object]:
    """One request's envelope."""
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def encode(envelope: object) -> bytes:
    """An envelope, or a list of them, as bytes."""
    return _encoder.encode(envelope)


def logs(body: bytes, identity: int) -> list[Log] | None:
    """The logs in a reply, or None if it is not the plain good case."""
    if _too_deep(body):
        return None
    try:
        reply = _logs_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    sound = reply.id == identity and reply.error is None
    return reply.result if sound else None


def parse(
    body: bytes,
    *,
    status: int,
    host: str,
    asked: Asked = _NOTHING_KNOWN,
    retry_after: str | None = None,
) -> object:
    """A reply's JSON. RefusalError if it is none.

    `asked` is what the request was, `retry_after` that header of the reply, here
    and below: a refusal is understood by them too.
    """
    try:
        if not _too_deep(body):
            return _any_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise _no_reply(
        host,
        status=status,
        text=body[:_PAGE_LENGTH].decode("utf-8", "replace"),
        what="is not JSON",
        asked=asked,
        retry_after=retry_after,
    )


def result(  # noqa: PLR0913 - the parts of one exchange, all by name
    reply: object,
    *,
    identity: int,
    status: int,
    host: str,
    asked: Asked = _NOTHING_KNOWN,
    retry_after: str | None = None,
) -> object:
    """The `result` of one reply. RefusalError for everything else."""
    fields = reply if isinstance(reply, dict) else {"message": reply}
    error = fields.get("error")
    if error is not None:
        raise refusal(
            error, status=status, host=host, asked=asked, retry_after=retry_after
        )
    if "result" not in fields or status >= HTTPStatus.BAD_REQUEST:
        said = None if "result" in fields else fields
        raise _no_reply(
            host, status=status, data=said, asked=asked, retry_after=retry_after
        )
    if fields.get("id") != identity:
        raise RefusalError(
            f"{host} answers another request than the one sent",
            kind=RefusalKind.TRANSIENT,
        )
    return fields["result"]


def results(  # noqa: PLR0913 - the parts of one exchange, all by name
    replies: object,
    identities: Sequence[int],
    *,
    status: int,
    host: str,
    asked: Asked = _NOTHING_KNOWN,
    retry_after: str | None = None,
) -> list[object | UnservedError]:
    """The items of a batch's reply, in the order asked.

    RefusalError if it is no such reply. An id that stands there twice has no
    answer: which of the two is meant cannot be known.
    """
    read = partial(
        result, status=status, host=host, asked=asked, retry_after=retry_after
    )
    if not isinstance(replies, list):
        read(replies, identity=0)
        raise _no_reply(host, status=status, asked=asked, retry_after=retry_after)
    by_id: dict[object, list[object]] = {}
    for each in replies:
        identity = each.get("id") if isinstance(each, dict) else None
        by_id.setdefault(identity if isinstance(identity, int) else None, []).append(
            each
        )
    found: list[object | UnservedError] = []
    for identity in identities:
        match by_id.get(identity):
            case [reply]:
                try:
                    found.append(read(reply, identity=identity))
                except RefusalError as error:
                    found.append(error)
            case _:
                found.append(UnservedError(f"{host} left a request out of a batch"))
    return found


def refusal(
    error: object,
    *,
    status: int,
    host: str,
    asked: Asked = _NOTHING_KNOWN,
    retry_after: str | None = None,
) -> RefusalError:
    """What an `error` member says; some nodes send it as a plain string."""
    fields = error if isinstance(error, dict) else {"message": error}
    message, code, data = map(fields.get, ("message", "code", "data"))
    text = message if isinstance(message, str) else ""
    remedy = classify(
        status=status,
        code=code if isinstance(code, int) else None,
        text=text,
        data=data,
        retry_after=retry_after,
        asked=asked,
    )
    return _refused(
        f"{host}: {tame(text or _detail(data) or 'an error without a message')}",
        remedy,
        data=data if isinstance(data, str) else None,
    )


def _detail(data: object) -> str:
    """The words that some nodes put into `data`, where others put revert data."""
    if isinstance(data, dict):
        said = (data.get(key) for key in ("message", "error", "reason"))
        return next((each for each in said if isinstance(each, str)), "")
    return data if isinstance(data, str) and " " in data else ""


def tame(text: str) -> str:
    """A node's words, fit for one line: no control characters, no URL, not long.

    Nor what build machines take for a command of theirs (`::error::`, `##[error]`).
    Keys have to be masked before: what is cut may be one.
    """
    plain = _URL.sub("<url>", _ODD.sub(" ", text[:_RAW_LENGTH])).strip()
    plain = _COMMAND.sub(r"\1\2", plain)
    if len(plain) > _MESSAGE_LENGTH:
        plain = plain[: _MESSAGE_LENGTH - 3] + "..."
    return plain


def _too_deep(body: bytes) -> bool:
    """Whether JSON is nested so deep that decoding it could end the process.

    The decoder stops at Python's recursion limit, which py_ecc (below web3 and
    eth-account) raises beyond what the C stack holds. As long as nobody has,
    there is nothing to look for.
    """
    if sys.getrecursionlimit() <= _SAFE_RECURSION:
        return False
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(_DEEPEST):
        inner = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return len(brackets) > _DEEPEST


def _no_reply(  # noqa: PLR0913 - the parts of one exchange, all by name
    host: str,
    *,
    status: int,
    text: str = "",
    data: object = None,
    what: str = "has neither result nor error",
    asked: Asked,
    retry_after: str | None,
) -> RefusalError:
    """A reply that is no JSON-RPC: by its words and HTTP status, or by its form."""
    remedy = classify(
        status=status,
        code=None,
        text=text,
        data=data,
        retry_after=retry_after,
        asked=asked,
    )
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return _refused(f"{host} answers HTTP {status}", remedy, hint=_hint(status))
    # What stands in cut JSON may be anybody's words.
    if remedy.kind is RefusalKind.RATE and not text.lstrip().startswith(("{", "[")):
        return _refused(
            f"{host} limits the rate, but not as JSON-RPC does",
            remedy,
            hint=_hint(HTTPStatus.TOO_MANY_REQUESTS),
        )
    return RefusalError(
        f"{host} is no JSON-RPC node: its reply {what}",
        kind=RefusalKind.FATAL,
        hint=_PATH_HINT,
    )


def _refused(
    message: str, remedy: Remedy, *, data: str | None = None, hint: str | None = None
) -> RefusalError:
    return RefusalError(
        message,
        kind=remedy.kind,
        data=data,
        hint=hint,
        width=remedy.width,
        cap=remedy.cap,
        wait=remedy.wait,
    )


def _hint(status: int) -> str:
    """What to do about an HTTP status."""
    if status < HTTPStatus.BAD_REQUEST:
        return "redirects are not followed: give the address it leads to"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED}:
        return "check the key in the address or in --rpc-headers"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "it limits the rate: wait, or lower --concurrency"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "the trouble is the endpoint's: try again later, or another one"
    return _PATH_HINT
