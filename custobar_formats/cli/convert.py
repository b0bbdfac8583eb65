"""The command that converts one file.

In: arguments. Out: a file or stdout; messages on stderr; the exit code.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import click

from custobar_formats.cli.entity import EntityChooser, settings_of
from custobar_formats.cli.options import (
    blank_option,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    from_option,
    in_colour,
    no_settings_option,
    one_of,
    open_source,
    opened_stream,
    report_option,
    schema_option,
    settings_option,
    streams_too,
    verbose_option,
)
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.report_option import ReportTargets
from custobar_formats.cli.terminal import INVALID, VALID, print_message, print_styled
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import existing_outputs, is_same_file, outputs_of, part_of, unpacked_name
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.api_write import Missing
from custobar_formats.pipeline.convert import convert_file
from custobar_formats.pipeline.options import FORMAT_SUFFIXES, FORMATS, Options
from custobar_formats.report.report import InvalidData, Report
from custobar_formats.report.text import how_read, summary, text_of

ABOUT_CONVERT = """Convert CSV to JSON, or JSON to CSV.

IN is a CSV or JSON file, or - for stdin; OUT is the output, stdout if left out. Its suffix (.csv, .tsv, .json,
.jsonl, .ndjson) says its format, unless --to does; .gz, .bz2, .xz, .zst or .zip behind it packs it. CSV to CSV writes
a comma and utf-8, whatever was read.

The delimiter and the encoding are those of the CSV side, of IN where both are CSV. With an entity or a schema only
valid data is written: to a file whole or not at all; to stdout record by record, until an error ends it.
"""


@click.command(help=ABOUT_CONVERT, no_args_is_help=True)
@click.argument("source", metavar="IN", shell_complete=file_words)
@click.argument("target", metavar="[OUT]", required=False, shell_complete=file_words)
@click.option("-o", "--output", metavar="OUT", help="The same as OUT.", shell_complete=file_words)
@click.option("--valid", metavar="OUT", help="The same, with --rejects.", shell_complete=file_words)
@click.option(
    "--rejects",
    metavar="FILE",
    help="Write rows that have errors there, with the reasons, and the others to OUT.",
    shell_complete=file_words,
)
@click.option("-f", "--force", is_flag=True, help="Write over an output that is there already.")
@entity_option
@schema_option
@from_option
@click.option("--to", type=click.Choice(FORMATS), metavar="FORMAT", help=f"The output's format: {one_of(FORMATS)}.")
@delimiter_option
@encoding_option
@blank_option
@click.option(
    "--missing",
    type=click.Choice(get_args(Missing)),
    metavar="WORD",
    default="blank",
    show_default=True,
    help=f"What a missing key becomes: {one_of(get_args(Missing))} (into a file for each set of labels).",
)
@report_option
@click.option("--strict", is_flag=True, help="Data with warnings is not written, either.")
@click.option("--exit-zero", is_flag=True, help="Rejected rows leave the exit code 0.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Leave out a warning or a notice; may be repeated.")
@click.option("-q", "--quiet", is_flag=True, help="Tell of nothing but what fails, and that in one line.")
@verbose_option
@fields_option
@settings_option
@no_settings_option
def convert(source: str, target: str | None, output: str | None, valid: str | None, **given: Any) -> int:
    """Convert one file; the exit code."""
    outs = [name for name in (target, output, valid) if name is not None]
    if len(outs) > 1:
        raise UsageError("the output is given twice: say OUT, --output or --valid")
    if valid is not None and given["rejects"] is None:
        raise UsageError("--valid leaves out rows that have errors: say where they go, --rejects FILE")
    return Conversion(source=source, out=next(iter(outs), "-"), **given).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One conversion: its files and options."""

    source: str
    out: str
    rejects: str | None
    force: bool
    entity: str | None
    schema: Path | None
    fields: Path | None
    from_: str | None
    to: str | None
    delimiter: str | None
    encoding: str | None
    blank: str
    missing: str
    reports: tuple[str, ...]
    strict: bool
    exit_zero: bool
    ignore: tuple[str, ...]
    quiet: bool
    verbose: bool
    settings: Path | None
    no_settings: bool

    def run(self) -> int:
        """Convert, and tell of it; the exit code."""
        publisher = ReportTargets(self.reports, os.environ)
        self._keep_off(publisher)
        chooser = EntityChooser(
            self.entity, self.schema, self.fields, settings_of(self.settings, none=self.no_settings)
        )
        chooser.check()
        self._keep_old()
        report, is_written, seconds = self._convert(chooser)
        if self.verbose:
            print_styled(f"{chooser.settings_line()}\n{how_read(report, seconds)}")
        self._tell(report, publisher, is_written=is_written)
        publisher.write_files([report])
        fails = not is_written or "rejected-rows" in report.counts.by_code
        return INVALID if fails and not (self.exit_zero and is_written) else VALID

    def _keep_off(self, publisher: ReportTargets) -> None:
        """Refuse to write two things into one file, and over what is read."""
        if not self.out or not self.source or self.rejects == "":
            raise UsageError("a file's name is empty")
        if self.rejects == "-":
            raise UsageError("--rejects: name a file, for stdout has the records")
        files = [self.source, self.schema, self.fields, self.settings]
        split = self.out if self.missing == "split" else None
        publisher.keep_off(streams_too([*files, self.out, self.rejects]), split=split)
        source = sys.stdin if self.source == "-" else self.source
        told: dict[str, object] = {"the input": source, "the schema": self.schema}
        told |= {"the file of --fields": self.fields, "the file of --settings": self.settings}
        outputs: list[tuple[str, object]] = [(self.out, output) for output in outputs_of(self.out, self.missing)]
        for name, output in [*outputs, (self.rejects or "", self.rejects)]:
            for what, file in told.items():
                if is_same_file(file, output):
                    raise UsageError(f"{name}: the output is {what}: write to another file")

    def _keep_old(self) -> None:
        """Refuse to write over files that are there already, unless with ``--force``."""
        old = existing_outputs(self.out, self.missing) if self.out != "-" else []
        others = existing_outputs(self.rejects, "blank") if self.rejects is not None else []
        for path in [*old, *others][: 0 if self.force else 1]:
            raise UsageError(f"{path}: the file is there already: write over it with --force, or name another")

    def _convert(self, chooser: EntityChooser) -> tuple[Report, bool, float]:
        """The report, whether everything was written, and how many seconds it took."""
        stdout = opened_stream(sys.stdout, "output").buffer if self.out == "-" else None
        options = Options(self.from_, self.encoding, self.delimiter, None, self.blank)
        is_written, files = True, list[object]()
        with open_input(open_source(self.source)) as opened:
            choice = chooser.choose(opened, options)
            with Progress(opened, shown=not self.quiet) as progress:
                try:
                    report = convert_file(
                        opened,
                        self.out if stdout is None else stdout,
                        choice.schema,
                        replace(options, entity=choice.entity),
                        to=self.to or _format_of(self.out),
                        missing=self.missing,
                        streams=stdout is not None,
                        strict=self.strict,
                        ignore=(*chooser.settings.ignore, *self.ignore),
                        rejects=self.rejects,
                        on_progress=progress,
                        on_written=lambda written: files.extend(written.files),
                    )
                except InvalidData as error:
                    report, is_written = error.report, False
        if is_written and self.missing == "split":
            _remove_rest(self.out, len(files))
        return choice.with_reason(report), is_written, progress.seconds

    def _tell(self, report: Report, publisher: ReportTargets, *, is_written: bool) -> None:
        """Tell on stderr what was found."""
        colour = in_colour(sys.stderr)
        if publisher.shown not in (None, "text"):
            print_styled(publisher.stream_text([report]))
        elif not self.quiet and (report.findings or publisher.shown):
            print_styled(text_of(report, colour=colour))
        elif not is_written or not report.valid:
            print_styled(summary(report, colour=colour))
        if not is_written and report.valid:
            print_message("warnings count as errors (--strict)")
        if not is_written and self.out == "-":
            print_message("the output ends before this; 'custobar-formats validate' tells of all that is wrong")


def _remove_rest(out: str, count: int) -> None:
    """Remove what an earlier run has left behind the last of so many files, as far as its numbers go on."""
    number = count + 1
    while (path := part_of(Path(out), number)).is_file():
        path.unlink()
        print_message(f"{path}: removed, for it was of an earlier run")
        number += 1


def _format_of(out: str) -> str | None:
    """The format that an output's suffix says; None where it has none, as stdout and pipes."""
    suffix = Path(unpacked_name(out)).suffix.lower()
    if suffix and suffix not in FORMAT_SUFFIXES:
        raise UsageError(f"{out}: {suffix} is no format's suffix: use one of {', '.join(FORMAT_SUFFIXES)}, or say --to")
    return FORMAT_SUFFIXES.get(suffix)
