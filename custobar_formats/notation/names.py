"""Names of countries and languages, in Finnish, Swedish, English and their own, and their codes.

In: a name, or a code in any case. Out: the code (ISO 3166-1 alpha-2, ISO 639-1), or None. Rule: a name or code that
means one country or language, and not also another.
"""

from __future__ import annotations

import re

_COUNTRIES = {
    "FI": "fi fin suomi finland",
    "SE": "se swe ruotsi sverige sweden",
    "NO": "no nor norja norge norway",
    "DK": "dk dnk tanska danmark denmark",
    "EE": "ee est viro eesti estonia estland",
    "DE": "de deu saksa deutschland germany tyskland",
    "GB": "gb gbr uk englanti england",
}
_LANGUAGES = {
    "fi": "fi fin suomi finska finnish",
    "sv": "sv swe ruotsi svenska swedish",
    "no": "no nor norja norska norsk norwegian",
    "da": "da dk dan tanska danska dansk danish",
    "et": "et est viro estniska eesti estonian",
    "de": "de deu saksa tyska deutsch german",
    "en": "en gb eng englanti engelska english",
}
"""The names that occur in exports. SE, EE and UK are codes of languages, too: of Northern Sami, Ewe and Ukrainian."""

COUNTRIES = {name: code for code, names in _COUNTRIES.items() for name in names.split()}
LANGUAGES = {name: code for code, names in _LANGUAGES.items() for name in names.split()}


def parse_country(text: str) -> str | None:
    """The code of the country that a text names, in any case; None for an unknown name.

    Example:
        >>> parse_country("Suomi"), parse_country("Atlantis")
        ('FI', None)

    """
    return COUNTRIES.get(text.casefold())


def parse_language(text: str) -> str | None:
    """The code of the language that a text names, in any case, also with a region; None for an unknown name.

    Example:
        >>> parse_language("Ruotsi"), parse_language("fi-FI")
        ('sv', 'fi')

    """
    tag = re.fullmatch("([a-z]{2})[-_][A-Z]{2}", text)
    return tag[1] if tag is not None else LANGUAGES.get(text.casefold())
