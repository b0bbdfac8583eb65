"""Finds spreadsheet artefacts and slips in text that is valid under its schema, and what was probably meant.

In: the text of a cell. Out: a message and a hint. Rule: the text is reported and never changed, because it may be
intended; anything common in valid data is not an artefact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from custobar_formats.core.limits import MAX_VALUE_CHARS

TextWarning = tuple[str, str | None]
"""A message and a hint."""


class Joint(NamedTuple):
    """How texts are joined into one long text, so that all of them are checked at once.

    Attributes:
        spaces: common white space that a text may end with.
        ends: for each of ``spaces``, a pattern that matches in the long text where a text ends with it.
        odd_spaces: all other white space, except what separates two texts.
        rare_spaces: the ASCII characters of ``odd_spaces``.

    """

    spaces: tuple[str, ...]
    ends: tuple[re.Pattern[str], ...]
    odd_spaces: str
    rare_spaces: str


ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
        *("#PUUTTUU!", "#VIITTAUS!", "#NIMI?", "#ARVO!", "#JAKO/0!", "#TYHJÄ!", "#LUKU!"),
        *("#SAKNAS!", "#REFERENS!", "#NAMN?", "#VÄRDEFEL!", "#DIVISION/0!", "#SKÄRNING!", "#OGILTIGT!"),
    }
)
"""The errors that Excel and LibreOffice show for a failed formula, in English, Finnish and Swedish."""

SCIENTIFIC = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
"""A large number as a spreadsheet shows it in a narrow or unformatted cell; the digits after those shown are lost."""

MAY_BE_SCIENTIFIC = re.compile(r"E[+][0-9]")
"""Begins with a rare letter, so that the search takes next to no time."""

ODD_SPACES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace() and letter not in " \r\n")
"""White space other than the usual; there is none at higher code points."""

SEPARATOR = "\0"
"""Joins texts that are checked at once: rare in text, and not white space."""


def make_joint(spaces: str, following: str, separators: str) -> Joint:
    """The joint of texts that may end with ``spaces``, before one of the ``following`` characters."""
    odd = "".join(space for space in ODD_SPACES if space not in separators)
    ends = tuple(re.compile(f"{space}[{following}]") for space in spaces)
    return Joint(tuple(spaces), ends, odd, "".join(filter(str.isascii, odd)))


JOINED = make_joint(" \r\n", SEPARATOR, SEPARATOR)
"""The joint of texts that are joined by the separator."""

ERROR_HINT = "fix the formula in the spreadsheet, or leave the cell blank"
LOST_HINT = "format the column as text (or as a number without decimals) in the spreadsheet, and export again"


def suspect_artefact(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may be an artefact: a quick check, which ``artefact_warning`` may not confirm."""
    return "#" in text or MAY_BE_SCIENTIFIC.search(text) is not None


def artefact_warning(text: str) -> TextWarning | None:
    """The warning about a spreadsheet's error or shortened number in the place of a value, or None."""
    if text in ERRORS:
        return f"{text} is a spreadsheet error, not a value; it is kept", ERROR_HINT
    if SCIENTIFIC.fullmatch(text):
        return f"{text} is a number that a spreadsheet has shortened; digits are lost", LOST_HINT
    return None


def may_have_outer_whitespace(text: str, joint: Joint = JOINED) -> bool:
    """Whether a text may end with white space, or begin with a rare kind of it: a quick check."""
    if text.endswith(joint.spaces):
        return True
    if any(space in text and end.search(text) for space, end in zip(joint.spaces, joint.ends, strict=True)):
        return True
    return any(space in text for space in (joint.rare_spaces if text.isascii() else joint.odd_spaces))


def only_spaces_warning(text: str) -> TextWarning | None:
    """The warning about a text of only white space, or None."""
    return ("the text is only white space; it is kept", None) if text.isspace() else None


def outer_whitespace_warning(text: str) -> TextWarning | None:
    """The warning about white space at the end of a text, or a rare kind of it at the beginning; or None.

    A common space at the beginning is not reported: every cell has one then, and so does the column name.
    """
    if not text or not (text[-1].isspace() or text[0] in ODD_SPACES) or text.isspace():
        return None
    where = "ends" if text[-1].isspace() else "begins"
    return f"the text {where} with white space; it is kept", f"remove it: {text.strip()[:MAX_VALUE_CHARS]!r}"


_FORMULA = re.compile(r"[\t\r\n]*(?:[=＝].|[+\-@＋－＠](?![0-9 ().,/-]*\Z).*[(|!])", re.DOTALL)
"""An equals sign and more; or another sign that begins a formula, and further on a call, a program or another sheet:
without those, a formula is harmless. Signed numbers and telephone numbers do not match."""


def may_be_formula(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may be a formula: a quick check, which ``is_formula`` may not confirm."""
    return "=" in text or "(" in text or "|" in text or "!" in text or "＝" in text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet takes a cell or a column name with this text for a formula."""
    return _FORMULA.match(text) is not None


FORMULA_MESSAGE = "a spreadsheet would run this as a formula; it is kept"
FORMULA_HINT = "do not open the file in a spreadsheet unless you trust its source"


def formula_warning(text: str) -> TextWarning | None:
    """The warning about a formula, or None."""
    return (FORMULA_MESSAGE, FORMULA_HINT) if is_formula(text) else None
