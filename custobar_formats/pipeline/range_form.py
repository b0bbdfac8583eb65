"""What a process must know before it reads ranges of a file.

In: the form of a file, which comes before its ranges. Out: the function that reads them. Rule: each kind of ranges has
a form of its own, and only that form knows what its ranges give.
"""

from __future__ import annotations

import csv
import sys
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from custobar_formats.csvtext.cuts import Range
from custobar_formats.files.parts import PartedFile
from custobar_formats.pipeline.options import Options, Wanted
from custobar_formats.text.encoding import Encoding


@dataclass(frozen=True, slots=True)
class Form:
    """All that the ranges of one file have in common; other processes take it too.

    Attributes:
        file: the file.
        encoding: how it is written.
        schema: what ``compile_schema`` takes, or None.
        options, wanted: as for the whole file.
        mixed: the fields of money that are known to be mixed.
        cell_limit, digits_limit: those of the csv module and of ``int`` in the process of the caller.

    """

    file: PartedFile
    encoding: Encoding
    schema: Any
    options: Options
    wanted: Wanted
    mixed: frozenset[str]
    cell_limit: int = field(default_factory=csv.field_size_limit, kw_only=True)
    digits_limit: int = field(default_factory=sys.get_int_max_str_digits, kw_only=True)

    @abstractmethod
    def answering(self) -> Callable[[Range], Any]:
        """The function that reads ranges, in the process that calls it; what it returns can be pickled."""


@dataclass(slots=True)
class End:
    """Where the reading of a range ended.

    Attributes:
        place, line: the byte and the line where the next record begins.
        rows: how many rows were read.
        is_broken: whether a finding has ended the reading.

    """

    place: int
    line: int
    rows: int
    is_broken: bool


def make_reader(message: Form | Range) -> Callable[[Range], Any] | None:
    """The reader of a file's ranges, for the message that has the form of the file; None for any other message."""
    if not isinstance(message, Form):
        return None
    csv.field_size_limit(message.cell_limit)
    sys.set_int_max_str_digits(message.digits_limit)
    return message.answering()
