"""The rows of a CSV file in ranges, of the kind that its reading needs.

In: the form of a file, and what reads its ranges. Out: what reads its rows: as they are, fixed, or through a mapping.
Rule: only the kind that is needed is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custobar_formats.pipeline.in_ranges import InRanges
from custobar_formats.pipeline.ranges import RangeForm, RangeReader
from custobar_formats.schema.compiled import Schema

if TYPE_CHECKING:
    from custobar_formats.mapping.carried import MappedEnd
    from custobar_formats.pipeline.block_fixer import BlockFixer


def table_in_ranges(
    form: RangeForm, schema: Schema | None, *given: Any, fixer: BlockFixer | None, found: MappedEnd | None
) -> InRanges:
    """What reads the rows; ``fixer`` and ``found`` learn what they show if they are fixed, or mapped.

    The others are those of ``InRanges``.
    """
    if found is not None:
        from custobar_formats.pipeline.mapped_ranges import in_ranges

        return in_ranges(form, schema, *given, found=found, fixer=fixer)
    reader = RangeReader(form, schema)
    if fixer is None:
        return InRanges(reader, *given)
    from custobar_formats.pipeline.fixed_in_ranges import FixedInRanges

    return FixedInRanges(reader, *given, fixer=fixer)
