"""Examples of the codes about a file, its text, its rows and its column names.

In: nothing. Out: for each code, the reason and a file that gives it, and the same file fixed; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from custobar_formats.cli.example import Example

LONG = "x" * 131_073
DEEP = "[{" + '"a":{' * 64 + '"b":1' + "}" * 65 + "]"
WIDE = ",".join(f"c{number}" for number in range(10_001)) + "\n"

FILE_EXAMPLES: dict[str, Example] = {
    # the file
    "unreadable-file": Example(
        "The file is not there, or may not be read, or is not what the options declare. Nothing of it was checked."
    ),
    "not-checked": Example(
        "The entity decides which values are right. It is known from `--entity`, from the wrapper of JSON, from a word "
        "of the file's name (such as `customers.csv`), or from the fields, if one entity has more than any other. "
        "Until it is known, `convert` writes nothing. `--entity none` checks only the format."
    ),
    "no-records": Example(
        "An export that failed often leaves a file like this. It is valid, but nothing would be imported. "
        "`--min-rows` makes it an error.",
        "external_id,city\n",
        "external_id,city\nC-1,Oulu\n",
    ),
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
    "wrong-suffix": Example(
        "The name says that the file is compressed, as in `customers.csv.gz`, but its bytes are not, or by another "
        "program. It is read all the same; but a program that trusts the name cannot read it, and a file that was cut "
        "off or overwritten looks like this, too."
    ),
    "invisible-character": Example(
        "A control character, or at an end of a text a mark that shapes it, such as a space of no width. Nobody sees "
        "it, but Custobar would store it, and then such an identifier or name matches no other.",
        "external_id,city\nC-1,\u200bOulu\n",
        "external_id,city\nC-1,Oulu\n",
    ),
    "lost-character": Example(
        "A program read the text in a wrong encoding, and wrote the character U+FFFD for a letter that it did not "
        "know. The letter is lost in this file. Export the data again. A spreadsheet writes a question mark for a "
        "letter that the encoding of its CSV lacks, such as Ł in windows-1252: save it as CSV UTF-8.",
        "external_id,city\nC-1,Jyv\ufffdskyl\ufffd\n",
        "external_id,city\nC-1,Jyväskylä\n",
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
    "not-csv": Example(
        "The file is read as CSV, but begins as another format, which the message names: a web page, a spreadsheet, a "
        "database, an archive, an image. A web page often has the reason: a login that has ended, or an error. Nothing "
        "is read.",
        "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n",
        "external_id\nC-1\n",
    ),
    "title-rows": Example(
        "The first record must be the header. Here a title and a date are above it. Remove them, or show where the "
        "header is: --header 4, or header=4 in Python.",
        "Customers\n1.1.2024\n\nexternal_id,email,city\nC-1,a@b.fi,Oulu\nC-2,c@d.fi,Espoo\n",
        "external_id,email,city\nC-1,a@b.fi,Oulu\nC-2,c@d.fi,Espoo\n",
    ),
    "quoted-lines": Example(
        "A program has put quotes around each line, so each row is one cell. Remove these quotes, and make two quotes "
        "inside a line one.",
        '"external_id,email,city"\n"C-1,a@b.fi,Oulu"\n',
        "external_id,email,city\nC-1,a@b.fi,Oulu\n",
    ),
    "doubtful-delimiter": Example(
        "Custobar's import knows the comma, the semicolon and the tab. Lines that another character divides are one "
        "column. The warning also comes where the rows have a delimiter and the header has none.",
        "external_id|email\nC-1|a@b.fi\n",
        "external_id;email\nC-1;a@b.fi\n",
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
    "repeated-header": Example(
        "A file was appended to another, with its header. The row is not a record; remove it.",
        "external_id,email\nC-1,a@b.fi\nexternal_id,email\nC-2,c@d.fi\n",
        "external_id,email\nC-1,a@b.fi\nC-2,c@d.fi\n",
        entity="customers",
    ),
    "formula-without-value": Example(
        "A spreadsheet keeps the value of each formula beside it. A program that writes spreadsheets may leave it out, "
        "because it does not calculate: then nobody knows the value. Open the file in a spreadsheet program and save "
        "it, which calculates the formulas."
    ),
    "numbers-for-digits": Example(
        "A spreadsheet keeps a number without the zeros at its start: the postal code 00100 becomes 100. In a CSV file "
        "the zeros are there or not; in a spreadsheet, a cell that is a number cannot have them. If some of these "
        "values should begin with a zero, or with a +, export them as text. It is shown once for a column."
    ),
    "other-sheets": Example(
        "One sheet is read: the first that is not hidden, or that of `--sheet`. The notice names the others, so that "
        "none is forgotten."
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
        "A formula failed, the spreadsheet shortened a long number to fit its cell, or a program wrote its word for "
        'no value, such as NULL. An apostrophe or a formula (`="0045"`) around digits keeps their zeros in a '
        "spreadsheet. Custobar would store the cell as it is. Nothing in this file can restore lost digits: take them "
        "from the source, with another export.",
        "external_id,price,title,acme__code\nP-1,990,#N/A,\nP-2,990,Mug,5.58199E+12\n",
        "external_id,price,title,acme__code\nP-1,990,Mug,\nP-2,990,Mug,5581990000010\n",
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
    "too-wide": Example("No export has so many columns. Usually rows and columns are swapped.", WIDE, "c0,c1\n1,2\n"),
    "unknown-label": Example(
        "The schema has no such field. Either the name is misspelt, or it is a field of your company, whose name "
        "must begin with the company's name and two underscores. Custobar ignores fields that it does not know.",
        "external_id,emial\nC-1,a@example.com\n",
        "external_id,email\nC-1,a@example.com\n",
        entity="customers",
    ),
    "export-columns": Example(
        "The file is an export of a shop or another program, whose columns have names of their own. It need not be "
        "changed: a mapping takes its columns for fields, and its notations for Custobar's. For the exports of known "
        "shops there is a preset; for others, `custobar-formats map FILE` suggests one. The command reports this where "
        "a third of the columns, or more, are unknown.",
    ),
    "rejected-column": Example(
        "In a file of rejected rows, this column gives the reasons. It is not a field, and is dropped.",
        "__rejected_because,external_id\nwrong-type,C-1\n",
        "external_id\nC-1\n",
    ),
}
