"""The meaning of each code for an upload: the reason, an example, and the same example fixed.

In: a code of ``core.findings``. Out: its explanation. Rule: every example gives its code, and the fixed example does
not; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from textwrap import wrap

from custobar_formats.cli.file_examples import FILE_EXAMPLES
from custobar_formats.cli.value_examples import VALUE_EXAMPLES
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.near import near
from custobar_formats.report.text import printable

COLUMNS = 79
"""The greatest width of an explanation, in columns of a terminal."""


EXAMPLES = FILE_EXAMPLES | VALUE_EXAMPLES
"""The explanation of each code; a code that needs your own schema, or that comes from writing, has no example file."""


def overview() -> str:
    """A line for each code: the code, its severity and its meaning."""
    width = max(map(len, CODES))
    return "\n".join(f"{code:{width}}  {severity:7}  {meaning}" for code, (severity, meaning) in CODES.items())


def render_explanation(code: str) -> str:
    """The explanation of a code as text: severity, meaning, reason, an example, and the same example fixed.

    Raises:
        UsageError: the code is unknown.

    """
    if code not in CODES:
        meant = near(code, tuple(CODES))
        raise UsageError(f"unknown code {code!r}" + (f": did you mean {meant}?" if meant else ""))
    severity, meaning = CODES[code]
    example = EXAMPLES[code]
    lines = [*wrap(f"{code} ({severity}): {meaning}", COLUMNS), "", *wrap(example.why, COLUMNS)]
    for title, content in (("An example:", example.bad), ("Fixed:", example.good)):
        if content is not None:
            lines += ["", title, "", *(f"    {line}" for line in shown(content))]
    return "\n".join(lines)


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
