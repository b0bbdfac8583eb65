"""A file that is converted in ranges, wherever it is cut, against the same file converted in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from custobar_formats import Finding, InvalidData, NotExpressible
from custobar_formats.pipeline.convert import Converted, convert_file
from custobar_formats.pipeline.options import Options
from tests.laws.strategies import weighted
from tests.laws.test_jobs import KINDS, Here, cuts, files, in_both_ways, products
from tests.parameters import slow_if

Cuts = tuple[int, int, int, int]


def outcome(
    path: Path, jobs: int | None, how: dict[str, Any], *, listens: bool, separates: bool, source: Any = None
) -> dict[str, Any]:
    """All that comes out of a conversion of a file, or of another source whose outputs are beside it."""
    heard: list[Finding] = []
    converted: list[Converted] = []
    good, bad = path.with_name("good"), path.with_name("bad")
    written: dict[str, Any] = {}
    try:
        written["report"] = convert_file(
            source or path,
            good,
            jobs=jobs,
            rejects=bad if separates else None,
            on_finding=heard.append if listens else None,
            on_converted=converted.append,
            **how,
        )
    except InvalidData as error:
        written["refused"] = error.report
    except NotExpressible as error:
        written["inexpressible"] = error.reason, error.record, error.path
    for name, file in (("good", good), ("bad", bad)):
        written[name] = file.read_bytes() if file.exists() else None
        file.unlink(missing_ok=True)
    return {**written, "heard": heard, "converted": converted}


def both(
    data: bytes,
    cut: Cuts,
    jobs: int = 2,
    *,
    name: str = "in.csv",
    listens: bool = False,
    separates: bool = False,
    **how: Any,
) -> tuple[Here, dict[str, Any]]:
    """Convert the same file in one go and in ranges, and compare all that comes out; the outcome."""

    def found(path: Path, number: int) -> dict[str, Any]:
        return outcome(path, number, how, listens=listens, separates=separates)

    return in_both_ways(data, cut, jobs, name, found)


@st.composite
def conversions(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, and how it is converted."""
    data, how = draw(files())
    options = Options("csv", how.get("encoding"), how["delimiter"], blank=how["blank"], min_rows=how["min_rows"])
    given: dict[str, Any] = {"schema": how["schema"], "options": options, "listens": how["listens"]}
    given["to"] = draw(st.sampled_from(["json", "jsonl"]))
    given["streams"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    given["strict"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    given["ignore"] = draw(weighted((3, st.just(())), (1, st.just(("duplicate-identifier", "unknown-label")))))
    given["separates"] = draw(st.booleans())
    return data, given


@given(conversions(), cuts(), st.integers(2, 4))
def test_the_output_of_ranges_is_that_of_the_whole(file: tuple[bytes, dict[str, Any]], cut: Cuts, jobs: int) -> None:
    data, how = file
    both(data, cut, jobs, **how)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("separates", slow_if({False}, [False, True]))
def test_what_needs_the_whole_file(kind: str, separates: bool) -> None:  # noqa: FBT001
    text, entity, codes = KINDS[kind]
    data = text.encode() if isinstance(text, str) else text
    encoding = "utf-8" if isinstance(text, bytes) and not text.startswith(b"\xff\xfe") else None
    how: dict[str, Any] = {"schema": entity, "options": Options("csv", encoding, ","), "separates": separates}
    for cut in ((30, 40, 200, 64), (1, 1, 50, 2), (100, 77, 1000, 10)):
        for more in ({"to": "json"}, {"to": "jsonl", "listens": True}, {"strict": True}, {"streams": not separates}):
            _, found = both(data, cut, 3, **how, **more)
            report = found["report"] if "report" in found else found["refused"]
            assert report.counts.by_code.keys() >= codes or more.get("streams"), report


@pytest.mark.parametrize(
    ("more", "is_shared"),
    [
        ({}, True),
        ({"to": "json"}, True),
        ({"streams": True}, True),
        ({"strict": True}, True),
        ({"separates": True}, True),
        ({"to": "csv"}, False),
        ({"separates": True, "strict": True}, False),
        ({"separates": True, "schema": "sales"}, False),
    ],
)
def test_which_conversions_are_shared(more: dict[str, Any], *, is_shared: bool) -> None:
    """Of three ranges at a time, this process reads one; what only one process knows, it reads alone."""
    header = "sale_external_id,external_id,sale_date,sale_email,unit_price,quantity,total,sale_currency\n"
    sales = header + "".join(f"S{row},L{row},2024-01-01,a@example.com,1,1,1,EUR\n" for row in range(100))
    how = {"schema": "products", **more}
    data = sales if how["schema"] == "sales" else products(100, **({"r50": "P,x,0,tea"} if "separates" in how else {}))
    executor, found = both(data.encode(), (20, 50, 60, 64), 3, **how)
    assert len(executor.parts) > 10 if is_shared else not executor.parts
    assert found["converted"][0].records + found["converted"][0].rejected == 100


def test_the_numbers_of_any_range_keep_their_digits() -> None:
    cells = ["1.10", "1e400", "0.1e-2", "12345678901234567890.5", "1E+5", "7"]
    text = "external_id,exchange\n" + "".join(f"S{row},{cells[row % 6]}\n" for row in range(60))
    schema = {"properties": {"external_id": {"type": "string"}, "exchange": {"type": "number"}}}
    for more in ({}, {"blank": "null"}):
        options = Options("csv", **more)  # type: ignore[arg-type]
        both(text.encode(), (20, 50, 60, 64), 3, schema=schema, options=options, to="json")
        _, found = both(text.encode(), (20, 50, 60, 64), 3, schema=schema, options=options, separates=True)
        assert found["good"].count(b"12345678901234567890.5") == 10
