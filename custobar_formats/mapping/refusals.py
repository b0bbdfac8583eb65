"""Names of columns that say who must not be contacted, in nine languages.

In: the name of a column. Out: true or false. Rule: a word of refusal is one by itself; a negation only before a word
for contact, for "no" is a number, too.
"""

from __future__ import annotations

import re

from custobar_formats.mapping.words import plain

_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z])|[\s_\-/]+")
_REFUSES = re.compile(
    r"kielto|kiellot|kielletty|kieltan|kieltay|estetty|peruuttanut"
    r"|\bsparr|reklamsparr|\bnix|avboj|avregistrer|avanmal"
    r"|\bopt(?:ed|s)? ?out|\bunsub|suppress|\bblocked|\bblocklist|\bblacklist|\bdo not\b|\bdnc\b"
    r"|frabed|frameld|afmeld|avmeld|\bblok(?:er|ker)|reserver(?:t|et) mot"
    r"|abgemeldet|abbestell|widersprochen|werbesperre|afgemeld|uitgeschreven"
    r"|desinscri|desabonn|de baja\b|loobunud|keeld"
)
_NEGATED = re.compile(
    r"\b(?:ei|ala|ej|inte|ingen|inga|ikke|ikkje|no|not|don'?t|never|keine?n?|nicht|geen|niet|ne|pas|sin|sans)\b.*"
    r"(?:mark[ke]|marknad|mainos|reklam|reclam|werbung|publici|promo|advert|mail|posti?\b|newslet|uutiskirj|nyhe[td]sbre"
    r"|nieuwsbr|boletin|contact|kontakt|sms|tekstiv|soit|laheta|puhelu|\bcall|\bring|utskick|enviar|llamar)"
)


def is_refusal(name: str) -> bool:
    """Whether a name says who must not be contacted.

    Example:
        >>> [is_refusal(name) for name in ("Får ej kontaktas", "HasOptedOut", "No marketing", "Customer no", "Note")]
        [True, True, True, False, False]

    """
    words = " ".join(_SPLIT.split(plain(name).replace("\u2019", "'"))).casefold()
    return _REFUSES.search(words) is not None or _NEGATED.search(words) is not None
