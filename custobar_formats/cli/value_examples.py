"""Examples of the codes about lists, values, JSON, several records, and writing.

In: nothing. Out: for each code, the reason and a file that gives it, and the same file fixed; a test runs them all.
Source: https://www.custobar.com/docs/api/data-import-formats/, RFC 4180, RFC 8259.
"""

from __future__ import annotations

from custobar_formats.cli.example import Example

VALUE_EXAMPLES: dict[str, Example] = {
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
    "doubtful-list": Example(
        "Only commas divide the items of a list in one cell; this cell is one item, with the mark in it. Under a "
        "mapping, only the mark of `split` divides them.",
        "external_id,mailing_lists\nC-1,vip;news\n",
        'external_id,mailing_lists\nC-1,"vip,news"\n',
        entity="customers",
    ),
    "list-notation": Example(
        "Only commas join the items of a list in one cell. Brackets and quotes would become part of the items.",
        'external_id,mailing_lists\nC-1,"[""vip"",""news""]"\n',
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
        "Custobar needs this field: an identifier shows whose record it is, a shop_id whose stock. Without it, "
        "Custobar would ignore the record. A product without a price is a warning: a new one needs it, an update of "
        "other fields does not.",
        "first_name\nAino\n",
        "external_id,first_name\nC-1,Aino\n",
        entity="customers",
    ),
    "unknown-field": Example(
        "A misspelt key is stored under that name, or ignored, and the field stays as it was. Each key is reported "
        "once. Company fields such as `company__size` are not looked into.",
        '[{"external_id": "C-1", "emial": "a@b.fi"}]',
        '[{"external_id": "C-1", "email": "a@b.fi"}]',
        "json",
        entity="customers",
    ),
    "unexpected-field": Example("Your own schema allows no other fields."),
    "duplicate-item": Example(
        "A set contains each item only once. Your own schema, or one of your company fields, requires a set."
    ),
    "no-match": Example("Your own schema gives alternatives, and the value matches none of them, or more than one."),
    "invalid-value": Example("Your own schema refuses the value, by a keyword that gives no further reason."),
    "lost-identifier": Example(
        "A spreadsheet shows a long number as 5.58E+12, and saves it so: all numbers with the same first digits are "
        "one identifier then, and their records overwrite each other. A failed formula, such as #N/A, is the same in "
        "every row, too. Take the identifiers from the source, with another export.",
        "external_id,email\n5.58E+12,a@example.com\n5.58E+12,b@example.com\n",
        "external_id,email\n5581990000010,a@example.com\n5581990000027,b@example.com\n",
        entity="customers",
    ),
    "number-too-long": Example(
        "No program keeps so many digits: the number would change.",
        '[{"external_id": "P-1", "weight": 1e400}]',
        '[{"external_id": "P-1", "weight": 1e40}]',
        "json",
    ),
    "money-with-point": Example(
        "Custobar takes amounts of money in cents. A program that works with euros writes 24.0 for 24 euros, but it "
        "would be stored as 24 cents. Check it, and write whole numbers without a point.",
        '[{"external_id": "P-1", "price": 24.0}]',
        '[{"external_id": "P-1", "price": 2400}]',
        "json",
        "products",
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
    "wrong-check-digit": Example(
        "The last digit of an EAN is computed from the others. Where it does not fit, a digit was mistyped or lost, "
        "and the EAN leads to no product or to another one. The value is kept, for nobody knows which digit is wrong.",
        "external_id,price,ean\nP-1,990,6411700000015\n",
        "external_id,price,ean\nP-1,990,6411700000018\n",
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
        "All rows with the same sale_external_id form one sale. Together they lack a date or a customer, or "
        "have a currency without its exchange rate, or a rate without a currency.",
        "sale_external_id,external_id,product_id\nS-1,S-1-1,P-1\n",
        "sale_external_id,sale_date,sale_customer_id,external_id,product_id\nS-1,2026-04-02,C-1,S-1-1,P-1\n",
        entity="sales",
    ),
    "mixed-money": Example(
        "Custobar takes amounts of money in cents. Where one cell has 24,90 and another of the same field 89, the 89 "
        "is probably 89 euros, not 89 cents. Only you know: write all amounts of the field in cents, without decimals. "
        "Until then, no amount of the field is valid.",
        "external_id;price\nP-1;24,90\nP-2;89\n",
        "external_id;price\nP-1;2490\nP-2;8900\n",
        entity="products",
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
        "With `--rejects`, the rows with errors go to their own file, with the reasons in the first column. Fix them "
        "there, then convert or upload that file as it is."
    ),
    "over-limit": Example(
        "A request of `upload` has at most 500 records and 1,000,000 bytes, or what `--max-records` and `--max-bytes` "
        "allow. A larger record is sent alone, and so is a sale of more rows, which is never divided. If Custobar "
        "refuses it, all its rows are in the file of refused rows. With `--strict`, nothing is sent."
    ),
    "refused-row": Example(
        "Custobar's answer to `upload` refused the record, with this status and message. Its row is in the file of "
        "refused rows: correct it there, and upload that file."
    ),
    "row-in-doubt": Example(
        "The connection broke after the rows were sent, or the answer could not be read, and sending them again might "
        "store them twice. Look in Custobar whether they are there; then give `--in-doubt settle`, or `resend`. "
        "The rows are also in a file of their own, `FILE.in-doubt.csv`: if only some are there, settle, and upload the "
        "others from that file."
    ),
    "not-uploaded": Example(
        "`upload` stopped before all valid rows were sent, for the reason that the message names: the server did not "
        "answer, a key or an address is to be set, another file has errors, or somebody interrupted it. The same "
        "command goes on, and sends nothing twice."
    ),
    "blank-cells": Example(
        "In CSV, every row has a cell for every column. Custobar removes a stored value if a key comes with an empty "
        "string; how it treats a blank cell is not documented. `--missing split` writes no such cells."
    ),
}
