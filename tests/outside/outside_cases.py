"""The outcomes of outside cases, equal to theirs or deviating with a reason, and the tables of both.

The reason always follows from the case: from its options or its findings. A deviation without a reason raises
KeyError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from custobar_formats import Report

OPEN = "either"
"""The source leaves this case to each reader; the page lists it with the outcome here."""

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    """One case: the names of its group and of itself, the source's outcome, ours, and the reason."""

    group: str
    name: str
    theirs: str
    ours: str
    why: str | None = None

    @property
    def deviates(self) -> bool:
        """Whether our outcome differs from theirs."""
        return self.why is not None


@dataclass(frozen=True)
class Suite:
    """The cases of one source, and how they were run if there is more than one way."""

    source: str
    cases: tuple[Case, ...]
    way: str = ""

    @property
    def title(self) -> str:
        """The source and the way."""
        return f"{self.source}, {self.way}" if self.way else self.source

    @property
    def deviating(self) -> tuple[Case, ...]:
        """The cases with a different outcome."""
        return tuple(case for case in self.cases if case.deviates)


def load(name: str) -> Any:
    """The vendored cases of one source."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def codes(report: Report) -> list[str]:
    """The codes of the errors, or of the warnings if there are no errors."""
    errors = sorted({finding.code for finding in report.errors})
    return errors or sorted({finding.code for finding in report.findings})


def found(report: Report) -> str:
    """The outcome in a word or two."""
    kind = "warning" if report.valid else "error"
    return f"{kind} {', '.join(codes(report))}"


def show(value: Any) -> str:
    """A value as short ASCII text."""
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:60]} … {len(text)} characters"


def code(text: str) -> str:
    """Text as code in a table cell."""
    text = text.replace("|", "\\|").replace("\n", "\\n")
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def figures(suites: Iterable[Suite]) -> list[str]:
    """The lines of the table of counts."""
    lines = ["| source | cases run | equal | deviating | left open by the source |", "| --- | --- | --- | --- | --- |"]
    for suite in suites:
        run, listed = len(suite.cases), len(suite.deviating)
        left_open = sum(case.theirs == OPEN for case in suite.cases)
        lines.append(f"| {suite.title} | {run:,} | {run - listed:,} | {listed - left_open:,} | {left_open:,} |")
    return lines


def table(suites: Iterable[Suite], reasons: dict[str, str]) -> list[str]:
    """The lines of the table of deviations.

    Cases of one group with the same outcomes share a row, and so do rows that are equal for several ways.
    """
    ways: dict[tuple[str, ...], list[str]] = {}
    for suite in suites:
        together: dict[tuple[str, ...], list[str]] = {}
        for case in suite.deviating:
            outcome = (case.group, case.theirs, case.ours, reasons[str(case.why)])
            together.setdefault(outcome, []).append(code(case.name))
        for (group, theirs, ours, why), names in together.items():
            row = (suite.source, group, "; ".join(names), code(theirs), code(ours), why)
            ways.setdefault(row, []).append(suite.way)
    lines = ["| source | cases | theirs | ours | why |", "| --- | --- | --- | --- | --- |"]
    for (source, group, *cells), by in ways.items():
        how = f" ({', '.join(by)})" if any(by) else ""
        lines.append(f"| {source}{how}: {group} | {' | '.join(cells)} |")
    return lines
