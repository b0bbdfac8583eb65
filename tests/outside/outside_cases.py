"""The outcome of each outside case, equal to the source's or deviating for a reason; and the lists for the page.

No reason is taken on trust: the options of a case, or the findings in it, decide which reason it is. An outcome without
a reason raises KeyError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from custobar_formats import Report

OPEN = "either"
"""The outcome of a case that the source leaves to each reader; the page lists it with our outcome."""

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    """One case: its group, its name, the outcome in the source, our outcome, and the reason where they differ."""

    group: str
    name: str
    theirs: str
    ours: str
    why: str | None = None

    @property
    def deviates(self) -> bool:
        """Whether our outcome differs from the source's."""
        return self.why is not None


@dataclass(frozen=True)
class Suite:
    """The cases of one source, and how they were run where there is more than one way."""

    source: str
    cases: tuple[Case, ...]
    way: str = ""

    @property
    def title(self) -> str:
        """The source and the way."""
        return f"{self.source}, {self.way}" if self.way else self.source

    @property
    def deviating(self) -> tuple[Case, ...]:
        """The cases whose outcomes differ."""
        return tuple(case for case in self.cases if case.deviates)


def load(name: str) -> Any:
    """The vendored cases of one source."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def codes(report: Report) -> list[str]:
    """The codes of the errors; without errors, those of all findings."""
    errors = sorted({finding.code for finding in report.errors})
    return errors or sorted({finding.code for finding in report.findings})


def found(report: Report) -> str:
    """The findings in a word or two."""
    kind = "warning" if report.valid else "error"
    return f"{kind} {', '.join(codes(report))}"


def show(value: Any) -> str:
    """A value as short ASCII text."""
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:60]} … {len(text)} characters"


def figures(suites: Iterable[Suite]) -> list[str]:
    """The lines of the table of counts."""
    lines = ["| source | cases run | equal | deviating | left open by the source |", "| --- | --- | --- | --- | --- |"]
    for suite in suites:
        run, listed = len(suite.cases), len(suite.deviating)
        left_open = sum(case.theirs == OPEN for case in suite.cases)
        lines.append(f"| {suite.title} | {run:,} | {run - listed:,} | {listed - left_open:,} | {left_open:,} |")
    return lines


def deviations(suites: Iterable[Suite], reasons: dict[str, str]) -> list[str]:
    """The lines of the list of deviations: a heading for each source, and a block of text for each reason.

    Cases of one group with the same outcomes share their last two lines; outcomes that several ways share appear once.
    """
    ways: dict[tuple[str, ...], list[str]] = {}
    for suite in suites:
        together: dict[tuple[str, ...], list[str]] = {}
        for case in suite.deviating:
            outcome = (reasons[str(case.why)], case.group, case.theirs, case.ours)
            together.setdefault(outcome, []).append(case.name.replace("\n", "\\n"))
        for (why, group, theirs, ours), names in together.items():
            ways.setdefault((suite.source, why, group, theirs, ours, *names), []).append(suite.way)
    blocks: dict[str, dict[tuple[str, str], list[str]]] = {}
    for (source, why, group, theirs, ours, *names), by in ways.items():
        block = blocks.setdefault(source, {}).setdefault((why, ", ".join(filter(None, by))), [])
        block += [f"{group}: {name}" for name in names]
        block += [f"    source: {theirs}", f"    here:   {ours}"]
    lines = []
    for source, by_reason in blocks.items():
        lines += [f"### {source}", ""]
        for (why, how), block in by_reason.items():
            lines += [f"{why[0].upper()}{why[1:]}{f' ({how})' if how else ''}:", "", "```text", *block, "```", ""]
    return lines
