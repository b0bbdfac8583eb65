"""The command that suggests a mapping for an export, and lists the presets.

In: arguments. Out: a mapping file on stdout or in a file; what to look at on stderr; the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from custobar_formats.cli.command_line import reading_options
from custobar_formats.cli.entity import NONE
from custobar_formats.cli.options import (
    check_streams,
    delimiter_option,
    encoding_option,
    entity_option,
    file_words,
    header_option,
    named,
    open_source,
    preset_words,
    sheet_option,
)
from custobar_formats.cli.signals import announced_outputs
from custobar_formats.cli.terminal import INVALID, VALID, line_width, print_message, print_out
from custobar_formats.core.entities import ENTITIES, checked_entity
from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import Finding, Severity
from custobar_formats.core.shown import as_argument
from custobar_formats.files.output import NewFile, check_takes_bytes, open_output
from custobar_formats.files.urls import is_url
from custobar_formats.pipeline.options import Options
from custobar_formats.report.contents import SourceInfo
from custobar_formats.report.wrapping import folded

SHOWN_CODES = 5
"""Kinds of errors and warnings that are shown before a suggestion."""

VALIDATE = "custobar-formats validate --map"
"""What comes next."""

ABOUT_MAP = """Suggest which columns of an export are which fields of Custobar.

FILE is a CSV file, or - for stdin. The suggestion is a mapping file for you to look over: certain lines stand, guesses
are commented out, and all other columns are listed. Where the columns are those of a known shop's export, it is that
preset. Then use it: validate --map, convert --map.
"""


@click.command("map", help=ABOUT_MAP)
@click.argument("file", metavar="FILE", required=False, shell_complete=file_words, callback=named)
@entity_option
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="Write the mapping to OUT; - is stdout.",
    shell_complete=file_words,
    callback=named,
)
@click.option("-f", "--force", is_flag=True, help="Overwrite OUT if it exists.")
@click.option("--list", "lists", is_flag=True, help="List the presets.")
@click.option(
    "--preset", metavar="NAME", help="Write the file of a preset, for you to change.", shell_complete=preset_words
)
@delimiter_option
@encoding_option
@header_option
@sheet_option
def map_command(
    file: str | None,
    entity: str | None,
    output: str | None,
    force: bool,
    lists: bool,
    preset: str | None,
    delimiter: str | None,
    encoding: str | None,
    header: int | None,
    sheet: str | None,
) -> int:
    """Suggest a mapping; return the exit code."""
    output = None if output == "-" else output
    if lists and preset is not None:
        raise UsageError("use one of --list and --preset")
    if lists:
        if file is not None:
            raise UsageError("--list takes no file")
        print_out(_presets(line_width()))
        return VALID
    if preset is not None:
        return _write_preset(preset, file, output, force=force)
    if file is None:
        raise UsageError("name a file, or use --list to see the presets")
    check_streams([file, output])
    if output is not None and is_url(output):
        check_takes_bytes(output)
    options = Options("csv", encoding, delimiter, header=header, sheet=sheet)
    with announced_outputs(output):
        return _suggest(file, entity, options, output, force=force)


def _suggest(file: str, entity: str | None, options: Options, output: str | None, *, force: bool) -> int:
    from custobar_formats.mapping.packed import packed_columns, packed_message
    from custobar_formats.pipeline.export_columns import sample_export
    from custobar_formats.pipeline.suggestion import suggest_mapping

    if entity == NONE:
        raise UsageError("a mapping is for the fields of an entity: leave out --entity none")
    wanted = None if entity is None else checked_entity(entity)
    sample = sample_export(open_source(file), options)
    shown = [each for each in sample.findings if not _is_nameless(each)]
    named = "FILE" if file == "-" else as_argument(file)
    for line in _finding_lines(replace(sample.source, name=file), shown, named):
        print_message(line)
    if not sample.columns or (not sample.rows and any(each.severity is Severity.ERROR for each in sample.findings)):
        return INVALID  # of an unread file, values and notations are not known
    packed = packed_columns({column.name: column.values for column in sample.columns})
    if packed:
        print_message(f"{file}: warning: {packed_message(packed)}")
    suggestion = suggest_mapping(
        sample.columns,
        sample.rows,
        name=file,
        entity=wanted,
        header=options.header,
        nameless=sample.nameless,
        is_whole=sample.is_whole,
    )
    if suggestion is None:
        names = f"{', '.join(ENTITIES[:-1])} or {ENTITIES[-1]}"
        above = "" if options.header is not None else "; or --header N, if the names are in line N"
        raise UsageError(f"{file}: the names of its columns do not show what it has: use --entity {names}{above}")
    for number in sample.nameless:
        print_message(f'{file}: warning: column {number} has no name: name it, or add "" to ignore')
    for line in suggestion.headline:
        print_message(line)
    return _write(suggestion.text, output, "look it over", named, force=force)


def _write_preset(name: str, file: str | None, output: str | None, *, force: bool) -> int:
    """Write the file of a preset; return the exit code."""
    from custobar_formats.mapping.preset_files import presets, read_preset, unknown_preset

    if file is not None:
        raise UsageError(f"--preset takes no file: leave it out, or use validate --map {name} {as_argument(file)}")
    if name not in presets():
        raise unknown_preset(name)
    return _write(read_preset(name).decode("utf-8"), output, "change it", "FILE", force=force)


def _write(text: str, output: str | None, task: str, file: str, *, force: bool) -> int:
    """Write a mapping to stdout or to a file, and print what to do then; return the exit code."""
    if output is None:
        print_out(text.rstrip("\n"))
        return VALID
    with open_output(output if force else NewFile(output)) as opened:
        opened.write(text.encode("utf-8"))
    if is_url(output):  # from which no mapping is read
        print_message(f"{output}: written; {task}")
        return VALID
    command = f"{VALIDATE} {as_argument(output)} {reading_options('validate')}{file}"
    print_message(f"{output}: written; {task}, then run '{command}'")
    return VALID


def _is_nameless(finding: Finding) -> bool:
    """Whether it is the warning about a column without a name, of which each is named by its number."""
    return finding.code in ("blank-label", "only-spaces") and finding.row is None


def _finding_lines(source: SourceInfo, findings: Sequence[Finding], file: str) -> list[str]:
    """The first finding of each of the first codes, and the number of the others with the command that shows them."""
    from custobar_formats.report.text import finding_line

    firsts = list({(each.severity, each.code): each for each in reversed(findings)}.values())[::-1][:SHOWN_CODES]
    lines = [finding_line(source, each) for each in firsts]
    more = len(findings) - len(firsts)
    command = f"custobar-formats validate {reading_options('validate')}{file}"
    return [*lines, f"{more:,} more: '{command}' shows them"] if more else lines


def _presets(width: int) -> str:
    """The presets: their names, entities, and the exports that they are for."""
    from custobar_formats.mapping.preset_files import about_preset, presets

    lines = []
    for name in presets():
        lines += folded(f"{name}: {about_preset(name)}", width, 4)
    return "\n".join(lines)
