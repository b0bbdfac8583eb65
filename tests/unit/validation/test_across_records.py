"""Duplicate identifiers are found in any order."""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import example, given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.validation import across_records
from custobar_formats.validation.across_records import Identifiers

ODD = st.sampled_from(["", "\n", "a\nb", "ä", "\ud800", "\U0001f600", "A" * 200, 1, 1.0, True, ("email", "a")])
TEXTS = st.text("ab\n", max_size=3)
BLOCKS = st.lists(st.lists(st.one_of(TEXTS, ODD), min_size=1, max_size=5), max_size=5)
ORDERED = (
    st.lists(TEXTS, max_size=20)
    .map(sorted)
    .flatmap(
        lambda texts: st.integers(1, 6).map(lambda size: [texts[at : at + size] for at in range(0, len(texts), size)])
    )
)


@given(st.tuples(st.one_of(ORDERED, BLOCKS), BLOCKS).map(lambda parts: [*parts[0], *parts[1]]), st.integers(1, 3))
@example([["a", "b"], ["c\nd"], ["c", "d"]], 1)
@example([["a"], ["b"], ["c", "a"], ["b"]], 2)
@example([["a" * 200], ["b"], ["a" * 200]], 1)
def test_identifiers_are_found_where_they_occurred(blocks: list[list[Any]], step: int) -> None:
    identifiers = Identifiers()
    first: dict[tuple[str, Any], int] = {}
    reported: dict[int, int] = {}
    row = 0
    for block in blocks:
        rows = []
        expected = []
        for place, value in enumerate(block):
            row += 1 if place else step  # rows without an identifier lie between blocks
            rows.append(row)
            key = (type(value).__name__, value)
            if key in first:
                expected.append((place, first[key]))
            first.setdefault(key, row)
        found = identifiers.add(block, rows)
        assert [place for place, _ in found] == [place for place, _ in expected]
        reported.update({key: row for (_, key), (_, row) in zip(found, expected, strict=True)})
    assert identifiers.first_rows(set(reported)) == reported


def test_ascending_identifiers_are_kept_as_text_and_others_as_numbers() -> None:
    ascending, others = Identifiers(), Identifiers()
    ascending.add(["a", "b"], [1, 2])
    ascending.add(["c"], [3])
    with mock.patch.object(across_records, "hash", create=True, side_effect=AssertionError("a hash was asked for")):
        ascending.add(["d"], [4])
    others.add(["b", "a"], [1, 2])
    assert others.add(["b"], [3])[0][0] == 0
    ((place, key),) = ascending.add(["b"], [5])
    assert (place, ascending.first_rows({key})) == (0, {key: 2})


def test_an_identifier_is_found_behind_thousands_in_order() -> None:
    rows = [f"C{number:05d}" for number in range(5_000)] + ["C00042"]
    report = validate("\n".join(["external_id", *rows]) + "\n", "customers")
    assert [(finding.row, finding.hint) for finding in report.findings] == [(5_001, "it first occurs in row 43")]
