"""The public function that fixes a CSV file.

In: a source. Out: the fixed CSV, the changes, and a report on what is left. Rule: bad data never raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from custobar_formats.core.arguments import check_count, check_flags
from custobar_formats.core.errors import UsageError, invalid_argument, misuse
from custobar_formats.files.output import PRIVATE_MODE, Destination, check_takes_bytes, open_whole_output
from custobar_formats.files.source import Source, open_input
from custobar_formats.notation.national_phones import is_country
from custobar_formats.pipeline.changes import Change
from custobar_formats.pipeline.collecting import ignorable
from custobar_formats.pipeline.fix import FixedFile, Fixing
from custobar_formats.pipeline.jobs import Jobs, executor_of
from custobar_formats.pipeline.options import Fixes, Options
from custobar_formats.report.report import Report
from custobar_formats.schema.compiled import Schema, SchemaLike, compile_schema


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixed file, its changes, and the report on it.

    Attributes:
        report: on the fixed file; its notices ``fixed`` count the changes of each kind in each column.
        text: the fixed CSV, if it went to no destination; None if the file could not be read to its end.
        changes: all changes, in order, if their list went to no destination.
        count: the number of changes.

    """

    report: Report
    text: str | None
    changes: tuple[Change, ...]
    count: int


def fix(
    source: Source,
    schema: SchemaLike | Schema,
    destination: Destination | None = None,
    *,
    changes: Destination | None = None,
    unsafe: bool = False,
    country: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    content_type: str | None = None,
    header: int | None = None,
    sheet: str | int | None = None,
    max_findings: int | None = None,
    ignore: Collection[str] = (),
    jobs: Jobs = 1,
) -> Fixed:
    """A CSV file, or a sheet, with what is certain applied: the same rows and cells, but for the changes, all listed.

    A cell is changed only if it has a finding and its whole column leaves no doubt what is meant; a column name only if
    it differs from a field's by case, spaces and hyphens. The result is UTF-8, with the delimiter of the source.

    Args:
        source, schema: as in ``from_csv``.
        destination: where the fixed CSV goes, a path or a binary stream; None puts it into ``text``.
        changes: where the list of changes goes, as CSV; None puts it into ``changes``.
        unsafe: also apply what is not certain, such as amounts of a column in the currency's unit.
        country: the country of telephone numbers without a country code, such as FI; only with ``unsafe``.
        encoding, delimiter, content_type, header, sheet: as in ``from_csv``.
        max_findings, ignore, jobs: as in ``validate``.

    Raises:
        UsageError: an argument cannot be used.
        OSError: a file cannot be read or written.

    Example:
        >>> fixed = fix("external_id,date_joined,can_email\\nC-1,1.9.2024,Kyllä\\n", "customers")
        >>> print(fixed.text, end="")
        external_id,date_joined,can_email
        C-1,2024-09-01,true
        >>> fixed.report.valid, fixed.changes[0].before, fixed.changes[0].kind
        (True, '1.9.2024', 'date')

    """
    check_flags(unsafe=unsafe)
    check_count("max_findings", max_findings)
    compiled = compile_schema(schema)
    if compiled is None:
        raise UsageError("fix needs a schema: name an entity, such as 'customers'")
    fixes = checked_fixes(unsafe=unsafe, country=country)
    options = Options("csv", encoding, delimiter, content_type, header=header, sheet=sheet)
    _check_outputs(destination, changes)
    with executor_of(jobs) as executor, open_input(source) as opened, ExitStack() as stack:
        fixing = Fixing(compiled, options, max_findings, ignorable(ignore, compiled), executor)
        found = fixing.fix(opened, fixes, stack)
        write_fixed(found, destination, changes)
        text = found.whole_text() if found.is_whole and destination is None else None
        kept = tuple(found.changes.all()) if changes is None else ()
        return Fixed(found.report, text, kept, found.changes.count)


def _check_outputs(*destinations: Destination | None) -> None:
    """Refuse what takes no bytes, before anything is read."""
    for each in destinations:
        if each is not None:
            check_takes_bytes(each)


def checked_fixes(*, unsafe: bool, country: str | None) -> Fixes:
    """How a file is to be fixed.

    Raises:
        UsageError: the country is none, or is given without ``unsafe``.

    """
    if country is None:
        return Fixes(unsafe=unsafe)
    if not isinstance(country, str) or not is_country(country.upper()):
        raise invalid_argument("country", country, ": give the code of a country, such as FI")
    if not unsafe:
        why = "a number without a country code may be of another country"
        raise misuse(
            lambda caller: f"{caller.argument('country', country)} needs {caller.argument('unsafe', True)}: {why}"
        )
    return Fixes(unsafe=True, country=country.upper())


def write_fixed(found: FixedFile, destination: Destination | None, changes: Destination | None) -> None:
    """Write the fixed CSV and the list of changes, if the file could be read to its end."""
    if not found.is_whole:
        return
    with changes_listed(found, changes):
        if destination is not None:
            with open_whole_output(destination) as output:
                found.copy_text(output)


@contextmanager
def changes_listed(found: FixedFile, destination: Destination | None) -> Iterator[None]:
    """The list of changes is written, and appears after what is written within: a full disk leaves neither."""
    if destination is None:
        yield
        return
    with open_whole_output(destination, mode=PRIVATE_MODE) as output:
        found.changes.write_list(output)
        output.flush()
        yield
