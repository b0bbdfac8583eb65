"""Names of countries, languages and currencies, in Finnish, Swedish, English and their own, and their codes.

In: a name, or a code in any case. Out: the code (ISO 3166-1 alpha-2, ISO 639-1, ISO 4217), or None. Rule: a name or
code that means one of them, and not also another.
"""

from __future__ import annotations

import re

_COUNTRIES = {
    "FI": "fi fin suomi finland finnland",
    "SE": "se swe ruotsi sverige sweden schweden",
    "NO": "no nor norja norge norway norwegen",
    "DK": "dk dnk tanska danmark denmark",
    "IS": "is isl islanti island iceland",
    "AX": "ax ala ahvenanmaa åland aland",
    "EE": "ee est viro eesti estonia estland",
    "LV": "lv lva latvia latvija lettland",
    "LT": "lt ltu liettua lietuva lithuania litauen",
    "DE": "de deu saksa deutschland germany tyskland ger",
    "AT": "at aut itävalta österreich austria österrike",
    "CH": "ch che sveitsi schweiz suisse switzerland",
    "NL": "nl nld alankomaat hollanti nederland netherlands holland",
    "BE": "be bel belgia belgië belgique belgium belgien",
    "LU": "lu lux luxemburg luxembourg",
    "FR": "fr fra ranska france frankrike",
    "ES": "es esp espanja españa spain spanien",
    "PT": "pt prt portugali portugal",
    "IT": "it ita italia italy italien",
    "GR": "gr grc el kreikka grekland greece",
    "PL": "pl pol puola polska poland polen",
    "CZ": "cz cze tšekki česko czechia tjeckien czech_republic",
    "SK": "sk svk slovakia slovensko slovakien",
    "HU": "hu hun unkari magyarország hungary ungern",
    "RO": "ro rou romania românia rumänien",
    "BG": "bg bgr bulgaria bulgarien",
    "HR": "hr hrv kroatia hrvatska croatia kroatien",
    "SI": "si svn slovenia slovenija slovenien",
    "CY": "cy cyp kypros cyprus cypern",
    "MT": "mt mlt malta",
    "IE": "ie irl irlanti éire ireland irland",
    "GB": "gb gbr uk englanti england united_kingdom great_britain iso-britannia storbritannien",
    "UA": "ua ukr ukraina ukraine",
    "TR": "tr tur turkki türkiye turkey turkiet",
    "US": "us usa yhdysvallat united_states united_states_of_america u.s.a.",
    "CA": "ca can kanada canada",
    "AU": "au aus australia australien",
    "JP": "jp jpn japani japan",
    "CN": "cn chn kiina china kina",
    "IN": "in ind intia india indien",
    "RU": "ru rus venäjä russia ryssland",
    "RS": "rs srb serbia serbien",
    "IL": "il isr israel",
    "MX": "mx mex meksiko mexico",
    "NZ": "nz nzl uusi-seelanti new_zealand",
    "KR": "kr kor etelä-korea south_korea",
    "HK": "hk hkg hongkong hong_kong",
}
_LANGUAGES = {
    "fi": "fi fin suomi finska finnish",
    "sv": "sv swe ruotsi svenska swedish",
    "no": "no nor norja norska norsk norwegian",
    "nb": "nb nob",
    "da": "da dk dan tanska danska dansk danish",
    "et": "et est viro estniska eesti estonian",
    "de": "de at deu ger saksa tyska deutsch german",
    "en": "en gb us eng englanti engelska english",
    "fr": "fr fra fre ranska franska français french",
    "es": "es spa espanja spanska español spanish",
    "it": "it ita italia italienska italiano italian",
    "nl": "nl nld dut hollanti nederlands dutch",
    "pl": "pl pol puola polska polski polish",
    "ru": "ru rus venäjä ryska русский russian",
    "lv": "lv lav latvia lettiska latvian",
    "lt": "lt lit liettua litauiska lithuanian",
    "he": "he heb iw il hebrew",
    "id": "id ind in indonesian",
    "yi": "yi yid ji yiddish",
    "ja": "ja jp jpn japani japanska japanese",
    "cs": "cs cz ces cze tšekki tjeckiska čeština czech",
    "el": "el gr ell gre kreikka grekiska ελληνικά greek",
    "uk": "uk ua ukr ukraina ukrainska українська ukrainian",
    "zh": "zh cn zho chi kiina kinesiska 中文 chinese",
    "sr": "sr rs srp serbia serbiska српски serbian",
    "sq": "sq al sqi alb albania albanska shqip albanian",
    "ka": "ka ge kat geo georgia georgiska ქართული georgian",
    "vi": "vi vn vie vietnam vietnamesiska vietnamese",
}
"""The names that occur in exports, and the codes of countries that are those of no language (dk, gb, jp ...). SE, EE
and UK are codes of languages, too: of Northern Sami, Ewe and Ukrainian; iw, in and ji are old codes (ISO 639-1, changes
of 1989)."""

_CURRENCIES = {"EUR": "€ euro euros euroa", "PLN": "zł", "CZK": "kč", "USD": "us$", "UAH": "₴", "RUB": "₽", "INR": "₹"}
"""The signs and names of one currency only: $, £, ¥ and kr are those of several. Source: Unicode, Currency Symbols."""

COUNTRIES = {name.replace("_", " "): code for code, names in _COUNTRIES.items() for name in names.split()}
LANGUAGES = {name: code for code, names in _LANGUAGES.items() for name in names.split()}
CURRENCIES = {name: code for code, names in _CURRENCIES.items() for name in names.split()}

_COUNTRIES_RATHER = ("se", "ee", "uk", "si", "kr", "br")
"""Codes of languages that are more often meant as those of countries."""

_TAG = re.compile("([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})+")
"""A language and more: a script, a region. Source: RFC 5646, 2.1; ICU writes underscores."""


def parse_country(text: str) -> str | None:
    """The code of the country that a text names, in any case; None for an unknown name.

    Example:
        >>> parse_country("Suomi"), parse_country("Atlantis")
        ('FI', None)

    """
    return COUNTRIES.get(text.casefold())


def parse_currency(text: str) -> str | None:
    """The code of the currency (ISO 4217) that a sign or a name stands for, in any case; None if it may be several.

    Example:
        >>> parse_currency("€"), parse_currency("Euro"), parse_currency("$")
        ('EUR', 'EUR', None)

    """
    return CURRENCIES.get(text.casefold())


def parse_language(text: str) -> str | None:
    """The code of the language that a text names, in any case, also with a script or region; None for an unknown name.

    Example:
        >>> parse_language("Ruotsi"), parse_language("fi-FI")
        ('sv', 'fi')

    """
    tag = _TAG.fullmatch(text)
    name = (tag[1] if tag is not None else text).casefold()
    is_code = tag is not None or (text.isupper() and name not in _COUNTRIES_RATHER)
    return LANGUAGES.get(name, name if is_code and len(name) == 2 else None)
