"""Names of countries and languages, in Finnish, Swedish, English and their own, and their codes.

In: a name, or a code in any case. Out: the code (ISO 3166-1 alpha-2, ISO 639-1), or None.
"""

from __future__ import annotations

_NAMES = (
    ("FI", "fi", "fi fin suomi finland finnish"),
    ("SE", "sv", "se sv swe ruotsi sverige sweden svenska swedish"),
    ("NO", "no", "no nor norja norge norway norsk norwegian"),
    ("DK", "da", "dk da dnk tanska danmark denmark dansk danish"),
    ("EE", "et", "ee et est viro eesti estonia estonian"),
    ("DE", "de", "de deu saksa deutschland germany deutsch german"),
    ("GB", "en", "gb uk en gbr englanti england english"),
)
"""Country, language, and the names of both that occur in exports to Custobar."""

COUNTRIES = {name: country for country, _, names in _NAMES for name in names.split()}
LANGUAGES = {name: language for _, language, names in _NAMES for name in names.split()}


def parse_country(text: str) -> str | None:
    """The code of the country that a text names, in any case; None for an unknown name.

    Example:
        >>> parse_country("Suomi"), parse_country("Atlantis")
        ('FI', None)

    """
    return COUNTRIES.get(text.casefold())


def parse_language(text: str) -> str | None:
    """The code of the language that a text names, in any case; None for an unknown name.

    Example:
        >>> parse_language("Ruotsi")
        'sv'

    """
    return LANGUAGES.get(text.casefold())
