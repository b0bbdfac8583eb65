"""A file that is fixed in ranges, wherever it is cut, against the same file fixed in one go."""

from __future__ import annotations

import io
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from custobar_formats import Fixed, InvalidData, fix
from custobar_formats.core.entities import Entity
from custobar_formats.files.source import open_input
from custobar_formats.pipeline import fix as fix_module
from custobar_formats.pipeline.changes import Change
from custobar_formats.pipeline.convert import Converted, convert_file
from custobar_formats.pipeline.fix import Fixing
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Fixes, Options
from custobar_formats.schema.compiled import compile_schema
from tests.laws.strategies import weighted
from tests.laws.test_fix import FIELDS, RIGHT, WAYS, WRITTEN
from tests.laws.test_jobs import KINDS, Here, cuts, files, in_parts, written
from tests.laws.test_mapped_jobs import WIDE_CUTS, exports
from tests.mapping.test_law import Table
from tests.mapping.test_presets import FOLDER, SAMPLES, mapping_of

Cuts = tuple[int, int, int, int]


def outcome(path: Path, jobs: int, entity: Any, how: dict[str, Any]) -> dict[str, Any]:
    """All that comes out of fixing a file, with its list of changes written to a stream."""
    text, listed = io.BytesIO(), io.BytesIO()
    with_lists = fix(path, entity, text, changes=listed, jobs=jobs, **how)
    without = fix(path, entity, jobs=jobs, **how)
    return {"text": text.getvalue(), "list": listed.getvalue(), "with": with_lists, "without": without}


def both(data: bytes, cut: Cuts, entity: Any, jobs: int = 2, deciding: int = 5, **how: Any) -> tuple[Here, Fixed]:
    """Fix the same file in one go and in ranges, and compare all that comes out; the fixed file."""
    executor = Here(jobs)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(fix_module, "DECIDING_ROWS", deciding):
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        outcomes = []
        for number in (1, jobs):
            with in_parts(executor, *cut):
                outcomes.append(outcome(path, number, entity, how))
    one, several = outcomes
    assert several == one
    found: Fixed = several["without"]
    return executor, found


# -- generated files


@st.composite
def fixable(draw: DrawFn) -> tuple[bytes, Entity, dict[str, Any]]:
    """The bytes of a file with many texts that have a fix, its entity, and how it is fixed."""
    entity = draw(st.sampled_from(list(FIELDS)))
    key, *others = FIELDS[entity]
    fields = [key, *draw(st.lists(st.sampled_from(others), min_size=1, max_size=5, unique=True))]
    columns = [draw(texts_of(FIELDS[entity][field])) for field in fields]
    delimiter, line_end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    labels = [
        key,
        *(draw(weighted((4, st.just(each)), (1, st.just(each.replace("_", " ").title())))) for each in fields[1:]),
    ]
    text = draw(weighted((6, st.just("")), (1, st.just(f"sep={delimiter}{line_end}"))))
    text += written(draw, labels, delimiter, line_end)
    surplus = draw(weighted((6, st.just(0)), (1, st.just(1))))
    for number in range(draw(st.integers(1, 40))):
        row = [f"K-{number}", *(draw(st.sampled_from(texts)) for texts in columns[1:])]
        row += [""] * (surplus if draw(st.booleans()) else 0)
        odd = st.sampled_from([[""] * len(fields), ["x"], ["", "y", "z"] * 4, [*row, ""]])
        text += written(draw, draw(weighted((20, st.just(row)), (1, odd))), delimiter, line_end)
        text += draw(weighted((20, st.just("")), (1, st.just(f'5" x{line_end}'))))
    text += draw(weighted((20, st.just("")), (1, st.just('"open'))))
    codec = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return text.encode(codec, "replace"), entity, {"delimiter": delimiter}


def written_name(field: str) -> st.SearchStrategy[str]:
    """A field's name as somebody may write it."""
    return weighted((4, st.just(field)), (1, st.just(field.replace("_", " ").title())))


def texts_of(kind: str) -> st.SearchStrategy[list[str]]:
    """A few texts of a column; those of the key are numbered."""
    if kind == "key":
        return st.just([])
    texts = weighted((1, st.sampled_from(RIGHT[kind])), (2, st.sampled_from(WRITTEN.get(kind, RIGHT[kind]))))
    return st.lists(texts, min_size=1, max_size=5)


@st.composite
def ways(draw: DrawFn) -> dict[str, Any]:
    """How a file is fixed."""
    how = {**draw(st.sampled_from(WAYS)), "max_findings": draw(st.sampled_from([None, None, 0, 1, 2]))}
    how["ignore"] = draw(weighted((3, st.just(())), (1, st.just(("unknown-label", "fixed")))))
    return how


@given(fixable(), ways(), cuts(), st.integers(2, 4), st.integers(1, 30))
def test_what_is_fixed_in_ranges_is_fixed_as_the_whole(
    file: tuple[bytes, Entity, dict[str, Any]], way: dict[str, Any], cut: Cuts, jobs: int, deciding: int
) -> None:
    data, entity, how = file
    both(data, cut, entity, jobs, deciding, **how, **way)


@given(files(), ways(), cuts(), st.integers(2, 4), st.integers(1, 30))
def test_so_are_files_with_oddities_of_all_kinds(
    file: tuple[bytes, dict[str, Any]], way: dict[str, Any], cut: Cuts, jobs: int, deciding: int
) -> None:
    data, how = file
    given = {name: how[name] for name in ("delimiter", "encoding") if name in how}
    both(data, cut, how["schema"] or "products", jobs, deciding, **given, **way)


# -- and made JSON of


def converted(path: Path, executor: Here | None, entity: Any, options: Options, *, separates: bool) -> dict[str, Any]:
    """All that comes out of making JSON of what is fixed, as the command does it."""
    good, bad = path.with_name("good"), path.with_name("bad")
    done: list[Converted] = []
    jobs = 1 if executor is None else executor.count
    found: dict[str, Any] = {}
    schema = compile_schema(entity)
    assert schema is not None
    with open_input(path) as opened, ExitStack() as stack:
        fixed = Fixing(schema, options, executor=executor).fix(opened, Fixes(unsafe=True), stack)
        changed = [*fixed.changes.all()]
        opened.rewind()
        how = replace(options, fixes=fixed.shown)
        rejects = bad if separates else None
        try:
            found["report"] = convert_file(
                opened,
                good,
                schema,
                how,
                to="jsonl",
                rejects=rejects,
                jobs=jobs,
                on_converted=done.append,
            )
        except InvalidData as error:
            found["refused"] = error.report
    for file in (good, bad):
        found[file.name] = file.read_bytes() if file.exists() else None
        file.unlink(missing_ok=True)
    return {**found, "shown": fixed.shown, "fixed": fixed.report, "done": done, "changes": changed}


def both_convert(data: bytes, cut: Cuts, schema: Any, options: Options, *, separates: bool) -> tuple[Here, Any]:
    """Fix the same file, and make JSON of it, in one go and in ranges, and compare all that comes out."""
    executor, outcomes = Here(3), []
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(fix_module, "DECIDING_ROWS", 5):
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        for shared in (None, executor):
            with in_parts(executor, *cut):
                outcomes.append(converted(path, shared, schema, options, separates=separates))
    assert outcomes[1] == outcomes[0]
    return executor, outcomes[1]


@given(fixable(), cuts(), st.booleans())
def test_the_json_of_what_is_fixed_is_the_same(
    file: tuple[bytes, Entity, dict[str, Any]],
    cut: Cuts,
    separates: bool,  # noqa: FBT001
) -> None:
    data, entity, how = file
    both_convert(data, cut, entity, Options("csv", **how), separates=separates)


@given(exports(), cuts(), st.booleans())
def test_so_is_that_of_exports(export: tuple[bytes, Table, str], cut: Cuts, separates: bool) -> None:  # noqa: FBT001
    data, mapping, delimiter = export
    plan, schema = plan_mapping(mapping, None)
    both_convert(data, cut, schema, Options("csv", delimiter=delimiter, mapping=plan), separates=separates)


@pytest.mark.parametrize("sample", SAMPLES)
def test_presets(sample: str) -> None:
    header, *rows = (FOLDER / f"{sample}.csv").read_bytes().splitlines(keepends=True)
    spaced = [row.replace(b"true", b"TRUE ").replace(b"@", b" @") for row in rows]
    plan, schema = plan_mapping(mapping_of(sample), None)
    for cut in WIDE_CUTS:
        data = header + b"".join([*rows * 4, *spaced * 4])
        both_convert(data, cut, schema, Options("csv", mapping=plan), separates=True)


def test_the_values_of_an_export_are_fixed_elsewhere() -> None:
    """Also those with a value above, and those that a step reads without what is around them."""
    mapping: Table = {
        "entity": "sales",
        "columns": {
            "sale_external_id": "Order",
            "external_id": "Nr",
            "sale_date": {"from": "Day", "dates": "d.m.y", "fill_within": "Order"},
            "sale_phone_number": "Phone",
        },
    }
    rows = [f"S{row // 3},{row},{' 1.2.2024' * (row % 3 == 0)},+358 40 1234{row:03}" for row in range(100)]
    plan, schema = plan_mapping(mapping, None)
    executor, found = both_convert(
        "\n".join(["Order,Nr,Day,Phone", *rows, ""]).encode(),
        (200, 100, 200, 64),
        schema,
        Options("csv", mapping=plan),
        separates=False,
    )
    assert len(executor.parts) > 20
    assert {change.kind for change in found["changes"]} == {"outer-space", "digits-only"}
    assert found["changes"][-1].row == 100


# -- each kind of thing that needs the whole file

HEADER = "external_id,date_joined,can_email,last_name\n"


def customers(count: int, **odd: str) -> str:
    """Rows of customers, of which those with a name such as ``r3`` are others."""
    usual = (odd.get(f"r{row}", f"C-{row},0{row % 7 + 3}/02/2024,TRUE,Mäki ") for row in range(1, count + 1))
    return HEADER + "".join(f"{row}\n" for row in usual)


def changes(found: Fixed) -> set[str]:
    return {change.kind for change in found.changes}


TEXTS = {"word", "outer-space"}
LAST = "C,31/12/2024,no,x"
EUROS = "external_id,price\n" + "".join(f'P-{row},"{row},90"\n' for row in range(30))
NAMED = "external_id,Birth date\n" + "".join(f"C-{row},1.9.2024\n" for row in range(30))
FIXES: dict[str, tuple[str, Entity, set[str]]] = {
    "the order of days shows at the start": (customers(30, r2=LAST), "customers", {*TEXTS, "date"}),
    "the order of days shows at the end": (customers(30, r29=LAST), "customers", {*TEXTS, "date"}),
    "the end contradicts": (customers(30, r2=LAST, r29="D,12/31/2024,no,x"), "customers", TEXTS),
    "a word that nobody knows at the end": (
        customers(30, r2=LAST, r30="D,,?,x"),
        "customers",
        {"date", "outer-space"},
    ),
    "a code that is no code, after the first rows": (
        "total,external_id\n" + "1,FI\n" * 20 + "1,640.0\n" + "1,FI\n" * 20,
        "sales",
        set(),
    ),
    "blank rows": (customers(30, r7=",,,", r22=",,,"), "customers", {*TEXTS, "blank-row"}),
    "blank cells beyond the header": (
        HEADER + "".join(f"C-{row},,TRUE,x,\n" for row in range(30)),
        "customers",
        {"word", "surplus-blank"},
    ),
    "quotes in cells": (customers(30, r4='C-4,,TRUE,5" x', r25='C-25,,TRUE,6" x'), "customers", TEXTS),
    "rows of other widths": (customers(30, r4="C-4", r25="C-25,,TRUE,x,y,z"), "customers", TEXTS),
    "a quote that is never closed": (customers(30, r28='C-28,,TRUE,"x'), "customers", set()),
    "prices in euros": (f"{EUROS}Q,12\n", "products", {"in-cents"}),
    "prices in euros, and a word": (f"{EUROS}Q,x\n", "products", set()),
    "prices in euros, and one that cannot be": (f'{EUROS}Q,"-5,00"\n', "products", set()),
    "a name that all values fit": (NAMED, "customers", {"column-name", "date"}),
    "a name that the last value does not fit": (f"{NAMED}D,x\n", "customers", set()),
    "formulas and breaks in the changes": (
        customers(30, r4='C-4,,TRUE,"a(\rb "', r25='C-25,,TRUE,"a\nb "'),
        "customers",
        TEXTS,
    ),
}


@pytest.mark.parametrize("kind", FIXES)
def test_what_needs_the_whole_file(kind: str) -> None:
    text, entity, kinds = FIXES[kind]
    ways: tuple[dict[str, Any], ...] = ({}, {"max_findings": 1}, {"deciding": 1}, {"deciding": 1000})
    for cut, more in zip(
        ((30, 40, 200, 64), (100, 77, 1000, 10), (1, 1, 50, 2), (45, 150, 400, 33)), ways, strict=True
    ):
        how: dict[str, Any] = {"unsafe": entity == "products", "delimiter": ",", **more}
        _, found = both(text.encode(), cut, entity, 3, **how)
        assert changes(found) == kinds


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_the_whole_file_for_a_report(kind: str) -> None:
    text, entity, _ = KINDS[kind]
    data = text.encode() if isinstance(text, str) else text
    encoding = "utf-8" if isinstance(text, bytes) and not text.startswith(b"\xff\xfe") else None
    for cut, unsafe in (((30, 40, 200, 64), False), ((1, 1, 50, 2), True), ((100, 77, 1000, 10), True)):
        both(data, cut, entity, 3, delimiter=",", encoding=encoding, unsafe=unsafe)


def test_ranges_are_fixed_elsewhere() -> None:
    """Of four ranges at a time, this process fixes one; in the second attempt, as the last row decides."""
    executor, found = both(customers(100, r99="C,31/12/2024,no,x").encode(), (200, 50, 60, 64), "customers", 4)
    assert found.report.rows == 100
    assert Change(98, 2, "date_joined", "03/02/2024", "2024-02-03", "date") in found.changes
    assert 100 < len(executor.parts) < 250
