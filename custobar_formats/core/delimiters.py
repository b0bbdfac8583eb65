"""The delimiters that Custobar's data import takes, and their names.

Source: https://www.custobar.com/docs/api/data-import-formats/
"""

from __future__ import annotations

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
"""Each delimiter, and its name."""

ANY_DELIMITER = "".join(DELIMITERS)
"""All of them, as they stand within the brackets of a regular expression."""
