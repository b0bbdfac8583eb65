"""A mapping that is wrong in itself is misuse, in one clear line; a file that does not fit one has findings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, UsageError, from_csv, iter_csv, load_mapping, validate
from tests.mapping.exports import as_csv, brief, read

ID = {"external_id": "id"}


def tables(columns: dict[Any, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A mapping of products."""
    return {"entity": "products", "columns": {**ID, **(columns or {})}, **more}


def customers(columns: dict[Any, Any]) -> dict[str, Any]:
    return {**tables(columns), "entity": "customers"}


def field(name: str, **source: Any) -> dict[str, Any]:
    """A mapping of one product field from the column ``x``."""
    return tables({name: {"from": "x", **source}})


TABLES: list[tuple[Any, str]] = [
    ({}, "it has no entity: add entity"),
    ({"entity": "products"}, "it maps no column: add a table"),
    ({"entity": "product", "columns": ID}, "did you mean 'products'"),
    ({"entity": 5, "columns": ID}, "entity"),
    ({"entity": "products", "columns": []}, "columns: it must be a table"),
    ({"entity": "products", "columns": {}}, "it maps no column"),
    (tables(colums={}), "'colums' is unknown: did you mean 'columns'?"),
    (tables(zzz={}), "'zzz' is unknown: use entity, unmapped"),
    (tables(unmapped="ignore"), "unmapped: use one of error, drop, keep, not 'ignore'"),
    (tables(unmapped=["drop"]), "unmapped: use one of"),
    (tables(ignore="x"), "ignore: it must be a list of texts"),
    (tables(ignore=[5]), "ignore: it must be a list of texts"),
    (tables(need={}), "need: it must be a list of texts"),
    (tables(names=["x"]), "names: it must be a table"),
    (tables(names={"id": 5}), "names.id: it must be a list of texts"),
    (tables(names={5: ["id"]}), "names: its names must be texts"),
    (tables({5: "x"}), "columns: its names must be texts"),
    (tables(rows=[]), "rows: it must be a table"),
    (tables(rows={"hedaer": 1}), "rows: 'hedaer' is unknown: did you mean 'header'?"),
    (tables(rows={"header": 0}), "rows.header: it must be the number of the line"),
    (tables(rows={"header": True}), "rows.header: it must be the number of the line"),
    (tables(rows={"header": "1"}), "rows.header: it must be the number of the line"),
    (tables(rows={"skip": {"column": "id", "is": ""}}), "rows.skip: it must be a list of conditions"),
    (tables(rows={"skip": ["id"]}), "rows.skip: a condition is a table"),
    (tables(rows={"skip": [{"column": "id", "not": ""}]}), "rows.skip: 'not' is unknown: did you mean 'is_not'?"),
    (tables(rows={"skip": [{"column": "id"}]}), "a condition has a column, and"),
    (tables(rows={"end": {"is": "", "is_not": "a"}}), "rows.end: a condition has a column, and"),
    (tables(rows={"end": {"column": 5, "is": ""}}), "rows.end: a condition has a column, and"),
    (tables(rows={"end": {"column": ["id"], "is": ""}}), "rows.end: a condition has a column, and"),
    (tables(rows={"end": {"column": "id", "is": 5}}), "rows.end.is: it must be text or a list of texts, not 5"),
    (tables(rows={"end": {"column": "id", "is": []}}), "rows.end.is: it must be text or a list of texts, not []"),
    (tables(rows={"skip": [{"column": "id", "is": ["", 0]}]}), "rows.skip.is: it must be text or a list of texts"),
    (tables(rows={"skip": [{"column": "id", "is_not": {}}]}), "rows.skip.is_not: it must be text or a list of texts"),
    (
        field("title", only={"column": "x", "is_not": ["", ["0"]]}),
        "columns.title.only.is_not: it must be text or a list of texts",
    ),
]
"""Tables of a mapping, and what their message has."""

FIELDS: list[tuple[Any, str]] = [
    (tables({"titel": "x"}), "columns.titel: unknown field 'titel': did you mean 'title'?"),
    (tables({"zzz": "x"}), "columns.zzz: unknown field 'zzz'"),
    (tables({"": "x"}), "the column has no name"),
    (tables({"title.": "x"}), "columns.title."),
    (tables({"title.a": "x"}), "unknown field 'title.a'"),
    (tables({"stock.1.quantity": "x"}), "index 0 is missing"),
    (tables({"stock": {"0": {"quantity": "x"}}}), "needs quotes: 'stock.0.quantity' = ..."),
    (tables({"title": {}}), "columns.title: it has no source"),
    (tables({"title": 5}), "columns.title: it must be the name of a column, or a table"),
    (tables({"title": ["x"]}), "columns.title: it must be the name of a column, or a table"),
    (tables({"title": {"case": "lower"}}), "columns.title: it has no source: give one of"),
    (tables({"title": {"from": "x", "first": ["y"]}}), "it has from and first: give one of"),
    (tables({"title": {"from": "x", "constant": "y"}}), "it has from and constant: give one of"),
    (tables({"title": {"from": ["x"]}}), "it must be the name of a column; a mapping has no expressions"),
    (tables({"title": {"first": "x"}}), "columns.title.first: it must be a list of columns"),
    (tables({"title": {"join": []}}), "columns.title.join: it must be a list of columns"),
    (tables({"title": {"join": ["x", 5]}}), "columns.title.join: it must be a list of columns"),
    (tables({"title": {"constant": 5}}), "columns.title.constant: it must be text, not 5"),
    (tables({"title": {"constant": "a", "case": "upper"}}), "a constant takes no steps: remove 'case'"),
    (tables({"stock.0.shop_id": {"constant": "web"}}), "a constant alone makes no object, item or record"),
    ({"entity": "products", "columns": {"title": {"constant": "a"}}}, "a constant alone makes no object"),
    (customers({"can_email": {"constant": "true"}}), "consent is never a constant: map the column"),
    (customers({"can_sms": {"ask": "may we?"}}), "consent is never a constant: map the column"),
    (field("title", spilt=","), "columns.title: 'spilt' is unknown: did you mean 'split'?"),
    (field("title", eval="x + 1"), "columns.title: 'eval' is unknown: use from, first"),
]
"""Fields of a mapping, and what their message has."""

STEPS: list[tuple[Any, str]] = [
    *((field("title", **{name: 5}), f"columns.title.{name}: it must be ") for name in ("blank", "strip", "unescape")),
    (field("title", strip=""), "columns.title.strip: it must be text, not ''"),
    (field("tags", split=""), "columns.tags.split: it must be text, not ''"),
    (field("title", levels=""), "columns.title.levels: it must be text, not ''"),
    (field("title", fill_within=["x"]), "fill_within: it must be the name of a column"),
    (field("title", only="x"), "only: it must be a table such as"),
    (field("title", only={"column": "x"}), "columns.title.only: a condition has a column, and"),
    (field("title", optional="true"), "optional: it must be true or false, not 'true'"),
    (field("title", case="title"), 'case: it must be "lower" or "upper", not \'title\''),
    (field("title", unescape="xml"), 'unescape: it must be "html"'),
    (field("title", prefix=5), "prefix: it must be text"),
    (field("title", blank=[]), "blank: it must be a list of texts, not []"),
    (field("title", values={}), "values: it must be a table of texts"),
    (field("title", values={"a": 5}), "values: it must be a table of texts"),
    (field("title", values={"a": "b"}, others="drop"), 'others: it must be "error" or "keep"'),
    (field("title", values={"a": "b", "A": "c"}), "values: 'A' stands for both 'b' and 'c'"),
    (field("title", values={"": "b"}), "values: a blank cell stays blank"),
    (field("visible", true=["1", ""]), "true: a blank cell stays blank"),
    (field("visible", true=["x"], false=["X"]), "true and false: 'x' stands for both 'false' and 'true'"),
    (field("price", unit="minor"), 'unit: it must be "major"'),
    (field("price", unit="major", decimal=";"), 'decimal: it must be "." or ","'),
    (field("date", dates="d.m.yy"), "dates: use d, m and y with one separator"),
    (field("date", dates="d.m/y"), "dates: use d, m and y with one separator"),
    (field("date", dates="d.m.d"), "dates: it needs each of d, m and y once"),
    (field("date", dates=["d.m.y", ""]), "dates: use d, m and y with one separator"),
    (field("date", dates="%d.%m.%y"), "dates: a form without %y is needed: export the years with four digits"),
    (field("date", dates="%d. %b %Y"), "dates: a form without %b is needed: export days and months as numbers"),
    (field("date", dates="%x"), "dates: a form without %x is needed: export days and months as numbers"),
    (field("date", dates="%d.%m.%Y %I:%M %p"), "dates: a form without %p is needed: export the times with 24 hours"),
    (field("date", dates="%d.%m.%Y %H:%M %Z"), "dates: a form without %Z is needed: export the offset from UTC"),
    (field("date", dates="%d.%m.%Y %Q"), "dates: it is not a strptime form"),
    (field("date", dates="%m/%Y"), "dates: it needs a day, a month and a year"),
    (field("date", dates="%H:%M"), "dates: it needs a day, a month and a year"),
    (field("date", dates="%d.%m.%Y %I:%M"), "dates: it needs hours of 24, as %H reads them: export the times with"),
    (field("date", dates="d.m.y", timezone="Helsinki"), "dates: it is not a timezone"),
    (field("date", dates="d.m.y", timezone="../../etc/passwd"), "dates: it is not a timezone"),
    (field("date", dates="d.m.y", timezone=""), "dates: it is not a timezone"),
    (field("date", dates="d.m.y", timezone="Europe"), "dates: it is not a timezone"),
    (field("tags", split='"', quoted=True), "split: quoted items cannot be split at a quote"),
    *(
        (field("title", **{name: value}), f"{name!r} means nothing without {other!r}")
        for name, value, other in [
            ("with", ", ", "join"),
            ("others", "keep", "values"),
            ("timezone", "Europe/Helsinki", "dates"),
            ("decimal", ",", "unit"),
            ("quoted", True, "split"),
            ("take", "leaf", "levels"),
        ]
    ),
    *(
        (customers({"phone_number": {"from": "x", "country": country}}), message)
        for country, message in [
            ({}, "country: it must be text such as"),
            ({"form": "x"}, "country: it must be text such as"),
            ({"from": 5}, "country: it must be text such as"),
            ({"from": {"ask": "?"}, "default": {"ask": "?"}}, "country: it must be text such as"),
            ({"from": 5, "default": {"ask": "?"}}, "country: it must be text such as"),
            ({"from": "x", "default": {"ask": 5}}, "country: it must be text such as"),
            ({"from": "x", "default": {"ask": "?"}}, "phone_number.country.default is open (?): answer it with"),
            (["FI"], "country: it must be text such as"),
            ("fin", "country: 'fin' is not the code of a country, such as FI"),
            ("", "country: '' is not the code of a country, such as FI"),
            ("Suomi", "country: 'Suomi' is not the code of a country, such as FI"),
            ({"default": "XX"}, "country: 'XX' is not the code of a country, such as FI"),
        ]
    ),
]
"""Steps of a field, and what their message has."""

SENSELESS: list[tuple[str, dict[str, Any], str]] = [
    ("title", {"true": ["x"]}, "string"),
    ("title", {"dates": "d.m.y"}, "string"),
    ("title", {"unit": "major"}, "string"),
    ("title", {"country": "FI"}, "string"),
    ("title", {"split": ","}, "string"),
    ("title", {"levels": ">", "take": "all"}, "string"),
    ("price", {"false": ["x"]}, "money"),
    ("price", {"suffix": " €"}, "money"),
    ("price", {"split": ","}, "money"),
    ("date", {"unit": "major"}, "datetime"),
    ("date", {"prefix": "20"}, "datetime"),
    ("visible", {"unescape": "html"}, "boolean"),
    ("visible", {"levels": ">"}, "boolean"),
    ("tags", {"dates": "d.m.y"}, "list"),
    ("stock.0.quantity", {"suffix": " pcs"}, "integer"),
]
"""Steps that cannot be meant for the type of a field."""


def refused(mapping: Any, message: str) -> None:
    """Each way to use the mapping refuses it with the same single line."""
    lines = set()
    for use in (validate, from_csv, lambda source, mapping: list(iter_csv(source, mapping=mapping))):
        with pytest.raises(UsageError) as caught:
            use(io.StringIO("id,x\n1,2\n"), mapping=mapping)
        lines.add(str(caught.value))
    (line,) = lines
    assert message in line
    assert "\n" not in line
    assert len(line) < 500


@pytest.mark.parametrize(("mapping", "message"), [*TABLES, *FIELDS, *STEPS])
def test_a_mapping_that_is_wrong_in_itself_is_misuse(mapping: Any, message: str) -> None:
    """The line names the place, and the nearest name that is known."""
    refused(mapping, message)


@pytest.mark.parametrize(("name", "steps", "kind"), SENSELESS)
def test_a_step_that_makes_no_sense_for_the_type_is_misuse(name: str, steps: dict[str, Any], kind: str) -> None:
    """Whatever the file has."""
    refused(field(name, **steps), f"it makes no sense for a field of type {kind}")


@pytest.mark.parametrize(
    ("columns", "question"),
    [
        ({"title": {"ask": "which?"}}, "title is open (which?): answer it with mapping=load_mapping("),
        ({"title": {"constant": {"ask": "which?"}}}, "title is open (which?)"),
        ({"date": {"from": "x", "dates": "d.m.y", "timezone": {"ask": "where?"}}}, "date.timezone is open (where?)"),
    ],
)
def test_an_open_question_is_misuse(columns: dict[str, Any], question: str) -> None:
    """It has its question, and how to answer it."""
    refused(tables(columns), question)


@pytest.mark.parametrize(("argument", "value"), [("optional", True), ("quoted", True), ("values", {}), ("only", {})])
def test_what_is_no_text_cannot_be_asked_for(argument: str, value: Any) -> None:
    """No answer could be the argument."""
    source = {"from": "x", "split": ",", argument: {"ask": "?"}}
    refused(tables({"tags": source}), f"columns.tags.{argument}: it cannot be asked for")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"date.timezone": 5}, "must be text, not 5"),
        ({"price.decimal": ";"}, "'price.decimal': it must be \".\" or \",\", not ';'"),
        ({"date.timezome": "Europe/Helsinki"}, "did you mean 'date.timezone'?"),
        ({"external_id": "5"}, "answers: the field 'external_id' comes from a column"),
        ({"type": "a"}, "answers: the field 'type' has a value: change the mapping"),
        ({"titel": "a"}, "answers: 'titel' is neither a question of the mapping nor a field of products: did you mean"),
        ({"stok.0.shop_id": "a"}, "did you mean 'stock.0.shop_id'?"),
        ({"stock.0.shop-id": "a"}, "did you mean 'stock.0.shop_id'?"),
    ],
)
def test_a_wrong_answer_is_misuse(answers: Any, message: str) -> None:
    """As the same argument in the file would be."""
    date = {"from": "x", "dates": "d.m.y", "timezone": {"ask": "where?"}}
    price = {"from": "y", "unit": "major", "decimal": {"ask": "which?"}}
    with pytest.raises(UsageError) as caught:
        load_mapping(tables({"date": date, "price": price, "type": {"constant": "b"}}), answers=answers)
    assert message in str(caught.value)


def test_consent_may_be_answered_for_one_run() -> None:
    """The report warns about it."""
    mapping = load_mapping(customers({}), answers={"can_email": "true"})
    report = validate(io.StringIO("id\n1\n"), mapping=mapping)
    assert ("added-constant", "warning") in [(each.code, each.severity.value) for each in report.findings]


@pytest.mark.parametrize("mapping", [5, None, b"x", [tables()], object()])
def test_what_is_no_mapping_is_misuse(mapping: Any) -> None:
    """Its place takes a name, a path or tables."""
    with pytest.raises(UsageError, match="give the name of a preset, the path of a file, or its tables"):
        load_mapping(mapping)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entity = ", "the file is not valid TOML"),
        ('entity = "products"\nentity = "products"', "the file is not valid TOML"),
        ('entity = "products"\nentity = "products"', "entity stands twice, in lines 1 and 2: keep one of them"),
        ('[columns]\na = "x"\n\nb = "y"\na = { from = "z" }', "a stands twice, in lines 2 and 5: keep one of them"),
        ('ignore = [\n"A",\n]\nignore = [\n"B",\n]', "ignore stands twice, in lines 1 and 4: keep one of them"),
        ('[columns]\n"a.0" = "x"\n[columns."a.0"]\nfrom = "x"', "a.0 stands twice, in lines 2 and 3: keep one"),
        ('[columns]\na = "x"\n[names]\n[columns]\nb = "x"', "columns stands twice, in lines 1 and 4: keep one"),
        ('[columns]\na = "x\nb = "y"', "a text needs straight quotes at both ends"),
        ('[columns]\na = { from = "x", from = "y" }', "Duplicate inline table key 'from' (at line 2"),
        ('entity = "products"\n[columns]\nstock.0.quantity = "x"', "needs quotes: 'stock.0.quantity' = ..."),
        ('entity = "products"\n[columns]\ntitle = 2024-01-01', "columns.title: it must be the name of a column"),
        ('entity = "products"\n[columns]\ntitle = {constant = 2024-01-01}', "it must be text"),
        ("a = " + "[" * 100_000, "the file is not valid TOML"),
        ("a" + ".a" * 20_000 + " = 1", "a line of a mapping has at most 300 points"),
        ("\xff", "the file is not UTF-8"),
        ("#" * 1_000_001, "a mapping has at most 1,000,000 bytes"),
    ],
)
def test_a_wrong_file_is_misuse(text: str, message: str, tmp_path: Path) -> None:
    """Its message begins with its name."""
    path = tmp_path / "m.toml"
    path.write_text(text, "latin-1")
    with pytest.raises(UsageError) as caught:
        load_mapping(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_a_name_of_no_preset_has_the_nearest_one() -> None:
    """And a file that is not there is not there."""
    with pytest.raises(UsageError, match="did you mean 'shopify-customers'"):
        load_mapping("shopify-custumers")
    with pytest.raises(FileNotFoundError):
        load_mapping("not-there.toml")


def test_a_schema_of_another_entity_is_misuse() -> None:
    """Also as an option."""
    with pytest.raises(UsageError, match="maps products, and the schema is that of customers"):
        validate(io.StringIO("id\n1\n"), "customers", mapping=tables())
    with pytest.raises(UsageError, match="contradicts"):
        validate(io.StringIO("id\n1\n"), mapping=tables(), entity="customers")


@pytest.mark.parametrize("options", [{"format": "json"}, {"format": "jsonl"}, {"content_type": "application/json"}])
def test_a_mapping_with_json_is_misuse(options: dict[str, Any]) -> None:
    """JSON has fields, not columns."""
    with pytest.raises(UsageError, match="a mapping is for CSV"):
        validate(io.StringIO("[]"), mapping=tables(), **options)


@pytest.mark.parametrize("source", [[{"id": "1"}], '[{"id": "1"}]', io.BytesIO(b'[{"id": "1"}]')])
def test_a_mapping_with_records_is_misuse(source: Any) -> None:
    """Given, or recognised."""
    with pytest.raises(UsageError, match="a mapping is for CSV"):
        validate(source, mapping=tables())


FITS: list[tuple[list[str], dict[str, Any], list[Any]]] = [
    (["id"], tables({"title": "Name"}), [("missing-column", None, None, None, "Name")]),
    (["id", "x"], tables(), [("unmapped-column", None, 2, "x", None)]),
    (
        ["id", "Nome"],
        tables({"title": "Name"}),
        [("missing-column", None, None, None, "Name"), ("unmapped-column", None, 2, "Nome", None)],
    ),
    (["id", "SKU", "Nr"], tables({"sku": "SKU"}, names={"SKU": ["Nr"]}), [("ambiguous-column", None, 2, "SKU", None)]),
    (
        ["id", "SKU", "Nr"],
        tables({"sku": "SKU", "ean": "SKU"}, names={"SKU": ["Nr"]}),
        [("ambiguous-column", None, 2, "SKU", None)],
    ),
    (["id", "name", "NAME "], tables({"title": "Name"}), [("ambiguous-column", None, 2, "name", None)]),
    (["id", "id"], tables(), [("duplicate-label", None, 2, "id", None)]),
    (["id", "x", "x"], tables(ignore=["x"]), [("duplicate-label", None, 3, "x", None)]),
    (["id", "x", "x"], tables(unmapped="drop"), [("duplicate-label", None, 3, "x", None)]),
    (["x"], tables({"title": "t"}, need=["x"]), [("missing-column", None, None, None, None)]),
    (["id"], tables(need=["id", "x"]), [("missing-column", None, None, None, "x")]),
    (["id"], tables(rows={"skip": [{"column": "x", "is": ""}]}), [("missing-column", None, None, None, "x")]),
    (["id"], tables(rows={"end": {"column": "x", "is": ""}}), [("missing-column", None, None, None, "x")]),
    (["id", "t"], tables({"title": {"from": "t", "fill_within": "x"}}), [("missing-column", None, None, None, "x")]),
    (
        ["id", "t"],
        tables({"title": {"from": "t", "only": {"column": "x", "is": ""}}}),
        [("missing-column", None, None, None, "x")],
    ),
    (
        ["id", "t", "title"],
        tables({"title": "t"}, unmapped="keep"),
        [("duplicate-label", None, 3, "title", None)],
    ),
    (
        ["id", "t", "title.a"],
        tables({"title": "t"}, unmapped="keep"),
        [("path-conflict", None, 3, "title.a", None)],
    ),
    (
        ["id", "q"],
        tables({"stock.0.quantity": {"from": "x", "optional": True}, "stock.1.quantity": "q"}),
        [("index-gap", None, 2, "q", None)],
    ),
]
"""Headers, mappings that they do not fit, and the errors."""


@pytest.mark.parametrize(("header", "mapping", "wanted"), FITS)
def test_a_header_that_does_not_fit_has_findings(header: list[str], mapping: dict[str, Any], wanted: Any) -> None:
    """At its line; nothing is read."""
    text = "\n" + as_csv(header, [["1"] * len(header)])
    errors = validate(io.StringIO(text), mapping=mapping, delimiter=",").errors
    assert sorted(brief(errors), key=repr) == sorted(wanted, key=repr)
    assert {each.line for each in errors} == {2}
    with pytest.raises(InvalidData):
        from_csv(io.StringIO(text), mapping=mapping, delimiter=",")


def test_a_file_that_does_not_fit_gives_no_record() -> None:
    """Not even the first."""
    with pytest.raises(InvalidData):
        next(iter_csv(io.StringIO("id,x\n1,2\n"), mapping=tables()))


def test_optional_columns_may_be_missing() -> None:
    """With ``need``, all others are."""
    columns = {**ID, "title": {"from": "t", "optional": True}, "sku": {"first": ["s", "r"], "optional": True}}
    assert read("id,r\n1,2\n", columns)[0] == [{"external_id": "1", "sku": "2"}]
    assert read("id,s\n1,2\n", {**ID, "title": "t", "sku": "s"}, need=["id"])[0] == [{"external_id": "1", "sku": "2"}]


def test_the_columns_beside_a_missing_one_are_named_too() -> None:
    """They are not unmapped."""
    steps = {"fill_within": "h", "only": {"column": "o", "is": ""}, "country": {"from": "c"}}
    columns = {**ID, "phone_number": {"from": "p", "optional": True, **steps}}
    assert read("id,h,o,c\n1,2,3,4\n", columns, "customers")[0] == [{"external_id": "1"}]


def test_names_differ_by_case_and_outer_spaces() -> None:
    """A notice, once for each column."""
    records, findings = read("ID , x\n1,2\n", {"external_id": "id", "sku": "id", "title": "X"})
    assert records == [{"external_id": "1", "sku": "1", "title": "2"}]
    assert [(each.code, each.severity.value, each.column) for each in findings if each.code == "similar-label"] == [
        ("similar-label", "notice", 1),
        ("similar-label", "notice", 2),
    ]


def test_an_ignored_column_that_is_named_is_read() -> None:
    """``*`` stands for any text, and nothing else has a meaning."""
    columns = {**ID, "title": "SEO Title"}
    assert read("id,SEO Title,SEO x\n1,2,3\n", columns, ignore=["SEO *"])[0] == [{"external_id": "1", "title": "2"}]
    _, findings = read("id,SEO Title,SEO [x],a\n1,2,3,4\n", columns, ignore=["SEO [x]", "?"])
    assert brief(findings) == [("unmapped-column", None, 4, "a", None)]


def test_a_column_that_is_kept_is_a_field_of_its_name() -> None:
    """With the usual checks; an unknown one has a warning."""
    records, findings = read("id,price,Foo\n1,5,2\n", ID, unmapped="keep")
    assert records == [{"external_id": "1", "price": 5, "Foo": "2"}]
    assert [(each.code, each.column, each.label) for each in findings] == [("unknown-label", 3, "Foo")]
