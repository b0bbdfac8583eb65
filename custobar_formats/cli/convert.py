"""The command that converts one file.

In: arguments. Out: a file or stdout; messages on stderr; the exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count as count_from
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args

import click

from custobar_formats.cli.entity import EntityChooser, settings_of
from custobar_formats.cli.options import (
    blank_option,
    check_outputs,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    from_option,
    header_option,
    in_colour,
    jobs_option,
    map_option,
    min_rows_option,
    named,
    no_settings_option,
    one_of,
    open_source,
    opened_stream,
    report_option,
    schema_option,
    schema_resource_option,
    settings_option,
    sheet_option,
    streams_too,
    verbose_option,
    with_option,
)
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.report_option import ReportTargets
from custobar_formats.cli.signals import announced_outputs
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID, error_text, folding_width, print_message, print_styled
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import (
    descriptor_of,
    existing_outputs,
    outputs_of,
    part_of,
    remove_output,
    unpacked_name,
)
from custobar_formats.files.output import NewFile
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.pipeline.api_read import validate
from custobar_formats.pipeline.api_write import Missing
from custobar_formats.pipeline.convert import Converted, convert_file
from custobar_formats.pipeline.jobs import Jobs
from custobar_formats.pipeline.options import FORMAT_SUFFIXES, FORMATS, Options
from custobar_formats.report.report import InvalidData, Report, unreadable
from custobar_formats.report.text import how_read, printable, summary, text_of
from custobar_formats.schema.sources import read_resources

ABOUT_CONVERT = """Convert CSV to JSON, or JSON to CSV.

IN is a CSV or JSON file, or - for stdin. OUT is the output file; without it, the output goes to stdout. The suffix of
OUT (.csv, .tsv, .txt, .json, .jsonl, .ndjson) sets the format, unless --to does; another suffix .gz, .bz2, .xz, .zst
or .zip compresses it.

With an entity or a schema, only valid data is written: a file completely or not at all, to stdout until the first
error.

--delimiter and --encoding apply to the CSV file. From CSV to CSV they apply to IN, and OUT gets commas (.tsv: tabs)
and utf-8.
"""

FORMAT_NAMES = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines"}


@click.command(help=ABOUT_CONVERT)
@click.argument("source", metavar="IN", shell_complete=file_words, callback=named)
@click.argument("target", metavar="[OUT]", required=False, shell_complete=file_words, callback=named)
@click.option("-o", "--output", metavar="OUT", help="Same as OUT.", shell_complete=file_words, callback=named)
@click.option(
    "--valid", metavar="OUT", help="Same as OUT, for use with --rejects.", shell_complete=file_words, callback=named
)
@click.option(
    "--rejects",
    metavar="FILE",
    callback=named,
    help="Write rows with errors to FILE, with the reasons, and the other rows to OUT.",
    shell_complete=file_words,
)
@click.option("-f", "--force", is_flag=True, help="Overwrite files that already exist.")
@entity_option
@schema_option
@from_option
@click.option("--to", type=click.Choice(FORMATS), metavar="FORMAT", help=f"Format of the output: {one_of(FORMATS)}.")
@delimiter_option
@encoding_option
@header_option
@sheet_option
@blank_option
@jobs_option
@map_option
@with_option
@click.option(
    "--missing",
    type=click.Choice(get_args(Missing)),
    metavar="WORD",
    default="blank",
    show_default=True,
    help="If a record lacks a field that others have: blank writes a blank cell, error stops, and split writes one "
    "file for each set of columns.",
)
@report_option
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if rows were rejected.")
@min_rows_option
@click.option("--ignore", metavar="CODE", multiple=True, help="Do not report this warning or notice. May be repeated.")
@click.option("-q", "--quiet", is_flag=True, help="Print the report only if the data is invalid.")
@verbose_option
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
def convert(source: str, target: str | None, output: str | None, valid: str | None, **given: Any) -> int:
    """Convert one file; return the exit code."""
    outs = [name for name in (target, output, valid) if name is not None]
    if len(outs) > 1:
        raise UsageError("two outputs are given: use only one of OUT, --output and --valid, which mean the same")
    if valid is not None and given["rejects"] is None:
        raise UsageError("--valid needs --rejects FILE, for the rows with errors")
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
    resources: tuple[Path, ...]
    from_: str | None
    to: str | None
    delimiter: str | None
    encoding: str | None
    header: int | None
    sheet: str | None
    blank: str
    jobs: Jobs
    map_: str | None
    answers: tuple[str, ...]
    missing: str
    reports: tuple[str, ...]
    min_rows: int | None
    strict: bool
    exit_zero: bool
    ignore: tuple[str, ...]
    quiet: bool
    verbose: bool
    settings: Path | None
    no_settings: bool

    def run(self) -> int:
        """Convert the file and report; return the exit code."""
        publisher = ReportTargets(self.reports, os.environ, force=self.force)
        self._check_outputs(publisher)
        settings = settings_of(self.settings, none=self.no_settings)
        resources = read_resources(self.resources)
        chooser = EntityChooser(self.entity, self.schema, self.fields, settings, resources, self.map_, self.answers)
        chooser.check()
        self._check_existing()
        try:
            with announced_outputs(self.out, self.rejects):
                report, converted, seconds = self._convert(chooser)
        except OSError as error:
            if error.filename != self.source:
                raise
            publisher.write_files([unreadable(self.source, error_text(error))])
            raise
        is_written = converted is not None
        if self.verbose:
            print_message(f"{chooser.settings_line()}\n{how_read(report, seconds)}")
        self._print_report(report, publisher, converted)
        publisher.write_files([report])
        if not report.is_checked:
            return MISUSE
        fails = converted is None or not converted.parts or "rejected-rows" in report.counts.by_code
        return INVALID if fails and not (self.exit_zero and is_written) else VALID

    def _output(self, name: str) -> str | NewFile:
        """The destination of this name: only ``--force`` replaces a file, even one of another run at the same time."""
        return name if self.force else NewFile(name)

    def _check_outputs(self, publisher: ReportTargets) -> None:
        """Refuse to write two outputs into one file, or over an input."""
        if not self.out or not self.source or self.rejects == "":
            raise UsageError("a file's name is empty")
        if self.rejects == "-":
            raise UsageError("--rejects needs a file name: stdout is for the records")
        files = [self.source, self.schema, self.fields, self.settings, *self.resources, self.map_]
        split = self.out if self.missing == "split" else None
        publisher.check_files(streams_too([*files, self.out, self.rejects]), split=split)
        outputs: list[tuple[str, object]] = [(self.out, output) for output in outputs_of(self.out, self.missing)]
        check_outputs(
            [*outputs, (self.rejects or "", self.rejects)],
            self.source,
            schema=self.schema,
            fields=self.fields,
            settings=self.settings,
            resources=self.resources,
            mapping=self.map_,
        )

    def _check_existing(self) -> None:
        """Refuse to overwrite files that already exist, unless with ``--force``."""
        old = existing_outputs(self.out, self.missing) if self.out != "-" else []
        others = existing_outputs(self.rejects, "blank") if self.rejects is not None else []
        for path in [*old, *others][: 0 if self.force else 1]:
            raise UsageError(f"{path}: the file already exists: overwrite it with --force, or choose another name")

    def _convert(self, chooser: EntityChooser) -> tuple[Report, Converted | None, float]:
        """The report, what was written (None if the data was refused), and the seconds that it took."""
        stdout = opened_stream(sys.stdout, "output").buffer if self.out == "-" else None
        options = Options(
            self.from_,
            self.encoding,
            self.delimiter,
            None,
            self.blank,
            min_rows=self.min_rows,
            header=self.header,
            sheet=self.sheet,
        )
        ignore = (*chooser.settings.ignore, *self.ignore)
        written: list[Converted] = []
        with open_input(open_source(self.source)) as opened:
            choice = chooser.choose(opened, options)
            with Progress(opened, shown=not self.quiet) as progress:
                try:
                    if choice.unknown is not None:
                        report = self._check_form(opened, ignore, progress)
                    else:
                        report = convert_file(
                            opened,
                            self._output(self.out) if stdout is None else stdout,
                            choice.schema,
                            replace(options, entity=choice.entity, mapping=choice.plan),
                            to=self.to or format_of(self.out, ", or --to"),
                            missing=self.missing,
                            streams=stdout is not None,
                            strict=self.strict,
                            ignore=ignore,
                            rejects=None if self.rejects is None else self._output(self.rejects),
                            jobs=self.jobs,
                            on_progress=progress,
                            on_converted=written.append,
                        )
                except InvalidData as error:
                    report = error.report
        converted = written[0] if written else None
        if converted is not None:
            self._remove_old(converted.parts)
        return replace(choice.complete(report, ignore), strict=self.strict), converted, progress.seconds

    def _remove_old(self, count: int) -> None:
        """Remove files of an earlier run: an output of which no row is valid now, and the parts after the last one."""
        old: Iterable[Path | str] = ()
        if self.missing == "split":  # up to a gap in their numbers
            parts = (part_of(Path(self.out), number) for number in count_from(count + 1))
            found: list[Path] = list(takewhile(Path.is_file, parts))
            old = found
        elif not count and self.out != "-":
            old = existing_outputs(self.out, self.missing)
        for path in old:
            remove_output(path)
            print_message(f"{printable(str(path))}: removed; an earlier run wrote it")

    def _check_form(self, opened: TextInput | ByteInput, ignore: Collection[str], progress: Progress) -> Report:
        """The report of a file whose entity is unknown."""
        return validate(
            opened,
            format=self.from_,  # type: ignore[arg-type]
            encoding=self.encoding,
            delimiter=self.delimiter,
            header=self.header,
            sheet=self.sheet,
            min_rows=self.min_rows,
            ignore=ignore,
            jobs=self.jobs,
            on_progress=progress,
        )

    def _print_report(self, report: Report, publisher: ReportTargets, converted: Converted | None) -> None:
        """Print the findings and the written files on stderr."""
        colour, width, is_written = in_colour(sys.stderr), folding_width(sys.stderr), converted is not None
        prints_text = publisher.shown in (None, "text")
        if not prints_text:
            print_styled(publisher.stream_text([report]))
        elif (not self.quiet or not report.is_checked) and (report.findings or publisher.shown):
            print_styled(text_of(report, colour=colour, width=width))
        elif not is_written or not report.passes:
            lacks_output = self.quiet and (converted is None or not converted.parts) and self.out != "-"
            end = f"; {printable(self.out)}: not written" if lacks_output else ""
            print_styled(summary(report, colour=colour, width=width, more=end))
        if not is_written and report.valid:
            print_message("warnings count as errors (--strict)")
        if not is_written and self.out == "-" and report.is_checked:
            print_message("the output ends before this error; 'custobar-formats validate' reports all errors")
        elif not is_written and prints_text and not self.quiet:
            more = ""
            if self.rejects is None and report.is_separable:
                more = "; --valid and --rejects write the valid rows and the rest"
            elif self.rejects is None and report.source.is_table and not report.valid and not report.valid_rows:
                more = ": no row is valid"
            print_message(f"{printable(self.out)}: not written{more}")
        if converted is not None and prints_text and not self.quiet:
            for line in self._written_lines(converted):
                print_message(printable(line))

    def _written_lines(self, converted: Converted) -> Iterator[str]:
        """A line for the output and one for the rejects, if they are files and no open streams such as stdout."""
        if not converted.parts:
            yield f"{self.out}: not written: no {'whole sale' if converted.entity == 'sales' else 'row'} is valid"
        elif self.out != "-" and descriptor_of(Path(self.out)) is None:
            facts = ", ".join(filter(None, (FORMAT_NAMES[converted.format], converted.entity)))
            yield f"{self._output_names(converted.parts)}: {counted(converted.records, 'record')} written ({facts})"
        if self.rejects is not None and descriptor_of(Path(self.rejects)) is None:
            yield f"{self.rejects}: {counted(converted.rejected, 'rejected row')} written (CSV)"

    def _output_names(self, parts: int) -> str:
        """The name of the output, or of the first and the last of its parts."""
        if self.missing != "split":
            return self.out
        first, last = part_of(Path(self.out), 1), part_of(Path(self.out), parts)
        return f"{first} to {last}" if parts > 1 else str(first)


def counted(count: int, noun: str) -> str:
    """A number and its noun, such as ``1 row``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_of(out: str, or_else: str = "") -> str | None:
    """The format of an output's suffix; None without one, as for stdout and pipes. ``or_else``: another way out."""
    suffix = Path(unpacked_name(out)).suffix.lower()
    if suffix and suffix not in FORMAT_SUFFIXES:
        raise UsageError(f"{out}: unknown suffix {suffix}: use one of {', '.join(FORMAT_SUFFIXES)}{or_else}")
    return FORMAT_SUFFIXES.get(suffix)
