"""What nodes' words mean, on their own: which of the known troubles a text names.

The first pattern that is found decides, so the order matters: a text that names a
rate and a range complains about the rate. Every gap in a pattern is bounded and
texts are short (`said.words`), so no text can make the search long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto


class Meaning(Enum):
    """A trouble that a text names."""

    EXECUTION = auto()
    SPENT = auto()
    """A quota that will not fill up again during this run."""
    RATE = auto()
    BATCH = auto()
    TOPICS = auto()
    PRUNED = auto()
    TIMEOUT = auto()
    RESULTS = auto()
    REPLY = auto()
    """A reply too large, in bytes."""
    HEAD = auto()
    BODY = auto()
    """A request too large, in bytes."""
    BLOCKED = auto()
    """Stopped by a firewall."""
    RANGE = auto()
    UNSUPPORTED = auto()
    FATAL = auto()
    BARE_LIMIT = auto()
    """A limit, without another word."""
    SOME_LIMIT = auto()


def _says(meaning: Meaning, pattern: str) -> tuple[re.Pattern[str], Meaning]:
    return re.compile(pattern, re.IGNORECASE), meaning


_NOT = r"(not|n't|no longer|never)( be| yet| currently| been){0,2}"
_CLEAR = (
    # At the beginning, behind no more than the names nodes give the machine: in
    # the middle of a sentence it is a node's trouble that uses the same words.
    _says(
        Meaning.EXECUTION,
        r"\A\W{0,5}((err|error|internal error|(evm|vm|call|execution|transaction)"
        r"( (exception|error|execution error|failed))?( while processing transaction)?"
        r"|message execution failed)\W{1,5}){0,5}"
        r"((execution |always |is |transaction ){0,4}revert(ed)?\b"
        r"|(out of|ran out of|outof) ?gas\b|\w{0,20}oog\b"
        r"|invalid ?(fe ?)?(opcode|jump|code:)|bad ?(instruction|jump)"
        r"|stack ?underflow|stackoverflow\b|stack overflow\W*\Z|stack limit reached"
        r"|opcode ?not ?found|opcode 0x|gas uint64 overflow|write protection"
        r"|out ?of ?(stack|offset)\b|(return data )?out of bounds\W*\Z"
        r"|vm execution error|vm exception)",
    ),
    _says(
        Meaning.SPENT,
        r"monthly.{0,20}(capacity|limit|quota|credit|request|usage)"
        r"|\b(out of|no|insufficient|used up) (\w{1,12} )?credits?\b",
    ),
    _says(
        Meaning.RATE,
        r"\brate.?(limit|exceed)|(\bper|/) ?(second|sec|minute|min|s)\b"
        r"|\b(rps|qps)\b|code:? 1015\b",
    ),
    _says(
        Meaning.BATCH,
        r"batch.{0,40}(size|limit|too|large|exceed|max|call|request|item|element"
        r"|support|allow|disab|paid|forbid|not )"
        r"|(too (many|large|big)|limit|max|exceed|reduce|at most|no more than|up to)"
        r".{0,30}batch",
    ),
    _says(
        Meaning.RATE,
        r"too many (concurrent |open )?(requests|connections)|throttl|quota|capacity"
        r"|requests? per\b|(usage|requests?|connection|concurren\w{1,6}) (limit|count)"
        r"|concurrent (requests|connections|calls)"
        r"|\b(retry|again) (in|after) (\d|an?\b)|slow down|too (fast|frequent)",
    ),
    _says(Meaning.UNSUPPORTED, r"\btags?\b.{0,60}" + _NOT + r" (allowed|supported)"),
    _says(
        Meaning.TOPICS,
        r"(too many|max|exceed|less|fewer|limit|more than|number of).{0,40}"
        r"\b(topics?|addresses)\b"
        r"|\b(topics?|addresses)\b.{0,40}(too (many|large|long)|exceed|limit|max)"
        r"|\d filters\b.{0,40}(limit|max|exceed)",
    ),
    _says(
        Meaning.PRUNED,
        r"\bprun(ed?|ing)\b|missing trie node|\barchiv(e|al)\b|too old\b|older than"
        r"|histor(y|ic|ical)\b.{0,40}(unavailable|expired|missing|\bnot?\b)"
        r"|(requires?d?|missing|\bno) (\w{1,20} )?histor|proof window"
        r"|(first|earliest|oldest|lowest) (\w{1,10} )?(block|height|version)\b"
        r"|\b(missing|no) (\w{1,12} )?state\b"
        r"|\bstate\b.{0,80}(unavailable|missing|expired"
        r"|" + _NOT + r" (found|available|exist|stored))"
        r"|\b(data is|data for|receipts?|logs? (for|of|before))\b.{0,40}"
        r"(unavailable|" + _NOT + r" (found|available|retained|stored|kept))",
    ),
    _says(
        Meaning.TIMEOUT,
        r"time(d|s)?[ -]?out|(took|taking|takes) too long|deadline exceeded"
        r"|too (slow|expensive|complex|heavy)|execution aborted"
        r"|exceed\w{0,3}.{0,30}\btime\b|time limit"
        r"|(query|request) (was |has been )?(cancel|abort|kill|interrupt)",
    ),
    # Before RESULTS: "logs are limited to a N range" speaks of blocks.
    _says(
        Meaning.RANGE,
        r"limited to (an? |the )?[\d,.]{1,15} ?k? ?(blocks?\b|(block )?range)",
    ),
    _says(
        Meaning.RESULTS,
        r"(more than|exceed|too many|max|over|limit|up to).{0,20}"
        r"\b(results?|logs|events|entries|records)\b"
        r"|\b(results?|logs|events|entries|records)\b.{0,40}"
        r"(exceed|limit|too (many|large|big)|max)"
        # A range is advised and nothing said against all others: it holds only here.
        r"|\A\W*((re)?try (again )?with (\w{1,12} ){0,2}(block )?range"
        r"|this (block )?range (should|would|will|might|may) work)"
        r"|result set|returned (more than|too (many|much))|too much data",
    ),
    _says(
        Meaning.REPLY,
        r"(res?ponse|reply|answer|output).{0,30}(size|larger|exceed"
        r"|too (large|big|long))"
        r"|(message|reply|output|payload) larger than",
    ),
    _says(
        Meaning.HEAD,
        r"(header|block hash|hash) .{0,20}" + _NOT + r" (found|known|canonical)"
        r"|" + _NOT + r" (have|know|seen?|reach)\b.{0,30}\b(block|header|height)"
        r"|\bblocks?\b(?!.?range).{0,30}\byet\b"
        r"|unknown block\b|unfinalized|future block|block.{0,20} in(to)? the future"
        r"|\bBlockOutOfRange"
        r"|\b(blocks?|header|height)\b(?!.?range).{0,70}(" + _NOT + r" (found|exist"
        r"|available|mined|produced|imported|synced|reached|known)|out of range)"
        r"|(find|locate|get|have) (the |such |that |requested )?(block|header)\b"
        r"(?!.?range)"
        r"|(beyond|above|past|after|ahead of|than|exceeds?|equal to) .{0,30}\b(head"
        r"|tip|latest|(current|last|highest|newest) (\w{1,12} )?(block|height)"
        r"|chain height)"
        r"|\bblocks? behind|catching up|lagging"
        r"|(still|is|not) (fully )?sync(ing|ed|hroni)"
        r"|invalid (block )?range( params)?\W*\Z",
    ),
    _says(
        Meaning.BODY,
        r"\b(request|body|payload|entity|content length)"
        r"( (is|was|body|entity|payload|length)){0,3} (too (big|large|long)|size"
        r"|exceeds? [\d,.]{1,12} ?([kmg]i?b|bytes))"
        r"|body ?(size|limit)",
    ),
    _says(Meaning.BLOCKED, r"request (was |has been |is )?blocked"),
    _says(
        Meaning.RANGE,
        r"blocks?[ _-]?(range|span|distance|gap|window|interval|count)"
        r"|\b(range|span|distance|window|interval)\b.{0,40}(large|wide|exceed|limit|big"
        r"|over|max|great|long|between)"
        r"|(large|wide|exceed|limit|max|big|over|up to|beyond|smaller|restrict|narrow"
        r"|reduce|decrease|only|shorten|shorter|longer|lower|at most|no more than"
        r"|within|down to).{0,40}\b(range|blocks)\b"
        r"|(too many|more|fewer|less|many) (than [\d,.]{1,15} )?blocks"
        r"|spans? [\d,]{1,20}"
        r"|\bblocks\b.{0,30}(limit|max|at once|exceed|per (query|request|call))"
        r"|(query|request|filter) must be (smaller|shorter|less)"
        r"|query (is )?too (wide|large|big|broad)",
    ),
    _says(
        Meaning.UNSUPPORTED,
        r"\b(methods?|chain(id)?|network|namespace|module|eth_\w{1,40}|function)\b"
        r".{0,60}(" + _NOT + r" (found|supported|available|exist|allowed|white|enabled"
        r"|permitted|implemented|accessible|recogni|valid)|unsupported|disabled"
        r"|restricted|blocked|blacklist)"
        r"|(unknown|unsupported|invalid|no such|forbidden|disallowed) "
        r"(\w{1,12} )?(method|chain|network)|" + _NOT + r" implemented"
        r"|(specify|provide|include|without|add|missing|name|give) (an? )?"
        r"(\w{1,12} )?address\b"
        r"|\baddress\b.{0,20}(required|must be|mandatory)",
    ),
    _says(
        Meaning.FATAL,
        r"api.?key|authenti|unauthori[sz]|forbidden|access (is )?denied"
        r"|permission denied|payment required|billing"
        r"|(invalid|missing|expired) (\w{1,12} )?(token|credential|key|project|jwt)"
        r"|\b(account|project|app|subscription|key|user|tenant|trial|endpoint)\b.{0,40}"
        r"(disabled|suspended|expired|inactive|not found|deleted|blocked|banned|ended"
        r"|deprecated)"
        r"|cannot fulfill? (the |this |your )?request|no longer (supported|available"
        r"|maintained|operat)|discontinued|decommission|shut ?down|end of life",
    ),
    _says(Meaning.RANGE, r"\d ?[kKM]? blocks\b"),
)
_VAGUE = (
    _says(Meaning.BARE_LIMIT, r"\A\W*limit exceeded\W*\Z"),
    # EIP-1474's words for -32001; a gateway that knows no such path says them, too,
    # with the status of one.
    _says(Meaning.HEAD, r"\A\W*resource not found\W*\Z"),
    _says(
        Meaning.UNSUPPORTED,
        _NOT + r" (allowed|supported|available|permitted|enabled|eligible)|unsupported"
        r"|disabled|restricted",
    ),
    _says(
        Meaning.SOME_LIMIT, r"limit|exceed|maximum|too (large|big|wide|many|much|long)"
    ),
    _says(
        Meaning.UNSUPPORTED,
        r"\b(free|paid|your|current|this) (\w{1,12} )?(plan|tier)\b|upgrade",
    ),
)
_NO_BATCHES = re.compile(
    r"batch.{0,40}(" + _NOT + r" (allowed|supported|available|permitted|enabled)"
    r"|unsupported|disab|forbid|paid)|unsupported batch",
    re.IGNORECASE,
)


def clear(text: str) -> Iterator[Meaning]:
    """What a text says in so many words, the likeliest first."""
    return (meaning for pattern, meaning in _CLEAR if pattern.search(text))


def vague(text: str) -> Iterator[Meaning]:
    """What a text may mean, where neither its words nor the status say it."""
    return (meaning for pattern, meaning in _VAGUE if pattern.search(text))


def no_batches(text: str) -> bool:
    """Whether a refusal of a batch says that no batch is taken, however small."""
    return _NO_BATCHES.search(text) is not None
