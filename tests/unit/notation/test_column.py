"""What the values of a whole column prove, and so what each of them means."""

import pytest

from custobar_formats.notation.column import COLUMNS
from custobar_formats.notation.suggest import suggest
from custobar_formats.notation.suggestion import Suggestion, Why

TYPES = {"consent": "boolean", "code": "string"}


def fixed(kind: str, texts: list[str]) -> list[str]:
    """The texts that are meant, with ``?`` behind those that are not certain; others as they are."""
    column = COLUMNS[kind]()
    column.see(texts)
    found = {text: suggest(text, TYPES.get(kind, kind)) for text in texts}
    for text, suggestion in found.items():
        if suggestion is not None or kind == "consent":
            column.learn(text, suggestion, texts.count(text))
    decision = column.decide()
    meant = [column.meant(text, found[text], decision) for text in texts]
    return [
        text if each is None else each.text + ("" if each.is_safe else "?")
        for text, each in zip(texts, meant, strict=True)
    ]


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("date", ["1.9.2024", "13.9.2024"], ["2024-09-01", "2024-09-13"]),
        ("date", ["1.9.2024", "9.13.2024"], ["1.9.2024", "9.13.2024"]),
        ("date", ["2/9/2024", "13/9/2024"], ["2024-09-02", "2024-09-13"]),
        ("date", ["2/9/2024", "9/13/2024"], ["2024-02-09", "2024-09-13"]),
        ("date", ["2/9/2024", "3/9/2024"], ["2/9/2024", "3/9/2024"]),
        ("date", ["2/9/2024", "13/9/2024", "9/13/2024"], ["2/9/2024", "13/9/2024", "9/13/2024"]),
        ("date", ["2-9-2024", "13/9/2024"], ["2024-09-02", "2024-09-13"]),
        ("date", ["2/9/2024", "13/9/24"], ["2/9/2024", "13/9/24"]),
        ("date", ["2/9/2024", "13.9.2024"], ["2/9/2024", "2024-09-13"]),
        ("date", ["5/5/2024", "9/13/2024"], ["2024-05-05", "2024-09-13"]),
        ("date", ["2/9/2024", "31/31/2024"], ["2/9/2024", "31/31/2024"]),
        ("date", ["2/9/2024", "45536"], ["2/9/2024", "2024-09-01?"]),
        ("date", ["9/13/2024", "2024-9-1"], ["2024-09-13", "2024-09-01"]),
        ("datetime", ["2/9/2024 10:00", "13/9/2024"], ["2024-09-02T10:00:00", "2024-09-13"]),
        ("number", ["1,5", "2"], ["1.5", "2"]),
        ("number", ["1,5", "2.5"], ["1,5", "2.5"]),
        ("number", ["1,5", "1,234"], ["1.5", "1.234"]),
        ("number", ["1,234", "2,345"], ["1,234", "2,345"]),
        ("number", ["1,5", "1.234,5"], ["1.5", "1234.5"]),
        ("number", ["1,5", "1,234.5"], ["1,5", "1,234.5"]),
        ("number", ["1,5", ".5"], ["1,5", ".5"]),
        ("number", ["1,5", "'2.5"], ["1,5", "'2.5"]),
        ("number", ["1,234.5", "2.5"], ["1234.5", "2.5"]),
        ("number", ["1,5", "1.234.567"], ["1.5", "1234567"]),
        ("number", ["2.5", "1.234.567"], ["2.5", "1.234.567"]),
        ("number", ["1,5", "1,234,567"], ["1,5", "1,234,567"]),
        ("number", ["1 500", "2.5"], ["1500", "2.5"]),
        ("number", ["2.5e3", "1,5"], ["2.5e3", "1,5"]),
        ("integer", ["1 500", "'5"], ["1500", "5"]),
        ("consent", ["Kyllä", "ei"], ["true", "false"]),
        ("consent", ["Kyllä", "x"], ["Kyllä", "x"]),
        ("consent", ["Kyllä", "NULL"], ["Kyllä", "NULL"]),
        ("money", ["24,90", "12"], ["2490?", "1200?"]),
        ("money", ["24,90", "24.90"], ["24,90", "24.90"]),
        ("money", ["24,90", "1.234"], ["2490?", "123400?"]),
        ("money", ["24.90", "1.234"], ["24.90", "1.234"]),
        ("money", ["24,90", "12 €"], ["2490?", "1200?"]),
        ("money", ["24,90 kr", "12 €"], ["24,90 kr", "12 €"]),
        ("money", ["24,90", "x"], ["24,90", "x"]),
        ("money", ["24.9", "24.905"], ["24.9", "24.905"]),
        ("money", ["1 234", "12"], ["1234", "12"]),
        ("money", ["1 234", "1 234,50"], ["123400?", "123450?"]),
        ("money", ["1 234", "12.0"], ["1 234", "12.0"]),
        ("money", ["1 234", "1.234"], ["1 234", "1.234"]),
        ("money", ["1 234", "x"], ["1234", "x"]),
        ("money", ["0", "24,90"], ["0", "2490?"]),
        ("money", ["-5,00", "24,90"], ["-500?", "2490?"]),
        ("code", ["'00100", "33100"], ["00100", "33100"]),
        ("code", ["94109.0", "33100.0"], ["94109", "33100"]),
        ("code", ["94109.0", ""], ["94109", ""]),
        ("code", ['="94109.0"', "'33100.0", " 1.0 "], ["94109", "33100", "1"]),
        ("code", ['="94109.0"', '="33100"'], ['="94109.0"', "33100"]),
        ("code", ["94109.0", "33100"], ["94109.0", "33100"]),
        ("code", ["94109.0", "A-1.0"], ["94109.0", "A-1.0"]),
        ("string", ["Mäki ", "5,58E+12"], ["Mäki", "5,58E+12"]),
    ],
)
def test_a_column_is_decided_as_a_whole(kind: str, texts: list[str], expected: list[str]) -> None:
    assert fixed(kind, texts) == expected
    assert fixed(kind, texts[::-1]) == expected[::-1]


def test_text_is_decoded_if_all_of_it_can_be() -> None:
    column = COLUMNS["string"]()
    twice = Suggestion("Mäki", False, Why.ENCODED_TWICE)
    column.learn("MÃ¤ki", twice, 1)
    meant = column.meant("MÃ¤ki", twice, column.decide())
    assert meant is not None
    assert (meant.text, meant.is_safe) == ("Mäki", False)
    column.learn("Ã¤Ã", Suggestion(None, False, Why.ENCODED_TWICE), 1)
    assert column.meant("MÃ¤ki", twice, column.decide()) is None


@pytest.mark.parametrize(
    ("kind", "texts", "why", "proof"),
    [
        ("date", ["2/9/2024", "13/9/2024", "14/9/2024"], Why.DATE, "decided by 2 of 3"),
        ("date", ["2/9/2024", "13/9/2024"], Why.OUTER_SPACE, ""),
        ("date", ["1.9.2024"], Why.DATE, ""),
        ("number", ["1,5", "1,234"], Why.DECIMAL_COMMA, "decided by 1 of 2"),
        ("number", ["1,5", "1 500"], Why.SPACES, ""),
        ("money", ["24,90", "12"], Why.IN_CENTS, "decided by 1 of 2"),
        ("money", ["1 234", "12"], Why.SPACES, ""),
        ("code", ["94109.0", ""], Why.DECIMAL_ZERO, "decided by 1 of 1"),
        ("code", ["'00100"], Why.WRAPPED, ""),
        ("consent", ["Kyllä"], Why.WORD, ""),
    ],
)
def test_the_values_that_have_decided_are_counted(kind: str, texts: list[str], why: Why, proof: str) -> None:
    column = COLUMNS[kind]()
    column.see(texts)
    for text in texts:
        suggestion = suggest(text, TYPES.get(kind, kind))
        if text and not (kind == "money" and text == "12"):
            column.learn(text, suggestion, 1)
    assert column.proof(why) == proof
