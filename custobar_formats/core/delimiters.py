"""The delimiters that Custobar's data import accepts, and their names.

Source: https://www.custobar.com/docs/api/data-import-formats/
"""

from __future__ import annotations

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
"""Each delimiter and its name. Of several that fit a file equally well, the last wins: prose has commas."""

_WORDS = [f"a {name}" for name in DELIMITERS.values()]
DELIMITER_WORDS = f"{', '.join(_WORDS[:-1])} or {_WORDS[-1]}"
"""All delimiters in words: a comma, a semicolon or a tab."""

ANY_DELIMITER = "".join(DELIMITERS)
"""All delimiters, for use inside the brackets of a regular expression."""
