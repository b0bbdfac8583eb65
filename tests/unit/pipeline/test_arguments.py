"""Misuse of any kind is a UsageError that shows what to pass."""

from __future__ import annotations

import io
import typing
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import custobar_formats as cf
from custobar_formats import UsageError
from custobar_formats.core.entities import ENTITIES

RECORD = {"external_id": "P1", "price": "2490"}


CSV = "external_id\na\n"


class AsyncFile:
    async def read(self, size: int = -1) -> bytes:
        return b""


def test_json_is_wrapped_by_the_schema_or_the_entity() -> None:
    wrapped = cf.to_json([RECORD], "products")
    assert wrapped.startswith('{"products":[')
    assert cf.to_json([RECORD], entity="products") == wrapped
    assert cf.to_json([RECORD], {"properties": {}}, entity="products") == wrapped
    assert cf.to_json([RECORD], cf.load_schema("products"), entity="products") == wrapped
    stream = io.BytesIO()
    assert cf.write_json([RECORD], stream, "products") == 1
    assert stream.getvalue().decode() == wrapped


CONTRADICTED: list[Callable[[], object]] = [
    lambda: cf.to_json([RECORD], "products", entity="sales"),
    lambda: cf.write_json([RECORD], io.BytesIO(), "products", entity="sales"),
    lambda: cf.from_json("[]", "products", entity="sales"),
    lambda: cf.iter_json("[]", "products", entity="sales"),
    lambda: cf.validate("[]", "products", entity="sales"),
    lambda: cf.validate([RECORD], "products", entity="sales"),
]


@pytest.mark.parametrize("call", CONTRADICTED)
def test_an_entity_that_contradicts_the_schema_is_the_same_error_everywhere(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="entity='sales' contradicts the schema, which is that of products"):
        call()


UNKNOWN_ENTITIES: list[Callable[[Any], object]] = [
    lambda name: cf.load_schema(name),
    lambda name: cf.from_csv(CSV, name),
    lambda name: cf.to_csv([RECORD], name),
    lambda name: cf.from_json("[]", entity=name),
    lambda name: cf.validate(CSV, entity=name),
    lambda name: cf.to_json([RECORD], entity=name),
    lambda name: cf.to_json([RECORD], name),
]


@pytest.mark.parametrize("function", UNKNOWN_ENTITIES)
def test_an_unknown_entity_is_the_same_error_everywhere(function: Callable[[Any], object]) -> None:
    with pytest.raises(UsageError, match="unknown entity 'custmers': did you mean 'customers'?"):
        function("custmers")
    with pytest.raises(UsageError, match=f"unknown entity 'x': use one of {', '.join(ENTITIES)}"):
        function("x")


class WrongFile:
    def read(self) -> bytes:
        return b""


MISUSED: list[Callable[[], object]] = [
    lambda: cf.validate(CSV, ignore=[["x"]]),  # type: ignore[list-item]
    lambda: cf.validate(CSV, ignore=[5]),  # type: ignore[list-item]
    lambda: cf.to_json([RECORD], indent=10**30),
    lambda: cf.to_json([RECORD], indent=17),
    lambda: cf.load_schema("customers", fields={"": "integer"}),
    lambda: cf.load_schema("customers", fields={"a": {"enum": {1, 2}}}),
    lambda: cf.from_csv(io.BytesIO),  # type: ignore[arg-type]
    lambda: cf.from_csv(WrongFile()),  # type: ignore[arg-type]
    lambda: cf.iter_csv(CSV, on_finding=5),  # type: ignore[arg-type]
    lambda: cf.iter_json("[]", on_finding=5),  # type: ignore[arg-type]
    lambda: cf.from_json("[]", lines="no"),  # type: ignore[arg-type]
    lambda: cf.iter_json("[]", lines=1),  # type: ignore[arg-type]
    lambda: cf.write_json([RECORD], io.BytesIO(), lines="no"),  # type: ignore[arg-type]
    lambda: cf.from_csv(CSV, parse_float=None),  # type: ignore[arg-type]
    lambda: cf.iter_csv(CSV, parse_float=None),  # type: ignore[arg-type]
    lambda: cf.from_csv("price\n1.5\n", {"properties": {"price": {"type": "number"}}}, parse_float=int),
    lambda: cf.infer_delimiter("customers.csv"),
    lambda: cf.decode(b"customers.csv"),
    lambda: cf.decode("a"),  # type: ignore[arg-type]
    lambda: cf.from_csv("customers.txt"),
    lambda: cf.from_csv("customers.xlsx\n"),
    lambda: cf.validate("customers.ods"),
    lambda: cf.validate(CSV, max_findings="5"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, max_findings=-1),
    lambda: cf.validate(CSV, max_findings=True),
    lambda: cf.validate(CSV, ignore=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, content_type=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, encoding=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, entity=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, on_finding=5),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, on_progress="x"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, cross_checks="no"),  # type: ignore[arg-type]
    lambda: cf.validate(CSV, fail_fast="no"),  # type: ignore[arg-type]
    lambda: cf.from_csv(CSV, parse_float=5),  # type: ignore[arg-type]
    lambda: cf.from_csv(AsyncFile()),  # type: ignore[arg-type]
    lambda: cf.from_json(AsyncFile()),  # type: ignore[arg-type]
    lambda: cf.from_csv(b"customers.csv"),
    lambda: cf.validate(b"export/customers.csv.gz"),
    lambda: cf.from_csv([RECORD]),  # type: ignore[arg-type]
    lambda: cf.to_csv([RECORD], columns="external_id"),
    lambda: cf.to_csv([RECORD], columns=5),  # type: ignore[arg-type]
    lambda: cf.to_csv([RECORD], columns=[5]),  # type: ignore[list-item]
    lambda: cf.to_csv([RECORD], columns=[]),
    lambda: cf.to_json([RECORD], indent="x"),  # type: ignore[arg-type]
    lambda: cf.to_json([RECORD], indent=-1),
    lambda: cf.to_json([RECORD], lines="x"),  # type: ignore[arg-type]
    lambda: cf.load_schema("customers", fields=["x"]),  # type: ignore[arg-type]
    lambda: cf.load_schema("customers", fields={5: "integer"}),  # type: ignore[dict-item]
    lambda: cf.load_schema([]),  # type: ignore[arg-type]
    lambda: cf.unflatten([1]),  # type: ignore[arg-type]
    lambda: cf.unflatten(None),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", MISUSED)
def test_misuse_is_a_usage_error(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        call()


def test_columns_may_be_any_list_of_names() -> None:
    assert cf.to_csv([RECORD], columns=("price", "external_id")) == "price,external_id\n2490,P1\n"


def test_an_encoding_that_is_no_text_is_the_same_error_everywhere() -> None:
    given: Any = 5
    taking: list[Callable[[], object]] = [
        lambda: cf.from_csv(CSV, encoding=given),
        lambda: cf.validate(CSV, encoding=given, content_type="text/csv"),
        lambda: cf.decode(b"", given),
        lambda: cf.encode_csv([RECORD], encoding=given),
        lambda: cf.write_csv([RECORD], io.BytesIO(), encoding=given),
    ]
    for call in taking:
        with pytest.raises(UsageError, match="encoding=5: give the name of an encoding, such as 'utf-8'"):
            call()


@pytest.mark.parametrize(
    ("alias", "charset"),
    [("utf-8-sig", "utf-8"), ("ascii", "utf-8"), ("utf-16-le", "utf-16"), ("UTF-16BE", "utf-16"), ("l1", "iso-8859-1")],
)
def test_an_alias_writes_what_its_encoding_does(alias: str, charset: str) -> None:
    records = [{"a": "K\u00e4thy"}]
    assert cf.encode_csv(records, encoding=alias) == cf.encode_csv(records, encoding=charset)
    assert cf.write_csv(records, io.BytesIO(), encoding=alias).charset == charset


def test_an_archive_is_not_an_open_file() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", CSV)
        with pytest.raises(UsageError, match="ZipFile is not an open file"):
            cf.from_csv(archive)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", cf.__all__)
def test_type_hints_can_be_resolved(name: str) -> None:
    value = getattr(cf, name)
    if callable(value):
        typing.get_type_hints(value)


def test_what_was_misspelt_is_suggested() -> None:
    with pytest.raises(UsageError, match=r"unknown code 'unknown-lable': did you mean 'unknown-label'\?"):
        cf.validate(CSV, ignore=["unknown-lable"])
    with pytest.raises(UsageError, match=r"unknown type 'intger'; did you mean 'integer'\?"):
        cf.load_schema("customers", fields={"acme__a": "intger"})
    with pytest.raises(UsageError, match="unknown type 'x'; use one of boolean, "):
        cf.load_schema("customers", fields={"acme__a": "x"})
    with pytest.raises(cf.SchemaError) as caught:
        cf.load_schema("customers", fields={"acme__a": {"items": {"type": "strng"}}})
    assert caught.value.pointer == "/properties/acme__a/items/type"


def test_an_error_of_parse_float_names_it_and_the_text() -> None:
    schema = {"properties": {"price": {"type": "number"}}}
    for read in (cf.from_csv, lambda *given, **options: list(cf.iter_csv(*given, **options))):
        with pytest.raises(UsageError, match=r"parse_float=<class 'int'> does not take '1\.5'"):
            read("price\n1.5\n", schema, parse_float=int)


def test_text_that_is_not_in_the_encoding_of_its_file_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "customers"
    path.write_bytes("external_id\nK\u00e4thy\n".encode("latin-1"))
    with open(path, encoding="utf-8") as stream:
        report = cf.validate(stream, "customers")
    with open(path, encoding="utf-8") as stream, pytest.raises(cf.InvalidData) as caught:
        cf.from_csv(stream, "customers")
    assert [finding.code for finding in report.errors] == ["undecodable-bytes"]
    assert report.errors == caught.value.report.errors
