"""An export that a preset nearly fits: `map` shows what it lacks and what is new; with the answers it is read."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import from_csv, load_mapping
from custobar_formats.mapping.export_column import ExportColumn
from custobar_formats.mapping.preset_files import presets, read_preset
from custobar_formats.mapping.recognise import recognise
from custobar_formats.pipeline.suggestion import SuggestedMapping, suggest_mapping
from tests.mapping.test_presets import FOLDER, SAMPLES, mapping_of, needed, rows_of

HEADERS = Path(__file__).parent / "headers"


def suggested(names: list[str], header: int | None = None) -> SuggestedMapping:
    found = suggest_mapping([ExportColumn(name) for name in names], 0, name="x.csv", header=header)
    assert found is not None
    return found


def with_answers(text: str) -> dict[str, Any]:
    """The tables of a suggestion whose lines with a question mark are all right."""
    return tomllib.loads(re.sub(r"^( *)# (.*  # \? )", r"\1\2", text, flags=re.MULTILINE))


RENAMED = [
    (sample, label)
    for sample in SAMPLES
    for label in sorted(set(needed(mapping_of(sample))) & set(rows_of(sample)[0]))
    if recognise(["Renamed" if each == label else each for each in rows_of(sample)[0]])
]


def test_most_presets_are_recognised_without_one_column() -> None:
    assert len({sample.partition(".")[0] for sample, _ in RENAMED}) >= 0.75 * len(presets())


@pytest.mark.parametrize(("sample", "label"), RENAMED)
def test_a_renamed_column_is_a_question(sample: str, label: str) -> None:
    preset = sample.partition(".")[0]
    header, *rows = rows_of(sample)
    header = ["Renamed" if each == label else each for each in header]
    found = suggested(header)
    assert found.headline[0].startswith(f"nearly the export of preset {preset}: it lacks ")
    assert found.headline[0].endswith("; new: 'Renamed'")
    before, now = tomllib.loads(read_preset(preset).decode("utf-8")), tomllib.loads(found.text)
    assert {key: now[key] for key in now if key != "names"} == {key: before[key] for key in before if key != "names"}
    tables = with_answers(found.text)
    tables["ignore"].remove("Renamed")  # it is new, or a new name
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    answers = FOLDER / f"{preset}.answers.toml"
    given = tomllib.loads(answers.read_text("utf-8")) if answers.exists() else {}
    records = from_csv(out.getvalue(), mapping=load_mapping(tables, answers=given))
    assert records == json.loads((FOLDER / f"{sample}.json").read_text("utf-8"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_new_columns_are_left_out_on_request(sample: str) -> None:
    header, *rows = rows_of(sample)
    found = suggested([*header, "New"])
    assert found.headline[1] == "it has columns that the preset does not know: 'New'"
    preset = sample.partition(".")[0]
    before = tomllib.loads(read_preset(preset).decode("utf-8"))
    assert tomllib.loads(found.text) == before
    assert with_answers(found.text) == before | {"ignore": [*before["ignore"], "New"]}


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_line_of_the_header_stands_in_a_presets_file(sample: str) -> None:
    before = tomllib.loads(read_preset(sample.partition(".")[0]).decode("utf-8"))
    found = suggested(rows_of(sample)[0], header=4)
    assert tomllib.loads(found.text) == before | {"rows": {"header": 4, **before.get("rows", {})}}
    assert suggested(rows_of(sample)[0]).text.encode() == read_preset(sample.partition(".")[0])


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            ["Variant SKU"],
            ["Variant Stock Code"],
            [
                '# "Variant SKU" = ["SKU", "Variant Stock Code"]  # ? the file has no "Variant SKU" or "SKU"; '
                "is this its new name?"
            ],
        ),
        (["Title"], [], ['# "Title" = ["..."]  # ? the file has no "Title": what is its new name?']),
        (["Title"], ["Product name", "x"], ['# "Title" = ["Product name"]  # ? the file has no "Title"; is this its']),
        (
            ["Title"],
            ["x", "y"],
            [f'# "Title" = ["{new}"]  # ? only one of these 2 lines: the file has no "Title"; is' for new in "xy"],
        ),
        (["Title"], ["x", "y", "z", "q"], ['# "Title" = ["..."]  # ? the file has no "Title": what is its new name?']),
        (["Handle", "Title"], ["Product name"], ['# "Title" = ["Product name"]', '# "Handle" = ["URL handle", "Pro']),
    ],
)
def test_the_new_name_is_asked_for(old: list[str], new: list[str], lines: list[str]) -> None:
    names = [name for name in rows_of("shopify-products")[0] if name not in old]
    text = suggested([*names, *new]).text
    for line in lines:
        assert f"\n{line}" in text


STOCK = (
    "the preset asks for stock.0.shop_id (the shop's id at Custobar, for the quantities in stock): "
    "--with stock.0.shop_id=VALUE"
)
"""What the preset asks, whatever the export lacks."""


def test_what_is_gone_is_no_new_name() -> None:
    names = rows_of("shopify-products")[0]
    found = suggested([name for name in names if name not in ("Handle", "Title")])
    assert found.headline == (
        "nearly the export of preset shopify-products: it lacks 'Title', 'Handle'",
        "export them, or remove the lines that name them",
        STOCK,
    )
    assert suggested([*(name for name in names if name != "Title"), "x"]).headline == (
        "nearly the export of preset shopify-products: it lacks 'Title'; new: 'x'",
        "its new name goes under [names]: look at the lines with a ?",
        STOCK,
    )


@pytest.mark.slow
def test_an_export_that_lacks_few_columns_is_of_the_presets_shop() -> None:
    """On the real headers: no export of another system nearly fits."""
    for half in ("seen", "aside", "fresh", "last"):
        for export in tomllib.loads((HEADERS / f"{half}.toml").read_text("utf-8"))["export"]:
            for one in recognise(list(dict.fromkeys(export["columns"])))[:1]:
                assert (export["system"] in one.mapping.name, one.mapping.entity) == (True, export["entity"])
