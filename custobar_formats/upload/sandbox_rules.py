"""The rules of the documented server, each with its mark, and the limits that they name.

In: nothing. Out: ``RULES``, which ``sandbox`` enforces and the command lists. A rule is enforced by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How sure a rule is."""

    PAGE = "D"
    OFFICIAL = "A"
    PLUGINS = "P"
    INFERRED = "I"


MARKS = {
    Mark.PAGE: "the page of the API",
    Mark.OFFICIAL: "another official page",
    Mark.PLUGINS: "Custobar's own plugins and other code",
    Mark.INFERRED: "our inference",
}

MAX_REQUESTS, RATE_SECONDS = 180, 60
"""Requests in that many seconds for each key."""

MAX_RECORDS = 500
"""Records of one upload."""

MAX_BODY_BYTES = 1_000_000
"""Bytes of one body."""

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
"""Records of one page of data: if the request names no limit, and at most."""


@dataclass(frozen=True)
class Rule:
    """A rule: its name, its mark, and what it asks; ``strict`` ones are not enforced by a lenient server."""

    name: str
    mark: Mark
    text: str
    strict: bool = False


_D, _A, _P, _I = Mark.PAGE, Mark.OFFICIAL, Mark.PLUGINS, Mark.INFERRED

RULES = (
    Rule("key", _D, "a request needs a key that was made here and is not revoked (401)"),
    Rule("bearer", _D, "Authorization is 'Bearer KEY', spelt exactly so (401); lenient: Token too", strict=True),
    Rule("scope", _D, "the key has a scope of this method and this path (403)", strict=True),
    Rule("place", _D, "another path is not found (404)"),
    Rule("method", _I, "a path takes one method (405)"),
    Rule("key-path", _P, "keys are made at /api/integrations/ and /api/access-tokens/: the page leaves the base blank"),
    Rule("key-basic", _A, "the first key is made with Basic, a user and a password (401)"),
    Rule("key-totp", _A, "Basic needs the header Custobar-TOTP-Code with six digits (401)", strict=True),
    Rule("integration", _D, "an integration has integration_name and parameters with a name (422)"),
    Rule("token", _D, "a key has a name, the owner_id of an integration, and scopes of method and path (422)"),
    Rule("known-scope", _I, "a scope names a method and a path that exist (422)", strict=True),
    Rule("upload-path", _A, "records are sent with POST to /api/ENTITY/upload/; for events: seen in plugins (P)"),
    Rule("content-type", _D, "Content-Type is application/json or text/csv (400)", strict=True),
    Rule("charset", _D, "CSV is utf-8, utf-16 or iso-8859-1, JSON is utf-8 (400)", strict=True),
    Rule("content-length", _I, "Content-Length is there (411), and the body is not shorter (400)", strict=True),
    Rule("content-encoding", _I, "a body is not compressed (400)"),
    Rule("readable", _D, "a body that cannot be read is refused (400); no NaN, no key twice"),
    Rule("wrapper", _D, "JSON is a list of objects, or an object with the entity's name alone that holds it (400)"),
    Rule("mandatory", _A, "records have their identifiers and mandatory fields (422)", strict=True),
    Rule("sale", _A, "a sale has a date and a customer: in this body or before (422)", strict=True),
    Rule("types", _A, "numbers, money and booleans are such, or texts of such (422)", strict=True),
    Rule("atomic", _I, "of a refused body, nothing is taken"),
    Rule("rate", _P, f"{MAX_REQUESTS} requests a minute for each key (429)", strict=True),
    Rule("retry-after", _I, "429 has Retry-After, in seconds"),
    Rule("records", _P, f"an upload has {MAX_RECORDS} records at most (400)", strict=True),
    Rule("bytes", _I, f"a body has {MAX_BODY_BYTES:,} bytes at most (413, as HTML)", strict=True),
    Rule("answer", _A, "an upload that is taken is answered with 200 and a run_id"),
    Rule("error", _D, "an error is answered with error.code and error.message"),
    Rule("update-customers", _A, "the same identifier updates: external_id, else phone_number, else email (each one)"),
    Rule("update-products", _I, "the same external_id updates; without one, the same sku or ean"),
    Rule("update-others", _I, "the same external_id updates shops and rows of sales"),
    Rule("events", _I, "events, and rows of sales without external_id, are stored as often as they are sent"),
    Rule("missing", _A, "a field that is missing keeps its value; null is taken for missing (I)"),
    Rule("remove", _A, "an empty text removes the value; an empty list too (I); a blank cell of CSV too (I)"),
    Rule("add", _A, "mailing_lists.add adds to the list"),
    Rule("deleted", _A, "is_deleted: true hides a customer for good"),
    Rule("data-path", _A, "data is at /api/data/ENTITY/, but for shops"),
    Rule("limit", _A, f"limit is {DEFAULT_LIMIT} by default and {MAX_LIMIT:,} at most (400, I)", strict=True),
    Rule("next-url", _A, "next_url, absolute (I), leads to the rest and is absent at the end"),
    Rule("count", _P, "count is the number of all records that match"),
    Rule("fields", _A, "fields=a,b chooses fields; external_id is always there"),
    Rule("filters", _A, "any field filters; a list matches by any item (I)"),
    Rule("no-value", _A, "fields without a value are left out"),
    Rule("transactions", _P, "sales are read as transactions, without the prefix sale_, with their rows as products"),
)

_STRICT = {rule.name: rule.strict for rule in RULES}


def is_enforced(name: str, *, lenient: bool) -> bool:
    """Whether a rule holds; a name that is no rule is a KeyError."""
    return not (_STRICT[name] and lenient)


def rule_lines() -> list[str]:
    """The rules, one a line, and the meaning of the marks.

    >>> rule_lines()[0]
    'D  key               a request needs a key that was made here and is not revoked (401)'
    """
    lines = [f"{rule.mark}{'*' if rule.strict else ' '} {rule.name:<17} {rule.text}" for rule in RULES]
    return [*lines, "", *(f"{mark}  {meaning}" for mark, meaning in MARKS.items()), "*  not with --lenient"]
