"""What a node means when it does not serve a request.

Codes do not decide: the same code means a range too wide here and too many
requests there (facts/scanning.md, section 2). The text does, then the status.
"""

from __future__ import annotations

import re

from allowctl.rpc.client import RefusalKind

_EXECUTION = re.compile(
    # At the beginning, behind no more than the names nodes give the machine: in
    # the middle of a sentence it is a node's trouble that uses the same words.
    r"\A\s*((err|error|internal error|(evm|vm|call|execution|transaction)"
    r"( (exception|error|execution error|failed))?( while processing transaction)?"
    r"|message execution failed)\W+)*"
    r"((execution |always |is |transaction )*revert(ed)?\b"
    r"|(out of|ran out of|outof) ?gas\b|\w*oog\b"
    r"|invalid ?(fe ?)?(opcode|jump|code:)|invalid ?jump|bad ?(instruction|jump)"
    r"|stack ?underflow|stackoverflow\b|stack overflow\W*$|stack limit reached"
    r"|opcode ?not ?found|opcode 0x|gas uint64 overflow|write protection"
    r"|out ?of ?(stack|offset)\b|(return data )?out of bounds\W*$"
    r"|vm execution error|vm exception)",
    re.IGNORECASE,
)
_BATCH = re.compile(r"\bbatch (of|size|limit|too|call|request)", re.IGNORECASE)
_RESULTS = re.compile(
    r"more than [\d,]+ (results|logs)|response (size|is too|too)"
    r"|too many (results|logs)|logs.{0,30}exceed|exceed.{0,30}(logs|results)"
    r"|exceeds? max results|result set|returned more than|reponse size|body ?size",
    re.IGNORECASE,
)
_SPENT = re.compile(r"monthly.{0,20}(capacity|limit|quota|credit)", re.IGNORECASE)
_RATE = re.compile(
    r"rate.?(limit|exceed)|too many requests|capacity|throttl|quota|requests? per"
    r"|(per |/) ?second|\brps\b|(usage|request) limit|request count|retry in"
    r"|code:? 1015\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"block.?range|range.{0,20}(large|wide|exceed|limit|big)|max.{0,12}range"
    r"|(limited|up) to .{0,20}(block|range)|too many blocks|maximum.{0,20}blocks"
    r"|distance|query timeout|timed?[ -]?out|took too long"
    r"|fewer blocks|reduce.{0,20}block|query must be smaller",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(
    r"(method|chain|network).{0,40}(not (found|supported|available|exist|allowed|white)"
    r"|unsupported)|(does not exist|unknown method|not implemented)"
    r"|specify (an )?address\b",
    re.IGNORECASE,
)
_FATAL = re.compile(r"api.?key|authenticat|unauthori[sz]ed", re.IGNORECASE)
_BY_TEXT = (
    (_EXECUTION, RefusalKind.EXECUTION),
    (_BATCH, RefusalKind.UNSUPPORTED),
    (_RESULTS, RefusalKind.RESULTS),
    (_SPENT, RefusalKind.FATAL),
    (_RATE, RefusalKind.RATE),
    (_RANGE, RefusalKind.RANGE),
    (_UNSUPPORTED, RefusalKind.UNSUPPORTED),
    (_FATAL, RefusalKind.FATAL),
)
_BY_STATUS = {429: RefusalKind.RATE, 413: RefusalKind.RESULTS} | dict.fromkeys(
    # Not let in, or nothing of the kind lives there: no retry helps.
    (301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407),
    RefusalKind.FATAL,
)
_BY_CODE = {3: RefusalKind.EXECUTION, -32601: RefusalKind.UNSUPPORTED}


def classify(*, status: int, code: int | None, text: str) -> RefusalKind:
    """The kind of a refusal from HTTP status, JSON-RPC code and message."""
    by_text = (kind for pattern, kind in _BY_TEXT if pattern.search(text))
    return (
        next(by_text, None)
        or _BY_STATUS.get(status)
        or (None if code is None else _BY_CODE.get(code))
        or RefusalKind.TRANSIENT
    )
