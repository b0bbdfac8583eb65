"""The fixes that the findings of a mapped file name are what ``fix`` makes of their cells."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.files.source import open_input
from custobar_formats.pipeline.api_read import planned
from custobar_formats.pipeline.fix import Fixing
from custobar_formats.pipeline.options import Fixes, Options
from tests.laws.test_fix import RIGHT, WRITTEN

COLUMNS = {
    "can_email": ({"from": "Lupa", "values": {"kyllä": "true", "ei": "false", "x": "false"}}, "consent"),
    "country": ("Maa", "country"),
    "language": ("Kieli", "language"),
    "date_joined": ({"from": "Pvm", "dates": "d.m.y", "timezone": "Europe/Helsinki"}, "date"),
    "phone_number": ({"from": "Puh", "country": "FI"}, "phone"),
    "zip_code": ("Postinro", "code"),
    "last_name": ({"from": "Suku", "case": "lower"}, "text"),
    "first_name": ("Etu", "text"),
}
SPACED = ["KYLLÄ ", " ei", "'X", " 1.9.2024 ", '="1.9.2024"', "45383", "45383.0", "'45383", "suomi ", " Ruotsi"]


@st.composite
def exports(draw: st.DrawFn) -> tuple[dict[str, object], str]:
    """A mapping, and an export with several notations in its columns."""
    fields = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=4, unique=True))
    columns = {field: COLUMNS[field][0] for field in fields}
    labels = [source["from"] if isinstance(source, dict) else source for source in columns.values()]
    pools = [RIGHT[COLUMNS[field][1]] + WRITTEN[COLUMNS[field][1]] + SPACED for field in fields]
    few = [draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3)) for pool in pools]
    count = draw(st.integers(1, 5))
    rows = [[f"C-{number}", *(draw(st.sampled_from(texts)) for texts in few)] for number in range(count)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Nr", *labels], *rows])
    return {"entity": "customers", "columns": {"external_id": "Nr", **columns}}, text.getvalue()


@given(exports(), st.booleans())
def test_the_fixes_of_findings_are_what_fix_makes_of_their_cells(
    made: tuple[dict[str, object], str], unsafe: bool
) -> None:
    mapping, text = made
    report = validate(text, mapping=mapping, max_findings=None)
    named = {
        (each.row, each.column): each.fix
        for each in report.findings
        if each.row is not None and each.fix is not None and (unsafe or each.fix_is_safe)
    }
    plan, schema = planned(mapping, None)
    assert schema is not None
    with open_input(text) as opened, ExitStack() as stack:
        found = Fixing(schema, Options("csv", mapping=plan)).fix(opened, Fixes(unsafe=unsafe), stack)
        changes = [*found.changes.all()]
    assert named == {change[:2]: change.after for change in changes if change.row and change.column}
