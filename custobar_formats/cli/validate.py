"""The command that reports what is wrong with files.

In: arguments. Out: reports on stdout and in files; the exit code.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import click

from custobar_formats.cli.entity import EntityChooser, expanded, settings_of
from custobar_formats.cli.options import (
    COUNT,
    blank_option,
    check_streams,
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
    no_settings_option,
    open_source,
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
from custobar_formats.cli.signals import announced_signals
from custobar_formats.cli.terminal import (
    INVALID,
    MISUSE,
    VALID,
    error_text,
    folding_width,
    print_message,
    print_out,
    report_exception,
)
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.limits import SHOWN_FINDINGS
from custobar_formats.core.near import near
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.api_read import validate
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import Report, unreadable
from custobar_formats.report.text import how_read, printable, summary, text_of, totals
from custobar_formats.schema.sources import read_resources

ABOUT_VALIDATE = """Check files before an upload, and report every problem.

FILE is a CSV or JSON file, also compressed (.gz, .bz2, .xz, .zst, .zip), a pattern such as 'export/*.csv', or - for
stdin. The report shows the first three findings of each kind in each column, and counts all of them. The exit code is
0 if all files are valid, 1 if one is invalid, 2 if one cannot be read or its entity is unknown.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """The options that decide how to check and what to print."""

    from_: str | None
    encoding: str | None
    delimiter: str | None
    header: int | None
    sheet: str | None
    blank: str
    strict: bool
    exit_zero: bool
    fail_fast: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    max_findings: int | None
    min_rows: int | None
    jobs: int | Literal["auto"]
    quiet: bool
    verbose: bool

    def code_of(self, report: Report) -> int:
        """The exit code for a report."""
        if not report.is_checked:
            return MISUSE
        return VALID if report.passes or self.exit_zero else INVALID

    def shown_of(self, report: Report) -> Report:
        """A report with the selected findings only; its totals count all of them."""
        if not self.select or not report.is_checked:
            return report
        return replace(report, findings=tuple(finding for finding in report.findings if finding.code in self.select))


@click.command("validate", help=ABOUT_VALIDATE)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=file_words)
@entity_option
@schema_option
@from_option
@delimiter_option
@encoding_option
@header_option
@sheet_option
@blank_option
@map_option
@with_option
@report_option
@click.option("-f", "--force", is_flag=True, help="Let a report overwrite a file that is no report.")
@click.option("--strict", is_flag=True, help="Exit with 1 also if there are warnings.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if data is invalid.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first error; the rest is not checked.")
@click.option("--select", metavar="CODE", multiple=True, help="Show only findings with this code. May be repeated.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Do not report this warning or notice. May be repeated.")
@click.option(
    "--max-findings",
    metavar="N",
    type=COUNT,
    help="Show up to N findings of each kind in each column. Default: 3 in text, 100 in other formats.",
)
@min_rows_option
@jobs_option
@click.option("-q", "--quiet", is_flag=True, help="Print only the verdict for each file.")
@verbose_option
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
def validate_command(
    files: tuple[str, ...],
    entity: str | None,
    schema: Path | None,
    fields: Path | None,
    resources: tuple[Path, ...],
    reports: tuple[str, ...],
    force: bool,
    settings: Path | None,
    no_settings: bool,
    map_: str | None,
    answers: tuple[str, ...],
    **others: Any,
) -> int:
    """Check files and print reports; return the exit code."""
    options = ValidateOptions(**others)
    _check_codes(options.select)
    publisher = ReportTargets(reports, os.environ, force=force)
    how = Options(
        options.from_,
        options.encoding,
        options.delimiter,
        None,
        options.blank,
        header=options.header,
        sheet=options.sheet,
    )
    names = expanded(files)
    inputs = [*names, schema, fields, settings, *resources, map_]
    publisher.check_files(streams_too(inputs))
    check_streams(inputs)
    chosen = settings_of(settings, none=no_settings)
    chooser = EntityChooser(entity, schema, fields, chosen, read_resources(resources), map_, answers)
    chooser.check()
    if options.verbose:
        print_message(chooser.settings_line())
    prints_text, blanks = publisher.shown in (None, "text"), options.verbose or publisher.shows_blanks
    worst = VALID
    results: list[Report] = []
    for place, name in enumerate(names, 1):
        try:
            report = _check_file(name, chooser, options, how, _interrupted(name, reports), blanks=blanks)
        except (OSError, UsageError, MemoryError) as error:
            print_message(f"{printable(name)}: not checked")
            worst = max(worst, report_exception(error))
            results.append(unreadable(name, error_text(error)))
            continue
        worst = max(worst, options.code_of(report))
        results.append(options.shown_of(report))
        if prints_text:
            _print_report(results[-1], options)  # at once
        if options.fail_fast and not report.valid:
            results += map(_skipped, names[place:])
            break
    if prints_text and len(names) > 1:
        print_out(totals(results, colour=in_colour(sys.stdout), width=folding_width(sys.stdout)))
    if not prints_text:
        print_out(publisher.stream_text(results))
    publisher.write_files(results)
    return worst


def _check_file(
    name: str, chooser: EntityChooser, options: ValidateOptions, how: Options, line: str, *, blanks: bool
) -> Report:
    """The report on a file; ``line`` is printed if a signal ends that."""
    with announced_signals(line), open_input(open_source(name)) as opened:
        choice = chooser.choose(opened, how)
        with Progress(opened, shown=not options.quiet) as progress:
            report = validate(
                opened,
                choice.schema,
                format=options.from_,  # type: ignore[arg-type]
                encoding=options.encoding,
                delimiter=options.delimiter,
                header=options.header,
                sheet=options.sheet,
                blank=options.blank,  # type: ignore[arg-type]
                entity=choice.entity,
                mapping=choice.mapping,
                max_findings=options.max_findings,
                ignore=(*chooser.settings.ignore, *options.ignore),
                fail_fast=options.fail_fast,
                count_blanks=blanks,
                min_rows=options.min_rows,
                jobs=options.jobs,
                on_progress=progress,
            )
    report = replace(choice.complete(report, (*chooser.settings.ignore, *options.ignore)), strict=options.strict)
    if options.verbose:
        print_message(how_read(report, progress.seconds))
    return report


def _print_report(report: Report, options: ValidateOptions) -> None:
    colour, width = in_colour(sys.stdout), folding_width(sys.stdout)
    if options.quiet and report.is_checked:
        print_out(summary(report, colour=colour, width=width))
    else:
        print_out(text_of(report, options.max_findings or SHOWN_FINDINGS, colour=colour, width=width))


def _interrupted(name: str, reports: tuple[str, ...]) -> str:
    """The line about a check that a signal ends."""
    checked = f"interrupted: {'<stdin>' if name == '-' else printable(name)} was not checked to its end"
    return f"{checked}, and no report was written" if reports else checked


def _skipped(name: str) -> Report:
    reason = "--fail-fast stopped at an earlier error"
    print_message(f"{printable(name)}: not checked: {reason}")
    return unreadable(name, reason)


def _check_codes(codes: tuple[str, ...]) -> None:
    for code in codes:
        if code not in CODES:
            close = near(code, tuple(CODES))
            raise UsageError(f"--select: unknown code {code!r}" + (f": did you mean {close!r}?" if close else ""))
