"""The documented server: a request to a response, by the rules of ``sandbox_rules``, and the state behind it.

In: an account and a request. Out: a response, whatever the request; only a request that is taken changes the records.
Pure: no clock (a request has its time), no randomness (a seed makes keys), no socket (``sandbox_server`` has them).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import deque
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from custobar_formats.core.entities import ENTITIES
from custobar_formats.upload.sandbox_bodies import Record, read_records
from custobar_formats.upload.sandbox_http import (
    Refusal,
    Request,
    Response,
    error_response,
    html_response,
    json_response,
)
from custobar_formats.upload.sandbox_keys import ACCESS_TOKENS, INTEGRATIONS, Keys
from custobar_formats.upload.sandbox_rules import (
    DEFAULT_LIMIT,
    MAX_BODY_BYTES,
    MAX_LIMIT,
    MAX_RECORDS,
    MAX_REQUESTS,
    RATE_SECONDS,
    is_enforced,
)
from custobar_formats.upload.sandbox_store import Store, check_mandatory


class Account:
    """A company's account: its keys, its records, and how often it was asked; ``origin`` is its address."""

    def __init__(self, *, seed: int = 0, lenient: bool = False, origin: str = "http://127.0.0.1") -> None:
        self.seed, self.lenient, self.origin = seed, lenient, origin
        self.keys = Keys(seed)
        self.store = Store()
        self.runs = 0
        self._asked: dict[str, deque[float]] = {}

    def enforced(self, name: str) -> bool:
        """Whether a rule holds here."""
        return is_enforced(name, lenient=self.lenient)

    def count_request(self, holder: str, at: float) -> None:
        """Count a request of a key, or refuse it."""
        if not self.enforced("rate"):
            return
        asked = self._asked.setdefault(holder, deque())
        while asked and asked[0] <= at - RATE_SECONDS:
            asked.popleft()
        if len(asked) >= MAX_REQUESTS:
            seconds = max(1, math.ceil(asked[0] + RATE_SECONDS - at))
            headers = (("Retry-After", str(seconds)),)
            raise Refusal("rate", 429, "rate_limited", f"more than {MAX_REQUESTS} requests a minute", headers)
        asked.append(at)


def upload_entity(request: Request) -> str | None:
    """The entity that a request uploads; None if it is no upload."""
    found = re.fullmatch("/api/([a-z]+)/upload/", request.path)
    return found[1] if found and found[1] in ENTITIES and request.method == "POST" else None


def handle(account: Account, request: Request) -> Response:
    """The documented response to a request, whatever it is.

    >>> handle(Account(), Request("GET", "/api/data/customers/")).status
    401
    """
    try:
        return _handle(account, request)
    except Refusal as refusal:
        return refusal.response()


def _handle(account: Account, request: Request) -> Response:
    if account.enforced("bytes") and max(len(request.body), request.length or 0) > MAX_BODY_BYTES:
        return html_response(413)
    holder = account.keys.holder(request, account.enforced)
    account.count_request(holder, request.at)
    path = request.path
    found = re.fullmatch("/api/(data/)?([a-z]+)/(upload/)?", path)
    is_data, entity = (bool(found[1]), found[2]) if found else (False, "")
    if path in (INTEGRATIONS, ACCESS_TOKENS):
        method = "POST"
    elif entity in ENTITIES and found and (found[3] if not is_data else not found[3] and entity != "shops"):
        method = "GET" if is_data else "POST"
    else:
        raise Refusal("place", 404, "not_found", f"there is no {path}"[:200])
    if request.method != method:
        return error_response(405, "method_not_allowed", f"use {method}", (("Allow", method),))
    if account.enforced("scope"):
        account.keys.check_scope(holder, method, path)
    if path == INTEGRATIONS:
        return account.keys.integrate(request)
    if path == ACCESS_TOKENS:
        return account.keys.give(request, account.enforced)
    return _data(account, request, entity) if is_data else _upload(account, request, entity)


def _upload(account: Account, request: Request, entity: str) -> Response:
    """Store the records of a body, all or none."""
    records = read_records(request, entity, account.enforced)
    if account.enforced("records") and len(records) > MAX_RECORDS:
        raise Refusal("records", 400, "too_many_records", f"more than {MAX_RECORDS} records")
    if account.enforced("mandatory"):
        check_mandatory(entity, records)
    if entity == "sales" and account.enforced("sale"):
        account.store.check_sales(records)
    account.store.put(entity, records)
    return accepted(account, len(records))


def accepted(account: Account, taken: int) -> Response:
    """The answer to an upload that was taken."""
    account.runs += 1
    word = hashlib.sha256(f"run {account.seed} {account.runs}".encode()).hexdigest()[:9]
    return json_response(200, {"run_id": f"run_{word}"}, taken=taken)


def _data(account: Account, request: Request, entity: str) -> Response:
    """A page of data."""
    asked = dict(request.query)
    limit = _number(account, asked.pop("limit", str(DEFAULT_LIMIT)))
    start = asked.pop("cursor", "0")
    if not re.fullmatch("[0-9]{1,12}", start):
        raise Refusal("next-url", 400, "invalid_request", "the cursor is not one of a next_url")
    fields = asked.pop("fields", None)
    names = None if fields is None else {"external_id", *fields.split(",")}
    store = account.store
    matching = ((place, each) for place, each in store.readable(entity, int(start)) if _matches(each, asked))
    page = list(islice(matching, limit))
    following = next(matching, None)
    count = store.count(entity) if not asked else sum(_matches(each, asked) for _, each in store.readable(entity))
    chosen = [{key: each[key] for key in each if names is None or key in names} for _, each in page]
    body: Record = {entity: chosen, "count": count}
    if following is not None:
        more = [*((key, value) for key, value in request.query if key != "cursor"), ("cursor", str(following[0]))]
        body["next_url"] = f"{account.origin}{request.path}?{urlencode(more, errors='replace')}"
    return json_response(200, body)


def _number(account: Account, text: str) -> int:
    """The number of records that a page may have."""
    value = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    if account.enforced("limit") and not 1 <= value <= MAX_LIMIT:
        raise Refusal("limit", 400, "invalid_request", f"limit is not between 1 and {MAX_LIMIT}")
    return min(max(value, 1), MAX_LIMIT)


def _matches(record: Record, filters: dict[str, str]) -> bool:
    """Whether a record has these values."""
    for key, text in filters.items():
        value = record.get(key)
        if text not in (map(_shown, value) if isinstance(value, list) else [_shown(value)]):
            return False
    return True


def _shown(value: Any) -> str:
    """A value as a filter writes it."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
