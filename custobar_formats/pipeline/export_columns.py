"""The columns of an export as they are: their names, how full they are, and some of their values.

In: a source. Out: columns, with the findings that kept it from being read. Rule: at most the first rows are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from custobar_formats.core.findings import Finding, Severity
from custobar_formats.core.limits import MAX_INSPECTED_ROWS, MAX_SAMPLED_VALUES
from custobar_formats.files.remote import Remote
from custobar_formats.files.source import ByteInput, Source, TextInput, open_input
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.fit import EveryColumn
from custobar_formats.mapping.model import folded
from custobar_formats.mapping.runs import Runs
from custobar_formats.pipeline.collecting import undisturbed
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.pipeline.reading import Reading
from custobar_formats.report.contents import SourceInfo


@dataclass(frozen=True, slots=True)
class ExportSample:
    """The columns of an export, and the rows that were read.

    Attributes:
        columns: those that have a name, in order.
        rows: the number of rows that were read.
        findings: the errors and warnings, of the file or of rows, errors first.
        source: how the export is read.
        nameless: the numbers of the columns without a name.
        is_whole: whether these are all rows.

    """

    columns: tuple[ExportColumn, ...]
    rows: int
    findings: tuple[Finding, ...]
    source: SourceInfo
    nameless: tuple[int, ...] = ()
    is_whole: bool = True


def sample_export(source: Source | Remote | TextInput | ByteInput, options: Options) -> ExportSample:
    """The columns of an export, from its first rows.

    Raises:
        UsageError: it is no CSV.
        OSError: it cannot be read.

    """
    rows, is_whole = 0, True
    findings: list[Finding] = []
    filled: dict[str, int] = {}
    values: dict[str, dict[str, int]] = {}
    runs = Runs()
    with open_input(source) as opened:
        reading = Reading(opened, None, replace(options, mapping=EveryColumn()), Wanted(number_cells=True))
        for block in undisturbed(reading.blocks()):
            if block.rows and rows >= MAX_INSPECTED_ROWS:
                is_whole = False
                break
            findings += [finding for finding in block.findings if finding.severity is not Severity.NOTICE]
            for record in block.records:
                runs.add({key: value for key, value in record.items() if not value.isspace()})
                for key, value in record.items():
                    filled[key] = filled.get(key, 0) + (not value.isspace())
                    seen = values.setdefault(key, {})
                    if value in seen or len(seen) < MAX_SAMPLED_VALUES:
                        seen[value] = seen.get(value, 0) + 1
            rows += block.rows
        labels = reading.header or []
    by_key = {f"c{index}": label for index, label in enumerate(labels)}
    within = {key: by_key[other] for key, other in runs.within().items()}
    columns = tuple(
        ExportColumn(
            label,
            filled.get(key, 0),
            tuple(values.get(key, ())),
            frozenset(value for value, count in values.get(key, {}).items() if count > 1),
            within.get(key),
        )
        for key, label in by_key.items()
        if folded(label)
    )
    findings.sort(key=lambda finding: finding.severity is not Severity.ERROR)
    nameless = tuple(number for number, label in enumerate(labels, 1) if not folded(label))
    return ExportSample(columns, rows, tuple(findings), reading.info, nameless, is_whole)
