"""The encodings that files may have, and their names.

Source: https://www.custobar.com/docs/api/data-import-formats/ (utf-8, utf-16 and iso-8859-1).
"""

from __future__ import annotations

WRITTEN = ("utf-8", "utf-8-sig", "utf-16", "iso-8859-1")
READ_ONLY = ("ascii", "utf-16-le", "utf-16-be", "windows-1252")
ENCODINGS = WRITTEN + READ_ONLY
"""A name of each; Python's other names of them, such as latin-1 and cp1252, are accepted too."""

WRITTEN_WORDS = f"{', '.join(WRITTEN[:-1])} or {WRITTEN[-1]}"
ENCODING_WORDS = f"{', '.join(WRITTEN)}, or (for reading only) {', '.join(READ_ONLY[:-1])} or {READ_ONLY[-1]}"
"""Those that are written, and all, in words."""
