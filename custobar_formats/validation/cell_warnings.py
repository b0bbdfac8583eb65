"""The warnings about the text of cells and of JSON: which are looked for where, and all of them at once in a block.

In: the cells of one column in a block, or records of JSON. Out: places, codes, messages and hints. The rules kept here:
a warning changes nothing, for the text may be meant; where nothing is suspicious, no text is looked at by itself. What
can be said of any text is in the table of ``text/checks``; what is said of the values of one field is here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.limits import CACHED_PATTERNS
from custobar_formats.core.paths import Path
from custobar_formats.text.artefacts import JOINED, SEPARATOR, Joint, TextWarning
from custobar_formats.text.checks import (
    ARTEFACT,
    DOUBLE_ENCODED,
    FORMULA,
    ONLY_SPACES,
    OUTER_SPACE,
    WINDOWS_1252,
    TextCheck,
)

GTIN_LENGTHS = {12: 13, 7: 8}
"""Digits of an EAN that a spreadsheet has taken the first zero from, and of the whole one."""

EVENT_TYPES: tuple[str, ...] = ("BROWSE", "BASKET_ADD", "ORDER_SHIPPED", "SENTIMENT", "MAIL_SUBSCRIBE")
EVENT_TYPES += ("MAIL_UNSUBSCRIBE", "MAIL_OPEN", "MAIL_CLICK", "SMS_SUBSCRIBE", "SMS_UNSUBSCRIBE")
"""Custobar's own types; an account may have others. Source: https://developers.custobar.com/events.html"""

ALIKE = 0.8
"""How alike (difflib's ratio) a type must be to one of Custobar's to be taken for it: SMS and WEB_SUBSCRIBE are not."""


class FoundWarning(NamedTuple):
    """A warning that is due: its code, its message and its hint."""

    code: str
    message: str
    hint: str | None

    def finding(self, **where: Any) -> Finding:
        """The finding, at a place of a file."""
        return make_finding(self.code, self.message, hint=self.hint, **where)


def csv_checks(
    entity: str | None, path: Path, *, has_schema: bool, joined: bool, latin1: bool
) -> tuple[TextCheck, ...]:
    """The warnings that are looked for in a column: of those that are due for a cell, the first counts.

    ``joined`` says that each cell holds a list, of whose items the white space is told by itself.
    """
    checks = [DOUBLE_ENCODED, FORMULA, ONLY_SPACES]
    if has_schema:
        checks += [ARTEFACT] if joined else [OUTER_SPACE, *FIELD_CHECKS.get((entity, path), ()), ARTEFACT]
    return (*checks, WINDOWS_1252) if latin1 else tuple(checks)


def json_checks(entity: str | None, path: Path, *, has_schema: bool) -> tuple[TextCheck, ...]:
    """The warnings that are looked for in text at a path of a JSON record."""
    if not has_schema:
        return (DOUBLE_ENCODED, ONLY_SPACES)
    return (DOUBLE_ENCODED, ONLY_SPACES, OUTER_SPACE, *FIELD_CHECKS.get((entity, path), ()), ARTEFACT)


def text_warnings(texts: Sequence[str], checks: Sequence[TextCheck]) -> dict[int, FoundWarning]:
    """The warnings that are due for texts, by their places."""
    joined = SEPARATOR.join(texts)
    found: dict[int, FoundWarning] = {}
    for check in checks:
        if check.may_occur(joined, JOINED):
            for place, text in enumerate(texts):
                if text and place not in found and (warning := check.find(text)) is not None:
                    found[place] = FoundWarning(check.code, *warning)
    return found


def record_warnings(record: Any, entity: str | None, *, has_schema: bool) -> Iterator[tuple[Path, str, FoundWarning]]:
    """The warnings that are due for the texts of one record of JSON: the path, the text, the warning."""
    for path, text in _texts(record, ()):
        for check in json_checks(entity, path, has_schema=has_schema):
            if text and (warning := check.find(text)) is not None:
                yield path, text, FoundWarning(check.code, *warning)
                break


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*path, part))


def find_warned(records: Sequence[Any], entity: str | None, *, has_schema: bool) -> set[int]:
    """The places of the records of JSON for some of whose texts a warning is due."""
    found = _find_warned(records, json_checks(None, (), has_schema=has_schema))
    for (of, (name,)), checks in FIELD_CHECKS.items():
        if has_schema and of == entity:
            found.update(place for place, record in enumerate(records) if _is_due(record.get(name), checks))
    return found


def _is_due(value: Any, checks: Sequence[TextCheck]) -> bool:
    return isinstance(value, str) and any(check.find(value) is not None for check in checks)


def _find_warned(holders: Sequence[Any], checks: Sequence[TextCheck]) -> set[int]:
    """The places of the objects and lists that have a text in or below them for which a warning is due."""
    values = list(chain.from_iterable([each.values() if each.__class__ is dict else each for each in holders]))
    texts = [value for value in values if value.__class__ is str]
    joined = SEPARATOR.join(texts)
    due = [check for check in checks if check.may_occur(joined, JOINED)]
    places = [place for place, value in enumerate(values) if _is_due(value, due)] if due else []
    others = [value for value in values if value.__class__ is not str] if len(texts) < len(values) else []
    below = (
        _find_warned(nested, checks) if (nested := [value for value in others if value.__class__ in HOLDERS]) else ()
    )
    if below:
        nesting = [place for place, value in enumerate(values) if value.__class__ in HOLDERS]
        places += [nesting[place] for place in below]
    ends = list(accumulate(map(len, holders))) if places else []
    return {bisect_right(ends, place) for place in places}


HOLDERS = frozenset({dict, list})


def lost_zero_warning(text: str) -> TextWarning | None:
    """The zero that an EAN has lost, where the check digit says so."""
    length = GTIN_LENGTHS.get(len(text))
    if length is None or not (text.isascii() and text.isdecimal()) or not _has_check_digit(text):
        return None
    message = f"an EAN has {length} digits; a spreadsheet drops a zero at the start"
    same = "; a UPC of 12 digits is the same number" if length == 13 else ""
    return message, f"the check digit fits 0{text}{same}"


def _has_check_digit(digits: str) -> bool:
    """Whether the last digit is the one that the others ask for. Source: GS1 General Specifications, 7.9."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


@lru_cache(maxsize=CACHED_PATTERNS)
def event_type_warning(text: str) -> TextWarning | None:
    """The type of Custobar's that an event's type was probably meant to be."""
    if text in EVENT_TYPES:
        return None
    from difflib import SequenceMatcher

    words = sorted(text.split("_"))
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(text)
    for known in EVENT_TYPES:
        matcher.set_seq1(known)
        looks = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)  # each at least as large as the next
        if sorted(known.split("_")) == words or all(look() >= ALIKE for look in looks):
            return f"{text!r} is none of Custobar's own types", f"did you mean {known!r}?"
    return None


def _always(text: str, joint: Joint) -> bool:  # noqa: ARG001 - as a quick look
    return True


FIELD_CHECKS: dict[tuple[str | None, Path], tuple[TextCheck, ...]] = {
    ("products", ("ean",)): (TextCheck("lost-zero", _always, lost_zero_warning),),
    ("events", ("product_ean",)): (TextCheck("lost-zero", _always, lost_zero_warning),),
    ("events", ("type",)): (TextCheck("similar-value", _always, event_type_warning),),
}
"""What is looked for in the values of some fields alone."""
