"""Finds spreadsheet artefacts and slips in text that is valid under its schema, and what was probably meant.

In: the text of a cell. Out: a message and a hint. Rule: the text is reported and never changed, because it may be
intended; anything common in valid data is not an artefact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from custobar_formats.core.limits import MAX_VALUE_CHARS
from custobar_formats.core.spreadsheet import (
    AS_TEXT,
    ERRORS,
    LIBRE_ERROR,
    NOTHING,
    SCIENTIFIC,
    read_constant,
    strip_invisible,
)

TextWarning = tuple[str, str | None]
"""A message and a hint."""


class Joint(NamedTuple):
    """How texts are joined into one long text, so that all of them are checked at once.

    Attributes:
        spaces: common white space that a text may end with.
        ends: for each of ``spaces``, a pattern that matches in the long text where a text ends with it; one that means
            the same in ECMA-262 and in Python.
        odd_spaces: all other white space, except what separates two texts.
        rare_spaces: the ASCII characters of ``odd_spaces``.
        controls: the ASCII control characters that the texts may have, except tabs and line breaks.
        mark: what stands right before and after a text.
        begins: a pattern that matches where a text begins with a space.

    """

    spaces: tuple[str, ...]
    ends: tuple[str, ...]
    odd_spaces: str
    rare_spaces: str
    controls: str
    mark: str
    begins: str


MAY_BE_SCIENTIFIC = re.compile(r"E[+][0-9]")
"""Begins with a rare letter, so that the search takes next to no time."""

ODD_SPACES = "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace() and letter not in " \r\n")
"""White space other than the usual; there is none at higher code points."""

CONTROLS = "".join(letter for letter in map(chr, range(0x80)) if not letter.isprintable() and letter not in "\t\r\n")

SEPARATOR = "`"
"""Joins texts that are checked at once: rare in text, and neither white space nor invisible."""


def make_joint(spaces: str, following: str, separators: str) -> Joint:
    """The joint of texts that may end with ``spaces``, before one of the ``following`` characters."""
    odd = "".join(space for space in ODD_SPACES if space not in separators)
    ends = tuple(f"{space}[{following}]" for space in spaces)
    return Joint(tuple(spaces), ends, odd, "".join(filter(str.isascii, odd)), CONTROLS, separators, f"[{separators}] ")


JOINED = make_joint(" \r\n", SEPARATOR, SEPARATOR)
"""The joint of texts that are joined by the separator."""

ERROR_HINT = "fix the formula in the spreadsheet, or leave the cell blank"
NOTHING_HINT = "leave the cell blank, or the key out"
LOST_HINT = "format the column as text (or as a number without decimals) in the spreadsheet, and export again"


SEPARATORS = f',;\t"\r\n{SEPARATOR}'
"""What may separate two texts, in any joint."""

_LONG_WORDS = "|".join(re.escape(word).replace("\\ ", " ") for word in sorted(NOTHING) if len(word) > 2)
WORDS = f"(?:{_LONG_WORDS})(?:[{SEPARATORS}]|$)"
"""An ECMA-262 pattern of the words for nothing before a separator or an end. Without the short one, a backslash and N,
the search takes a tenth of the time."""

MAY_BE_AS_TEXT = re.compile("'[0-9+-]")


def suspect_artefact(
    text: str,
    joint: Joint = JOINED,  # noqa: ARG001 - other checks use it
    may_have_word: Callable[[str], bool] = bool,
) -> bool:
    """Whether some of the text may be an artefact: a quick check, which ``artefact_warning`` may not confirm.

    ``may_have_word``: whether ``WORDS`` may match; a quick test saves a search for each of them.
    """
    return (
        "#" in text
        or "Err:5" in text
        or ("+" in text and MAY_BE_SCIENTIFIC.search(text) is not None)
        or ("'" in text and MAY_BE_AS_TEXT.search(text) is not None)
        or suspect_constant(text)
        or (("\\" in text or may_have_word(text)) and any(word in text and _is_between(word, text) for word in NOTHING))
    )


def _is_between(word: str, text: str) -> bool:
    """Whether a word stands between two separators, quotes or ends."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if (not start or text[start - 1] in SEPARATORS) and text[end : end + 1] in SEPARATORS:
            return True
        start = text.find(word, end)
    return False


def artefact_warning(text: str) -> TextWarning | None:
    """The warning about what a spreadsheet or a program has left in the place of a value, or None."""
    if text in ERRORS or LIBRE_ERROR.fullmatch(text):
        return f"{text} is a spreadsheet error, not a value; it is kept", ERROR_HINT
    if text in NOTHING:
        return f"{text} is a program's word for no value; it is kept", NOTHING_HINT
    if SCIENTIFIC.fullmatch(text):
        return f"{text} is a number that a spreadsheet has shortened; digits are lost", LOST_HINT
    match = AS_TEXT.fullmatch(text)
    if match is not None:
        return "the text begins with a spreadsheet's apostrophe; it is kept", f"remove it: {match[1]}"
    return constant_warning(text)


def item_artefact_warning(text: str) -> TextWarning | None:
    """The warning about a joined list of several items with one that stands for no value, or None."""
    items = text.split(",")
    found = next((item for item in items if item in ERRORS or item in NOTHING), None) if len(items) > 1 else None
    return None if found is None else (f"the item {found} is not a value; it is kept", "leave the item out")


def suspect_constant(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may be a formula that is only a text: a quick check."""
    return "=" in text and '="' in text


def constant_warning(text: str) -> TextWarning | None:
    """The warning about a formula that is only a text, or None."""
    constant = read_constant(text)
    if constant is None:
        return None
    hint = "remove the formula around it" if is_odd(constant) else f"write {constant}"
    return "the text is inside a formula, as some exports write it; it is kept", hint


def _searcher(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search  # Python keeps the patterns that it has compiled


def may_have_outer_whitespace(
    text: str, joint: Joint = JOINED, searcher: Callable[[str], Callable[[str], object]] = _searcher
) -> bool:
    """Whether a text may end with white space, or begin with a rare kind of it: a quick check.

    ``searcher``: makes of an ECMA-262 pattern a function that searches for it.
    """
    if text.endswith(joint.spaces):
        return True
    if any(space in text and searcher(end)(text) for space, end in zip(joint.spaces, joint.ends, strict=True)):
        return True
    return any(space in text for space in (joint.rare_spaces if text.isascii() else joint.odd_spaces))


def is_odd(text: str) -> bool:
    """Whether a text is blank, too long for a hint, or due for a warning itself."""
    is_plain = text and text == strip_invisible(text) and len(text) <= MAX_VALUE_CHARS
    return not is_plain or is_formula(text) or artefact_warning(text) is not None


def only_spaces_warning(text: str) -> TextWarning | None:
    """The warning about a text of only white space, or None."""
    return ("the text is only white space; it is kept", None) if text.isspace() else None


def outer_whitespace_warning(text: str) -> TextWarning | None:
    """The warning about white space at the end of a text, or a rare kind of it at the beginning; or None.

    A common space at the beginning is not reported: every cell has one then, and so does the column name.
    """
    if not text or not (text[-1].isspace() or text[0] in ODD_SPACES) or text.isspace():
        return None
    where, bare = "ends" if text[-1].isspace() else "begins", text.strip()
    hint = "remove it" if is_odd(bare) else f"remove it: {bare!r}"
    return f"the text {where} with white space; it is kept", hint


_FORMULA = re.compile(r"[\t\r\n]*(?:[=＝].|[+\-@＋－＠](?![0-9 ().,/-]*\Z).*[(|!])", re.DOTALL)
"""An equals sign and more; or another sign that begins a formula, and further on a call, a program or another sheet:
without those, a formula is harmless. Signed numbers and telephone numbers do not match."""


def may_be_formula(text: str, joint: Joint = JOINED) -> bool:  # noqa: ARG001 - other checks use it
    """Whether some of the text may be a formula: a quick check, which ``is_formula`` may not confirm."""
    return "=" in text or "(" in text or "|" in text or "!" in text or "＝" in text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet takes a cell or a column name with this text for a formula."""
    return _FORMULA.match(text) is not None


CELL_ENDS = re.compile(r"([;\t\r\n]\s*)")
"""Where a spreadsheet whose delimiter is another one than the file's may begin a cell within a cell."""


def defused(text: str) -> str:
    """The text with an apostrophe before each part that a spreadsheet would run as a formula."""
    return "".join(f"'{part}" if is_formula(part) else part for part in CELL_ENDS.split(text))


FORMULA_MESSAGE = "a spreadsheet would run this as a formula; it is kept"
FORMULA_HINT = "do not open the file in a spreadsheet unless you trust its source"


def formula_warning(text: str) -> TextWarning | None:
    """The warning about a formula, unless it is only a text; or None."""
    return (FORMULA_MESSAGE, FORMULA_HINT) if is_formula(text) and read_constant(text) is None else None
