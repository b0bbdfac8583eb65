"""The command that tells what is wrong with files.

In: arguments. Out: reports on stdout and in files; the exit code.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from custobar_formats.cli.entity import EntityChooser, expanded, settings_of
from custobar_formats.cli.options import (
    blank_option,
    check_streams,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    from_option,
    in_colour,
    no_settings_option,
    open_source,
    report_option,
    schema_option,
    settings_option,
    streams_too,
    verbose_option,
)
from custobar_formats.cli.progress import Progress
from custobar_formats.cli.report_option import ReportTargets
from custobar_formats.cli.terminal import INVALID, VALID, print_message, print_out, print_styled, report_exception
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.limits import SHOWN_FINDINGS
from custobar_formats.core.near import near
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.api_read import validate
from custobar_formats.pipeline.options import Options
from custobar_formats.report.report import Report
from custobar_formats.report.text import how_read, printable, summary, text_of, totals

ABOUT_VALIDATE = """Tell what is wrong with files.

FILE is a CSV or JSON file, also a packed one (.gz, .bz2, .xz, .zst, .zip), a pattern such as 'export/*.csv', or - for
stdin. Of each kind of fault in each column the first three are shown, and all are counted. The exit code is the worst
of the files'.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """The options."""

    from_: str | None
    encoding: str | None
    delimiter: str | None
    blank: str
    strict: bool
    exit_zero: bool
    fail_fast: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    max_findings: int | None
    quiet: bool
    verbose: bool

    def code_of(self, report: Report) -> int:
        """The exit code that a report asks for."""
        fails = not report.valid or (self.strict and bool(report.counts.by_severity.get("warning")))
        return INVALID if fails and not self.exit_zero else VALID

    def shown_of(self, report: Report) -> Report:
        """A report with the findings that were asked for; its totals are those of all."""
        if not self.select:
            return report
        return replace(report, findings=tuple(finding for finding in report.findings if finding.code in self.select))


@click.command("validate", help=ABOUT_VALIDATE, no_args_is_help=True)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=file_words)
@entity_option
@schema_option
@from_option
@delimiter_option
@encoding_option
@blank_option
@report_option
@click.option("--strict", is_flag=True, help="Warnings make the exit code 1, too.")
@click.option("--exit-zero", is_flag=True, help="Invalid data leaves the exit code 0.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first error; what is after it is not checked.")
@click.option("--select", metavar="CODE", multiple=True, help="Show findings of this code alone; may be repeated.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Leave out a warning or a notice; may be repeated.")
@click.option(
    "--max-findings",
    metavar="N",
    type=click.IntRange(1),
    help="Tell so many of a kind in a column: instead of 3 in text, of 100 in other formats.",
)
@click.option("-q", "--quiet", is_flag=True, help="Tell the verdict of each file, and no findings.")
@verbose_option
@fields_option
@settings_option
@no_settings_option
def validate_command(
    files: tuple[str, ...],
    entity: str | None,
    schema: Path | None,
    fields: Path | None,
    reports: tuple[str, ...],
    settings: Path | None,
    no_settings: bool,
    **wishes: Any,
) -> int:
    """Tell what is wrong with some files; the exit code."""
    asked = ValidateOptions(**wishes)
    _check_codes(asked.select)
    publisher = ReportTargets(reports, os.environ)
    names = expanded(files)
    inputs = [*names, schema, fields, settings]
    publisher.keep_off(streams_too(inputs))
    check_streams(inputs)
    chooser = EntityChooser(entity, schema, fields, settings_of(settings, none=no_settings))
    chooser.check()
    if asked.verbose:
        print_styled(chooser.settings_line())
    tells_text = publisher.shown in (None, "text")
    worst, failed = VALID, 0
    checked: list[Report] = []
    for place, name in enumerate(names, 1):
        try:
            report = _check_file(name, chooser, asked, counts_blanks=asked.verbose or publisher.shows_blanks)
        except (OSError, UsageError) as error:
            print_message(f"{printable(name)}: not checked")
            worst, failed = max(worst, report_exception(error)), failed + 1
            continue
        worst = max(worst, asked.code_of(report))
        checked.append(asked.shown_of(report))
        if tells_text:
            _say(checked[-1], asked)  # at once
        if asked.fail_fast and not report.valid:
            failed += _print_skipped(names[place:])
            break
    if tells_text and len(names) > 1:
        print_out(totals(checked, failed, colour=in_colour(sys.stdout)))
    if not tells_text:
        print_out(publisher.stream_text(checked))
    publisher.write_files(checked)
    return worst


def _check_file(name: str, chooser: EntityChooser, asked: ValidateOptions, *, counts_blanks: bool) -> Report:
    options = Options(asked.from_, asked.encoding, asked.delimiter, None, asked.blank)
    with open_input(open_source(name)) as opened:
        choice = chooser.choose(opened, options)
        with Progress(opened, shown=not asked.quiet) as progress:
            report = validate(
                opened,
                choice.schema,
                format=asked.from_,  # type: ignore[arg-type]
                encoding=asked.encoding,
                delimiter=asked.delimiter,
                blank=asked.blank,  # type: ignore[arg-type]
                entity=choice.entity,
                max_findings=asked.max_findings,
                ignore=(*chooser.settings.ignore, *asked.ignore),
                fail_fast=asked.fail_fast,
                count_blanks=counts_blanks,
                on_progress=progress,
            )
    report = choice.with_reason(report)
    if asked.verbose:
        print_styled(how_read(report, progress.seconds))
    return report


def _say(report: Report, asked: ValidateOptions) -> None:
    colour = in_colour(sys.stdout)
    if asked.quiet:
        print_out(summary(report, colour=colour))
    else:
        print_out(text_of(report, asked.max_findings or SHOWN_FINDINGS, colour=colour))


def _print_skipped(names: list[str]) -> int:
    for name in names:
        print_message(f"{printable(name)}: not checked, for an error came before (--fail-fast)")
    return len(names)


def _check_codes(codes: tuple[str, ...]) -> None:
    for code in codes:
        if code not in CODES:
            close = near(code, tuple(CODES))
            raise UsageError(f"--select: no code is called {code!r}" + (f": did you mean {close!r}?" if close else ""))
