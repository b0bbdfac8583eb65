"""The reason why a text is no table with a header, or perhaps one with another delimiter."""

import pytest

from custobar_formats import validate
from custobar_formats.core.limits import STRUCTURE_CHARS
from custobar_formats.csvtext.delimiter import choose_delimiter
from custobar_formats.csvtext.other_formats import find_other_format
from custobar_formats.csvtext.structure import Structure

NAMES = {"external_id", "email", "tags"}
ROWS = "".join(f"{n},b,c\n" for n in range(9))


def found(text: str, *, declared: str | None = None, header_given: bool = False, whole: bool = True) -> str:
    """The code, the line and the last number of the message."""
    is_name = NAMES.__contains__
    delimiter = declared or str(choose_delimiter(text, is_name, whole))
    structure = Structure(text, delimiter, is_name, is_name, line=1, whole=whole, is_declared=declared is not None)
    finding = structure.find(header_given=header_given)
    return "" if finding is None else f"{finding.code} {finding.line} {finding.message}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Title\na,b,c\n" + ROWS, 2),
        ("Title\n\n\na,b,c\n" + ROWS, 4),
        ("Title\nof two lines\na,b,c\n" + ROWS, 3),
        ("Title,,\n,,\na,b,c\n" + ROWS, 3),
        ('"Title\n2024"\na,b,c\n' + ROWS, 3),
        (",,\na,b,c\n" + ROWS, 2),
        ("Title\na,b,c\n" + ROWS + "total\n", 2),
        ("Title\na;b;c\n" + ROWS.replace(",", ";"), 2),
        ("Title\na\tb\tc\n" + ROWS.replace(",", "\t"), 2),
        ("Title\na;b;c\nx;1,5;2,5\ny;2,5;3,5\n", 2),
        ("Title, 2024\na;b;c\n" + ROWS.replace(",", ";"), 2),
        ("Title, 2024\na;b;c\nx;1,5;2\ny;2,5;3\n", 2),
        ("Title\n\na;b;c\nx;y;z\n", 3),
        ("x\n" * 20 + "a,b,c\n" + ROWS, 21),
    ],
)
def test_titles_above_the_header(text: str, line: int) -> None:
    assert found(text).startswith("title-rows 1 the first row has no column names; ")
    assert f"the header seems to be at line {line};" in found(text)
    assert "title-rows" not in found(text, header_given=True)
    assert f"header={line}" in (validate(text).errors[0].hint or "")
    assert "title-rows" not in validate(text, header=line).counts.by_code


def test_a_name_that_is_known_shows_the_header() -> None:
    text = "Title\nemail;b;c\nx;y;z\n"
    assert "line 2;" in found(text)
    for schema in ("customers", "products", None):
        assert validate(text, schema).counts.by_code == {"title-rows": 1}
        assert "title-rows" not in validate(text.replace("email", "a"), schema).counts.by_code


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Asiakkaat;3.4.2024;;\nAsiakasnumero;Sähköposti;Puhelin;Etunimi\n1;2;3;4\n", 2),
        ("Kund;;Kontakt;\nKundnummer;Förnamn;E-post;Telefon\n1;2;3;4\n", 2),
        ("Tuotteet;;Hinnat;\n;;;\nTuotenumero;Nimi;Hinta;EAN\n1;2;3;4\n", 3),
    ],
)
def test_names_that_mean_a_field_show_the_header_whatever_the_schema(text: str, line: int) -> None:
    for schema in ("customers", "products", None):
        (finding,) = validate(text, schema).findings
        assert (finding.code, finding.line) == ("title-rows", 1)
        assert f"--header {line} " in (finding.hint or "")


def test_names_are_looked_up_only_where_a_title_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(name: str) -> bool:
        raise AssertionError(name)

    monkeypatch.setattr("custobar_formats.pipeline.beginning.means_a_field", unwanted)
    for text in ("a,b,c\n" + ROWS, "a,b,c\n1,2\n,4,5\n", "a\n1\n"):
        validate(text, "customers")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Title\nemail,,tags\nx,y,z\n", 2),
        ("Title,2026-08\nShop,Turku\nexternal_id,email,tags,x\n1,2,3,4\n", 3),
        ("Title,,,\n,,,\nemail,,tags,\nx,y,z,\n", 3),
        (" , , \nTitle, , \nemail, tags ,  \nx,y,z\n", 3),
        ("Customer,,Contact\nexternal_id,,email\n1,x,y\n", 2),
        ("Title\n\nemail\t\ttags\nx\ty\tz\n", 3),
        ("Title; 2026\n\nemail,tags,\nx,y,\n", 3),
        ("Title,,\n" * 11 + "email,,tags\nx,y,z\n", 12),
        ("tags,,,\nexternal_id,email,tags,\n1,2,3,4\n", 2),
        ("email,a,b,\nexternal_id,email,tags,\n1,2,3,4\n", 2),
    ],
)
def test_known_names_show_the_header_also_with_blank_cells(text: str, line: int) -> None:
    assert f"the header seems to be at line {line};" in found(text)
    assert "title-rows" not in found(text, header_given=True)


@pytest.mark.parametrize(
    "text",
    [
        "email,tags,c\nexternal_id,email,tags\n1,2,3\n",  # the first row is a header
        "way,other\nemail,tags\ntags,email\n",  # names as values
        "a,b,c,d,e\nemail,tags,1,2,3\n1,2,3,4,5\n",
        "a,b\nemail,email\n1,2\n",
        "a,b\nemail,1\n1,2\n",
    ],
)
def test_known_names_in_rows_are_no_header(text: str) -> None:
    assert "title-rows" not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n" + ROWS,
        "Title\na,b,c\n",  # nothing shows that it is a header
        "Title\na,b\n1,2\n",
        "Title\na,,c\n1,2,3\n",
        "email\na,b,c\n" + ROWS,  # a name that the schema knows
        "a,,\n1,x,y\n2,z,\n",  # a number is no name
        "Title\na,b,c\n1,2\n3,4,5\n",
        "x\n" * 21 + "a,b,c\n" + ROWS,
        "path\nHome;Men;Shoes\nHome;Women;Bags\n",
        "a,b\nx;y;z,1\nq;r;s,2\n",
        "a,b\nx;y\n1;2\n",
        "a,b\n1,2,3\n4,5,6\n",
    ],
)
def test_what_is_no_title(text: str) -> None:
    assert "title-rows" not in found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a,b,c"\n"1,2,3"\n', "quoted-lines 1 each line is one quoted cell, with 3 cells"),
        ('"a;b;c"\r\n"1;""2;2"";3"\r\n"4;5,5;6"\r\n', "quoted-lines 1 each line is one quoted cell, with 3 cells"),
        ('"external_id,x"\n"1,2"\n', "quoted-lines 1 each line is one quoted cell, with 2 cells"),
        ('a,b\n\n"1,2"\n"3,4"\n', "quoted-lines 3 each line is one quoted cell, with 2 cells"),
        ('"a\tb\tc"\n"1\t2\t3"\n', "quoted-lines 1 each line is one quoted cell, with 3 cells"),
        ('"a,b"\n"1,2"\n', ""),
        ('"a,b,c"\n', ""),
        ('"a, b, c"\n"1, 2, 3"\n', ""),
        ('"a,b,c"\n"1,2,3"\n"4,5"\n', ""),
        ('"a,b,c"\n"1,2,3"\n4\n', ""),
        ('"tags"\n"1,2,3"\n"4,5,6"\n', ""),
        ('"a"\n"1\n2"\n', ""),
    ],
)
def test_lines_that_are_quoted_as_a_whole(text: str, expected: str) -> None:
    assert found(text).startswith(expected)
    assert bool(found(text)) == bool(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b\n1|2\n", "'|' divides the header and the rows into 2 parts"),
        ('a|b\n1|"2|2"\n', "'|' divides the header and the rows into 2 parts"),
        ("a:b:c\n1:2:3\n", "':' divides the header and the rows into 3 parts"),
        ("a b  c\n1   2 3\n", "spaces divide the header and the rows into 3 parts"),
        ("a|b\n" + "1|2\n" * 9 + "x\n", "'|' divides the header and the rows into 2 parts"),
        ("a\n1;2\n3;4\n", "a semicolon divides each row into 2 parts; the header has none"),
        ("a\n1,2\n3,4\n", "a comma divides each row into 2 parts; the header has none"),
        ("a\n1\t2\n", "a tab divides each row into 2 parts; the header has none"),
        ("a|b\n", ""),
        ("a|b\n1\n2|3\n", ""),
        ("a b\n1 2\n", ""),
        ("time\n10:30\n", ""),
        ("a\n1;2\n3\n", ""),
        ('a\n"1;2"\n', ""),
        ("a|b,c\n1|2,3\n", ""),
    ],
)
def test_a_column_that_another_delimiter_divides(text: str, expected: str) -> None:
    assert found(text).partition(", but ")[2] == expected


def test_a_declared_delimiter_is_the_only_one() -> None:
    assert found("Title\n\na;b;c\nx;y;z\n").startswith("title-rows")
    assert not found("Title\n\na;b;c\nx;y;z\n", declared=",").startswith("title-rows")
    assert found("Title\na;b;c\nx;y;z\n", declared=";").startswith("title-rows")
    assert not found('"a,b,c"\n"1,2,3"\n', declared=";")
    assert found('"a,b,c"\n"1,2,3"\n', declared=",").startswith("quoted-lines")
    assert found("a|b\n1|2\n", declared=",").startswith("doubtful-delimiter")


def test_a_record_that_is_cut_off_is_not_counted() -> None:
    assert found("a|b\n1|2\n3|4\n5", whole=True) == ""
    assert found("a|b\n1|2\n3|4\n5", whole=False) != ""
    assert found('a|b\n1|2\n3|4\n"5', whole=False) != ""
    assert found('"a') == found("") == found('a,b\n"1') == ""


def test_only_the_sample_decides() -> None:
    text = "a|b\n" + "1|2\n" * (STRUCTURE_CHARS // 4) + "x\n" * STRUCTURE_CHARS
    for source in (text, text.encode()):
        assert validate(source).counts.by_code == {"doubtful-delimiter": 1}


@pytest.mark.parametrize(
    ("start", "what"),
    [
        ("<!doctype html>", "HTML"),
        ("\ufeff \r\n<HTML lang=fi>", "HTML"),
        ("<table>\n", "HTML"),
        ("<br />\n<b>Warning</b>: x", "HTML"),
        ("<!-- x -->", "HTML"),
        ("<?xml version='1.0'?>", "XML"),
        ('<rss version="2.0">\n  <channel>', "XML"),
        ('{"a": 1}', "JSON"),
        ("{\n  'a'", None),
        ('{\n  "a": 1', "JSON"),
        ("{}", "JSON"),
        ("[]", "JSON"),
        ("[[1,2]]", "JSON"),
        (' [ {"a"', "JSON"),
        ("%PDF-1.7", "PDF"),
        ("ÐÏ\x11à¡±\x1aá\x00", ".xls"),
        ("ï»¿{}", "JSON"),
        ("[Order ID],[Name]", None),
        ("{id},{name}", None),
        ("<id>,<name>", None),
        ("<b>Name</b>,price", None),
        ("%PDF,x", None),
        ('"{""a"": 1}"', None),
        ("name\n<html>", None),
        ("", None),
    ],
)
def test_text_that_begins_as_another_format(start: str, what: str | None) -> None:
    finding = find_other_format(start)
    assert (finding is None) == (what is None)
    assert finding is None or (finding.code == "not-csv" and (what or "") in finding.message)


@pytest.mark.parametrize("text", ["<html>\n<p>a, b</p>\n", '\n{"customers": []}\n', "%PDF-1.7\n1 0 obj\n"])
def test_another_format_is_one_finding_in_every_encoding(text: str) -> None:
    sources: list[str | bytes] = [
        text,
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
    ]
    for source in sources:
        (finding,) = validate(source, "customers", format="csv").findings
        assert (finding.code, finding.row, finding.line) == ("not-csv", None, 1)


@pytest.mark.parametrize(
    "text", ["id,s.0,s.1\n1,email,tags\n", "id,s.0,s.1\nx,email,external_id\n", "a,b\nemail,tags\n"]
)
def test_a_whole_row_above_cells_that_are_names_is_the_header(text: str) -> None:
    """So what was written reads back, whatever its values are."""
    assert found(text) == ""
