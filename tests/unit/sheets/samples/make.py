"""Makes the samples: openpyxl writes a workbook without values of formulas, and LibreOffice calculates and saves it.

``python tests/unit/sheets/samples/make.py`` needs openpyxl, and soffice (LibreOffice 7.4 wrote what is here).
"""

import subprocess
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl

HERE = Path(__file__).parent
ROWS = [
    ["kind", "value", "formula"],
    ["text", "Jyväskylä", '=B2&" 🙂"'],
    ["digits", "00100", '="00"&"100"'],
    ["integer", 6430000000017, "=B4+1"],
    ["decimal", 0.1, "=B5+0.2"],
    ["small", 0.0000001, "=B6/10"],
    ["large", 5.58199e12, "=1E+20"],
    ["negative", -12.5, "=-B8"],
    ["date", date(2024, 9, 1), "=DATE(2024,2,29)"],
    ["moment", datetime(2024, 9, 1, 18, 30, 5), "=B10+0.5"],
    ["midnight", datetime(2024, 9, 1), "=B11+1"],
    ["time", time(7, 5, 9), "=B12*2"],
    ["duration", timedelta(hours=30, minutes=5), "=B13*2"],
    ["truth", True, "=NOT(B14)"],
    ["percent", 0.125, "=B15*2"],
    ["money", 24.9, "=B16*2"],
    ["error", "x", "=1/0"],
    ["missing", "x", "=NA()"],
    ["blank", None, '=""'],
    [],
    [],
    ["lines", "one\ntwo", "=B22"],
    ["spaces", "  two  spaces ", "=B23"],
    ["quotes", 'a "b", <c> & d', "=B24"],
    ["merged", "both", None, "D"],
]
FORMATS = {9: "d.m.yyyy", 10: "d.m.yyyy hh:mm:ss", 11: "yyyy-mm-dd hh:mm", 12: "hh:mm:ss", 13: "[h]:mm:ss", 15: "0.0%"}
FORMATS |= {16: "# ##0.00 [$€-40B]"}


def make() -> None:
    """Write the samples."""
    book = openpyxl.Workbook()
    hidden, sheet = book.active, book.create_sheet("Tiedot")
    hidden.title, hidden.sheet_state = "Piilotettu", "hidden"
    hidden["A1"] = "secret"
    book.create_sheet("Muut")["B2"] = "other"
    book.active = 1
    for cells in ROWS:
        sheet.append(cells)
    for row, code in FORMATS.items():
        for column in "BC":
            sheet[f"{column}{row}"].number_format = code
    sheet.merge_cells("B25:C25")
    sheet["A1"].comment = openpyxl.comments.Comment("a comment", "nobody")
    with TemporaryDirectory() as folder:
        path = Path(folder, "libreoffice.xlsx")
        book.save(path)
        for suffix in ("xlsx", "ods", "xls"):
            out = Path(folder, suffix)
            subprocess.run(["soffice", "--headless", "--convert-to", suffix, "--outdir", out, path], check=True)
            (HERE / f"libreoffice.{suffix}").write_bytes((out / f"libreoffice.{suffix}").read_bytes())


if __name__ == "__main__":
    make()
