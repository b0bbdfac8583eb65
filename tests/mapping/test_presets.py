"""Each preset reads a sample of its export to the records that the facts demand, and refuses a header that has changed.

``presets/NAME.csv`` is a sample of the preset NAME, made up with the real header; ``NAME.VARIANT.csv`` is another one.
Beside it are the expected records, written by hand, and in ``NAME.answers.toml`` the answers to what the preset asks.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from custobar_formats import ColumnMapping, Report, from_csv, load_mapping, validate
from custobar_formats.mapping.preset_files import presets
from custobar_formats.mapping.recognise import recognise
from tests.mapping.preset_notes import NAMES, NOTES, PAGE, notes, table

FOLDER = Path(__file__).parent / "presets"
SAMPLES = sorted(path.name.removesuffix(".csv") for path in FOLDER.glob("*.csv"))


def mapping_of(sample: str) -> ColumnMapping:
    """The preset of a sample, with its answers."""
    name = sample.partition(".")[0]
    answers = FOLDER / f"{name}.answers.toml"
    return load_mapping(name, answers=tomllib.loads(answers.read_text("utf-8")) if answers.exists() else {})


def rows_of(sample: str) -> list[list[str]]:
    """The header and the rows of a sample."""
    text = (FOLDER / f"{sample}.csv").read_text("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text.partition("\n")[0] else ","))


def report_of(sample: str, rows: list[list[str]]) -> Report:
    """The report on rows by the preset of a sample."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return validate(out.getvalue(), mapping=mapping_of(sample))


def needed(mapping: ColumnMapping) -> Iterator[str]:
    """The columns that the mapping cannot do without, by all their names."""
    fields = [each for each in mapping.fields if not each.is_optional]
    conditions = [*mapping.rows.skip, *(each.arguments["only"] for each in fields if "only" in each.arguments)]
    columns = [column for each in fields for column in each.columns]
    for column in {*columns, *(condition.column for condition in conditions)}:
        yield from (column, *mapping.names.get(column, ()))


def test_each_preset_has_a_sample() -> None:
    assert list(presets()) == NAMES == sorted({sample.partition(".")[0] for sample in SAMPLES})


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_gives_the_expected_records(sample: str) -> None:
    path, mapping = FOLDER / f"{sample}.csv", mapping_of(sample)
    report = validate(path, mapping=mapping)
    assert report.valid
    usual = {"identified-by", "ignored-columns", "skipped-rows", "missing-field"}
    assert {finding.code for finding in report.findings} <= usual
    assert from_csv(path, mapping=mapping) == json.loads((FOLDER / f"{sample}.json").read_text("utf-8"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_renamed_column_is_missing(sample: str) -> None:
    header, *rows = rows_of(sample)
    renamed = set(needed(mapping_of(sample))) & set(header)
    assert renamed
    for label in renamed:
        changed = ["Renamed" if each == label else each for each in header]
        report = report_of(sample, [changed, *rows])
        assert not report.valid
        assert "missing-column" in {finding.code for finding in report.findings}, label


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_added_column_is_unmapped(sample: str) -> None:
    report = report_of(sample, [[*row, "Added" if not place else "1"] for place, row in enumerate(rows_of(sample))])
    (finding,) = (finding for finding in report.findings if finding.code == "unmapped-column")
    assert (report.valid, finding.label) == (False, "Added")


@pytest.mark.parametrize("sample", SAMPLES)
def test_consent_comes_only_from_words_that_are_known(sample: str) -> None:
    """Each cell that decides about consent, one at a time, with a word of later versions: it is for a person."""
    header, *rows = rows_of(sample)
    mapping = mapping_of(sample)
    for source in (each for each in mapping.fields if each.name.startswith("can_")):
        names = [{column, *mapping.names.get(column, ())} for column in source.columns]
        places = [place for each in names for place, label in enumerate(header) if label in each]
        for at, row in enumerate(rows):
            place = next((place for place in places if row[place]), None)
            if place is None:
                continue
            changed = [*row[:place], "pending", *row[place + 1 :]]
            report = report_of(sample, [header, *rows[:at], changed, *rows[at + 1 :]])
            assert [(each.code, each.row) for each in report.errors] == [("unmappable-value", at + 1)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_recognised(sample: str) -> None:
    best, *_ = recognise(rows_of(sample)[0])
    assert (best.mapping.name, best.unknown) == (sample.partition(".")[0], ())


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_in_other_capitals_is_recognised(sample: str) -> None:
    best, *_ = recognise([f" {label.upper()}" for label in rows_of(sample)[0]])
    assert (best.mapping.name, best.unknown) == (sample.partition(".")[0], ())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_annotated(name: str) -> None:
    """It names its export, its source with the day of reading, its identifier, what it leaves out and what is open."""
    note = notes(name)
    assert tuple(note) == NOTES
    assert all(text.endswith(".") for text in note.values())
    assert re.search(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b", note["Source"])
    assert load_mapping(name).unmapped == "error"


def test_the_page_shows_the_presets() -> None:
    assert table() in PAGE.read_text("utf-8")
