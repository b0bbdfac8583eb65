"""The encodings that files may have, and their names.

Source: https://www.custobar.com/docs/api/data-import-formats/ (utf-8, utf-16 and iso-8859-1).
"""

from __future__ import annotations

ENCODINGS = ("utf-8", "utf-8-sig", "ascii", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252")
"""A name of each; Python's other names of them, such as latin-1 and cp1252, are accepted too."""

ENCODING_WORDS = f"{', '.join(ENCODINGS[:-1])} or {ENCODINGS[-1]} (for reading only)"
"""All of them in words; windows-1252 is read, but never written."""
