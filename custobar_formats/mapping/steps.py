"""The steps from a cell of an export to the value of a field: one function for each, in their fixed order.

In: the arguments of a field. Out: a function from text to text, or to a list of texts. Rule: a text that a step cannot
read raises ``Unmappable``; nothing is guessed, and a blank text never comes here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import Any

from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import quoted
from custobar_formats.notation.declared_dates import (
    BadForm,
    Moment,
    advice_on,
    date_parser,
    find_timezone,
    iso,
    other_form,
    parse_iso,
)
from custobar_formats.notation.money import Currencies, parse_amount
from custobar_formats.notation.names import parse_country
from custobar_formats.notation.national_phones import is_country, parse_national_phone

Mapped = str | list[str]
Step = Callable[[str, str], str]
"""From a text, and the cell that names its country, to another text; blank if it means nothing."""
Converter = Callable[[str, str], Mapped]
QuickConverter = Callable[[Sequence[str]], Sequence[str]]
IsValid = Callable[[str], bool]


class Unmappable(Exception):
    """A text that a step cannot read, with the reason and what to do; ``fix`` is the value that fixing gives it."""

    def __init__(
        self, reason: str, hint: str | None = None, fix: str | None = None, *, fix_is_safe: bool | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.fix = fix
        self.fix_is_safe = fix_is_safe


@dataclass(frozen=True, slots=True)
class Target:
    """What the steps need to know of the field.

    Attributes:
        kind: Custobar's type, such as ``money``, or ``list``; None if the schema has none.
        is_valid: whether a text is valid as it stands, for a field that does not take any text.
        identifies: whether records are found by it.

    """

    kind: str | None
    is_valid: IsValid
    identifies: bool = False


def make_converter(
    arguments: Mapping[str, Any], target: Target, currencies: Currencies | None = None
) -> Converter | None:
    """The function from a text, and the cell that names its country, to the value; None if no step changes texts.

    It remembers the currency of the amounts of one file in ``currencies``.

    Raises:
        UsageError: an argument cannot be used.

    """
    makers: tuple[tuple[str, Callable[[Mapping[str, Any], Target], Step]], ...] = (
        ("true", _truth),
        ("false", _truth),
        ("values", _values),
        ("dates", _dates),
        ("unit", partial(_cents, currencies=Currencies() if currencies is None else currencies)),
        ("country", _phone),
        ("unescape", lambda *_: lambda text, _: html.unescape(text)),
        ("case", _case),
    )
    made = {make: make(arguments, target) for name, make in makers if name in arguments}
    steps, finish = list(made.values()), _ending(arguments)
    if finish is None and len(steps) < 2:
        return steps[0] if steps else None

    def convert(text: str, named: str = "") -> Mapped:
        for step in steps:
            text = step(text, named)
            if not text:
                return ""
        return text if finish is None else finish(text)

    return convert


ANY_TEXT = frozenset({"unescape", "case", "prefix", "suffix"})
"""The arguments of steps that read any text, whatever the others are."""
NOT_ANY_TEXT = frozenset({"true", "false", "values", "dates", "unit", "country", "split", "levels", "take"})


def make_quick_converter(arguments: Mapping[str, Any]) -> QuickConverter | None:
    """The function from many texts to their values, if all steps read any text; else None.

    For texts that do not repeat, such as titles, it takes a tenth of the time of one text after the other.
    """
    if ANY_TEXT.isdisjoint(arguments) or not NOT_ANY_TEXT.isdisjoint(arguments):
        return None
    case = {"lower": str.lower, "upper": str.upper}.get(arguments.get("case", ""))
    prefix, suffix = arguments.get("prefix", ""), arguments.get("suffix", "")

    def convert(texts: Sequence[str]) -> Sequence[str]:
        if "unescape" in arguments and "&" in "".join(texts):
            texts = list(map(html.unescape, texts))
        if case is not None:
            texts = list(map(case, texts))
        return [f"{prefix}{text}{suffix}" if text else "" for text in texts] if prefix or suffix else texts

    return convert


def _ending(arguments: Mapping[str, Any]) -> Callable[[str], Mapped] | None:
    """The last steps, from ``split`` on; None if there are none."""
    split, levels = arguments.get("split"), arguments.get("levels")
    prefix, suffix = arguments.get("prefix", ""), arguments.get("suffix", "")
    if split is None and levels is None and not prefix and not suffix:
        return None
    take, is_quoted = arguments.get("take", "leaf"), arguments.get("quoted", False)
    if split is not None and is_quoted and '"' in split:
        raise UsageError("split: quoted items cannot be split at a quote")

    def finish(text: str) -> Mapped:
        items = [text] if split is None else [item.strip() for item in _items(text, split, is_quoted=is_quoted)]
        if levels is not None:
            items = [level for item in items for level in _levels(item, levels, take)]
        items = [f"{prefix}{item}{suffix}" for item in items if item]
        if split is not None or take == "all":
            return list(dict.fromkeys(items))
        return items[0] if items else ""

    return finish


def _truth(arguments: Mapping[str, Any], _: Target) -> Step:
    pairs = [(word, truth) for truth in ("false", "true") for word in arguments.get(truth, ())]
    words = _by_word(pairs, "true and false")

    def truth(text: str, _: str) -> str:
        found = words.get(text.casefold())
        if found is None and text in ("true", "false"):
            return text
        if found is None:
            raise Unmappable(
                f"it is none of {_listed(word for word, _ in pairs)}", "add it to the mapping under true or false"
            )
        return found

    return truth


def _by_word(pairs: Iterable[tuple[str, str]], where: str) -> dict[str, str]:
    """The values by their words, without case."""
    words: dict[str, str] = {}
    for word, value in pairs:
        if words.setdefault(word.casefold(), value) != value:
            raise UsageError(f"{where}: {word!r} stands for both {words[word.casefold()]!r} and {value!r}")
    return words


def _values(arguments: Mapping[str, Any], target: Target) -> Step:
    words = _by_word(arguments["values"].items(), "values")
    keeps = arguments.get("others", "error") == "keep"

    def value(text: str, _: str) -> str:
        found = words.get(text.casefold())
        if found is not None:
            return found
        if keeps or text in words.values() or target.is_valid(text):
            return text
        raise Unmappable(f"it is none of {_listed(arguments['values'])}", "add it to the mapping under values")

    return value


def _dates(arguments: Mapping[str, Any], target: Target) -> Step:
    try:
        parsers = [date_parser(form) for form in arguments["dates"]]
        timezone = find_timezone(arguments["timezone"]) if "timezone" in arguments else None
    except BadForm as bad:
        raise UsageError(f"dates: {bad}") from None
    forms = " or ".join(arguments["dates"])

    def day(text: str, _: str) -> str:
        moment = None
        for parse in parsers:
            other = parse(text)
            if moment is not None and other is not None and moment != other:
                raise Unmappable(f"it is two days in the notations of the mapping {forms}")
            moment = moment or other
        if moment is None and target.is_valid(text):
            moment = parse_iso(text) if timezone is not None else None
            if moment is None or moment.at.tzinfo is not None:
                return text
        if moment is None:
            form = other_form(text, arguments["dates"])
            more = ", ".join(f'"{each}"' for each in (*arguments["dates"], form))
            hint = advice_on(text) if form is None else f"add its notation to the mapping: dates = [{more}]"
            raise Unmappable(f"it is not a date in the notation {forms}", hint)
        if not moment.has_time:
            return moment.at.date().isoformat()
        if target.kind == "date":
            if moment.at.time() != time.min:
                raise Unmappable("it has a time, and the field takes a day")
            moment = Moment(moment.at, has_time=False)
        value = iso(moment, timezone)
        if value is None:
            raise Unmappable("this time does not exist in the timezone, or occurs twice", "write it with its offset")
        return value

    return day


def _cents(arguments: Mapping[str, Any], _: Target, *, currencies: Currencies) -> Step:
    decimal = arguments.get("decimal")

    def cents(text: str, _: str) -> str:
        amount = parse_amount(text, decimal)
        if amount.cents is None:
            raise Unmappable(amount.reason or "", amount.hint)
        if amount.currency is not None and (other := currencies.add(amount.currency)) is not None:
            raise Unmappable(f"the column has amounts in {other} and in {amount.currency}")
        return amount.cents

    return cents


def _phone(arguments: Mapping[str, Any], target: Target) -> Step:
    country = arguments["country"]
    default = country if isinstance(country, str) else country.get("default")
    if default is not None and not is_country(default.upper()):
        raise UsageError(f"country: {default!r} is not the code of a country, such as FI")

    home = None if default is None else default.upper()
    own_words = {word.casefold(): code for word, code in arguments.get("own_country", {}).items()}

    def phone(text: str, named: str) -> str:
        if target.is_valid(text):
            return text
        land = named.strip()
        land = own_words.get(land.casefold(), land)
        code = (parse_country(land) or land.upper()) if land else home
        if isinstance(country, str):
            return for_all(text, code)
        if code is None:
            raise Unmappable("its country is not known", "give a default country in the mapping")
        if not is_country(code):
            raise Unmappable(f"{named!r} is not a country")
        return number_in(text, code)

    def for_all(text: str, own: str | None) -> str:
        assert home is not None  # the country is a text
        number = number_in(text, home)
        if own not in (None, home) and is_country(own) and parse_national_phone(text, own).number != number:
            message = f"all numbers are taken for those of {home}, and the country of this row is {own}"
            raise Unmappable(message, 'name the column of the country: country = { from = "..." }')
        return number

    return phone


def number_in(text: str, code: str) -> str:
    """The number that a text spells in a country.

    Raises:
        Unmappable: it spells none.

    """
    found = parse_national_phone(text, code)
    if found.number is None:
        raise Unmappable(found.reason or "", "correct the number, or write it with + and its country code")
    return found.number


def _case(arguments: Mapping[str, Any], _: Target) -> Step:
    return lambda text, _: text.lower() if arguments["case"] == "lower" else text.upper()


def _items(text: str, separator: str, *, is_quoted: bool) -> Iterable[str]:
    """The items of a text."""
    if is_quoted and '"' in text:
        return _quoted_items(text, separator)
    if f"\\{separator}" not in text:
        return text.split(separator)
    parts = re.split(rf"(?<!\\){re.escape(separator)}", text)  # as WooCommerce and Magento write it in a name
    return [part.replace(f"\\{separator}", separator) for part in parts]


def _quoted_items(text: str, separator: str) -> Iterator[str]:
    """The items of a text; one in double quotes may hold the separator, and a quote as two."""
    find = re.compile(rf'(?:\s*"((?:[^"]|"")*)"\s*|(.*?))(?:{re.escape(separator)}|\Z)', re.DOTALL).match
    at = 0
    while at < len(text):
        match = find(text, at)
        assert match is not None  # the second form matches all text
        if match[1] is None and match[2].lstrip().startswith('"'):
            raise Unmappable("its quotes do not enclose whole items")
        yield match[2] if match[1] is None else match[1].replace('""', '"')
        at = match.end()


def _levels(item: str, separator: str, take: str) -> list[str]:
    levels = [level.strip() for level in _items(item, separator, is_quoted=False) if level.strip()]
    return levels if take == "all" else levels[:1] if take == "first" else levels[-1:]


def _listed(given: Iterable[str]) -> str:
    words = list(given)
    shown = [quoted(word) for word in words[:5]]
    return ", ".join(shown) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
