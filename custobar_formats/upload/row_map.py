"""Rows, and what is known of each.

In: closed 1-based spans of rows, each with a value. Out: the same; neighbours with equal values are one span. Rule:
memory grows with the number of spans that differ, not with the number of rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Generic, TypeVar

Spans = tuple[tuple[int, int], ...]
"""Closed 1-based spans of rows, in order; no two of them touch."""

Value = TypeVar("Value")


def merged(pairs: Iterable[Iterable[int]]) -> Spans:
    """The same rows in order, as few spans as possible.

    Raises:
        ValueError: a pair is no closed 1-based span, or two pairs share a row.

    Example:
        >>> merged([(8, 9), (1, 3), (4, 5)])
        ((1, 5), (8, 9))

    """
    found: list[tuple[int, int]] = []
    for first, last in sorted((first, last) for first, last in pairs):
        before = found[-1][1] if found else 0
        if not before < first <= last:
            raise ValueError(f"no span of rows of its own: {first} to {last}")
        if found and first == before + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def count_rows(spans: Spans) -> int:
    """How many rows the spans have."""
    return sum(last - first + 1 for first, last in spans)


def has_span(spans: Spans, first: int, last: int) -> bool:
    """Whether the spans have all rows from ``first`` to ``last``.

    Example:
        >>> has_span(((1, 3), (5, 9)), 5, 8), has_span(((1, 3), (5, 9)), 3, 5)
        (True, False)

    """
    place = bisect_right(spans, first, key=itemgetter(0)) - 1
    return place >= 0 and last <= spans[place][1]


class RowMap(Generic[Value]):
    """Values of rows.

    Example:
        >>> rows = RowMap()
        >>> rows.put(1, 500, "taken"), rows.put(501, 900, "taken"), rows.put(10, 10, "refused")
        (None, None, None)
        >>> list(rows)
        [(1, 9, 'taken'), (10, 10, 'refused'), (11, 900, 'taken')]
        >>> list(rows.within(899, 905))
        [(899, 900, 'taken'), (901, 905, None)]

    """

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._values: list[Value] = []

    def __iter__(self) -> Iterator[tuple[int, int, Value]]:
        return zip(self._firsts, self._lasts, self._values, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowMap) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many spans there are."""
        return len(self._values)

    def put(self, first: int, last: int, value: Value) -> None:
        """Give the rows from ``first`` to ``last`` a value, whatever they had."""
        low, high = bisect_left(self._lasts, first - 1), bisect_right(self._firsts, last + 1)  # neighbours too
        around = list(zip(self._firsts[low:high], self._lasts[low:high], self._values[low:high], strict=True))
        before = [(begin, first - 1, its) for begin, _, its in around[:1] if begin < first]
        after = [(last + 1, end, its) for _, end, its in around[-1:] if end > last]
        spans: list[tuple[int, int, Value]] = []
        for begin, end, its in [*before, (first, last, value), *after]:
            if spans and spans[-1][2] == its:
                begin = spans.pop()[0]
            spans.append((begin, end, its))
        self._firsts[low:high] = [begin for begin, _, _ in spans]
        self._lasts[low:high] = [end for _, end, _ in spans]
        self._values[low:high] = [its for _, _, its in spans]

    def within(self, first: int, last: int) -> Iterator[tuple[int, int, Value | None]]:
        """The spans from ``first`` to ``last``, those without a value as well, in order and without a gap."""
        for place in range(bisect_left(self._lasts, first), bisect_right(self._firsts, last)):
            begin, end = max(first, self._firsts[place]), min(last, self._lasts[place])
            if first < begin:
                yield first, begin - 1, None
            yield begin, end, self._values[place]
            first = end + 1
        if first <= last:
            yield first, last, None
