"""The meaning of each code for an upload: the reason, an example, and the same example fixed.

In: a code of ``core.findings``. Out: its explanation. Rule: every example gives its code, and the fixed example does
not; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from textwrap import wrap
from typing import NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.near import near

COLUMNS = 79
"""The greatest width of an explanation, in columns of a terminal."""


class Example(NamedTuple):
    """A file that gives a finding, and the same file fixed.

    Attributes:
        why: what would happen at an upload, and what to do.
        bad: the file, as text, or as bytes if they cause the finding; None if no file can show it.
        good: the same file, fixed.
        format: csv, json or jsonl.
        entity: the entity whose schema checks it, if any.
        encoding: the declared encoding, if any.

    """

    why: str
    bad: str | bytes | None = None
    good: str | bytes | None = None
    format: str = "csv"
    entity: str | None = None
    encoding: str | None = None


LONG = "x" * 131_073
DEEP = "[{" + '"a":{' * 64 + '"b":1' + "}" * 65 + "]"
WIDE = ",".join(f"c{number}" for number in range(10_001)) + "\n"

EXAMPLES: dict[str, Example] = {
    # bytes and text
    "undecodable-bytes": Example(
        "These bytes are not text in the encoding of the file. Letters would be lost or replaced. Reading ends at "
        "the first such byte.",
        b"external_id,city\nC-1,Jyv\xe4skyl\xe4\n",
        "external_id,city\nC-1,Jyväskylä\n".encode(),
        encoding="utf-8",
    ),
    "guessed-charset": Example(
        "Custobar reads a file as UTF-8 unless an encoding is declared, and these letters are not UTF-8. Save the "
        "file as UTF-8, or send the Content-Type header that the report shows. In the example, `\\xe4` is one byte: "
        "an ä in ISO-8859-1.",
        b"external_id,city\nC-1,Jyv\xe4skyl\xe4\n",
        "external_id,city\nC-1,Jyväskylä\n".encode(),
    ),
    "doubtful-charset": Example(
        "The encoding that is declared, or the closest one that the import accepts, turns the bytes into letters that "
        "nobody writes. In UTF-16, every comma has a NUL byte. This file has none, so it is probably not UTF-16. "
        "Declare utf-8, or no encoding. Old programs write cp850, cp1250 or mac_roman: save the file as UTF-8 there.",
        b"external_id,city\nC-1,Oulu,\n",
        encoding="utf-16",
    ),
    "windows-1252": Example(
        "Spreadsheets on Windows save files this way, and they are read. Custobar's import does not accept "
        "windows-1252; in ISO-8859-1, the euro sign and the long dash become control characters. Save the file as "
        "UTF-8, or convert it.",
        b"external_id,title\nP-1,Muki 5 \x80\n",
        "external_id,title\nP-1,Muki 5 €\n".encode(),
    ),
    "double-encoded": Example(
        "A program read UTF-8 as latin-1 and saved the result as UTF-8 again. Custobar would store the letters like "
        "this.",
        "external_id,first_name\nC-1,KÃ¤thy\n",
        "external_id,first_name\nC-1,Käthy\n",
    ),
    "lone-surrogate": Example(
        "The escape is half of a character, such as half of an emoji that was cut. No encoding can write it.",
        '[{"external_id": "C-1", "first_name": "\\ud83d"}]',
        '[{"external_id": "C-1", "first_name": "\\ud83d\\ude00"}]',
        "json",
    ),
    # rows
    "sep-line": Example(
        "Excel understands this line, but the import would take it for the header. It is skipped here; remove it.",
        "sep=;\nexternal_id;city\nC-1;Oulu\n",
        "external_id;city\nC-1;Oulu\n",
    ),
    "no-header": Example("Without column names, Custobar cannot know what the cells mean.", "", "external_id\nC-1\n"),
    "unclosed-quote": Example(
        "Everything after the quote would become one cell. Write a quote inside a quoted cell twice.",
        'external_id,title\nP-1,"Muki 5"" korkea\nP-2,Lasi\n',
        'external_id,title\nP-1,"Muki 5"" korkea"\nP-2,Lasi\n',
    ),
    "stray-quote": Example(
        "After the quote that closes a cell, only a delimiter or the end of the line may follow. Programs read "
        "anything else differently.",
        'external_id,title\nP-1,"Muki" iso\n',
        'external_id,title\nP-1,"""Muki"" iso"\n',
    ),
    "quote-in-cell": Example(
        "The quote is kept, as most programs keep it, but RFC 4180 requires quotes around such a cell.",
        'external_id,title\nP-1,Muki 5"\n',
        'external_id,title\nP-1,"Muki 5"""\n',
    ),
    "swallowed-rows": Example(
        "Everything between two quotes is one cell. Here each line of the cell is a row by the look of it: the quote "
        "before Matti closes two lines too late, so three customers became one.",
        'external_id,email,first_name,city\nC-1,a@b.fi,"Matti,Oulu\nC-2,c@d.fi,Liisa,Espoo\nC-3,e@f.fi,Kalle",Vantaa\n',
        "external_id,email,first_name,city\nC-1,a@b.fi,Matti,Oulu\nC-2,c@d.fi,Liisa,Espoo\nC-3,e@f.fi,Kalle,Vantaa\n",
    ),
    "missing-cell": Example(
        "The cells of the row may be in the wrong columns.",
        "external_id,city,country\nC-1,FI\n",
        "external_id,city,country\nC-1,,FI\n",
    ),
    "extra-cell": Example(
        "Usually a text contains a delimiter. The cells of the row may be in the wrong columns.",
        "external_id,city\nC-1,Oulu, Finland\n",
        'external_id,city\nC-1,"Oulu, Finland"\n',
    ),
    "surplus-blank": Example(
        "Spreadsheets add blank columns at the end. They are dropped, because they contain nothing. The first record "
        "decides how many; any other number of them is the error extra-cell.",
        "external_id,city\nC-1,Oulu,,\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "blank-row": Example(
        "A row without values is not a record. It is skipped.",
        "external_id,city\n,\nC-1,Oulu\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "oversized-cell": Example(
        "CSV readers accept at most 131,072 characters in a cell. A longer cell usually has a quote that is never "
        "closed.",
        f"external_id,description\nP-1,{LONG}\n",
        f"external_id,description\nP-1,{LONG[:100]}\n",
    ),
    "only-spaces": Example(
        "It looks blank, but it is not: Custobar would store the spaces as text.",
        "external_id,city\nC-1, \n",
        "external_id,city\nC-1,\n",
    ),
    "formula-cell": Example(
        "A spreadsheet that opens the file, or a later export of the data, runs the formula. The cell is kept, "
        "because it may be intended.",
        "external_id,title\nP-1,=1+1\n",
        "external_id,title\nP-1,1+1\n",
    ),
    "outer-whitespace": Example(
        "`S-1 ` and `S-1` are two identifiers. Nothing is trimmed, because the white space may be intended.",
        "external_id,city\nS-1 ,Oulu\n",
        "external_id,city\nS-1,Oulu\n",
        entity="shops",
    ),
    "spreadsheet-artefact": Example(
        "A formula failed, or the spreadsheet shortened a long number to fit its cell. Custobar would store the cell "
        "as it is. Nothing in this file can restore the digits: take them from the source, with another export.",
        "external_id,price,title,ean\nP-1,990,#N/A,\nP-2,990,Mug,5.58199E+12\n",
        "external_id,price,title,ean\nP-1,990,Mug,\nP-2,990,Mug,5581990000017\n",
        entity="products",
    ),
    # labels
    "blank-label": Example(
        "Cells in a column without a name cannot be stored.",
        "external_id,\nC-1,Oulu\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "duplicate-label": Example(
        "One of the two columns would be lost, and you cannot know which.",
        "external_id,city,city\nC-1,Oulu,Espoo\n",
        "external_id,city,acme__old_city\nC-1,Oulu,Espoo\n",
    ),
    "similar-label": Example(
        "Upper and lower case matter, so these are two fields. Probably only one is intended.",
        "external_id,city,City\nC-1,Oulu,\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "bad-path": Example(
        "Dots separate the levels of a path. Between two dots there must be a name or an index.",
        "external_id,acme__address..city\nC-1,Oulu\n",
        "external_id,acme__address.city\nC-1,Oulu\n",
    ),
    "path-conflict": Example(
        "In one record, a field is either a value or an object, never both. One of the columns would be lost.",
        "external_id,acme__a,acme__a.b\nC-1,1,2\n",
        "external_id,acme__a.value,acme__a.b\nC-1,1,2\n",
    ),
    "index-gap": Example(
        "A list has no gaps: the later items would move up to other places.",
        "external_id,stock.0.shop_id,stock.2.shop_id\nP-1,1,2\n",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,1,2\n",
    ),
    "too-deep": Example(
        "No record of Custobar has so many levels, and programs that read it may fail.",
        DEEP,
        '[{"a": {"b": 1}}]',
        "json",
    ),
    "too-wide": Example("No export has so many columns. Usually rows and columns are swapped.", WIDE, "c0,c1\n"),
    "unknown-label": Example(
        "The schema has no such field. Either the name is misspelt, or it is a field of your company, whose name "
        "must begin with the company's name and two underscores. Custobar ignores fields that it does not know.",
        "external_id,emial\nC-1,a@example.com\n",
        "external_id,email\nC-1,a@example.com\n",
        entity="customers",
    ),
    "rejected-column": Example(
        "In a file of rejected rows, this column gives the reasons. It is not a field, and is dropped.",
        "external_id,__rejected_because\nC-1,wrong-type\n",
        "external_id\nC-1\n",
    ),
    # lists
    "list-gap": Example(
        "A list has no gaps: the item after the blank one would move up, and overwrite another one at the next upload.",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,,2\n",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,2,\n",
    ),
    "item-whitespace": Example(
        "The white space is part of the item: ' news' and 'news' are two different lists.",
        'external_id,mailing_lists\nC-1,"vip, news"\n',
        'external_id,mailing_lists\nC-1,"vip,news"\n',
        entity="customers",
    ),
    "empty-item": Example(
        "There is nothing before or after a comma, and the file does not show whether that is intended.",
        'external_id,mailing_lists\nC-1,"vip,,news"\n',
        'external_id,mailing_lists\nC-1,"vip,news"\n',
        entity="customers",
    ),
    # values
    "wrong-type": Example(
        "The field requires another type. Write money in cents, true and false in lower case, and numbers with a "
        "decimal point.",
        "external_id,price\nP-1,24.90\n",
        "external_id,price\nP-1,2490\n",
        entity="products",
    ),
    "wrong-format": Example(
        "The field requires a format, such as that of a date, an e-mail address or a telephone number.",
        "external_id,phone_number\nC-1,0401234567\n",
        "external_id,phone_number\nC-1,+358401234567\n",
        entity="customers",
    ),
    "wrong-value": Example(
        "The field allows only certain values, and this is not one of them.",
        "external_id,name,shop_type\nS-1,Oulu,store\n",
        "external_id,name,shop_type\nS-1,Oulu,offline\n",
        entity="shops",
    ),
    "out-of-range": Example("Your own schema limits the number, or the length of the text or list."),
    "missing-field": Example(
        "Custobar needs this field to know whose record it is. Without it, Custobar would ignore the record.",
        "first_name\nAino\n",
        "external_id,first_name\nC-1,Aino\n",
        entity="customers",
    ),
    "unexpected-field": Example("Your own schema allows no other fields."),
    "duplicate-item": Example(
        "A set contains each item only once. Your own schema, or one of your company fields, requires a set."
    ),
    "no-match": Example("Your own schema gives alternatives, and the value matches none of them, or more than one."),
    "invalid-value": Example("Your own schema refuses the value, by a keyword that gives no further reason."),
    "number-too-long": Example(
        "No program keeps so many digits: the number would change.",
        '[{"external_id": "P-1", "weight": 1e400}]',
        '[{"external_id": "P-1", "weight": 1e40}]',
        "json",
    ),
    "number-as-string": Example(
        "JSON has a number where the field is text. It is read as its digits. Leading zeros, which a number cannot "
        "have, may already be lost.",
        '[{"external_id": 1001}]',
        '[{"external_id": "1001"}]',
        "json",
        "customers",
    ),
    "datetime-space": Example(
        "ISO 8601 requires a T between the date and the time.",
        "external_id,date_joined\nC-1,2026-05-05 10:00:00\n",
        "external_id,date_joined\nC-1,2026-05-05T10:00:00\n",
        entity="customers",
    ),
    "lost-zero": Example(
        "A spreadsheet that reads an EAN as a number drops the zero at its start. Nobody can find the product by that "
        "EAN any more.",
        "external_id,price,ean\nP-1,990,641234567893\n",
        "external_id,price,ean\nP-1,990,0641234567893\n",
        entity="products",
    ),
    "similar-value": Example(
        "An account may have its own event types, so any type may be right. But a type that looks like one of "
        "Custobar's is probably misspelt, and Custobar would not treat it as that type.",
        "type,date,email,mailing_lists\nMAIL_SUBSCRIBED,2026-04-02,a@example.com,news\n",
        "type,date,email,mailing_lists\nMAIL_SUBSCRIBE,2026-04-02,a@example.com,news\n",
        entity="events",
    ),
    # JSON
    "invalid-json": Example(
        "The text is not JSON, so Custobar would import none of it.",
        '[{"external_id": "C-1",}]',
        '[{"external_id": "C-1"}]',
        "json",
    ),
    "wrong-shape": Example(
        "The import accepts a list of records, or that list inside an object with the name of the entity.",
        '{"external_id": "C-1"}',
        '[{"external_id": "C-1"}]',
        "json",
    ),
    "wrong-wrapper": Example(
        "The wrapper names one entity, but the records would go to another.",
        '{"products": [{"external_id": "C-1"}]}',
        '{"customers": [{"external_id": "C-1"}]}',
        "json",
        "customers",
    ),
    "duplicate-key": Example(
        "Programs keep the first or the last value, without a message.",
        '[{"external_id": "C-1", "city": "Oulu", "city": "Espoo"}]',
        '[{"external_id": "C-1", "city": "Espoo"}]',
        "json",
    ),
    "not-a-number": Example("JSON has no NaN and no Infinity.", '[{"weight": NaN}]', '[{"weight": null}]', "json"),
    "not-an-object": Example("An item of the list is not a record.", '["C-1"]', '[{"external_id": "C-1"}]', "json"),
    # across records
    "incomplete-sale": Example(
        "All rows with the same sale_external_id form one sale. Together they lack a date or a customer.",
        "sale_external_id,external_id,product_id\nS-1,S-1-1,P-1\n",
        "sale_external_id,sale_date,sale_customer_id,external_id,product_id\nS-1,2026-04-02,C-1,S-1-1,P-1\n",
        entity="sales",
    ),
    "duplicate-identifier": Example(
        "Usually one of the two identifiers is wrong. If both are right, keep only one of the records.",
        "external_id,first_name\nC-1,Aino\nC-1,Eino\n",
        "external_id,first_name\nC-1,Aino\nC-2,Eino\n",
        entity="customers",
    ),
    # writing
    "split-files": Example("With `--missing split`, the records of each set of columns go to their own file."),
    "rejected-rows": Example(
        "With `--rejects`, the rows with errors go to their own file, with the reasons in the last column. Fix them "
        "there, then convert that file as it is."
    ),
    "blank-cells": Example(
        "In CSV, every row has a cell for every column. Custobar removes a stored value if a key comes with an empty "
        "string; how it treats a blank cell is not documented. `--missing split` writes no such cells."
    ),
}
"""The explanation of each code; a code that needs your own schema, or that comes from writing, has no example file."""


def overview() -> str:
    """A line for each code: the code, its severity and its meaning."""
    width = max(map(len, CODES))
    return "\n".join(f"{code:{width}}  {severity:7}  {meaning}" for code, (severity, meaning) in CODES.items())


def render_explanation(code: str) -> str:
    """The explanation of a code as text: severity, meaning, reason, an example, and the same example fixed.

    Raises:
        UsageError: the code is unknown.

    """
    if code not in CODES:
        meant = near(code, tuple(CODES))
        raise UsageError(f"unknown code {code!r}" + (f": did you mean {meant}?" if meant else ""))
    severity, meaning = CODES[code]
    example = EXAMPLES[code]
    lines = [*wrap(f"{code} ({severity}): {meaning}", COLUMNS), "", *wrap(example.why, COLUMNS)]
    for title, content in (("An example:", example.bad), ("Fixed:", example.good)):
        if content is not None:
            lines += ["", title, "", *(f"    {line}" for line in shown(content))]
    return "\n".join(lines)


def shown(content: str | bytes) -> list[str]:
    """The lines of an example; long lines are cut, and bytes that are not UTF-8 are escaped."""
    text = content if isinstance(content, str) else _decoded(content)
    return [f"{line[:60]}…" if len(line) > 70 else line for line in text.splitlines()] or ["(an empty file)"]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("ascii", "backslashreplace")
