"""Spreadsheet files, built part by part: what no program writes, too."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SHEET_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(**targets: tuple[str, str]) -> str:
    """A part with relations: for each id, its type and its target."""
    links = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{links}</Relationships>'


def parts_of_xlsx(
    sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, properties: str = ""
) -> dict[str, str | bytes]:
    """The parts of a workbook with the rows of its sheets, as XML; ``states`` has the hidden ones."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}" state="{(states or {}).get(name, "visible")}"/>'
        for number, name in enumerate(names, 1)
    )
    targets = {f"r{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)}
    targets |= {"texts": ("sharedStrings", "sharedStrings.xml"), "styles": ("styles", "/xl/styles.xml")}
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(r1=("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(**targets),
    }
    for number, name in enumerate(names, 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{sheets[name]}</sheetData></worksheet>'
        )
    return parts


def xlsx(rows: str, *, texts: Sequence[str] = (), formats: Sequence[str | int] = (), properties: str = "") -> bytes:
    """A workbook of one sheet; ``texts`` are the shared strings, as XML; ``formats`` numbers or codes of the styles."""
    parts = parts_of_xlsx({"Sheet1": rows}, properties=properties)
    if texts:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{"".join(f"<si>{text}</si>" for text in texts)}</sst>'
    if formats:
        codes = {code: 164 + place for place, code in enumerate(formats) if isinstance(code, str)}
        declared = "".join(f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for code, number in codes.items())
        used = "".join(f'<xf numFmtId="{codes[code] if isinstance(code, str) else code}"/>' for code in formats)
        parts["xl/styles.xml"] = (
            f'<styleSheet xmlns="{MAIN}"><numFmts>{declared}</numFmts>'
            f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{used}</cellXfs></styleSheet>'
        )
    return zipped(parts)


def texts_row(number: int, *cells: str) -> str:
    """A row of texts within the sheet."""
    inner = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inner}</row>'


def ods(tables: str, *, styles: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument spreadsheet with these tables, as XML."""
    names = ("office", "table", "text", "style", "draw")
    spaces = " ".join(f'xmlns:{name}="{ODF}{"drawing" if name == "draw" else name}:1.0"' for name in names)
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": SHEET_TYPE, "content.xml": content, **(more or {})})


def table(rows: str, name: str = "Sheet1", more: str = "") -> str:
    return f'<table:table table:name="{name}"{more}>{rows}</table:table>'
