"""Mapped is what the slow reading of the mapping says, and each finding names its cell in the export."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from custobar_formats import Report, Severity, validate
from custobar_formats.files.source import TextInput
from custobar_formats.pipeline.mapped_reader import plan_mapping
from custobar_formats.pipeline.options import Options
from custobar_formats.pipeline.reading import Reading
from tests.laws.test_reading import steps
from tests.mapping import slow_mapping

Table = dict[str, Any]

COLUMNS = ["Nr", "A", "B", "C", "D", "Handle", "Land"]
SEPARATORS = [",", ", ", ">", "||", " "]
QUOTES = ['"', '""', '"a, b"', '"a" ', '5"']

CELLS: dict[str, list[str]] = {
    "text": ["Cup", "cup", "'045", "''0", "-", "a &amp; b", "&lt;", " x ", "ÄITI", "a\nb", 'say "x"', "0.00"],
    "number": ["0", "24", "0.00", "1.234", "5 kpl", "c", "-"],
    "truth": ["Kyllä", "kyllä", "EI", "true", "false", "TRUE", "x", "1", "0"],
    "country": ["Suomi", "suomi", "FI", "EE", "Utopia", "se", "Ruotsi"],
    "date": ["1.9.2024", "01.09.2024 9:05", "2024-09-01", "31.2.1990", "1/2/2024", "31.3.2024 3:30", "1.9.24"],
    "money": ["24,90", "24.90", "24", "1.234", "1,234", "1.234,50", "1 234,50 €", "5 $", "0,001", "34.0000", "-5,00"],
    "phone": ["040 123 4567", "+358401234567", "070-123 45 67", "00358401234567", "401234567", "040 CALL", "09 1 / 2"],
    "list": ["a,b", "a, b ,,a", "A > B > C, D", "a||b", ", ", "a\\, b, c", '"a, b", c', '"a', '"a" b', '5" nail, b'],
}
MORE_CELLS = {
    "date": [
        "27.10.2024 3:30",
        "27.10.2024 2:30:01",
        "1.9.2024 0:00",
        "2024-9-1",
        "2.1.2024",
        "29.2.2023",
        "2024-09-01T10:00:00Z",
    ],
    "money": [
        "1.234.567",
        "1,234.50",
        "€ 5",
        "5 EUR",
        "5 kr",
        "5 SEK",
        "NOK 5",
        "5 USD",
        "1.230",
        "0",
        "-0",
        "–",
        "1234.567",
        "007",
        ",5",
        "0,5",
    ],
    "phone": ["+46 70 123 45 67", "040-123-4567", "09 123 456", "040 123 4567, 050 123 4567", "040 123 4567 ext. 1"],
}

KINDS = {
    "first_name": "text",
    "company": "text",
    "email": "text",
    "can_email": "truth",
    "country": "country",
    "date_joined": "date",
    "birth_date": "date",
    "phone_number": "phone",
    "tags": "list",
    "external_id": "text",
    "title": "text",
    "sku": "text",
    "visible": "truth",
    "price": "money",
    "sale_price": "money",
    "date": "date",
    "category": "list",
    "stock.0.quantity": "number",
    "stock.0.shop_id": "text",
}
FIELDS = {
    "customers": list(KINDS)[:10],
    "products": ["external_id", *list(KINDS)[10:], "tags"],
}
DAYS = {"birth_date": "date"}


def is_valid(field: str, text: str) -> bool:
    """Whether a text of the pools is valid for a field as it stands, where the field does not take any text."""
    kind = KINDS[field]
    if kind == "truth":
        return text in ("true", "false")
    if kind == "number":
        return re.fullmatch(r"-?(0|[1-9][0-9]*)(\.0+)?", text) is not None
    if kind == "country":
        return text in ("FI", "SE", "EE", "se")
    if kind == "phone":
        return re.fullmatch(r"\+[1-9][0-9]{6,14}", text) is not None
    if kind != "date" or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T10:00:00Z)?", text):
        return False
    date.fromisoformat(text[:10])
    return len(text) == 10 or field != "birth_date"


def some(*pairs: tuple[str, SearchStrategy[Any]], most: int | None = None) -> SearchStrategy[Table]:
    """A table with some of the keys."""
    keys = st.sets(st.sampled_from([name for name, _ in pairs]), max_size=most)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({name: each for name, each in pairs if name in chosen}))


CONDITION_TEXTS = st.sampled_from(["", "-", "Cup", "end", "x", ["", "-"], ["x", "Cup", "end"]])
CONDITIONS = st.sampled_from(COLUMNS).flatmap(
    lambda column: st.one_of(
        st.fixed_dictionaries({"column": st.just(column), "is": CONDITION_TEXTS}),
        st.fixed_dictionaries({"column": st.just(column), "is_not": CONDITION_TEXTS}),
        st.fixed_dictionaries({"column": st.just(column), "is": CONDITION_TEXTS, "is_not": CONDITION_TEXTS}),
    )
)

COMMON = [
    ("strip", st.sampled_from(["'", "-", "c"])),
    ("blank", st.sampled_from(["-", ["-", "0.00"], ["x", "C"]])),
    ("fill_within", st.just("Handle")),
    ("only", CONDITIONS),
    ("optional", st.just(True)),
]
WORDS = ("values", st.sampled_from([{"cup": "C"}, {"Cup": "", "-": "x"}, {"a,b": "a", "c": "d"}]))
TEXT_STEPS = [
    WORDS,
    ("unescape", st.just("html")),
    ("case", st.sampled_from(["lower", "upper"])),
    ("levels", st.sampled_from([">", "/"])),
    ("prefix", st.sampled_from(["<", ""])),
    ("suffix", st.just(" g")),
]
STEPS: dict[str, SearchStrategy[Table]] = {
    "text": some(*TEXT_STEPS),
    "number": some(WORDS),
    "truth": st.fixed_dictionaries(
        {"true": st.sampled_from([["Kyllä", "1"], "x"])}, optional={"false": st.just(["ei", "0"])}
    ),
    "country": st.fixed_dictionaries({"values": st.just({"Suomi": "FI", "Ruotsi": "SE"})}),
    "date": st.fixed_dictionaries(
        {"dates": st.sampled_from(["d.m.y", ["d.m.y", "y-m-d"], ["m/d/y", "d/m/y"], "%d.%m.%Y %H:%M"])},
        optional={"timezone": st.just("Europe/Helsinki")},
    ),
    "money": st.fixed_dictionaries({"unit": st.just("major")}, optional={"decimal": st.sampled_from([",", "."])}),
    "phone": st.fixed_dictionaries(
        {
            "country": st.sampled_from(
                ["FI", "se", {"from": "Land"}, {"from": "Land", "default": "FI"}, {"default": "SE"}]
            )
        }
    ),
    "list": st.tuples(
        some(*TEXT_STEPS),
        st.fixed_dictionaries({"split": st.sampled_from(SEPARATORS)}, optional={"quoted": st.booleans()}),
        some(("take", st.sampled_from(["leaf", "first", "all"]))),
    ).map(lambda parts: parts[0] | parts[1] | (parts[2] if "levels" in parts[0] else {})),
}


@st.composite
def fields(draw: DrawFn, name: str) -> Table:
    """The source and the steps of a field."""
    columns = st.lists(st.sampled_from(COLUMNS[1:5]), min_size=2, max_size=3, unique=True)
    how = draw(st.sampled_from(["from", "from", "first", "join" if KINDS[name] != "money" else "first"]))
    found: Table = {how: draw(st.sampled_from(COLUMNS[1:5]) if how == "from" else columns)}
    if how == "join":
        found |= draw(some(("with", st.sampled_from([", ", "", "-"]))))
    found |= draw(some(*COMMON, most=2))
    if draw(st.integers(0, 4)) or KINDS[name] in ("money", "list"):
        found |= draw(STEPS[KINDS[name]])
    if "values" in found:
        found |= draw(some(("others", st.sampled_from(["error", "keep"]))))
    return found


@st.composite
def mappings(draw: DrawFn) -> Table:
    """The tables of a mapping."""
    entity = draw(st.sampled_from(sorted(FIELDS)))
    names = draw(st.lists(st.sampled_from(FIELDS[entity][1:]), min_size=1, max_size=4, unique=True))
    columns: Table = {name: draw(fields(name)) for name in names}
    columns = {name: source for name, source in columns.items() if name != "stock.0.shop_id"}
    if "stock.0.quantity" in columns and draw(st.booleans()):
        columns["stock.0.shop_id"] = {"constant": "web"}
    columns |= {} if "external_id" in columns else {"external_id": {"from": "Nr"}}
    if draw(st.booleans()):
        columns["company" if entity == "customers" else "brand"] = {"constant": "C"}
    found = {"entity": entity, "columns": columns}
    found["ignore"] = draw(st.sampled_from([["*"], ["[A-Z]", "?and", "c*"], [" *D"]]))
    found["unmapped"] = draw(st.sampled_from(["drop", "keep"]))
    found |= draw(some(("need", st.just(["Nr"])), ("names", st.sampled_from([{"A": ["a1"]}, {"B": ["Bee", "b2"]}]))))
    found["rows"] = draw(some(("skip", st.lists(CONDITIONS, max_size=2)), ("end", CONDITIONS)))
    return found


@st.composite
def tables(draw: DrawFn, mapping: Table) -> tuple[list[str], list[list[str]]]:
    """A header that fits a mapping, and rows."""
    header = draw(st.permutations([*COLUMNS, "Extra"]))
    named = slow_mapping.named_columns(mapping | {"columns": {}, "need": ["Nr"]})
    for source in mapping["columns"].values():
        is_free = source.get("optional") or "need" in mapping
        for_sure = [] if is_free else slow_mapping.sources_of(source)
        country = source.get("country")
        where = [country["from"]] if isinstance(country, dict) and "from" in country and not is_free else []
        named.update([*for_sure, *where])
        named.update([source["fill_within"]] if "fill_within" in source else [])
        named.update([source["only"]["column"]] if "only" in source else [])
        if "join" in source and source is mapping["columns"].get("sku"):
            named.update(source["join"])
    for name in [*slow_mapping.IDENTIFIERS]:
        named.update(mapping["columns"].get(name, {}).get("join", []))
    header = [label for label in header if label in named or draw(st.integers(0, 4))]
    assume(any({*slow_mapping.sources_of(source)} & {*header} for source in mapping["columns"].values()))
    kinds = [KINDS[name] for name in mapping["columns"] if name in KINDS] or ["text"]
    pools = {label: draw(st.sampled_from(kinds)) for label in header}
    cells = {label: [*CELLS[kind], *MORE_CELLS.get(kind, [])] for label, kind in pools.items()}
    cells |= {
        "Nr": ["1", "2", "3", "end"],
        "Handle": ["h", "h", "k", "end"],
        "Land": ["FI", "Suomi", "SE", "", "Utopia"],
    }
    columns = [st.one_of(st.sampled_from([*cells[label]]), st.sampled_from(["", "", "-"])) for label in header]
    rows = draw(st.lists(st.tuples(*columns).map(list), max_size=9))
    labels = {name: other for name, others in mapping.get("names", {}).items() for other in [name, *others]}
    renamed = [draw(st.sampled_from([label, *mapping.get("names", {}).get(label, [])])) for label in header]
    changed = [
        draw(st.sampled_from([label, label, f" {label.lower()}"])) if label in labels else label for label in renamed
    ]
    return changed, rows


@st.composite
def cases(draw: DrawFn) -> tuple[Table, list[str], list[list[str]], int]:
    """A mapping, a header, rows, and how many of them are read at a time."""
    mapping = draw(mappings())
    header, rows = draw(tables(mapping))
    return mapping, header, rows, draw(st.sampled_from([2, 1, 3, 0]))


def written(header: list[str], rows: list[list[str]]) -> tuple[str, list[int]]:
    """The export as text, and the line of each row."""
    text, lines = io.StringIO(), []
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    return text.getvalue(), lines


def mapped(mapping: Table, text: str) -> list[tuple[int, int, Any]]:
    """The records of texts that the library makes without the types of a schema, with their rows and lines."""
    plan, _ = plan_mapping(mapping, None)
    reading = Reading(TextInput(io.StringIO(text), None), None, Options("csv", delimiter=",", mapping=plan))
    return [one for block in reading.blocks() for one in zip(block.numbers, block.lines, block.records, strict=True)]


def cells_of(report: Report, code: str | None = None) -> set[tuple[Any, ...]]:
    """The places of errors, as far as a person needs them to find a cell."""
    found = [each for each in report.errors if code in (None, each.code)]
    return {(each.row, each.line, each.column, each.label, each.value) for each in found}


@given(cases())
def test_mapped_is_what_the_slow_reading_says(case: tuple[Table, list[str], list[list[str]], int]) -> None:
    """Each record, with its row and line; and the cell of each value that cannot be read."""
    mapping, header, rows, block = case
    text, lines = written(header, rows)
    there = [at for at, row in enumerate(rows) if any(row)]
    kinds = dict.fromkeys(KINDS, "datetime") | DAYS
    slow = slow_mapping.Reader(mapping, header, [rows[at] for at in there], kinds, is_valid)
    wanted = slow.read()
    places = [at for at in there if any(rows[at] is each.cells for each in wanted)]
    with steps(block, []):
        assert mapped(mapping, text) == [
            (at + 1, lines[at], each.record) for at, each in zip(places, wanted, strict=True) if each.record
        ]
        report = validate(io.StringIO(text), mapping=mapping, delimiter=",")
    wrong = set()
    for at, each in zip(places, wanted, strict=True):
        for label, value in each.wrong.values():
            wrong.add((at + 1, lines[at], header.index(label.split(" + ")[0]) + 1, label, value))
    assert cells_of(report, "unmappable-value") <= wrong
    assert {cell[:3] for cell in wrong} <= {cell[:3] for cell in cells_of(report)}
    skipped = [each.message.split()[0] for each in report.findings if each.code == "skipped-rows"]
    assert skipped == ([str(slow.skipped)] if slow.skipped else [])
    for finding in report.findings:
        if finding.severity is Severity.ERROR and finding.row is not None and finding.path:
            assert finding.column is not None
            assert finding.label is not None
            assert finding.label.split(" + ")[0] == header[finding.column - 1]
            assert finding.line == lines[finding.row - 1]
