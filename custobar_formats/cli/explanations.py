"""What each code means for an upload: why it is said, an example, and the same mended.

In: a code of ``core.findings``. Out: its explanation. The rule kept here: every example is a file that gives its code,
and what is mended is one that does not; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from textwrap import wrap
from typing import NamedTuple

from custobar_formats.core.errors import UsageError
from custobar_formats.core.findings import CODES
from custobar_formats.core.near import near

COLUMNS = 79
"""Columns of a terminal that an explanation uses at most."""


class Example(NamedTuple):
    """A file that gives a finding, and the same mended.

    Attributes:
        why: what would happen at an upload, or why nobody can tell.
        bad: the file, as text, or as bytes where those are the matter; None where it comes of writing.
        good: the same, mended.
        format: csv, json or jsonl.
        entity: whose schema it is checked by, if any.
        encoding: the charset that is declared, if any.

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
        "Letters would be lost or replaced. Nothing is read after the first such byte.",
        b"external_id,city\nC-1,Jyv\xe4skyl\xe4\n",
        "external_id,city\nC-1,Jyväskylä\n".encode(),
        encoding="utf-8",
    ),
    "guessed-charset": Example(
        "Custobar reads a file without a declared charset as UTF-8, where these letters are none. Save it as UTF-8, or "
        "send the header that the report names.",
        b"external_id,city\nC-1,Jyv\xe4skyl\xe4\n",
        "external_id,city\nC-1,Jyväskylä\n".encode(),
    ),
    "doubtful-charset": Example(
        "UTF-16 has a NUL byte in nearly every letter of a CSV file. There is none: the charset is probably another. "
        "Declare utf-8, or nothing.",
        b"external_id,city\nC-1,Oulu,\n",
        encoding="utf-16",
    ),
    "windows-1252": Example(
        "Spreadsheets on Windows save so. It is not one of the three charsets of the import: the euro sign and the "
        "long dash become control characters in ISO-8859-1. Save the file as UTF-8.",
        b"external_id,title\nP-1,Muki 5 \x80\n",
        "external_id,title\nP-1,Muki 5 €\n".encode(),
    ),
    "double-encoded": Example(
        "UTF-8 was read as latin-1 somewhere and saved as UTF-8 again. The letters would be stored like this for good.",
        "external_id,first_name\nC-1,KÃ¤thy\n",
        "external_id,first_name\nC-1,Käthy\n",
    ),
    "lone-surrogate": Example(
        "An escape that is half of a character, such as half of an emoji that was cut. No charset can write it.",
        '[{"external_id": "C-1", "first_name": "\\ud83d"}]',
        '[{"external_id": "C-1", "first_name": "\\ud83d\\ude00"}]',
        "json",
    ),
    # rows
    "sep-line": Example(
        "Excel understands this line, the import does not: it would be the header. It is skipped here; take it out.",
        "sep=;\nexternal_id;city\nC-1;Oulu\n",
        "external_id;city\nC-1;Oulu\n",
    ),
    "no-header": Example("Without labels no cell has a meaning.", "", "external_id\nC-1\n"),
    "unclosed-quote": Example(
        "All that follows would be one cell. A quote that is part of a text is written twice, in a quoted cell.",
        'external_id,title\nP-1,"Muki 5"" korkea\nP-2,Lasi\n',
        'external_id,title\nP-1,"Muki 5"" korkea"\nP-2,Lasi\n',
    ),
    "stray-quote": Example(
        "After the quote that closes a cell only a delimiter or the end of the line may follow; readers disagree about "
        "anything else.",
        'external_id,title\nP-1,"Muki" iso\n',
        'external_id,title\nP-1,"""Muki"" iso"\n',
    ),
    "quote-in-cell": Example(
        "It is kept as it is, as most readers keep it, but RFC 4180 wants such a cell in quotes.",
        'external_id,title\nP-1,Muki 5"\n',
        'external_id,title\nP-1,"Muki 5"""\n',
    ),
    "missing-cell": Example(
        "The cells of the row may stand under the wrong labels.",
        "external_id,city,country\nC-1,FI\n",
        "external_id,city,country\nC-1,,FI\n",
    ),
    "extra-cell": Example(
        "Usually a delimiter within a text. The cells of the row may stand under the wrong labels.",
        "external_id,city\nC-1,Oulu, Finland\n",
        'external_id,city\nC-1,"Oulu, Finland"\n',
    ),
    "surplus-blank": Example(
        "Spreadsheets add blank columns at the end. They are dropped, for they say nothing.",
        "external_id,city\nC-1,Oulu,,\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "blank-row": Example(
        "A row that says nothing is no record.", "external_id,city\n,\nC-1,Oulu\n", "external_id,city\nC-1,Oulu\n"
    ),
    "oversized-cell": Example(
        "CSV readers take at most 131,072 characters in a cell; more is mostly a quote that was never closed.",
        f"external_id,description\nP-1,{LONG}\n",
        f"external_id,description\nP-1,{LONG[:100]}\n",
    ),
    "only-spaces": Example(
        "Nobody sees it, and it is not blank: it would be stored as text.",
        "external_id,city\nC-1, \n",
        "external_id,city\nC-1,\n",
    ),
    "formula-cell": Example(
        "Whoever opens the file, or a later export, in a spreadsheet runs it. It is kept, for it may be meant.",
        "external_id,title\nP-1,=1+1\n",
        "external_id,title\nP-1,1+1\n",
    ),
    "outer-whitespace": Example(
        "`S-1 ` and `S-1` are two identifiers. Nothing is trimmed, for the white space may be meant.",
        "external_id,city\nS-1 ,Oulu\n",
        "external_id,city\nS-1,Oulu\n",
        entity="shops",
    ),
    "spreadsheet-artefact": Example(
        "A formula that failed, or a long number in a cell that shows it shortened. It would be stored as it stands.",
        "external_id,price,title,ean\nP-1,990,#N/A,\nP-2,990,Mug,5.58199E+12\n",
        "external_id,price,title,ean\nP-1,990,Mug,\nP-2,990,Mug,5581990000017\n",
        entity="products",
    ),
    # labels
    "blank-label": Example(
        "Cells without a label cannot be stored anywhere.",
        "external_id,\nC-1,Oulu\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "duplicate-label": Example(
        "One of the two columns would be lost, and nobody knows which.",
        "external_id,city,city\nC-1,Oulu,Espoo\n",
        "external_id,city,acme__old_city\nC-1,Oulu,Espoo\n",
    ),
    "similar-label": Example(
        "Labels are told apart by case: these are two fields. Probably one was meant.",
        "external_id,city,City\nC-1,Oulu,\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "bad-path": Example(
        "Dots separate the levels of a path; between them there has to be a name or an index.",
        "external_id,acme__address..city\nC-1,Oulu\n",
        "external_id,acme__address.city\nC-1,Oulu\n",
    ),
    "path-conflict": Example(
        "A field is a value or an object, never both in one record: one of the columns would be lost.",
        "external_id,acme__a,acme__a.b\nC-1,1,2\n",
        "external_id,acme__a.value,acme__a.b\nC-1,1,2\n",
    ),
    "index-gap": Example(
        "A list has no holes: items would move to places where they were not.",
        "external_id,stock.0.shop_id,stock.2.shop_id\nP-1,1,2\n",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,1,2\n",
    ),
    "too-deep": Example(
        "No record of Custobar's is nested like that; programs that read it may fail.",
        DEEP,
        '[{"a": {"b": 1}}]',
        "json",
    ),
    "too-wide": Example("No export has so many columns; mostly rows and columns are exchanged.", WIDE, "c0,c1\n"),
    "unknown-label": Example(
        "A field that the schema does not have: misspelt, or a field of your own, which has your company's name and "
        "two underscores before it. Custobar leaves out fields that it does not know.",
        "external_id,emial\nC-1,a@example.com\n",
        "external_id,email\nC-1,a@example.com\n",
        entity="customers",
    ),
    "rejected-column": Example(
        "The column in which a file of rejected rows says why; it is no field, and is dropped.",
        "external_id,__rejected_because\nC-1,wrong-type\n",
        "external_id\nC-1\n",
    ),
    # lists
    "list-gap": Example(
        "A list has no holes: the item after the blank one would move up, and overwrite another on the next upload.",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,,2\n",
        "external_id,stock.0.shop_id,stock.1.shop_id\nP-1,2,\n",
    ),
    "item-whitespace": Example(
        "The white space is part of the item: ' news' is another list than 'news'.",
        'external_id,mailing_lists\nC-1,"vip, news"\n',
        'external_id,mailing_lists\nC-1,"vip,news"\n',
        entity="customers",
    ),
    "empty-item": Example(
        "A comma with nothing before or behind it. Whether an empty item is meant, nobody can tell.",
        'external_id,mailing_lists\nC-1,"vip,,news"\n',
        'external_id,mailing_lists\nC-1,"vip,news"\n',
        entity="customers",
    ),
    # values
    "wrong-type": Example(
        "The field wants another type. Money is in cents; true and false are in small letters; numbers have a point.",
        "external_id,price\nP-1,24.90\n",
        "external_id,price\nP-1,2490\n",
        entity="products",
    ),
    "wrong-format": Example(
        "The field has a form that every value has to have: a date, an e-mail address, a telephone number.",
        "external_id,phone_number\nC-1,0401234567\n",
        "external_id,phone_number\nC-1,+358401234567\n",
        entity="customers",
    ),
    "wrong-value": Example(
        "The field has a list of values, and this is none of them.",
        "external_id,name,shop_type\nS-1,Oulu,store\n",
        "external_id,name,shop_type\nS-1,Oulu,offline\n",
        entity="shops",
    ),
    "out-of-range": Example("A schema of yours sets a limit to the number, or to the length of the text or list."),
    "missing-field": Example(
        "Without it Custobar cannot tell whose record this is, or what it means; it would be left out.",
        "first_name\nAino\n",
        "external_id,first_name\nC-1,Aino\n",
        entity="customers",
    ),
    "unexpected-field": Example("A schema of yours allows no other fields."),
    "duplicate-item": Example("A set has every item once; a company field of yours, or a schema, asks for one."),
    "no-match": Example("A schema of yours has alternatives, and the value is none of them, or more than one."),
    "invalid-value": Example("A schema of yours refuses it, by a keyword that says no more."),
    "number-too-long": Example(
        "No program keeps so many digits: the number would become another one.",
        '[{"external_id": "P-1", "weight": 1e400}]',
        '[{"external_id": "P-1", "weight": 1e40}]',
        "json",
    ),
    "number-as-string": Example(
        "JSON has a number where the field is text. It is taken as its digits; leading zeros, which a number cannot "
        "have, may have been lost before.",
        '[{"external_id": 1001}]',
        '[{"external_id": "1001"}]',
        "json",
        "customers",
    ),
    "datetime-space": Example(
        "ISO 8601 wants a T between the date and the time.",
        "external_id,date_joined\nC-1,2026-05-05 10:00:00\n",
        "external_id,date_joined\nC-1,2026-05-05T10:00:00\n",
        entity="customers",
    ),
    "lost-zero": Example(
        "A spreadsheet that takes an EAN for a number drops a zero at its start; the product is no longer found by it.",
        "external_id,price,ean\nP-1,990,641234567893\n",
        "external_id,price,ean\nP-1,990,0641234567893\n",
        entity="products",
    ),
    "similar-value": Example(
        "An account may have event types of its own, so any may be right; one that looks like a type of Custobar's is "
        "more likely a slip, and does none of what that does.",
        "type,date,email,mailing_lists\nMAIL_SUBSCRIBED,2026-04-02,a@example.com,news\n",
        "type,date,email,mailing_lists\nMAIL_SUBSCRIBE,2026-04-02,a@example.com,news\n",
        entity="events",
    ),
    # JSON
    "invalid-json": Example(
        "The text is no JSON; nothing of it would be imported.",
        '[{"external_id": "C-1",}]',
        '[{"external_id": "C-1"}]',
        "json",
    ),
    "wrong-shape": Example(
        "The import takes a list of records, or that list wrapped in its entity's name.",
        '{"external_id": "C-1"}',
        '[{"external_id": "C-1"}]',
        "json",
    ),
    "wrong-wrapper": Example(
        "The records would go to another endpoint than their wrapper says.",
        '{"products": [{"external_id": "C-1"}]}',
        '{"customers": [{"external_id": "C-1"}]}',
        "json",
        "customers",
    ),
    "duplicate-key": Example(
        "Programs keep the first or the last, and say nothing.",
        '[{"external_id": "C-1", "city": "Oulu", "city": "Espoo"}]',
        '[{"external_id": "C-1", "city": "Espoo"}]',
        "json",
    ),
    "not-a-number": Example("JSON has no NaN and no Infinity.", '[{"weight": NaN}]', '[{"weight": null}]', "json"),
    "not-an-object": Example("An item of the list that is no record.", '["C-1"]', '[{"external_id": "C-1"}]', "json"),
    # across records
    "incomplete-sale": Example(
        "A sale is made of all rows that have its sale_external_id; together they lack a date or a customer.",
        "sale_external_id,external_id,product_id\nS-1,S-1-1,P-1\n",
        "sale_external_id,sale_date,sale_customer_id,external_id,product_id\nS-1,2026-04-02,C-1,S-1-1,P-1\n",
        entity="sales",
    ),
    "duplicate-identifier": Example(
        "The later record overwrites the earlier one. Mostly one of the two identifiers is wrong.",
        "external_id,first_name\nC-1,Aino\nC-1,Eino\n",
        "external_id,first_name\nC-1,Aino\nC-2,Eino\n",
        entity="customers",
    ),
    # writing
    "split-files": Example("With `--missing split` the records of each set of labels have a file of their own."),
    "rejected-rows": Example(
        "With `--rejects` the rows that have errors go to a file of their own, with the reasons in a last column; when "
        "they are mended there, that file can be converted as it is."
    ),
    "blank-cells": Example(
        "CSV has a cell for every label in every row. Custobar removes a stored value where a key comes with an empty "
        "string; what it takes a blank cell for is not documented. `--missing split` leaves no such cells."
    ),
}
"""An example of each code; the codes that need a schema of one's own, or come of writing, are told in words alone."""


def overview() -> str:
    """A line for each code: its severity and what it means."""
    width = max(map(len, CODES))
    return "\n".join(f"{code:{width}}  {severity:7}  {meaning}" for code, (severity, meaning) in CODES.items())


def render_explanation(code: str) -> str:
    """What a code means, as text: its severity and meaning, why it is said, an example, and the same mended.

    Raises:
        UsageError: there is no such code.

    """
    if code not in CODES:
        meant = near(code, tuple(CODES))
        raise UsageError(f"no code is called {code!r}" + (f": did you mean {meant}?" if meant else ""))
    severity, meaning = CODES[code]
    example = EXAMPLES[code]
    lines = [*wrap(f"{code} ({severity}): {meaning}", COLUMNS), "", *wrap(example.why, COLUMNS)]
    for title, content in (("An example:", example.bad), ("Mended:", example.good)):
        if content is not None:
            lines += ["", title, "", *(f"    {line}" for line in shown(content))]
    return "\n".join(lines)


def shown(content: str | bytes) -> list[str]:
    """The lines of an example, cut where they are long; of bytes that are no UTF-8, escaped what is no ASCII."""
    text = content if isinstance(content, str) else _decoded(content)
    return [f"{line[:60]}…" if len(line) > 70 else line for line in text.splitlines()] or ["(an empty file)"]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("ascii", "backslashreplace")
