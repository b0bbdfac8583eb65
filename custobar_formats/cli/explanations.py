"""The meaning of each code for an upload: the reason, an example, and the same example fixed.

In: a code of ``core.findings``. Out: its explanation. Rule: every example gives its code, and the fixed example does
not; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from custobar_formats.cli.file_examples import FILE_EXAMPLES
from custobar_formats.cli.mapping_examples import MAPPING_EXAMPLES
from custobar_formats.cli.terminal import LINE_WIDTH
from custobar_formats.cli.value_examples import VALUE_EXAMPLES
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES, Severity
from custobar_formats.core.near import near
from custobar_formats.report.text import printable
from custobar_formats.report.wrapping import folded, pieces

FIXED = "`fix` corrects it."
FIXED_IF_CERTAIN = "`fix` corrects it where the whole column leaves no doubt what is meant."
FIXED_UNSAFELY = "`fix --unsafe` corrects it, if that is possible for the whole column."
LEFT = "`fix` leaves it to a person."

FIXABLE = {
    **dict.fromkeys(
        ("guessed-charset", "windows-1252", "sep-line", "quote-in-cell", "surplus-blank", "blank-row"), FIXED
    ),
    **dict.fromkeys(("outer-whitespace", "item-whitespace", "list-notation", "datetime-space"), FIXED),
    **dict.fromkeys(("wrong-type", "wrong-format", "spreadsheet-artefact", "unknown-label"), FIXED_IF_CERTAIN),
    **dict.fromkeys(("double-encoded", "mixed-money"), FIXED_UNSAFELY),
}
"""What ``fix`` does about a finding; it leaves the others to a person."""

LIST_WIDTH = 200
"""The greatest width of the list of codes: where nothing is known of a terminal, each code has one line."""

LEAST_MEANING = 20
"""The width that the meaning of a code needs beside the code."""

EXAMPLES = FILE_EXAMPLES | MAPPING_EXAMPLES | VALUE_EXAMPLES
"""The explanation of each code; a code that needs your own schema, or that comes from writing, has no example file."""


def overview(width: int = LIST_WIDTH) -> str:
    """Each code, its severity and its meaning, in lines of this width."""
    longest = max(map(len, CODES))
    before = longest + 11
    lines = []
    for code, (severity, meaning) in CODES.items():
        if width - before < LEAST_MEANING:
            lines += folded(f"{code}  {severity}", width, 4) + folded(f"    {meaning}", width, 4)
        else:
            lines += folded(f"{code:{longest}}  {severity:7}  {meaning}", width, before)
    return "\n".join(lines)


def render_explanation(code: str, width: int = LINE_WIDTH) -> str:
    """The explanation of a code in lines of this width: severity, meaning, reason, an example, and it fixed.

    Raises:
        UsageError: the code is unknown.

    """
    if code not in CODES:
        meant = near(code, tuple(CODES))
        raise UsageError(f"unknown code {code!r}" + (f": did you mean {meant}?" if meant else ""))
    severity, meaning = CODES[code]
    example = EXAMPLES[code]
    lines = [*folded(f"{code} ({severity}): {meaning}", width), "", *folded(example.why, width)]
    about_fix = what_fix_does(code)
    lines += ["", *folded(about_fix, width)] if about_fix is not None else []
    for title, content in (("The mapping:", example.mapping), ("An example:", example.bad), ("Fixed:", example.good)):
        if content is not None:
            lines += ["", title, "", *(f"    {part}" for line in shown(content) for part in pieces(line, width - 4))]
    return "\n".join(lines)


def what_fix_does(code: str) -> str | None:
    """A sentence about what ``fix`` does with an error or a warning of a code; None for a notice."""
    return None if CODES[code][0] is Severity.NOTICE else FIXABLE.get(code, LEFT)


def shown(content: str | bytes) -> list[str]:
    """The lines of an example; long lines are cut, and what cannot be printed is escaped."""
    text = content if isinstance(content, str) else _decoded(content)
    lines = map(printable, text.splitlines())
    return [f"{line[:60]}…" if len(line) > 70 else line for line in lines] or ["(an empty file)"]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("ascii", "backslashreplace")
