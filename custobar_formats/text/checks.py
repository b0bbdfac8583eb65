"""The table of warnings about text, for CSV and JSON alike.

In: text. Out: whether a warning may be due, and the warning about one text. Rule: if the quick check finds nothing,
there is nothing; so texts are checked one by one only where something is suspicious.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from custobar_formats.text import artefacts, invisible, mojibake
from custobar_formats.text.artefacts import Joint, TextWarning


class TextCheck(NamedTuple):
    """A warning about text.

    Attributes:
        code: the code of its finding.
        may_occur: whether it may be due for some of the texts in one long text, joined in some way.
        find: the warning about one text, or None.
        about_ends: whether it checks the ends of texts, where a line break is white space, too.

    """

    code: str
    may_occur: Callable[[str, Joint], bool]
    find: Callable[[str], TextWarning | None]
    about_ends: bool = False


_has_outer_whitespace = artefacts.may_have_outer_whitespace

DOUBLE_ENCODED = TextCheck("double-encoded", mojibake.suspect_double_encoded, mojibake.double_encoded_warning)
CONSTANT = TextCheck("spreadsheet-artefact", artefacts.suspect_constant, artefacts.constant_warning)
FORMULA = TextCheck("formula-cell", artefacts.may_be_formula, artefacts.formula_warning)
INVISIBLE = TextCheck("invisible-character", invisible.suspect_invisible, invisible.invisible_warning)
LOST = TextCheck("lost-character", invisible.suspect_lost, invisible.lost_warning)
ONLY_SPACES = TextCheck("only-spaces", _has_outer_whitespace, artefacts.only_spaces_warning, about_ends=True)
OUTER_WHITESPACE = TextCheck(
    "outer-whitespace", _has_outer_whitespace, artefacts.outer_whitespace_warning, about_ends=True
)
ARTEFACT = TextCheck("spreadsheet-artefact", artefacts.suspect_artefact, artefacts.artefact_warning)
WINDOWS_1252 = TextCheck("windows-1252", mojibake.suspect_control, mojibake.control_warning)

TEXT_CHECKS = (
    DOUBLE_ENCODED,
    CONSTANT,
    FORMULA,
    WINDOWS_1252,
    INVISIBLE,
    LOST,
    ONLY_SPACES,
    OUTER_WHITESPACE,
    ARTEFACT,
)
"""All checks, in the order of their codes: where several warnings are due for one text, the first counts."""

JSON_CHECKS = (DOUBLE_ENCODED, INVISIBLE, LOST, ONLY_SPACES, OUTER_WHITESPACE, ARTEFACT)
"""The checks that apply to JSON, too: no spreadsheet runs JSON, and it is UTF-8."""
