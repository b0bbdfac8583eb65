"""Reports to where they are asked for: a stream, files, and the summary of a step of GitHub Actions.

In: the words of ``--report`` and the reports of one run. Out: files, and text for a stream. The rule kept here: a
report is never written over what is read or written otherwise, and a file of one appears whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import checked_output, descriptor_of, is_part_of, is_same_file, naming
from custobar_formats.files.output import open_output
from custobar_formats.report.formats import RENDERERS, render

if TYPE_CHECKING:
    from custobar_formats.report.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file to which a step of GitHub Actions may add Markdown."""


class ReportTargets:
    """Where the reports of one run go: ``words`` are formats, each by itself or as ``FORMAT=FILE``.

    Raises:
        UsageError: an unknown format, or two that would stand in one place.

    """

    def __init__(self, words: Iterable[str], environment: Mapping[str, str]) -> None:
        self.shown: str | None = None
        self._files: dict[str, str] = {}
        for word in words:
            format_, told, file = word.partition("=")
            if format_ not in RENDERERS:
                raise UsageError(f"--report {word}: use one of {', '.join(RENDERERS)}")
            if not told:
                if self.shown is not None:
                    raise UsageError(f"--report {word}: {self.shown} is told already; name a file: {format_}=FILE")
                self.shown = format_
            elif not file:
                raise UsageError(f"--report {word}: the file's name is empty")
            elif file == "-":
                raise UsageError(f"--report {word}: a report without a file goes to the stream: say --report {format_}")
            elif any(os.path.realpath(file) == os.path.realpath(other) for other in self._files):
                raise UsageError(f"--report {word}: the file is that of another report")
            else:
                self._files[file] = format_
        formats = {self.shown, *self._files.values()}
        self.shows_blanks = not formats.isdisjoint(("html", "json"))
        self._summary = environment.get(SUMMARY) if "github" in formats else None

    def keep_off(self, others: Iterable[object], *, split: str | None = None) -> None:
        """Refuse to write over the files that are read, or written otherwise: paths and streams.

        ``split`` is the path that files with numbers take the place of.

        Raises:
            UsageError: a report's file is one of them.

        """
        others = [*others, self._summary]
        paths = [other for other in others if isinstance(other, (str, os.PathLike))]
        for file in self._files:
            # /dev/stdout is stdout, on purpose: what is there already stays.
            rivals = others if descriptor_of(Path(file)) is None else paths
            same = any(is_same_file(other, file) for other in rivals)
            same = same or any(os.path.realpath(path) == os.path.realpath(file) for path in paths)
            if same or (split is not None and is_part_of(file, split)):
                raise UsageError(f"{file}: the report would be written over a file of this run: name another")
            checked_output(file)

    def stream_text(self, reports: Sequence[Report]) -> str:
        """What the stream is to be told, without a line break at its end."""
        return render(reports, self.shown or "text").removesuffix("\n")

    def write_files(self, reports: Sequence[Report]) -> None:
        """Write the files.

        Raises:
            OSError: one cannot be written.

        """
        for file, format_ in self._files.items():
            with open_output(file) as output:
                output.write(render(reports, format_).encode("utf-8", "backslashreplace"))
        if self._summary:
            from custobar_formats.report.github import render_summary

            with naming(self._summary), open(self._summary, "ab") as summary:
                summary.write(render_summary(reports).encode("utf-8", "backslashreplace"))
