"""Makes the register of a shop's customers as its keeper has it: a spreadsheet of 200 rows and forty kinds of oddities.

``python -m tests.samples.make`` needs soffice (LibreOffice 7.4 wrote what is here). It writes ``asiakkaat.xlsx``, and
``asiakkaat.csv`` as a spreadsheet in Finland saves it: semicolons, windows-1252, the values as they are shown.

Each cell has the value that is true, which the tests compare with. All names are invented.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.samples.cells import (
    DATA_STYLES,
    FORMATS,
    SPACES,
    Cell,
    Row,
    blank,
    day,
    format_xml,
    formula,
    number,
    text,
    truth,
)

FOLDER = Path(__file__).parent
ROWS = 200
CSV_FILTER = "csv:Text - txt - csv (StarCalc):59,34,1,1,,1035,false,true,false"
"""Semicolons, double quotes, windows-1252, from the first line on, in Finnish, cells as shown."""

COLUMNS = {
    "Viimeisin tilaus": "acme__order",
    "Asiakasnumero": "external_id",
    "Sähköposti": "email",
    "Etunimi": "first_name",
    "Sukunimi": "last_name",
    "Puhelin": "phone_number",
    "Katuosoite": "street_address",
    "Postinumero": "zip_code",
    "Postitoimipaikka": "city",
    "Maa": "country",
    "Kieli": "language",
    "Syntymäaika": "birth_date",
    "Liittymispäivä": "date_joined",
    "Markkinointilupa": "can_email",
    "SMS-lupa": "can_sms",
    "Ryhmät": "tags",
    "Ostot yhteensä": None,
}
"""The columns and the fields that they are; the first is right in every row, so that records are found by it."""


FIRST = ("Aada", "Eino", "Helmi", "Onni", "Venla", "Väinö", "Åsa", "Börje", "Siiri", "Oiva", "Lempi", "Tyyne", "Märta")
LAST = (
    "Koivuhaka",
    "Mäkipelto",
    "Sjöstrand",
    "Lehtosaari",
    "Åkerfelt",
    "Hietaranta",
    "Björkbom",
    "Öhmanrud",
    "Suomäki",
)
TOWNS = (
    ("00100", "Helsinki"),
    ("02100", "Espoo"),
    ("33200", "Tampere"),
    ("65100", "Vaasa"),
    ("20500", "Turku"),
    ("06100", "Porvoo"),
)
SWEDISH = (("11122", "Stockholm"), ("90325", "Umeå"))
ASCII = str.maketrans("äåöÄÅÖ", "aaoaao")
CODES = {"Suomi": "FI", "Finland": "FI", "Ruotsi": "SE", "Sverige": "SE"}
LANGUAGES = {"suomi": "fi", "Suomi": "fi", "ruotsi": "sv", "svenska": "sv", "englanti": "en"}


class Register:
    """The rows of the register, and the kinds of faults by a seeded choice."""

    def __init__(self) -> None:
        self._random = random.Random(16)
        self._at = 0

    def rows(self) -> Iterator[Row]:
        """All rows below the header."""
        for self._at in range(ROWS):
            if self._at in (40, 41, 120):
                yield Row(kind="blank row")
            row = self._customer()
            yield row
            if self._at in (55, 150):
                yield Row(row.cells, "duplicate row")
        total = {"Viimeisin tilaus": text("Yhteensä"), "Ostot yhteensä": number("24861.5", None, style="money")}
        yield Row(total, "totals row")

    def _pick(self, *makers: Callable[[], Cell], often: Callable[[], Cell]) -> Cell:
        """One of the odd cells in a third of the rows, in turn, and the usual one in the others."""
        return self._random.choice(makers)() if self._random.random() < 0.35 else often()

    def _customer(self) -> Row:
        pick, at = self._random.choice, self._at
        first, last, is_swedish = pick(FIRST), pick(LAST), self._random.random() < 0.1
        code, town = pick(SWEDISH if is_swedish else TOWNS)
        cells = {
            "Viimeisin tilaus": text(f"T-{14000 + at}"),
            "Asiakasnumero": self._identifier(5581990000000 + at * 137),
            "Sähköposti": self._email(f"{first}.{last}{at}".lower().translate(ASCII) + "@esimerkki.example"),
            "Etunimi": self._first_name(first),
            "Sukunimi": self._last_name(last),
            "Puhelin": self._phone(f"4{pick('0156')}{self._random.randrange(10**6, 10**7)}", is_swedish=is_swedish),
            "Katuosoite": self._street(f"{pick(('Koivukuja', 'Itätie', 'Storgatan', 'Rantapolku'))} {at + 1}"),
            "Postinumero": self._zip_code(code, is_swedish=is_swedish),
            "Postitoimipaikka": self._town(town),
            "Maa": self._country(is_swedish=is_swedish),
            "Kieli": self._language(is_swedish=is_swedish),
            "Syntymäaika": self._birth_date(date(1950, 1, 1) + timedelta(self._random.randrange(18000))),
            "Liittymispäivä": self._joined(date(2019, 1, 1) + timedelta(self._random.randrange(2500))),
            "Markkinointilupa": self._consent(self._random.random() < 0.6),
            "SMS-lupa": self._other_consent(self._random.random() < 0.5),
            "Ryhmät": self._tags(),
            "Ostot yhteensä": number(f"{self._random.randrange(100000) / 100}", None, style="money"),
        }
        assert list(cells) == list(COLUMNS)
        return Row(cells)

    def _identifier(self, value: int) -> Cell:
        right = str(value)
        return self._pick(
            lambda: number(right, right, "number shown as 5,58E+12", "short"),
            lambda: number(right, right, "long number"),
            lambda: text(f"'{right}", right, "apostrophe before digits"),
            often=lambda: text(right),
        )

    def _email(self, right: str) -> Cell:
        link = f'<text:p><text:a xlink:href="mailto:{right}">{right}</text:a></text:p>'
        linked = Cell(f'<table:table-cell office:value-type="string">{link}</table:table-cell>', right, "link")
        return self._pick(
            lambda: text(right + "\u00a0", right, "no-break space at the end"),
            lambda: text(right + " ", right, "space at the end"),
            lambda: text(right.replace(".example", ",example"), right, "e-mail with a comma"),
            lambda: text(f"mailto:{right}", right, "e-mail with mailto"),
            lambda: text("\u200b" + right, right, "invisible character"),
            lambda: linked,
            often=lambda: text(right),
        )

    def _first_name(self, right: str) -> Cell:
        spans = f"<text:p><text:span>{right[:2]}</text:span><text:span>{right[2:]}</text:span></text:p>"
        note = "<office:annotation><text:p>soitti keväällä</text:p></office:annotation>"
        return self._pick(
            lambda: Cell(
                f'<table:table-cell office:value-type="string">{spans}</table:table-cell>', right, "rich text"
            ),
            lambda: Cell(text(right).xml.replace("<text:p>", f"{note}<text:p>", 1), right, "comment on the cell"),
            lambda: text("Łucja", kind="letter that windows-1252 lacks"),
            lambda: text(right + "\u00a0", right, "no-break space at the end"),
            often=lambda: text(right),
        )

    def _last_name(self, right: str) -> Cell:
        return self._pick(
            lambda: text(f"{right} – {self._random.choice(LAST)}", kind="dash"),
            lambda: text(f'{right} "Kulma"; oy', kind="quotes and semicolon"),
            lambda: text(right + " ", right, "space at the end"),
            lambda: formula(f'"{right[:3]}"&"{right[3:]}"', right, right, "formula"),
            often=lambda: text(right),
        )

    def _phone(self, digits: str, *, is_swedish: bool) -> Cell:
        right = f"+46{digits[:1]}{digits[1:]}".replace("+464", "+467") if is_swedish else f"+358{digits}"
        if is_swedish:
            return text(right, kind="telephone number with a country code")
        return self._pick(
            lambda: number(right[1:], right, "telephone number stored as a number", "short"),
            lambda: number(digits, right, "national telephone number stored as a number"),
            lambda: text(f"0{digits[:2]} {digits[2:5]} {digits[5:]}\u00a0", right, "no-break space at the end"),
            lambda: text(f"+358 (0){digits[:2]}-{digits[2:]}", right, "telephone number with marks"),
            lambda: text(f"'0{digits}", right, "apostrophe before digits"),
            lambda: text("ei ole", None, "word for nothing"),
            often=lambda: text(f"0{digits[:2]} {digits[2:5]} {digits[5:]}", right),
        )

    def _street(self, right: str) -> Cell:
        return self._pick(
            lambda: text(f"{right}\nC 5", kind="line break in the cell"),
            lambda: text(f"{right}; 2. krs", kind="quotes and semicolon"),
            lambda: formula(f'CONCATENATE("{right}";" A")', f"{right} A", f"{right} A", "formula"),
            often=lambda: text(right),
        )

    def _zip_code(self, right: str, *, is_swedish: bool) -> Cell:
        if is_swedish:
            return number(right, right, "zip code as a number")
        return self._pick(
            lambda: number(
                int(right), right, "zip code as a number" if right[0] != "0" else "zip code without its zeros"
            ),
            lambda: number(int(right), right, "zip code as a number, shown with zeros", "zeros"),
            lambda: text(f"'{right}", right, "apostrophe before digits"),
            lambda: text(right + " ", right, "space at the end"),
            lambda: formula("NA()", "#N/A", None, "error cell"),
            often=lambda: text(right),
        )

    def _town(self, right: str) -> Cell:
        return self._pick(
            lambda: formula("NA()", "#N/A", None, "error cell"),
            lambda: text(right.upper() + "\u00a0", right.upper(), "no-break space at the end"),
            lambda: formula(f'UPPER("{right}")', right.upper(), right.upper(), "formula"),
            often=lambda: text(right),
        )

    def _country(self, *, is_swedish: bool) -> Cell:
        word = self._random.choice(("Ruotsi", "Sverige") if is_swedish else ("Suomi", "Suomi", "Finland"))
        return self._random.choice([text(word, CODES[word], "country as a word"), text(CODES[word])])

    def _language(self, *, is_swedish: bool) -> Cell:
        word = self._random.choice(("svenska", "ruotsi") if is_swedish else ("suomi", "Suomi", "englanti"))
        return self._pick(blank, often=lambda: text(word, LANGUAGES[word], "language as a word"))

    def _birth_date(self, right: date) -> Cell:
        written, iso = f"{right.day}.{right.month}.{right.year}", right.isoformat()
        return self._pick(
            lambda: text(written, iso, "day as text"),
            lambda: text(f"{right.day}.{right.month}.{right.year % 100:02}", iso, "day as text, year of two digits"),
            lambda: day(right, "day shown with a year of two digits", "short-day"),
            lambda: text("31.2.1990", None, "day that does not exist"),
            blank,
            often=lambda: day(right, "real day", "day"),
        )

    def _joined(self, right: date) -> Cell:
        written, iso = f"{right.day}.{right.month}.{right.year}", right.isoformat()
        serial = (right - date(1899, 12, 30)).days
        return self._pick(
            lambda: text(written, iso, "day as text"),
            lambda: number(serial, iso, "day shown as a number"),
            lambda: day(right, "day shown in English order", "us-day"),
            lambda: day(right, "day shown with its name", "long-day"),
            lambda: text(f"{written}\u00a0", iso, "no-break space at the end"),
            often=lambda: day(right, "real day", "day"),
        )

    def _consent(self, right: bool) -> Cell:  # noqa: FBT001 - the value
        return self._pick(
            lambda: text("kyllä" if right else "ei", right, "consent as a word"),
            lambda: text("x", right, "consent as x") if right else blank(),
            lambda: text("Kyllä " if right else "Ei ", right, "space at the end"),
            often=lambda: truth(right, "real true or false"),
        )

    def _other_consent(self, right: bool) -> Cell:  # noqa: FBT001 - the value
        return self._pick(
            lambda: text("kyllä" if right else "ei", right, "consent as a word"),
            lambda: number(int(right), right, "consent as 1 or 0"),
            often=lambda: truth(right, "real true or false"),
        )

    def _tags(self) -> Cell:
        return self._pick(
            lambda: text("kanta-asiakas, uutiskirje", ["kanta-asiakas", "uutiskirje"], "several in a cell"),
            blank,
            often=lambda: text("kanta-asiakas", ["kanta-asiakas"]),
        )


def rows() -> list[Row]:
    """All rows below the header, the same each time."""
    return list(Register().rows())


def document(*, as_csv: bool = False) -> str:
    """The workbook as a flat OpenDocument file: the register under its title, and a hidden sheet."""
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in SPACES.items())
    formats = "".join(format_xml(name, *each) for name, each in FORMATS.items())
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="{data}"/>'
        for name, data in DATA_STYLES.items()
    )
    width = len(COLUMNS)
    title = text("Asiakasrekisteri 2026").xml.replace(
        "<table:table-cell", f'<table:table-cell table:number-columns-spanned="{width}"', 1
    )
    covered = f'<table:covered-table-cell table:number-columns-repeated="{width - 1}"/>'
    lines = [f"<table:table-row>{title}{covered}</table:table-row>"]
    lines.append(f"<table:table-row>{''.join(text(name).xml for name in COLUMNS)}</table:table-row>")
    for at, row in enumerate(rows()):
        cells = "".join(row.cells.get(name, blank()).xml_for(as_csv=as_csv) for name in COLUMNS)
        hidden = ' table:visibility="collapse"' if 90 <= at < 95 else ""
        lines.append(f"<table:table-row{hidden}>{cells}</table:table-row>")
    old = f"<table:table-row>{text('Vanha asiakas').xml}</table:table-row>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {spaces} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:styles>'
        '<style:default-style style:family="table-cell"><style:text-properties fo:language="fi" fo:country="FI"/>'
        f"</style:default-style></office:styles><office:automatic-styles>{formats}{styles}"
        '<style:style style:name="out" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
        "</office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="Asiakkaat">{"".join(lines)}</table:table>'
        f'<table:table table:name="Vanhat" table:style-name="out">{old}</table:table>'
        "</office:spreadsheet></office:body></office:document>"
    )


def save(folder: Path, *formats: str) -> None:
    """Let LibreOffice save the workbook in formats."""
    with tempfile.TemporaryDirectory() as made:
        source = Path(made, "asiakkaat.fods")
        for each in formats:
            source.write_text(document(as_csv=each.startswith("csv")), "utf-8")
            command = ["soffice", f"-env:UserInstallation=file://{made}/profile", "--headless", "--convert-to", each]
            subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True)


if __name__ == "__main__":
    save(FOLDER, "xlsx:Calc MS Excel 2007 XML", CSV_FILTER)
