"""Records that are read back, page by page: what to ask for, and how long to wait.

In: what is wanted, and after each request its outcome. Out: requests, waits, and pages of records. Pure: the clock and
random numbers are given. Rules: each page follows the one before, on the same origin, once; a request is repeated where
that may help, for it changes nothing; what cannot be read as documented is an error, and no page is passed over.
Source: Custobar's API reference, "Data Retrieval" (``limit``, ``fields``, filters, ``next_url``).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

from custobar_formats.core.entities import checked_entity
from custobar_formats.core.errors import RequestFailed, UsageError
from custobar_formats.core.shown import shown
from custobar_formats.core.upload_limits import MAX_PAGE_BYTES, MAX_PAGE_RECORDS, PATIENCE, RATE
from custobar_formats.upload.answers import (
    MEANINGS,
    Answer,
    Consequence,
    Failure,
    Verdict,
    consequence,
    parse_object,
    read_response,
)
from custobar_formats.upload.endings import shown_outcome, to_set
from custobar_formats.upload.key import Key
from custobar_formats.upload.pace import End, Pace, Retry
from custobar_formats.upload.run import Clock
from custobar_formats.upload.transport_parts import Reply, Target

Record = dict[str, Any]


class Get(NamedTuple):
    """A request for a page; ``fresh``: on a new connection."""

    target: str
    fresh: bool


class Pause(NamedTuple):
    """A wait before the next step."""

    seconds: float


class Page(NamedTuple):
    """The records of a page."""

    records: list[Record]


Pages = Generator[Get | Pause | Page, Reply | Failure | None, None]


class Wanted(NamedTuple):
    """The records that are asked for; ``query`` is that of the first page."""

    entity: str
    query: str
    max_records: int | None

    @property
    def path(self) -> str:
        """The path of an entity's data."""
        return f"/api/data/{self.entity}/"


def wanted_records(
    entity: str,
    page_size: int,
    max_records: int | None,
    fields: Iterable[str] | None,
    filters: Mapping[str, object],
) -> Wanted:
    """The records that are asked for.

    Raises:
        UsageError: an argument cannot be used.

    Example:
        >>> wanted_records("customers", 100, None, ["email"], {"city": "Oulu", "can_email": True}).query
        'limit=100&fields=email&city=Oulu&can_email=true'

    """
    if checked_entity(entity) == "shops":
        raise UsageError("shops cannot be read back: Custobar's API has no path for them")
    if not _is_count(page_size) or page_size > MAX_PAGE_RECORDS:
        raise UsageError(f"page_size={shown(page_size)}: give a number from 1 to {MAX_PAGE_RECORDS:,}")
    if max_records is not None and not _is_count(max_records):
        raise UsageError(f"max_records={shown(max_records)}: give a number from 1 up")
    query = {"limit": str(min(page_size, max_records or page_size))}
    if fields is not None:
        query["fields"] = ",".join(_names(fields))
    for name, value in filters.items():
        if name in ("limit", "fields", "cursor"):
            raise UsageError(f"{shown(name)} is no field to filter by")
        query[str(name)] = _filter_text(name, value)
    return Wanted(entity, urlencode(query), max_records)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _names(fields: Iterable[str]) -> list[str]:
    names = list(fields)
    if isinstance(fields, str) or not names or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f"fields={shown(fields)}: give a list of names")
    for name in names:
        if "," in name:
            raise UsageError(f"field {shown(name)}: a name has no comma")
    return names


def _filter_text(name: object, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise UsageError(f"filter {shown(name)}={shown(value)}: give a text, a number or a boolean")


def pages(
    origin: str, wanted: Wanted, clock: Clock, key: Key | None, *, rate: float = RATE, patience: float = PATIENCE
) -> Pages:
    """The steps to all pages; after each ``Get``, its outcome is sent in.

    Raises:
        RequestFailed: the records cannot be read, or not to the end.

    """
    target = f"{wanted.path}?{wanted.query}"
    seen = {target}
    left = wanted.max_records
    asking = _Asking(wanted, clock, key, Pace.start(rate), patience)
    while True:
        members = yield from asking.page(target)
        records: list[Record] = members[wanted.entity]
        if left is not None:
            records = records[:left]
            left -= len(records)
        yield Page(records)
        following = members.get("next_url")
        if following is None or left == 0:
            return
        target = next_target(origin, target, following)
        if target in seen:
            raise RequestFailed("next_url leads to a page that was read already", Verdict.NOT_THE_API)
        seen.add(target)


def next_target(origin: str, target: str, next_url: object) -> str:
    """The path and query of the next page.

    Raises:
        RequestFailed: it is on another origin, where the key must not go, or is no address.

    Example:
        >>> next_target("https://acme.custobar.com", "/api/data/events/?limit=9", "?cursor=a b")
        '/api/data/events/?cursor=a%20b'

    """
    try:
        if not isinstance(next_url, str) or not next_url:
            raise ValueError
        url = quote(urljoin(origin + target, next_url), safe="%/:?#[]@!$&'()*+,;=~")
        parts = urlsplit(url)
        is_own = Target.of(url) == Target.of(origin) and "@" not in parts.netloc
    except (ValueError, KeyError):
        raise RequestFailed("next_url is no address", Verdict.NOT_THE_API) from None
    if not is_own:
        where = f"{parts.scheme}://{parts.hostname}"
        raise RequestFailed(f"next_url leads to {where}: the key is not sent there", Verdict.MOVED)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Asking:
    """Requests for pages, each repeated until it is answered."""

    def __init__(self, wanted: Wanted, clock: Clock, key: Key | None, pace: Pace, patience: float) -> None:
        self._wanted, self._clock, self._key = wanted, clock, key
        self._pace, self._patience = pace, patience
        self._was_answered = False

    def page(self, target: str) -> Generator[Get | Pause | Page, Reply | Failure | None, Record]:
        """The members of a page's body."""
        clock = self._clock
        retry = Retry.start(clock.seconds(), self._patience)
        fresh = False
        while True:
            wait = self._pace.wait(clock.seconds())
            if wait > 0:
                yield Pause(wait)
            self._pace = self._pace.sent(clock.seconds())
            reply = yield Get(target, fresh)
            assert reply is not None
            members = page_of(reply, self._wanted.entity)
            outcome = self._outcome(reply, is_page=members is not None)
            self._pace = self._pace.after(outcome, now=clock.seconds())
            step = consequence(outcome, identified=True, answered=self._was_answered)
            self._was_answered = self._was_answered or isinstance(outcome, Answer)
            if members is not None:
                return members
            once = step is Consequence.RETRY_ONCE
            if once or step is Consequence.RETRY:
                retry = retry.after(outcome, now=clock.seconds(), random=clock.random(), once=once)
            if retry.end is not None or not (once or step is Consequence.RETRY):
                raise self._failed(outcome, retry.end)
            fresh = outcome.verdict is Verdict.MISDIRECTED
            if retry.wait > 0:
                yield Pause(retry.wait)

    def _outcome(self, reply: Reply | Failure, *, is_page: bool) -> Answer | Failure:
        if isinstance(reply, Failure):
            return reply
        if is_page:
            return Answer(Verdict.ACCEPTED, reply.status)
        now = self._clock.moment().timestamp()
        answer = read_response(reply.status, reply.headers, reply.body, now=now, key=self._key)
        if answer.verdict is Verdict.ACCEPTED:  # the answer to an upload, which this is not
            return Answer(Verdict.NOT_THE_API, reply.status)
        return answer

    def _failed(self, outcome: Answer | Failure, end: End | None) -> RequestFailed:
        return request_failed(outcome, f"GET {self._wanted.path}", end, was_answered=self._was_answered)


def page_of(reply: Reply | Failure, entity: str) -> Record | None:
    """The members of a page's body; None if it is no page."""
    if isinstance(reply, Failure) or not 200 <= reply.status < 300:
        return None
    members = parse_object(reply.body, MAX_PAGE_BYTES)
    records = members.get(entity)
    is_page = isinstance(records, list) and all(isinstance(each, dict) for each in records)
    return members if is_page and members.get("error") is None else None


def request_failed(
    outcome: Answer | Failure, scope: str, end: End | None = None, *, was_answered: bool = False
) -> RequestFailed:
    """The error for an outcome; ``end``: why it is not tried again.

    Example:
        >>> print(request_failed(Answer(Verdict.NOT_TAKEN, 429, retry_after=9000), "", End.LATER))
        429: try again after 9,000 seconds

    """
    answer = outcome if isinstance(outcome, Answer) else None
    todo = to_set(outcome, scope, was_answered=was_answered)
    if todo is None and outcome.verdict is Verdict.NOT_THE_API:
        todo = "that is no answer of Custobar's API: is the address right, and does the network ask for a login?"
    is_temporary = todo is None and MEANINGS[outcome.verdict].identified in (Consequence.RETRY, Consequence.RETRY_ONCE)
    if is_temporary and end is End.LATER and answer is not None:
        todo = f"try again after {answer.retry_after:,} seconds"
    elif is_temporary:
        todo = "try again later"
    return RequestFailed(
        ": ".join(filter(None, (shown_outcome(outcome), todo))),
        outcome.verdict,
        *((answer.status, answer.code, answer.message) if answer is not None else ()),
        is_temporary=is_temporary,
    )
