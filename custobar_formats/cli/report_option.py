"""Where reports go: to a stream, to files, and to the summary of a step of GitHub Actions.

In: the values of ``--report`` and the reports of one run. Out: files, and text for a stream. Rules: a report overwrites
no other file of the run and, unless forced, no file but a report; its own file appears whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import REPORT_MARK_BYTES
from custobar_formats.files.filenames import (
    checked_output,
    descriptor_of,
    existing_outputs,
    is_part_of,
    is_same_file,
    is_same_place,
    naming,
)
from custobar_formats.files.output import NewFile, check_takes_bytes, open_output
from custobar_formats.files.remote import remote_at
from custobar_formats.files.source import open_input
from custobar_formats.files.urls import as_name, is_url
from custobar_formats.report.formats import RENDERERS, is_report, render

if TYPE_CHECKING:
    from custobar_formats.report.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file to which a step of GitHub Actions adds its summary in Markdown."""


class ReportTargets:
    """Where the reports of one run go: each of ``words`` is ``FORMAT`` or ``FORMAT=FILE``.

    Raises:
        UsageError: a format is unknown, or two reports would go to one place.

    """

    def __init__(self, words: Iterable[str], environment: Mapping[str, str], *, force: bool) -> None:
        self.shown: str | None = None
        self._force = force
        self._files: dict[str, str] = {}
        for word in words:
            format_, equals, file = word.partition("=")
            if format_ not in RENDERERS:
                raise UsageError(f"--report {word}: use one of {', '.join(RENDERERS)}")
            if not equals:
                if self.shown is not None:
                    raise UsageError(f"--report {word}: {self.shown} is printed already; use {format_}=FILE")
                self.shown = format_
            elif not file:
                raise UsageError(f"--report {word}: the file name is empty")
            elif file == "-":
                raise UsageError(f"--report {word}: to print the report, use --report {format_}")
            elif any(is_same_place(file, other) for other in self._files):
                raise UsageError(f"--report {format_}={as_name(file)}: another report goes to this file")
            else:
                self._files[as_name(file)] = format_
        formats = {self.shown, *self._files.values()}
        self.shows_blanks = not formats.isdisjoint(("html", "json"))
        self._summary = environment.get(SUMMARY) if "github" in formats else None

    def check_files(self, others: Iterable[object], *, split: str | None = None) -> None:
        """Refuse to write a report over the other files of the run, which are paths and streams.

        ``split`` is the output path if numbered files take its place.

        Raises:
            UsageError: a report would overwrite one of them.

        """
        others = [*others, self._summary]
        paths = [other for other in others if isinstance(other, (str, os.PathLike))]
        for file in self._files:
            # /dev/stdout means stdout, on purpose: the report is added to it, and overwrites nothing.
            rivals = others if descriptor_of(Path(file)) is None else paths
            same = any(is_same_file(other, file) for other in rivals)
            same = same or any(is_same_place(path, file) for path in paths)
            if same or (split is not None and is_part_of(file, split)):
                raise UsageError(f"{file}: the report would overwrite a file of this run: choose another name")
            if is_url(file):
                check_takes_bytes(file)
            else:
                checked_output(file)
            self._destination(file)

    def _destination(self, file: str) -> str | NewFile:
        """Where a report is written: over a report, an empty file or no file at all (a pipe), else to a new file.

        Raises:
            UsageError: there is another file, and it is not to be overwritten.

        """
        if self._force or descriptor_of(Path(file)) is not None:
            return file
        if not existing_outputs(file, "blank"):
            return NewFile(file)
        with open_input(Path(file) if not is_url(file) else remote_at(file)) as opened:
            head = cast(bytes, opened.head())[:REPORT_MARK_BYTES]
        if head and not is_report(head):
            raise UsageError(f"{file}: this is no report: overwrite it with --force, or choose another name")
        return file

    def stream_text(self, reports: Sequence[Report]) -> str:
        """The text for the stream, without a line break at its end."""
        return render(reports, self.shown or "text").removesuffix("\n")

    def write_files(self, reports: Sequence[Report]) -> None:
        """Write the files.

        Raises:
            OSError: a file cannot be written.

        """
        for file, format_ in self._files.items():
            with open_output(self._destination(file)) as output:
                output.write(render(reports, format_).encode("utf-8", "backslashreplace"))
        if self._summary:
            from custobar_formats.report.github import render_summary

            with naming(self._summary), open(self._summary, "ab") as summary:
                summary.write(render_summary(reports).encode("utf-8", "backslashreplace"))
