"""The command that applies what is certain to a file, and lists every change.

In: arguments. Out: the fixed file, the list of changes, a report on what is left; the exit code.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from custobar_formats.cli.convert import counted, format_of
from custobar_formats.cli.entity import EntityChooser, settings_of
from custobar_formats.cli.options import (
    check_outputs,
    check_streams,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    header_option,
    in_colour,
    jobs_option,
    map_option,
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
    with_option,
)
from custobar_formats.cli.report_option import ReportTargets
from custobar_formats.cli.signals import announced_outputs
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID, folding_width, print_message, print_styled
from custobar_formats.core.entities import ENTITIES
from custobar_formats.core.errors import UsageError
from custobar_formats.files.filenames import checked_output, descriptor_of, existing_outputs, unpacked_name
from custobar_formats.files.output import Destination, NewFile
from custobar_formats.files.source import ByteInput, TextInput, open_input
from custobar_formats.files.urls import beside, is_url
from custobar_formats.pipeline.convert import Converted, convert_file
from custobar_formats.pipeline.jobs import Jobs, executor_of
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import InvalidData, Report
from custobar_formats.report.text import printable, summary, text_of
from custobar_formats.schema.compiled import compile_schema
from custobar_formats.schema.sources import read_resources

if TYPE_CHECKING:
    from custobar_formats.pipeline.fix import FixedFile

ABOUT_FIX = """Apply what is certain, and list every change.

IN is a CSV file or a spreadsheet, or - for stdin; OUT is the fixed file: CSV with the same rows, or by its suffix JSON
or JSON lines, which take valid data only. Every change is in OUT's neighbour, NAME.changes.csv. What is left is
reported as by validate; the exit code is 1 if errors are left.
"""


@click.command("fix", help=ABOUT_FIX)
@click.argument("source", metavar="IN", shell_complete=file_words, callback=named)
@click.argument("out", metavar="[OUT]", required=False, shell_complete=file_words, callback=named)
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing; show what would be changed.")
@click.option("--unsafe", is_flag=True, help="Also apply what is not certain, such as a column of prices in euros.")
@click.option("--country", metavar="CODE", help="With --unsafe: the country of telephone numbers without a code.")
@click.option(
    "--changes", metavar="FILE", help="Write the list of changes to FILE.", shell_complete=file_words, callback=named
)
@click.option(
    "--rejects",
    metavar="FILE",
    callback=named,
    help="For JSON or --map: write rows with errors to FILE.",
    shell_complete=file_words,
)
@click.option("-f", "--force", is_flag=True, help="Overwrite files that already exist.")
@entity_option
@schema_option
@delimiter_option
@encoding_option
@header_option
@sheet_option
@map_option
@with_option
@report_option
@click.option("--ignore", metavar="CODE", multiple=True, help="Do not report this warning or notice. May be repeated.")
@jobs_option
@click.option("-q", "--quiet", is_flag=True, help="Print the report only if errors are left.")
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
def fix_command(**given: Any) -> int:
    """Fix one file; return the exit code."""
    return FixRun(**given).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRun:
    """One file to fix, and the options."""

    source: str
    out: str | None
    dry_run: bool
    unsafe: bool
    country: str | None
    changes: str | None
    rejects: str | None
    force: bool
    entity: str | None
    schema: Path | None
    fields: Path | None
    resources: tuple[Path, ...]
    delimiter: str | None
    encoding: str | None
    header: int | None
    sheet: str | None
    map_: str | None
    answers: tuple[str, ...]
    reports: tuple[str, ...]
    ignore: tuple[str, ...]
    jobs: Jobs
    quiet: bool
    settings: Path | None
    no_settings: bool

    def run(self) -> int:
        """Fix the file and report; return the exit code."""
        from custobar_formats.pipeline.api_fix import checked_fixes
        from custobar_formats.pipeline.fix import Fixing

        publisher = ReportTargets(self.reports, os.environ, force=self.force)
        self._check_files(publisher)
        fixes = checked_fixes(unsafe=self.unsafe, country=self.country)
        settings, resources = settings_of(self.settings, none=self.no_settings), read_resources(self.resources)
        chooser = EntityChooser(self.entity, self.schema, self.fields, settings, resources, self.map_, self.answers)
        chooser.check()
        options = Options("csv", self.encoding, self.delimiter, header=self.header, sheet=self.sheet)
        outputs = () if self.dry_run else (self.out, self.rejects, self._list)
        with announced_outputs(*outputs), open_input(open_source(self.source)) as opened, ExitStack() as stack:
            choice = chooser.choose(opened, options)
            if choice.unknown is not None or choice.schema is None:
                raise UsageError(f"{self.source}: the entity is unknown: use --entity {one_of(ENTITIES)}")
            schema = compile_schema(choice.schema)
            assert schema is not None
            options = replace(options, entity=choice.entity, mapping=choice.plan)
            if self.rejects is not None and self._format == "csv" and options.mapping is None:
                raise UsageError("--rejects is for JSON, or with --map; a fixed CSV has all rows")
            ignore = (*chooser.settings.ignore, *self.ignore)
            with executor_of(self.jobs) as executor:
                found = Fixing(schema, options, ignore=ignore, executor=executor).fix(opened, fixes, stack)
            written = None
            if not self.dry_run and found.is_whole:
                report, written = self._write(opened, found, schema, options)
                found.report = report
            report = choice.complete(found.report, ignore)
            self._print(report, publisher, found, written, is_mapped=options.mapping is not None)
        publisher.write_files([report])
        if not report.is_checked:
            return MISUSE
        return VALID if report.valid and found.is_whole else INVALID

    @property
    def _format(self) -> str:
        """The format of the output."""
        return format_of(self.out or "") or "csv"

    @property
    def _list(self) -> str | None:
        """The file of the list of changes; None for none."""
        if self.changes is not None or self.out in (None, "-") or descriptor_of(Path(str(self.out))) is not None:
            return self.changes
        if is_url(str(self.out)):
            return beside(str(self.out), f"{PurePath(unpacked_name(str(self.out))).stem}.changes.csv")
        path = checked_output(unpacked_name(str(self.out)))
        return str(path.with_name(f"{path.stem}.changes.csv"))

    def _check_files(self, publisher: ReportTargets) -> None:
        """Refuse outputs that are missing, are the input, or exist.

        Raises:
            UsageError: one of them.

        """
        if (self.out is None) != self.dry_run:
            raise UsageError(
                "--dry-run writes nothing: leave out OUT" if self.dry_run else "name OUT, or use --dry-run"
            )
        outputs = [file for file in (self.out, None if self.dry_run else self._list, self.rejects) if file is not None]
        check_streams([self.source])
        files = [self.source, self.schema, self.fields, self.settings, *self.resources, self.map_]
        publisher.check_files(streams_too([*files, *outputs]))
        check_outputs(
            [(file, file) for file in outputs],
            self.source,
            schema=self.schema,
            fields=self.fields,
            settings=self.settings,
            resources=self.resources,
            mapping=self.map_,
        )
        old = chain.from_iterable(existing_outputs(file, "blank") for file in outputs if file != "-")
        for path in () if self.force else old:
            raise UsageError(f"{path}: the file already exists: overwrite it with --force, or choose another name")
        places = Counter(map(os.path.realpath, outputs))
        for file in outputs:
            if places[os.path.realpath(file)] > 1:
                raise UsageError(f"{file}: two outputs have the same name")

    def _destination(self, name: str) -> Destination:
        if name == "-":
            return opened_stream(sys.stdout, "output").buffer
        return name if self.force or descriptor_of(Path(name)) is not None else NewFile(name)

    def _write(
        self, opened: TextInput | ByteInput, found: FixedFile, schema: Any, options: Options
    ) -> tuple[Report, Converted | None]:
        """Write the outputs; returns the report, and what was written as JSON or by a mapping."""
        from custobar_formats.pipeline.api_fix import changes_listed, write_fixed

        out, listed = str(self.out), self._list
        if self._format == "csv" and options.mapping is None:
            write_fixed(found, self._destination(out), None if listed is None else self._destination(listed))
            return found.report, None
        opened.rewind()
        written: list[Converted] = []
        how = replace(options, fixes=found.shown)
        with suppress(InvalidData), changes_listed(found, None if listed is None else self._destination(listed)):
            convert_file(
                opened,
                self._destination(out),
                schema,
                how,
                to=self._format,
                rejects=None if self.rejects is None else self._destination(self.rejects),
                jobs=self.jobs,
                on_converted=written.append,
            )
        return found.report, written[0] if written else None

    def _print(
        self,
        report: Report,
        publisher: ReportTargets,
        found: FixedFile,
        written: Converted | None,
        *,
        is_mapped: bool,
    ) -> None:
        """Print what was changed, what is left, and what was written, on stderr."""
        colour, width = in_colour(sys.stderr), folding_width(sys.stderr)
        if publisher.shown not in (None, "text"):
            print_styled(publisher.stream_text([report]))
            return
        if not self.quiet:
            print_styled(text_of(report, colour=colour, names_fix=False, width=width))
        elif not report.passes:
            print_styled(summary(report, colour=colour, width=width))
        if self.quiet:
            return
        for line in self._last_lines(report, found, written, takes_all=self._format == "csv" and not is_mapped):
            print_message(printable(line))

    def _last_lines(
        self, report: Report, found: FixedFile, written: Converted | None, *, takes_all: bool
    ) -> Iterator[str]:
        """The lines about what was written, or why nothing was; ``takes_all``: rows with errors are written, too."""
        count = counted(found.changes.count, "change") if found.changes.count else "no changes"
        if self.dry_run:
            yield f"{count}; nothing was written"
        elif not found.is_whole or (written is None and not takes_all):
            separates = found.is_whole and self.rejects is None and report.is_separable
            more = ": rows have errors; --rejects FILE takes them, and the others are written" if separates else ""
            yield f"{self.out}: not written{more}"
        elif written is not None and not written.parts:
            yield f"{self.out}: not written: no {'whole sale' if written.entity == 'sales' else 'row'} is valid"
        else:
            rows = counted(report.rows, "row") if written is None else counted(written.records, "record")
            listed = "listed in {}" if found.changes.count else "and none in {}"
            where = "; --changes FILE lists them" if found.changes.count else ""
            where = where if self._list is None else f", {listed.format(self._list)}"
            yield f"{self.out}: {rows} written; {count}{where}"
        if written is not None and self.rejects is not None:
            yield f"{self.rejects}: {counted(written.rejected, 'rejected row')} written (CSV)"
