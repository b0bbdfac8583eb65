"""An answer of Custobar, and what follows from it.

In: the status, headers and bytes of an answer, or the failure of a transport that has none. Out: a verdict, and the
consequence for the batch. Rules: any bytes give a verdict; only the documented object is an acceptance; what may have
been taken is never called not taken.
Sources: Custobar's API reference ("Error Handling", "Rate Limits"); RFC 9110, sections 5.6.7 (dates), 10.2.3
(Retry-After) and 15 (statuses).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shortened, shown
from custobar_formats.core.upload_limits import MAX_ANSWER_BYTES, MAX_ANSWER_CHARS, MAX_RETRY_AFTER
from custobar_formats.jsontext.scanner import UNDECODED, make_scan
from custobar_formats.report.text import printable
from custobar_formats.upload.key import Key


class Verdict(StrEnum):
    """The meaning of an answer, or of the lack of one, for the data that was sent; each is a row of ``MEANINGS``."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TOO_LARGE = "too-large"
    NOT_TAKEN = "not-taken"
    MISDIRECTED = "misdirected"
    NO_KEY = "no-key"
    NO_SCOPE = "no-scope"
    NO_SUCH_PLACE = "no-such-place"
    MOVED = "moved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"
    NOT_THE_API = "not-the-api"
    NOT_SENT = "not-sent"
    NO_SUCH_HOST = "no-such-host"
    CANNOT_SEND = "cannot-send"


class Consequence(StrEnum):
    """The next step for a batch: go on, send its halves, put its rows into the refused file, and so on."""

    NEXT = "next"
    HALVE = "halve"
    REFUSE = "refuse"
    RETRY = "retry"
    RETRY_ONCE = "retry-once"
    DOUBT = "doubt"
    STOP = "stop"


class Meaning(NamedTuple):
    """A row of the table of verdicts.

    Attributes:
        taken: whether the data was taken; None if that is not known. If the batch is not sent again, it is in doubt.
        identified: what follows if sending the data again only updates it.
        others: what follows for other data, such as events.
        at_first: what follows before anything was answered in the run, if that differs.

    """

    taken: bool | None
    identified: Consequence
    others: Consequence
    at_first: Consequence | None = None


_NEXT, _HALVE, _REFUSE, _RETRY, _RETRY_ONCE, _DOUBT, _STOP = Consequence
MEANINGS = {
    Verdict.ACCEPTED: Meaning(True, _NEXT, _NEXT),
    Verdict.REFUSED: Meaning(False, _HALVE, _REFUSE),
    Verdict.TOO_LARGE: Meaning(False, _HALVE, _HALVE),
    Verdict.NOT_TAKEN: Meaning(False, _RETRY, _RETRY),
    Verdict.MISDIRECTED: Meaning(False, _RETRY_ONCE, _RETRY_ONCE),  # on a new connection
    Verdict.NO_KEY: Meaning(False, _STOP, _STOP),
    Verdict.NO_SCOPE: Meaning(False, _STOP, _STOP),
    Verdict.NO_SUCH_PLACE: Meaning(False, _STOP, _STOP),
    Verdict.MOVED: Meaning(False, _STOP, _STOP),
    Verdict.DECLINED: Meaning(False, _STOP, _STOP),
    Verdict.UNKNOWN: Meaning(None, _RETRY, _DOUBT),
    Verdict.UNSUPPORTED: Meaning(None, _STOP, _STOP),
    Verdict.NOT_THE_API: Meaning(None, _STOP, _STOP),
    Verdict.NOT_SENT: Meaning(False, _RETRY, _RETRY),
    Verdict.NO_SUCH_HOST: Meaning(False, _RETRY, _RETRY, at_first=_RETRY_ONCE),  # then the company may be misspelt
    Verdict.CANNOT_SEND: Meaning(False, _STOP, _STOP),
}

STATUSES = {
    **dict.fromkeys([301, 302, 307, 308], Verdict.MOVED),
    **dict.fromkeys([400, 422], Verdict.REFUSED),
    401: Verdict.NO_KEY,
    403: Verdict.NO_SCOPE,
    404: Verdict.NO_SUCH_PLACE,
    **dict.fromkeys([408, 425, 429], Verdict.NOT_TAKEN),
    413: Verdict.TOO_LARGE,
    421: Verdict.MISDIRECTED,
    **dict.fromkeys([501, 505], Verdict.UNSUPPORTED),
    511: Verdict.NOT_THE_API,  # that of a network that asks for a login
}
CLASSES = {4: Verdict.DECLINED, 5: Verdict.UNKNOWN}
"""The verdicts of other statuses, by their first digit; without one, it is not the API."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of Custobar, as ``read_response`` returns it. A field that does not apply is None.

    Texts have at most 500 characters, all of them printable, and the key is not among them.

    Attributes:
        verdict: ``accepted`` (the import is scheduled, and runs later), ``refused``, ``too-large``, ``not-taken`` (try
            again), ``no-key``, ``no-scope``, ``no-such-place``, ``moved``, ``misdirected``, ``declined``, ``unknown``
            (it may have been taken), ``unsupported`` or ``not-the-api``.
        status: the status code.
        run_id: the number or name of the import, as text.
        code: the code of the error, or else its reason.
        message: the message of the error.
        retry_after: the seconds after which to try again, rounded up.
        location: where another address is, which is never followed.

    Example:
        >>> Answer("refused", 422, code="invalid_request").taken
        False

    """

    verdict: Verdict
    status: int
    run_id: str | None = None
    code: str | None = None
    message: str | None = None
    retry_after: int | None = None
    location: str | None = None

    @property
    def taken(self) -> bool | None:
        """Whether the data was taken; None if that is not known."""
        return MEANINGS[self.verdict].taken


@dataclass(frozen=True, slots=True)
class Failure:
    """The report of a transport that got no answer.

    Attributes:
        verdict: ``NOT_SENT``, ``NO_SUCH_HOST``, ``CANNOT_SEND`` (a certificate or a proxy stands in the way) or
            ``UNKNOWN`` (sending had begun).
        reason: what happened, for a person.

    Example:
        >>> Failure(Verdict.UNKNOWN, "the connection broke").taken

    """

    verdict: Verdict
    reason: str

    @property
    def taken(self) -> bool | None:
        """Whether the data was taken; None if that is not known."""
        return MEANINGS[self.verdict].taken


def consequence(outcome: Answer | Failure, *, identified: bool, answered: bool = True) -> Consequence:
    """The next step for a batch; ``answered`` is whether anything was answered in this run.

    Example:
        >>> lost = Failure(Verdict.UNKNOWN, "the connection broke")
        >>> consequence(lost, identified=True).value, consequence(lost, identified=False).value
        ('retry', 'doubt')

    """
    meaning = MEANINGS[outcome.verdict]
    if meaning.at_first and not answered:
        return meaning.at_first
    return meaning.identified if identified else meaning.others


def read_response(
    status: int,
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    body: bytes,
    *,
    now: float,
    key: str | Key | None = None,
) -> Answer:
    """The meaning of an answer to an upload, whatever its bytes are.

    Only a status from 200 to 299 with a JSON object that has a ``run_id``, or ``"response": "ok"``, and no ``error`` is
    accepted. A body of more than 65,536 bytes counts as one that cannot be read.

    Args:
        headers: a mapping, or pairs; in upper or lower case.
        now: the seconds since 1970, as of ``time.time()``: dates in the answer are measured against its own ``Date``,
            and against this if there is none.
        key: the key of the API, to be left out of the texts of the answer.

    Raises:
        UsageError: an argument is of another type, or the key is no key.

    Example:
        >>> read_response(200, {"Content-Type": "application/json"}, b'{"run_id": "run_xyz789"}', now=0).verdict
        <Verdict.ACCEPTED: 'accepted'>
        >>> answer = read_response(429, [("Retry-After", "30")], b"", now=0)
        >>> answer.verdict == "not-taken", answer.retry_after
        (True, 30)

    """
    _check("status", status, int, "a number such as 200")
    _check("body", body, (bytes, bytearray, memoryview), "bytes")
    key = Key(key) if isinstance(key, str) else key
    if key is not None:
        _check("key", key, Key, "text")
    fields, members = _fields(headers), parse_object(body)
    error = members.get("error")
    parts: dict[str, Any] = error if isinstance(error, dict) else {"message": error}
    code = _text(parts.get("code")) or _text(parts.get("reason"))
    message = _text(parts.get("message"))
    run_id = _text(members.get("run_id"))
    retry_after = _retry_after(fields, _checked_time(now))
    if 200 <= status < 300 and error is not None:
        verdict = Verdict.REFUSED
    elif 200 <= status < 300 and (run_id is not None or _is_ok(members.get("response"))):
        verdict = Verdict.ACCEPTED
    elif status == 503 and (retry_after is not None or (parts is error and (code or message))):
        verdict = Verdict.NOT_TAKEN
    else:
        verdict = STATUSES.get(status) or CLASSES.get(status // 100, Verdict.NOT_THE_API)
    location = next((value for name, value in fields if name == "location"), None)
    texts = run_id, code, message, location if verdict is Verdict.MOVED else None
    run_id, code, message, location = (_cleaned(text, key) for text in texts)
    return Answer(verdict, int(status), run_id, code, message, retry_after, location)


def _check(name: str, value: Any, kind: type | tuple[type, ...], wanted: str) -> None:
    """Raise UsageError unless an argument is of a type; the value may be secret, and is not shown."""
    if isinstance(value, bool) or not isinstance(value, kind):
        raise UsageError(f"{name} is {type(value).__name__}: give {wanted}")


# -- the body

_scan = make_scan(float, unique=True)


def parse_object(body: bytes | bytearray | memoryview, limit: int = MAX_ANSWER_BYTES) -> dict[str, Any]:
    """The members of a JSON object in UTF-8; none of anything else, such as one with a duplicate key or NaN.

    Example:
        >>> parse_object(b'{"run_id": 7}'), parse_object(b'{"run_id": NaN}'), parse_object(b"<html>")
        ({'run_id': 7}, {}, {})

    """
    if len(body) > limit:
        return {}
    try:
        text = bytes(body).decode("utf-8-sig").strip(" \t\r\n")
        value, end = _scan(text, 0)
    except UNDECODED:
        return {}
    return value if isinstance(value, dict) and end == len(text) else {}


def _text(value: Any) -> str | None:
    """The text of a text or an integer; None for anything else, and for a text without characters."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _is_ok(value: Any) -> bool:
    return isinstance(value, str) and value.upper() == "OK"


def _cleaned(text: str | None, key: Key | None) -> str | None:
    """A text of the answer as it may be shown."""
    if text is None:
        return None
    text = printable(text)  # first, because an escape might complete a key
    return shortened(text if key is None else key.redacted(text), MAX_ANSWER_CHARS)


# -- the headers

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _TIME = f"({'|'.join(_MONTHS)})", "([0-9]{2}):([0-9]{2}):([0-9]{2})"
_DATE = re.compile(f"[A-Za-z]+, ([0-9 ][0-9])[ -]{_MONTH}[ -]([0-9]{{4}}|[0-9]{{2}}) {_TIME} (?:GMT|UTC)")
_OLD_DATE = re.compile(f"[A-Za-z]+ {_MONTH} ([0-9 ][0-9]) {_TIME} ([0-9]{{4}})")
_ITEM = re.compile(
    "[A-Za-z]+, [0-9 ][0-9][ -][A-Za-z]{3}[ -][0-9]{2,4} [0-9:]{8} [A-Z]{3}"
    "|[A-Za-z]+ [A-Za-z]{3} [0-9 ][0-9] [0-9:]{8} [0-9]{4}|[0-9]+"
)
_ITEMS = re.compile(rf"(?:{_ITEM.pattern})(?:[ \t]*,[ \t]*(?:{_ITEM.pattern}))*")
"""Dates or numbers; several in one header where a client has joined those of the same name."""

_YEAR = 365.2425 * 86_400
_LAST_SECOND = 9_999 * _YEAR


def _fields(headers: Any) -> list[tuple[str, str]]:
    """The headers as pairs, their names in lower case."""
    try:
        if isinstance(headers, (str, bytes)):
            raise TypeError
        pairs = headers.items() if hasattr(headers, "items") else headers
        return [(_header_text(name).lower(), _header_text(value)) for name, value in pairs]
    except (TypeError, ValueError):
        raise UsageError(f"headers is {type(headers).__name__}: give a mapping, or pairs of text") from None


def _header_text(value: Any) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError
    return (value if isinstance(value, str) else value.decode("latin-1")).strip(" \t")


def _checked_time(now: Any) -> float:
    wanted = "the seconds since 1970, such as time.time()"
    _check("now", now, (int, float), wanted)
    if not abs(now) < _LAST_SECOND:  # NaN too
        raise UsageError(f"now={shown(now)}: give {wanted}")
    return float(now)


def _retry_after(fields: list[tuple[str, str]], now: float) -> int | None:
    """The longest time that a header asks for; None where none is readable."""
    dates = [_moment(item, now) for item in _items(fields, "date")]
    here = min((date for date in dates if date is not None), default=now)
    waits = []
    for item in _items(fields, "retry-after"):
        if item.isdigit():
            waits.append(int(item.lstrip("0")[: len(str(MAX_RETRY_AFTER))] or "0"))  # however many digits it has
        elif (moment := _moment(item, now)) is not None:
            waits.append(max(0, math.ceil(moment - here)))
    return min(max(waits), MAX_RETRY_AFTER) if waits else None


def _items(fields: list[tuple[str, str]], wanted: str) -> list[str]:
    values = [value for name, value in fields if name == wanted and _ITEMS.fullmatch(value)]
    return [item for value in values for item in _ITEM.findall(value)]


def _moment(text: str, now: float) -> float | None:
    """The seconds since 1970 of a date in one of the three forms of HTTP; None for another text."""
    match = _DATE.fullmatch(_OLD_DATE.sub(r"Day, \2 \1 \6 \3:\4:\5 GMT", text))
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    number = int(year)
    if len(year) == 2:  # at most 50 years ahead: RFC 9110, section 5.6.7
        this = 1970 + int(now // _YEAR)
        number += this // 100 * 100
        number -= 100 if number > this + 50 else 0
    try:
        seconds = min(int(second), 59)  # 60 is a leap second
        date = datetime(number, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), seconds, tzinfo=UTC)
    except ValueError:
        return None
    return date.timestamp()
