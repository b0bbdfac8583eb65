"""Telephone numbers whose groups have one reading, and those whose last group may be another number or an extension."""

import sys

import pytest

from custobar_formats import fix
from custobar_formats.notation.national_phones import parse_national_phone
from custobar_formats.notation.phones import parse_written_phone
from custobar_formats.notation.suggest import suggest

ONE_READING = {
    "+358 40 123 4567": "+358401234567",
    "+358 40 123 45 67": "+358401234567",
    "+358 40 1234 567": "+358401234567",
    "+358 40 1234567": "+358401234567",
    "+358 400 123 456": "+358400123456",
    "+358-40-123-4567": "+358401234567",
    "+358 (0)40 123 4567": "+358401234567",
    "+358 40/123 4567": "+358401234567",
    "+358\u00a040\u00a0123\u00a04567": "+358401234567",
    "+358 9 1234 5678": "+358912345678",
    "00358 40 123 4567": "+358401234567",
    "+46 70 123 45 67": "+46701234567",
    "+46 (0)70-123 45 67": "+46701234567",
    "+46 8-123 456 78": "+46812345678",
    "+46 8 123 456 78": "+46812345678",
    "+47 22 12 34 56": "+4722123456",
    "+47 912 34 567": "+4791234567",
    "+45 32 12 34 56": "+4532123456",
    "+49 30/123456": "+4930123456",
    "+49 30 1234 5678": "+493012345678",
    "+33 1 42 68 53 00": "+33142685300",
    "+44 20 7946 0958": "+442079460958",
    "+1 (212) 555-1234": "+12125551234",
    "+372 5123 4567": "+37251234567",
}
BY_ITS_PLAN = {
    "+7 912 345-67-89": "+79123456789",
    "+7 (912) 345 67-89": "+79123456789",
    "+90 532 123 45 67": "+905321234567",
    "+49 151 234 567 89": "+4915123456789",
    "+44 20 79460 958": "+442079460958",
}
"""Numbers of which only the plan of the country shows that no shorter one is whole."""

SEVERAL_READINGS = [
    "+358 40 123 4567/8",
    "+358 40 123 4567 / 8",
    "+358 40 123 4567-8",
    "+358 40 123 4567\u20138",
    "+358401234567 1",
    "+358401234567 12",
    "+358401234567-12",
    "+358 40 123 4567 (8)",
    "+358 40 123 4567.8",
    "+358 40 123 4567 12 34",
    "+358 9 123 456-78",
    "+358 9 123456-78",
    "+358 40 123 4560-69",
    "+46 8 12 34 56-57",
    "+46 8 12 34 56 - 57",
    "+46 8 123 456 78-79",
    "+46 8 123 4567 1234",
    "+47 22 12 34 56 57",
    "+47 22 12 34 56/57",
    "+47 22123456 22123457",
    "+49 30 123456-78",
    "+49 30 123456-0",
    "+49 30 1234567/8",
    "+33 1 42 68 53 00 01",
    "+1 212 555 1234 12",
    "+358401234567\n8",
    "+358 40 123 4567 ext. 12",
    "+358 40 123 4567 x12",
    "+358 40 123 4567 ank. 12",
    "+358 9 123 4567 alanro 12",
    "+46 8 123 456 78 anknytning 12",
    "+358401234567;ext=12",
    "+358401234567,,12",
    "+358 40 123 4567 tai 050 123 4567",
    "+358 40 123 4567 or 050 123 4567",
    "+46 70 123 45 67 eller 08 123 456 78",
    "+358401234567, +358501234567",
    "+358401234567; +358501234567",
    "+358401234567 +358501234567",
]
NATIONAL = {
    "040 123 4567": "+358401234567",
    "040-123 45 67": "+358401234567",
    "040/1234567": "+358401234567",
    "040 123 4567/8": None,
    "040 123 4567-8": None,
    "0401234567 1": None,
    "040 123 4567 12": None,
    "09 123 456-78": None,
    "040 1 / 050 2": None,
    "040 123 4567 tai 050 123 4567": None,
    "040 123 4567; 050 123 4567": None,
    "040 123 4567 ank. 12": None,
}


@pytest.mark.parametrize(("text", "number"), [*ONE_READING.items(), *BY_ITS_PLAN.items()])
def test_groups_of_one_number(text: str, number: str) -> None:
    found = suggest(text, "phone_number")
    assert found is not None
    assert (found.value, found.safe) == (number, True)
    assert parse_national_phone(text, "FI").number == number


@pytest.mark.parametrize("text", SEVERAL_READINGS)
def test_a_group_too_many_is_for_a_person(text: str) -> None:
    found = suggest(text, "phone_number")
    assert found is None or found.value is None
    assert parse_national_phone(text, "FI").number is None
    fixed = fix(f'external_id\tphone_number\nC-1\t"{text}"\n', "customers", unsafe=True, country="FI")
    assert fixed.count == 0


@pytest.mark.parametrize(("text", "number"), NATIONAL.items())
def test_groups_of_a_national_number(text: str, number: str | None) -> None:
    assert parse_national_phone(text, "FI").number == number
    found = suggest(text, "phone_number")
    assert (found.readings if found is not None else ()) == ((number,) if number is not None else ())


def test_without_the_plans_what_only_they_show_is_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert [text for text in ONE_READING if parse_written_phone(text) is None] == []
    assert [text for text in (*BY_ITS_PLAN, *SEVERAL_READINGS) if parse_written_phone(text) is not None] == []
