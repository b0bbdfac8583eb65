"""A block of rows to its records and findings: the stages that each block of a CSV file or a sheet goes through.

In: blocks of rows, as wide as the header. Out: blocks of records; of a file that is fixed, with its text. Rule: the
stages are the same whoever reads the rows, one process or several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from custobar_formats.csvtext.rows import RowBlock
from custobar_formats.pipeline.block_findings import with_label
from custobar_formats.pipeline.block_plan import BlockPlan
from custobar_formats.pipeline.block_reader import BlockReader
from custobar_formats.pipeline.options import Fixes
from custobar_formats.records.block import RecordBlock

if TYPE_CHECKING:
    from custobar_formats.pipeline.block_fixer import BlockFixer
    from custobar_formats.pipeline.fixed_text import FixedText


@dataclass(frozen=True, slots=True)
class BlockStages:
    """The stages for the blocks of one file.

    Attributes:
        plan: of its header.
        blocks: reads blocks.
        fixer: changes their cells before that; None without fixes.
        text: writes the fixed rows; None if nobody needs them.

    """

    plan: BlockPlan
    blocks: BlockReader
    fixer: BlockFixer | None
    text: FixedText | None

    @property
    def written_labels(self) -> list[str]:
        """The column names as they stand in the file."""
        labels = self.plan.header.labels
        return labels if self.fixer is None else self.fixer.names_in_file(labels)

    def read(self, block: RowBlock) -> RecordBlock:
        """The records and the findings of a block."""
        block.findings = [with_label(finding, self.plan.header.labels) for finding in block.findings]
        block, changes = (block, []) if self.fixer is None else self.fixer.fix(block)
        found = self.blocks.read_all(block)
        if self.plan.wanted.as_read:
            found.as_read = self.blocks.as_read(block)
        found.finish()
        if self.text is not None:
            self.text.add(found, block, changes)
        return found


def make_fixer(plan: BlockPlan, fixes: Fixes | None) -> BlockFixer | None:
    """The fixer of the blocks of one file, or of a part of it; None without fixes."""
    if fixes is None:
        return None
    from custobar_formats.pipeline.block_fixer import BlockFixer

    return BlockFixer(plan, fixes)


def make_text(plan: BlockPlan, delimiter: str, line_end: str) -> FixedText | None:
    """The writer of the rows of a fixed file; None if nobody needs them."""
    if not plan.wanted.fixed:
        return None
    from custobar_formats.pipeline.fixed_text import FixedText

    return FixedText(plan.header.labels, delimiter, line_end)
