"""Scalars and their text."""

import re
from decimal import Decimal
from typing import Any

import pytest

from custobar_formats.core.scalars import format_scalar

NOT_FINITE = "NaN and Infinity cannot be represented in JSON: use None, or leave the key out"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        pytest.param(10**4300 - 1, "9" * 4300, id="4300 digits"),
        pytest.param(1 - 10**4300, "-" + "9" * 4300, id="4300 digits below zero"),
        (Decimal("-0"), "-0E0"),
        (Decimal("-0.0"), "-0.0"),
        (Decimal("0"), "0"),
        (Decimal("-1"), "-1"),
        (Decimal("0E-5"), "0.00000"),
        (Decimal("1E-39"), "0." + "0" * 38 + "1"),
        (Decimal("1E-40"), "1E-40"),
        (Decimal("1E+1"), "1E+1"),
        (1.5, "1.5"),
        (1e16, "1e+16"),
    ],
)
def test_the_text_of_a_scalar(value: Any, text: str) -> None:
    assert format_scalar(value) == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), NOT_FINITE),
        (Decimal("NaN"), NOT_FINITE),
        (Decimal("-Infinity"), NOT_FINITE),
        pytest.param(10**4300, "an integer of more than 4300 digits", id="4301 digits"),
        pytest.param(-(10**4300), "an integer of more than 4300 digits", id="4301 digits below zero"),
        (b"x", "bytes is not a JSON value: convert it to text or a number"),
    ],
)
def test_a_value_without_a_text(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        format_scalar(value)
