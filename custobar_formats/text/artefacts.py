"""What a spreadsheet, or a slip, has left in text that a schema takes as it is: whether it is one, and what was meant.

In: the text of a cell. Out: a finding's code, message and hint. The rule kept here: it is said, and nothing is changed,
for the text may be meant; what valid data often looks like is no artefact.
"""

from __future__ import annotations

import re

from custobar_formats.core.limits import MAX_VALUE_CHARS

TextWarning = tuple[str, str, str | None]

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

RARE_SPACES = "".join(space for space in ODD_SPACES if space.isascii())

ERROR_HINT = "mend the formula in the spreadsheet, or leave the cell blank"
LOST_HINT = "give the column the format of text (or a number without decimals) in the spreadsheet, and export again"


def suspect_artefact(text: str) -> bool:
    """Whether some of the text may be an artefact: a quick look, which ``artefact_warning`` may not confirm."""
    return "#" in text or MAY_BE_SCIENTIFIC.search(text) is not None


def artefact_warning(text: str) -> TextWarning | None:
    """What a spreadsheet has put in the place of a value, if it has."""
    if text in ERRORS:
        return "spreadsheet-scar", f"{text} is a spreadsheet's error, and no value; it is kept", ERROR_HINT
    if SCIENTIFIC.fullmatch(text):
        return (
            "spreadsheet-scar",
            f"{text} is a number that a spreadsheet has shortened; its digits are lost",
            LOST_HINT,
        )
    return None


def may_have_outer_space(joined: str) -> bool:
    """Whether one of some cells, joined by line feeds, may have white space at its end: a quick look."""
    if joined[-1:] == " " or " \n" in joined:
        return True
    return any(space in joined for space in (RARE_SPACES if joined.isascii() else ODD_SPACES))


def outer_space_warning(text: str) -> TextWarning | None:
    """White space at the end of a text that is more than that, or a rare one at its beginning.

    A common space at the beginning is not told: where there is one, it is in every cell, and the label has it, too.
    """
    if not text or text.isspace():
        return None
    if text[-1].isspace():
        message = "the cell ends with white space; it is kept"
    elif text[0] in ODD_SPACES:
        message = "the cell begins with white space; it is kept"
    else:
        return None
    return "outer-space", message, f"without it: {text.strip()[:MAX_VALUE_CHARS]!r}"


_FORMULA = re.compile(r"[\t\r\n]*(?:[=＝].|[+\-@＋－＠](?![0-9 ().,/-]*\Z).*[(|!])", re.DOTALL)
"""An equals sign and more; or another sign that begins a formula, and further on a call, a program or another sheet,
without which there is nothing to fear. Signed numbers and telephone numbers are none."""


def may_be_formula(text: str) -> bool:
    """Whether some of the text may be a formula: a quick look, which ``is_formula`` may not confirm."""
    return "=" in text or "(" in text or "|" in text or "!" in text or "＝" in text


def is_formula(text: str) -> bool:
    """Whether a cell or a label of this text is a formula to a spreadsheet."""
    return _FORMULA.match(text) is not None


FORMULA_MESSAGE = "a spreadsheet would run this as a formula; it is kept as it is"
FORMULA_HINT = "do not open the file in a spreadsheet before you know where it comes from"
