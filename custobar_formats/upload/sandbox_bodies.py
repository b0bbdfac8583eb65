"""The records of an upload's body.

In: a request. Out: its records, with the types of the datatypes' pages. Reads JSON and CSV with the standard library
alone, so that an error of our readers cannot hide itself.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from custobar_formats.upload.sandbox_http import JSON_TYPE, Refusal, Request

Record = dict[str, Any]
Enforced = Callable[[str], bool]

MAX_LEVELS = 64
"""Levels of a record: far more than a real one has."""

CHARSETS = {JSON_TYPE: ("utf-8",), "text/csv": ("utf-8", "utf-16", "iso-8859-1")}

_MONEY = ("price", "sale_price", "lowest_price", "price_before_campaign", "highest_price")
_SALES_MONEY = ("sale_discount", "sale_shipping", "sale_shipping_in_currency", "sale_total", "unit_price", "discount")
_FLAGS = ("can_email", "can_post", "can_profile", "can_push", "can_sms", "is_deleted")

TYPES: dict[str, dict[str, str]] = {
    "customers": dict.fromkeys(_FLAGS, "boolean"),
    "products": dict.fromkeys((*_MONEY, "stock.quantity"), "integer")
    | dict.fromkeys(("visible", "exclude_from_recommendations", "in_stock"), "boolean"),
    "sales": dict.fromkeys((*_SALES_MONEY, "total", "unit_price_in_currency"), "integer")
    | {"sale_exchange_rate": "number", "quantity": "number"},
    "events": {"sentiment_value": "integer"},
    "shops": {"is_hidden": "boolean"},
}
"""The fields that are no texts, by their path without indices."""

LISTS = {"mailing_lists", "mailing_lists.add", "mailing_lists.remove", "tags", "sale_coupon_codes"}
LISTS |= {"recommendation_set_ids", "main_product_ids"}
"""The columns of CSV whose cells hold a list, with commas."""

NUMBERS = {"integer": r"-?[0-9]{1,18}(\.0{1,18})?", "number": r"-?[0-9]{1,18}(\.[0-9]{1,18})?"}


def read_records(request: Request, entity: str, enforced: Enforced) -> list[Record]:
    """The records of a body.

    Raises:
        Refusal: the body breaks a rule.

    """
    media, charset = _content(request, enforced)
    try:
        text = request.body.decode(charset)
    except ValueError:
        raise Refusal("readable", 400, "invalid_request", f"the body is not {charset}") from None
    records = _csv_records(text) if media == "text/csv" else _json_records(text, entity)
    types = TYPES[entity] if enforced("types") else {}
    return [{key: _typed(value, key, types, 1) for key, value in record.items()} for record in records]


def _content(request: Request, enforced: Enforced) -> tuple[str, str]:
    """The media type and the charset of a body."""
    if (request.header("content-encoding") or "identity").lower() != "identity":
        raise Refusal("content-encoding", 400, "invalid_request", "compressed bodies are not documented")
    if enforced("content-length") and request.length is None:
        raise Refusal("content-length", 411, "invalid_request", "Content-Length is missing")
    if enforced("content-length") and request.length != len(request.body):
        raise Refusal("content-length", 400, "invalid_request", "the body is not as long as Content-Length says")
    media, _, rest = (request.header("content-type") or "").partition(";")
    media = media.strip().lower()
    if media not in CHARSETS:
        if enforced("content-type"):
            raise Refusal("content-type", 400, "invalid_request", "Content-Type is not application/json or text/csv")
        media = JSON_TYPE if request.body.lstrip()[:1] in (b"{", b"[") else "text/csv"
    name, _, value = rest.strip().partition("=")
    charset = value.strip('" ').lower() if name.strip().lower() == "charset" else "utf-8"
    if charset not in CHARSETS[media]:
        if enforced("charset"):
            raise Refusal("charset", 400, "invalid_request", f"the charset is none of {', '.join(CHARSETS[media])}")
        charset = "utf-8"
    return media, charset


def _json_records(text: str, entity: str) -> list[Record]:
    """The records of a list, or of a wrapped list."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("readable", 400, "invalid_request", f"the body is not JSON: {str(error)[:100]}") from None
    if isinstance(value, dict):
        if list(value) != [entity]:
            raise Refusal("wrapper", 400, "invalid_request", f"the body has not the one key {entity!r}")
        value = value[entity]
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise Refusal("wrapper", 400, "invalid_request", "the body is no list of objects")
    return value


def _object(pairs: Iterable[tuple[str, Any]]) -> Record:
    """The object of these members; a key that comes twice is an error."""
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _csv_records(text: str) -> list[Record]:
    """The records of CSV text: the delimiter is the most frequent one of the header, a blank cell an empty text."""
    text = text.removeprefix("\ufeff")
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise Refusal("readable", 400, "invalid_request", f"the body is not CSV: {error}") from None
    if not rows:
        raise Refusal("readable", 400, "invalid_request", "the CSV has no header")
    header, *body = rows
    if len(set(header)) < len(header):
        raise Refusal("readable", 400, "invalid_request", "a column name comes twice")
    if any(len(row) > len(header) for row in body):
        raise Refusal("readable", 400, "invalid_request", "a row is longer than the header")
    return [_nested(dict(zip(header, row, strict=False))) for row in body]


def _nested(cells: dict[str, str]) -> Record:
    """The record of a row: points in a name make objects, numbers make lists; a blank in these is no value."""
    record: Record = {}
    for label, cell in cells.items():
        if label in LISTS:
            record[label] = cell.split(",") if cell else ""
        elif "." not in label:
            record[label] = cell
        elif cell:
            *parts, last = label.split(".")
            if len(parts) > MAX_LEVELS:
                raise Refusal("readable", 400, "invalid_request", "a column name has too many points")
            place: Any = record
            for part in parts:
                inner = place.get(part)
                place[part] = inner if isinstance(inner, dict) else {}
                place = place[part]
            place[last] = cell
    return {key: _listed(value) for key, value in record.items()}


def _listed(value: Any) -> Any:
    """Objects whose keys are all numbers, as lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(re.fullmatch("[0-9]{1,6}", key) for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _typed(value: Any, path: str, types: dict[str, str], level: int) -> Any:
    """A value with the type of its field."""
    if level > MAX_LEVELS or (isinstance(value, float) and not math.isfinite(value)):
        raise Refusal("readable", 400, "invalid_request", f"{path[:100]}: not a value that can be stored")
    if isinstance(value, dict):
        return {key: _typed(each, f"{path}.{key}", types, level + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each, path, types, level + 1) for each in value]
    kind = types.get(path)
    if kind is None or value is None or value == "":
        return value
    if kind == "boolean" and (isinstance(value, bool) or value in ("true", "false")):
        return value is True or value == "true"
    if isinstance(value, str) and kind in NUMBERS and re.fullmatch(NUMBERS[kind], value):
        value = float(value) if "." in value else int(value)
    if kind != "boolean" and isinstance(value, (int, float)) and not isinstance(value, bool):
        is_whole = isinstance(value, int) or value.is_integer()
        if is_whole or kind == "number":
            return int(value) if is_whole else value
    raise Refusal("types", 422, "invalid_value", f"{path[:100]}: not of the type {kind}")
