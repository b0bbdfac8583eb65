"""What outside cases give: one outcome a case, equal to theirs or deviating, with the reason; and the table of those.

A reason is never taken on trust: each case's own options, or what is found in it, decides which one it is, and an
outcome that has none raises KeyError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from custobar_formats import Report

OPEN = "either"
"""What a source says of a case that it leaves to each reader; it is listed with what happens here."""

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    """One case: the name of what it belongs to, its own, what the source says, what is seen here, and why."""

    group: str
    name: str
    theirs: str
    ours: str
    why: str | None = None

    @property
    def deviates(self) -> bool:
        """Whether ours is another outcome than theirs."""
        return self.why is not None


@dataclass(frozen=True)
class Suite:
    """The cases of one source, and the way in which they were run, if there is more than one."""

    source: str
    cases: tuple[Case, ...]
    way: str = ""

    @property
    def title(self) -> str:
        """The source and the way."""
        return f"{self.source}, {self.way}" if self.way else self.source

    @property
    def deviating(self) -> tuple[Case, ...]:
        """Those whose outcome is another."""
        return tuple(case for case in self.cases if case.deviates)


def load(name: str) -> Any:
    """The vendored cases of one source."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def codes(report: Report) -> list[str]:
    """The codes of what is wrong, or else of what is warned of."""
    errors = sorted({finding.code for finding in report.errors})
    return errors or sorted({finding.code for finding in report.findings})


def found(report: Report) -> str:
    """What is found, in a word or two."""
    kind = "warning" if report.valid else "error"
    return f"{kind} {', '.join(codes(report))}"


def show(value: Any) -> str:
    """A value, short, in ASCII."""
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:60]} … {len(text)} characters"


def code(text: str) -> str:
    """Text as code in a cell of a table."""
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

    Cases of one group with the same outcomes stand in one row, and so do rows that are the same in several ways.
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
