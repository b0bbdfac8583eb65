"""What a spreadsheet, or a slip, has left in text that a schema takes as it is: whether it is one, and what was meant.

In: the text of a cell. Out: a finding's code, message and hint. The rule kept here: it is said, and nothing is changed,
for the text may be meant; what valid data often looks like is no artefact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from custobar_formats.core.limits import MAX_VALUE_CHARS

TextWarning = tuple[str, str | None]
"""A message and a hint."""


class Joint(NamedTuple):
    """How texts stand one behind the other in one long text, in which all of them are looked at at once.

    Attributes:
        spaces: common white space that the texts may end with.
        ends: for each of these a pattern of what is found in the long text where one of them ends with it.
        odd_spaces: the other white space, but for what stands between two texts.
        rare_spaces: those of these in ASCII.

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
"""What Excel and LibreOffice show for a formula that fails, in English, Finnish and Swedish."""

SCIENTIFIC = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
"""A large number as a spreadsheet shows it in a narrow or a common cell; what is behind the shown digits is lost."""

MAY_BE_SCIENTIFIC = re.compile(r"E[+][0-9]")
"""It begins with a rare letter, so that it is looked for in next to no time."""

ODD_SPACES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace() and letter not in " \r\n")
"""White space other than the usual; there is none beyond."""

SEPARATOR = "\0"
"""What joins texts that are looked at at once: rare in text, and no white space."""


def make_joint(spaces: str, following: str, separators: str) -> Joint:
    """The joint of texts that may end with these spaces, before one of the characters that may follow a text."""
    odd = "".join(space for space in ODD_SPACES if space not in separators)
    ends = tuple(re.compile(f"{space}[{following}]") for space in spaces)
    return Joint(tuple(spaces), ends, odd, "".join(filter(str.isascii, odd)))


JOINED = make_joint(" \r\n", SEPARATOR, SEPARATOR)
"""Texts that are joined by the separator."""

ERROR_HINT = "fix the formula in the spreadsheet, or leave the cell blank"
LOST_HINT = "format the column as text (or as a number without decimals) in the spreadsheet, and export again"


def suspect_artefact(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - for others
    """Whether some of the text may be an artefact: a quick look, which ``artefact_warning`` may not confirm."""
    return "#" in text or MAY_BE_SCIENTIFIC.search(text) is not None


def artefact_warning(text: str) -> TextWarning | None:
    """What a spreadsheet has put in the place of a value, if it has."""
    if text in ERRORS:
        return f"{text} is a spreadsheet error, not a value; it is kept", ERROR_HINT
    if SCIENTIFIC.fullmatch(text):
        return f"{text} is a number that a spreadsheet has shortened; digits are lost", LOST_HINT
    return None


def may_have_outer_whitespace(text: str, joint: Joint = JOINED) -> bool:
    """Whether one of the texts may have white space at its end, or a rare one at its beginning: a quick look."""
    if text.endswith(joint.spaces):
        return True
    if any(space in text and end.search(text) for space, end in zip(joint.spaces, joint.ends, strict=True)):
        return True
    return any(space in text for space in (joint.rare_spaces if text.isascii() else joint.odd_spaces))


def only_spaces_warning(text: str) -> TextWarning | None:
    """A text of nothing but white space."""
    return ("the text is only white space; it is kept", None) if text.isspace() else None


def outer_whitespace_warning(text: str) -> TextWarning | None:
    """White space at the end of a text that is more than that, or a rare one at its beginning.

    A common space at the beginning is not told: where there is one, it is in every cell, and the label has it, too.
    """
    if not text or not (text[-1].isspace() or text[0] in ODD_SPACES) or text.isspace():
        return None
    where = "ends" if text[-1].isspace() else "begins"
    return f"the text {where} with white space; it is kept", f"without it: {text.strip()[:MAX_VALUE_CHARS]!r}"


_FORMULA = re.compile(r"[\t\r\n]*(?:[=＝].|[+\-@＋－＠](?![0-9 ().,/-]*\Z).*[(|!])", re.DOTALL)
"""An equals sign and more; or another sign that begins a formula, and further on a call, a program or another sheet,
without which there is nothing to fear. Signed numbers and telephone numbers are none."""


def may_be_formula(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - for others
    """Whether some of the text may be a formula: a quick look, which ``is_formula`` may not confirm."""
    return "=" in text or "(" in text or "|" in text or "!" in text or "＝" in text


def is_formula(text: str) -> bool:
    """Whether a cell or a label of this text is a formula to a spreadsheet."""
    return _FORMULA.match(text) is not None


FORMULA_MESSAGE = "a spreadsheet would run this as a formula; it is kept"
FORMULA_HINT = "do not open the file in a spreadsheet unless you trust its source"


def formula_warning(text: str) -> TextWarning | None:
    """A formula to a spreadsheet."""
    return (FORMULA_MESSAGE, FORMULA_HINT) if is_formula(text) else None
