"""Text that a spreadsheet takes for a formula, and runs when a file is opened.

In: a cell or a label. Out: whether it is one. The rule kept here: it is said, and nothing is changed, for the text may
be meant. Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

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
