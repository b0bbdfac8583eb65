"""The law of hints: an exact value, put in the cell, is valid, gets no finding, and means what the cell meant.

Each strategy gives the text of a cell as spreadsheets and programs write it, and the values that it can mean in its
field. Between the text and its meaning stands only the writer here: nothing is shared with the code that reads it.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import datetime
from typing import Any, NamedTuple

from hypothesis import event, example, given
from hypothesis import strategies as st

from custobar_formats import Finding, coerce, load_schema, validate
from custobar_formats.core.entities import ENTITIES, Entity
from custobar_formats.schema.compiled import compile_schema
from custobar_formats.validation.problems import Checker

FIELDS: dict[Entity, dict[str, str]] = {
    "customers": {"external_id": "C-1"},
    "products": {"external_id": "P-1", "price": "1000000000000"},
    "sales": {"sale_external_id": "S-1", "external_id": "L-1", "sale_date": "2024-01-01", "sale_customer_id": "C-1"},
    "events": {"type": "BROWSE", "date": "2024-01-01", "customer_id": "C-1", "product_id": "P-1"},
    "shops": {"external_id": "S-1", "name": "Oulu"},
}
"""A valid record of each entity; no sale price is over the price."""


class Written(NamedTuple):
    """A cell: the entity and field, the text, and the texts that it may stand for, as the field has them."""

    entity: Entity
    field: str
    text: str
    means: frozenset[str]


def fields_of(*kinds: str) -> st.SearchStrategy[tuple[Entity, str]]:
    """The fields of all entities that have one of these types."""
    found = [
        (entity, name)
        for entity in ENTITIES
        for name, field in load_schema(entity)["properties"].items()
        if kind_of(field) in kinds
    ]
    return st.sampled_from(found)


def kind_of(field: dict[str, Any]) -> str:
    return str(field.get("x-custobar-type") or field.get("$ref", "").rpartition("/")[2])


SPACES = ["", "", " ", "  ", "\u00a0", "\t", "\u202f", "\n"]


@st.composite
def around(draw: st.DrawFn, text: str) -> str:
    """A text with what spreadsheets put around one."""
    kind = draw(st.sampled_from(["bare", "bare", "spaces", "spaces", "quotes", "apostrophe", "formula", "twice"]))
    if kind == "quotes":
        text = draw(st.sampled_from([f'"{text}"', f"'{text}'"]))
    elif kind == "apostrophe":
        text = f"'{text}"
    elif kind in ("formula", "twice"):
        text = '="' + text.replace('"', '""') + '"'
    if kind in ("spaces", "twice"):
        text = draw(st.sampled_from(SPACES)) + text + draw(st.sampled_from(SPACES))
    return text


def cell(kinds: tuple[str, ...], texts: st.SearchStrategy[tuple[str, set[str]]]) -> st.SearchStrategy[Written]:
    @st.composite
    def drawn(draw: st.DrawFn) -> Written:
        entity, field = draw(fields_of(*kinds))
        text, means = draw(texts)
        return Written(entity, field, draw(around(text)), frozenset(means))

    return drawn()


@st.composite
def whole_numbers(draw: st.DrawFn) -> tuple[str, set[str]]:
    number = draw(st.one_of(st.integers(-20, 2000), st.integers(-(10**9), 10**9)))
    mark = draw(st.sampled_from(["", "", " ", "\u00a0", "\u202f", ",", ".", "'"]))
    text = f"{number:,}".replace(",", mark)
    means = {str(number)}
    if mark in (",", ".") and text.count(mark) == 1:
        means = {text} if mark == "." else set()  # a point is JSON's decimal mark, whatever was meant
    form = draw(st.sampled_from(["", "", "+", "0", ".0", "e0", "\u2212", "zeros"]))
    if form == "+" and number > 0:
        text = "+" + text
    elif form == "0" and number >= 0 and not mark:
        text = "00" + text
    elif form == ".0" and mark in ("", " "):
        text += draw(st.sampled_from([".0", ",0", ".00"]))
    elif form == "e0" and not mark:
        text += "e0"
    elif form == "\u2212":
        text = text.replace("-", "\u2212")
    elif form == "zeros" and not mark:
        text = f"{number}e3"
        means = {str(number * 1000)}
    return text, means


@st.composite
def fractions(draw: st.DrawFn) -> tuple[str, set[str]]:
    whole, digits = draw(st.integers(0, 10**7)), draw(st.integers(1, 6))
    part = draw(st.text("0123456789", min_size=digits, max_size=digits))
    thousands = draw(st.sampled_from(["", "", " ", "\u00a0", ",", ".", "'"]))
    mark = draw(st.sampled_from([mark for mark in ",." if mark != thousands]))
    text = f"{whole:,}".replace(",", thousands) + mark + part
    sign = draw(st.sampled_from(["", "", "-", "+"]))
    exact = f"{'' if sign == '+' else sign}{whole}.{part}"
    is_grouped = thousands and whole > 999
    zero = "" if is_grouped else draw(st.sampled_from(["", "0", ""]))
    may_be_thousands = digits == 3 and not is_grouped and 0 < whole < 1000 and mark == "," and not zero
    return sign + zero + text, set() if may_be_thousands else {exact}


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, set[str]]:
    """Amounts in euros, with what they mean in cents; without it where they may be cents already."""
    cents = draw(st.integers(0, 10**8))
    decimals = draw(st.sampled_from(["2", "2", "1", "4", "6"]))
    text = f"{cents // 100:,}.{cents % 100:02}"
    text = text[:-1] if decimals == "1" and cents % 10 == 0 else text + "0" * (int(decimals) - 2)
    style = draw(
        st.sampled_from([(",", "."), ("", "."), ("", ","), (" ", ","), (".", ","), ("\u00a0", ","), ("'", ".")])
    )
    text = text.replace(",", "x").replace(".", style[1]).replace("x", style[0])
    currency = draw(st.sampled_from(["", "", "", " €", "€", " EUR", "$|", "€ |", " kr", " SEK"]))
    text = currency[:-1] + text if currency.endswith("|") else text + currency
    sign = draw(st.sampled_from(["", "", "-", "+"]))
    value = cents * (-1 if sign == "-" else 1)
    is_clear = currency or len(text) - text.rfind(style[1]) == 3 or cents % 100
    is_doubtful = not style[0] and decimals in "46" and cents % 100 == 0 and not currency
    return sign + text, {str(value)} if is_clear and not is_doubtful else set()


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, set[str]]:
    moment = draw(st.datetimes(datetime(1955, 1, 1), datetime(2090, 1, 1))).replace(microsecond=0)
    day, iso = moment.date(), moment.date().isoformat()
    form = draw(st.sampled_from(["d.m.Y", "Y-m-d", "Y/m/d", "Ymd", "d/m/Y", "m/d/Y", "d-m-Y", "d.m.y", "number"]))
    if form == "number":
        number = (moment - datetime(1899, 12, 30)).total_seconds() / 86_400
        return repr(number), {moment.isoformat(), *([iso] if moment.time() == datetime.min.time() else [])}
    zeros = form == "Ymd" or draw(st.booleans())
    parts = {"d": f"{day.day:02}" if zeros else str(day.day), "m": f"{day.month:02}" if zeros else str(day.month)}
    parts |= {"Y": str(day.year), "y": f"{day.year % 100:02}"}
    text = re.sub("[dmyY]", lambda match: parts[match[0]], form)
    is_clear = form[0] == "Y" or form == "d.m.Y" or day.day > 12 or day.day == day.month
    time = draw(st.sampled_from(["", "", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " klo %H.%M", ", %I:%M %p"]))
    if form == "Ymd" or not time:
        return text, {iso} if is_clear and form != "d.m.y" else set()
    zone = draw(st.sampled_from(["", "", "Z", "+0300", " +03:00", " -0800", "+03"])) if "%S" in time else ""
    kept = moment if "%S" in time else moment.replace(second=0)
    suffix = zone.strip()
    suffix = suffix[:3] + ":" + (suffix[3:].strip(":") or "00") if suffix not in ("", "Z") else suffix
    means = {kept.isoformat() + suffix, *([iso] if kept.time() == datetime.min.time() and not suffix else [])}
    return text + moment.strftime(time) + zone, means if is_clear and form != "d.m.y" else set()


@st.composite
def phones(draw: st.DrawFn) -> tuple[str, set[str]]:
    code, area = draw(
        st.sampled_from([("358", "40"), ("358", "9"), ("46", "8"), ("44", "20"), ("1", "212"), ("39", "06")])
    )
    rest = draw(st.text("123456789", min_size=6, max_size=8))
    digits = code + area + rest
    mark = draw(st.sampled_from(["", " ", "-", "\u00a0", "."]))
    zero = draw(st.sampled_from(["", "", "(0)", " (0)"])) if code not in ("1", "39") else ""
    prefix = draw(st.sampled_from(["+", "+", "00", "", "trunk" if code != "39" else ""]))
    if prefix == "trunk":
        return f"0{area}{mark}{rest[:3]}{mark}{rest[3:]}", set()
    text = f"{prefix}{code}{zero}{mark}{area}{mark}{rest[:3]}{mark}{rest[3:]}"
    if mark == "" and not zero and draw(st.booleans()):
        text += ".0"
    return text, {f"+{digits}"}


TRUE, FALSE = (
    ["TRUE", "True", "yes", "Yes", "1", "on", "Kyllä", "TOSI", "Y"],
    ["FALSE", "no", "0", "off", "Ei", "EPÄTOSI"],
)
TRUTHS = st.sampled_from([(word, {"true"}) for word in [*TRUE, "true"]] + [(word, {"false"}) for word in FALSE])
COUNTRIES = [
    ("Suomi", {"FI"}),
    ("Finland", {"FI"}),
    ("RUOTSI", {"SE"}),
    ("swe", {"SE"}),
    ("Narnia", set()),
    ("FI", {"FI"}),
]
LANGUAGES = [
    ("FI", {"fi"}),
    ("Suomi", {"fi"}),
    ("sv-SE", {"sv"}),
    ("en_GB", {"en"}),
    ("Swedish", {"sv"}),
    ("SE", {"sv"}),
]
EMAILS = st.sampled_from(["a@example.com", "anna.b+c@example.fi"]).map(lambda text: (text, {text}))
TEXTS = st.one_of(
    st.sampled_from(
        ["00100", "0045", "abc", "a b", "=1+1", "#N/A", "NULL", "nan", "x" * 200, '5" disc', "O'Hara", "'90"]
    ),
    st.text("0123456789", min_size=1, max_size=14),
    st.text("ab0 =\"'#+-\u00a0\u00ad", max_size=8),
).map(lambda text: (text, {text, text.strip()}))
CODES = st.integers(10**6, 10**13).map(lambda code: (f"{code}.0", {str(code), f"{code}.0"}))


def strip_all(text: str) -> str:
    """A text without anything that may stand around one."""
    return text.strip(" \t\n\u00a0\u202f\u00ad'\"")


CELLS = st.one_of(
    cell(("integer",), whole_numbers()),
    cell(("integer",), fractions()),
    cell(("number",), st.one_of(whole_numbers(), fractions())),
    cell(
        ("money",), st.one_of(amounts(), whole_numbers().filter(lambda drawn: re.search("[.,]00?$", drawn[0]) is None))
    ),
    cell(("boolean",), TRUTHS),
    cell(("date", "datetime"), moments()),
    cell(("phone_number",), phones()),
    cell(("country_code",), st.sampled_from(COUNTRIES)),
    cell(("language_code",), st.sampled_from(LANGUAGES)),
    cell(("email",), EMAILS),
    cell(("string",), st.one_of(TEXTS, CODES)).map(  # an apostrophe before letters may be part of a text, or not
        lambda written: written._replace(means=written.means | {written.text.strip(), strip_all(written.text)})
    ),
)


def find(written: Written, text: str) -> list[Finding]:
    """The findings of a cell."""
    record = {**FIELDS[written.entity], written.field: text}
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerows([record, record.values()])
    report = validate(table.getvalue(), written.entity, delimiter=",")
    return [finding for finding in report.findings if finding.label == written.field]


TEXT_HINT = re.compile(r"(?:remove it: |write |the check digit fits )('(?:.*)'|\".*\"|[^;,]*)(?:[;,].*)?", re.DOTALL)
OF_TEXT = {"outer-whitespace", "spreadsheet-artefact", "lost-zero"}


def named(written: Written, finding: Finding) -> str | None:
    """The exact value that the hint of a finding names."""
    if finding.code in OF_TEXT:
        match = TEXT_HINT.fullmatch(finding.hint or "")
        if match is None or "the digits alone" in match[0]:
            return None
        return ast.literal_eval(match[1]) if match[1][:1] in "'\"" and finding.code == "outer-whitespace" else match[1]
    if finding.rule is None:
        return None
    schema = compile_schema(written.entity)
    assert schema is not None
    _, problems = Checker(schema).check({**FIELDS[written.entity], written.field: written.text})
    (suggestion,) = [problem.suggestion for problem in problems if problem.path == (written.field,)]
    value = suggestion.value if suggestion is not None else None
    assert value is None or value in (finding.hint or "") or repr(value) in (finding.hint or "")
    return value


@given(CELLS)
@example(Written("products", "sale_price", "0.01", frozenset(["1"])))
def test_an_exact_value_is_valid_gets_no_finding_and_means_the_same(written: Written) -> None:
    for finding in find(written, written.text):
        value = named(written, finding)
        event(f"{finding.code}: {'a value' if value is not None else 'no value'}")
        is_left = finding.fix is None and "fix does not, because of the amounts in 'price'" in (finding.hint or "")
        assert value is None or finding.fix == value or finding.code == "lost-zero" or is_left
        value = finding.fix if value is None else value
        if value is not None:
            assert find(written, value) == []
            assert value in written.means or same(written, value)


def same(written: Written, value: str) -> bool:
    """Whether a value is read as one of the meanings: 1.50 and 1.5 are the same number."""
    read = [coerce({written.field: text}, written.entity)[written.field] for text in (value, *written.means)]
    return read[0] in read[1:] and not isinstance(read[0], str)


EXACT = [
    ("sales", "quantity", "1,5", "1.5"),
    ("events", "sentiment_value", "5e2", "500"),
    ("products", "price", " 24,90 ", "2490"),
    ("customers", "can_email", "'TRUE '", "true"),
    ("customers", "date_joined", "31/12/2024", "2024-12-31"),
    ("customers", "phone_number", "358401234567.0", "+358401234567"),
    ("customers", "zip_code", '="00100"', "00100"),
    ("customers", "country", "Suomi", "FI"),
    ("customers", "email", "a@example.com\u00a0", "a@example.com"),
]


def test_the_usual_cells_have_an_exact_value() -> None:
    """Otherwise the law would hold for hints that never name one."""
    for entity, field, text, value in EXACT:
        written = Written(entity, field, text, frozenset({value}))  # type: ignore[arg-type]
        (finding,) = find(written, text)
        assert named(written, finding) == value
