"""Texts that look like personal identity codes or numbers of cards, and those that do not."""

from __future__ import annotations

import pytest

from custobar_formats.notation.personal import is_personal


@pytest.mark.parametrize(
    "text",
    ["131052-308T", "010101A1231", "hetu: 131052-308t", "811228-9874", "19811228+9874", "8112289874", "811288-9874"]
    + ["198112289874", "4111111111111111", "4111-1111-1111-1111", "kortti 5555 5555 5555 4444", "378282246310005"],
)
def test_personal(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize(
    "text",
    ["040 123 4567", "+358401234567", "0701234567", "070-123 45 67", "556012-5790", "4006381333931", "FI12345678"]
    + ["1001", "1.9.2024", "2024-09-01", "4111111111111112", "gid-7812345678901", "", "010190-1234567"],
)
def test_not_personal(text: str) -> None:
    assert not is_personal(text)
