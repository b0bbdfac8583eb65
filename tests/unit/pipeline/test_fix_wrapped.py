"""What stands around a value is removed together with what is wrong in the value: one run is enough."""

from __future__ import annotations

import csv
import io

import pytest

from custobar_formats import fix
from custobar_formats.core.entities import Entity

KEYS = {"products": "external_id", "customers": "external_id", "sales": "sale_external_id", "events": "customer_id"}

COLUMNS: list[tuple[Entity, str, list[str], list[str]]] = [
    (
        "products",
        "price",
        ["'45,00 €", "'24,90", " 45,00 € ", '="24,90"', "'12"],
        ["4500", "2490", "4500", "2490", "1200"],
    ),
    ("products", "price", ['="45.0"', '="45.00"'], ["4500", "4500"]),
    ("products", "price", ['="45.0"'], ['="45.0"']),
    ("products", "price", ['="45.0"', "'24,90"], ['="45.0"', "'24,90"]),
    ("products", "price", ['="45"', "'45 ", " 45"], ["45", "45", "45"]),
    ("events", "sentiment_value", ['="45.0"', "'46.0", " 47.0 "], ["45", "46", "47"]),
    ("events", "sentiment_value", ['="45,0"', "'46.0"], ['="45,0"', "'46.0"]),
    ("products", "ean", ['="6414893400016.0"', "'6414893400016.0"], ["6414893400016", "6414893400016"]),
    ("products", "ean", ['="6414893400016.0"', "6414893400016"], ['="6414893400016.0"', "6414893400016"]),
    ("products", "ean", ["6414893400016.0", " 6414893400016.0"], ["6414893400016", "6414893400016"]),
    ("customers", "zip_code", ['="00100"', "'00100", "00100 "], ["00100", "00100", "00100"]),
    ("customers", "zip_code", ['="00100.0"', "94109.0"], ["00100", "94109"]),
    ("customers", "date_joined", ['="1.9.2024"', "' 1.9.2024", " 1.9.2024 "], ["2024-09-01"] * 3),
    ("customers", "date_joined", ['="1.9.2024"', "9.13.2024"], ['="1.9.2024"', "9.13.2024"]),
    ("customers", "date_joined", ['="2/9/2024"', "'13/9/2024"], ["2024-09-02", "2024-09-13"]),
    ("customers", "date_joined", ['="45536"', "'45536.0"], ["2024-09-01", "2024-09-01"]),
]


@pytest.mark.parametrize(("entity", "field", "before", "after"), COLUMNS)
def test_one_run_is_enough(entity: Entity, field: str, before: list[str], after: list[str]) -> None:
    def table(cells: list[str]) -> str:
        text = io.StringIO(newline="")
        rows = [[KEYS[entity], field], *([f"K-{number}", cell] for number, cell in enumerate(cells))]
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()

    found = fix(table(before), entity, delimiter=",", unsafe=True)
    assert found.text == table(after)
    assert fix(found.text or "", entity, delimiter=",", unsafe=True).count == 0
