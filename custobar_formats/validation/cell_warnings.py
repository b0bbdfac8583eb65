"""The warnings about the text of cells and of JSON, and the search for them in a whole block at once.

In: the cells of one column in a block, or records of JSON. Out: places, codes, messages and hints. Rules: a warning
changes nothing, because the text may be intended; if nothing is suspicious, no single text is checked. The warnings
about any text are in the table of ``text/checks``; those about the values of one field are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import chain, count, repeat
from typing import Any, NamedTuple

from custobar_formats.core.findings import Finding, make_finding
from custobar_formats.core.paths import Path
from custobar_formats.core.spreadsheet import read_constant, strip_artefacts
from custobar_formats.records.header import Column
from custobar_formats.schema.patterns import pattern_matcher
from custobar_formats.text import artefacts
from custobar_formats.text import checks as table
from custobar_formats.text.artefacts import JOINED, SEPARATOR, Joint, TextWarning, is_odd
from custobar_formats.text.checks import (
    CONSTANT,
    DOUBLE_ENCODED,
    FORMULA,
    INVISIBLE,
    LOST,
    ONLY_SPACES,
    OUTER_WHITESPACE,
    WINDOWS_1252,
    TextCheck,
)
from custobar_formats.text.mojibake import meant_text
from custobar_formats.validation.field_checks import (
    DIVIDED,
    FIELD_CHECKS,
    GROUPED,
    ITEM_SPACE,
    LOST_IDENTIFIER,
    LOST_LETTER,
    NAMES,
    PROGRAMS_LIST,
    RAW_CHECKS,
    field_checks,
)


def suspect_artefact(text: str, joint: Joint) -> bool:
    """Whether some of the text may be an artefact; all words for nothing are searched for at once."""
    return artefacts.suspect_artefact(text, joint, pattern_matcher(artefacts.WORDS))


ARTEFACT = table.ARTEFACT._replace(may_occur=suspect_artefact)
ITEM_ARTEFACT = ARTEFACT._replace(find=artefacts.item_artefact_warning)
TEXT_CHECKS = tuple(ARTEFACT if check is table.ARTEFACT else check for check in table.TEXT_CHECKS)
"""The table of ``text/checks``, with that search."""


def may_have_outer_whitespace(text: str, joint: Joint) -> bool:
    """As in ``text/artefacts``; in JSON, where a quote follows most spaces, this search is faster."""
    return artefacts.may_have_outer_whitespace(text, joint, pattern_matcher)


_LOOKS = {
    artefacts.suspect_artefact: suspect_artefact,
    artefacts.may_have_outer_whitespace: may_have_outer_whitespace,
}
JSON_CHECKS = tuple(
    check if check is ITEM_SPACE else check._replace(may_occur=_LOOKS.get(check.may_occur, check.may_occur))
    for check in (*table.JSON_CHECKS[:-1], ITEM_SPACE, table.JSON_CHECKS[-1])
)
"""The checks of JSON, in the order of their codes, with faster searches; and that of list items."""


class FoundWarning(NamedTuple):
    """A warning: its code, its message, its hint, and the text that is meant, with whether that is certain."""

    code: str
    message: str
    hint: str | None
    fix: str | None = None
    fix_is_safe: bool | None = None

    def checked(self, is_clean: Callable[[str], bool]) -> FoundWarning:
        """The warning; it names the text that is meant only if that is clean."""
        if self.fix is None or is_clean(self.fix):
            return self
        return self._replace(
            hint=self.hint if self.code == DOUBLE_ENCODED.code else "remove it", fix=None, fix_is_safe=None
        )

    def finding(self, **where: Any) -> Finding:
        """The finding, at a place in a file."""
        facts = {"hint": self.hint, "fix": self.fix, "fix_is_safe": self.fix_is_safe}
        return make_finding(self.code, self.message, **facts, **where)


def csv_checks(entity: str | None, column: Column, *, has_schema: bool, latin1: bool) -> tuple[TextCheck, ...]:
    """The checks of a column; if several match a cell, the first one counts.

    White space around the items of a joined list has a warning of its own.
    """
    controls = [WINDOWS_1252, INVISIBLE] if latin1 else [INVISIBLE]
    checks = [DOUBLE_ENCODED, CONSTANT, FORMULA, *controls, LOST, ONLY_SPACES]
    if has_schema and column.joined:
        checks += [DIVIDED, PROGRAMS_LIST, ARTEFACT, ITEM_ARTEFACT]
    elif has_schema:
        types = (column.place.types if column.place is not None else None) or frozenset()
        whole = "integer" in types and types <= {"integer", "null"}
        own = [*field_checks(entity, column.path), *([LOST_LETTER] if (entity, column.path) in NAMES else [])]
        checks += [OUTER_WHITESPACE, *own, *([GROUPED] if whole else []), ARTEFACT]
        checks.sort(key=lambda check: check is not LOST_IDENTIFIER)  # the error goes before all warnings
    return tuple(_checks_at(column.path[-1], checks))


def block_checks(*, has_schema: bool, latin1: bool) -> list[TextCheck]:
    """The checks of any text in a CSV file; those of single fields come in addition."""
    left_out = [*([] if has_schema else [ARTEFACT, OUTER_WHITESPACE]), *([] if latin1 else [WINDOWS_1252])]
    return [check for check in TEXT_CHECKS if check not in left_out]


def json_checks(*, has_schema: bool) -> tuple[TextCheck, ...]:
    """The checks of text in JSON records."""
    return JSON_CHECKS if has_schema else (DOUBLE_ENCODED, INVISIBLE, LOST, ONLY_SPACES)


def raw_json_checks(*, has_schema: bool) -> tuple[TextCheck, ...]:
    """The checks whose quick looks decide whether warnings about text may be due in JSON as it stands."""
    return (*json_checks(has_schema=has_schema), *(chain.from_iterable(RAW_CHECKS) if has_schema else ()))


def text_warnings(texts: Sequence[str], checks: Sequence[TextCheck]) -> dict[int, FoundWarning]:
    """The warnings about texts, by their places."""
    joined = SEPARATOR.join(texts)
    found: dict[int, FoundWarning] = {}
    spaced: list[int] | None = None
    for check in checks:
        if check.may_occur(joined, JOINED):
            places: Iterable[int] = range(len(texts))
            if check.about_ends:
                if spaced is None:
                    bare = map(len, map(str.strip, texts))
                    spaced = [place for place, length in enumerate(bare) if length < len(texts[place])]
                places = spaced
            for place in places:
                if texts[place] and place not in found and (warning := check.find(texts[place])) is not None:
                    found[place] = _without_value(_found(check.code, warning, texts[place]), checks)
    return found


def _found(code: str, warning: TextWarning, text: str) -> FoundWarning:
    """The warning about a text, with the text that is meant."""
    if code == DOUBLE_ENCODED.code:
        meant = meant_text(text)
        return FoundWarning(code, *warning, meant, None if meant is None else False)
    bare = text
    if code == OUTER_WHITESPACE.code:
        bare = text.strip()
    elif code == ARTEFACT.code:
        constant = read_constant(text)
        bare = strip_artefacts(text) if constant is None else constant
    return FoundWarning(code, *warning) if bare == text or is_odd(bare) else FoundWarning(code, *warning, bare, True)


def _without_value(found: FoundWarning, checks: Sequence[TextCheck]) -> FoundWarning:
    """A warning, without the exact value if that would get another warning."""
    others = [INVISIBLE, *(check for check in checks if check not in TEXT_CHECKS)]

    def is_clean(value: str) -> bool:
        return all(check.find(value) is None for check in others)

    return found.checked(is_clean)


RecordWarnings = dict[tuple[int, Path], tuple[str, FoundWarning]]
"""The warnings about texts in records: by the record's place and the path, the text and the warning."""


def record_warnings(
    records: Sequence[Any], entity: str | None, keys: set[str], *, has_schema: bool, may_warn: bool = True
) -> RecordWarnings:
    """The warnings about texts in JSON records; without ``may_warn``, only those that no look at the text precludes.

    With ``may_warn``, all keys in the records are added to ``keys``.
    """
    found: RecordWarnings = {}
    if may_warn:
        for (place, path), (text, warned) in _find_warned(records, json_checks(has_schema=has_schema), keys):
            found[place, path] = text, _without_value(warned, field_checks(entity, path))
    for (of, path), checks in FIELD_CHECKS.items():
        if has_schema and of == entity and (path[0] in keys if may_warn else checks not in RAW_CHECKS):
            places, paths, texts = _texts_of(records, path)
            for at, warning in text_warnings(texts, checks).items():
                key = (places[at], paths[at])
                is_error = warning.code == LOST_IDENTIFIER.code
                if is_error or key not in found or warning.code < found[key][1].code:
                    found[key] = (texts[at], warning)
    return found


def _texts_of(records: Sequence[Any], path: Path) -> tuple[Sequence[int], Sequence[Path], list[str]]:
    """The texts of a field, which may be one of the items of a list: their records' places, their paths, the texts."""
    if len(path) == 1:
        places, texts = _texts_at(records, path[0])
        return places, [path] * len(texts), texts
    name, _, inner = path
    lists = ((place, each.get(name)) for place, each in enumerate(records) if each.__class__ is dict)
    items = [item for place, items in lists if items.__class__ is list for item in zip(repeat(place), count(), items)]
    found = [item for item in items if item[2].__class__ is dict and item[2].get(inner).__class__ is str]
    places = [place for place, _, _ in found]
    return places, [(name, index, inner) for _, index, _ in found], [item[inner] for _, _, item in found]


def _find_warned(
    holders: Sequence[Any], checks: Sequence[TextCheck], keys: set[str]
) -> Iterator[tuple[tuple[int, Path], tuple[str, FoundWarning]]]:
    """The texts with a warning in and below objects and lists: the place of the holder, the path, the warning.

    The keys of the objects are added to ``keys``.
    """
    objects = [each for each in holders if each.__class__ is dict]
    own_keys = dict.fromkeys(chain.from_iterable(objects))
    keys.update(own_keys)
    values = list(chain.from_iterable([each.values() if each.__class__ is dict else each for each in holders]))
    texts = [value for value in values if value.__class__ is str]
    joined = SEPARATOR.join(texts)
    looks = {look: look(joined, JOINED) for look in {check.may_occur for check in checks}}
    due = [check for check in checks if looks[check.may_occur]]
    if due:
        by_key = len(own_keys) * len(holders) <= FEW_GAPS * len(values)  # otherwise most objects lack most of the keys
        for key in own_keys if by_key else ():
            places, members = _texts_at(holders, key)
            for at, warning in text_warnings(members, _checks_at(key, _checks_of_members(due))).items():
                yield (places[at], (key,)), (members[at], warning)
        for kind in (list,) if by_key else (list, dict):
            checked = due if kind is list else _checks_of_members(due)
            items = [item for item in _inside(holders, {kind}) if item[2].__class__ is str]
            for at, warning in text_warnings([text for _, _, text in items], checked).items():
                place, step, text = items[at]
                if warning.code in {check.code for check in _checks_at(step, checked)}:
                    yield (place, (step,)), (text, warning)
    others = [value for value in values if value.__class__ is not str] if len(texts) < len(values) else []
    nested = [value for value in others if value.__class__ in HOLDERS]
    if nested and (below := list(_find_warned(nested, checks, keys))):
        where = [(place, step) for place, step, value in _inside(holders, HOLDERS) if value.__class__ in HOLDERS]
        for (at, path), text_and_warning in below:
            place, step = where[at]
            yield (place, (step, *path)), text_and_warning


HOLDERS = frozenset({dict, list})

FEW_GAPS = 3
"""Objects are visited key by key if that takes at most this many times their number of members."""

LONG_TEXTS = ("description", "short_description")
"""Fields of long texts, where white space at the ends is invisible."""


def _checks_at(step: str | int, checks: Sequence[TextCheck]) -> Sequence[TextCheck]:
    """The checks that apply to text at a key."""
    return [check for check in checks if check.code != OUTER_WHITESPACE.code] if step in LONG_TEXTS else checks


def _checks_of_members(checks: Sequence[TextCheck]) -> Sequence[TextCheck]:
    """The checks that apply to members of objects, and not to items of lists alone."""
    return [check for check in checks if check is not ITEM_SPACE]


def _inside(holders: Sequence[Any], kinds: Set[type]) -> Iterator[tuple[int, str | int, Any]]:
    """The members and items of objects and lists of some types: the holder's place, the key or index, the value."""
    for place, each in enumerate(holders):
        if each.__class__ in kinds:
            for step, value in each.items() if each.__class__ is dict else enumerate(each):
                yield place, step, value


def _texts_at(holders: Sequence[Any], key: str | int) -> tuple[Sequence[int], list[str]]:
    """The places of objects that have a text at a key, and the texts."""
    values: list[Any]
    try:
        values = list(map(dict.get, holders, repeat(key)))
    except TypeError:  # a list, a number or a text
        values = [each.get(key) if each.__class__ is dict else None for each in holders]
    kinds = set(map(type, values))
    if kinds == {str}:
        return range(len(values)), values
    places = [at for at, value in enumerate(values) if value.__class__ is str] if str in kinds else []
    return places, [values[at] for at in places]
