"""What is compared: small files, the command for each program, and a word for what it did.

A person chose the words after reading the output that ``run.py`` recorded: *kept* and *right* mean that nothing is lost,
*reported* that the program reports the problem; *renamed*, *lost* and *wrong* happened without a message; a dash means
that the program has no feature for it.
"""

from __future__ import annotations

from dataclasses import dataclass

TOOLS = ["custobar_formats", "Miller", "csvkit", "frictionless", "csvtojson", "flatten-tool", "DuckDB"]
TO_FLATTEN_TOOL = (
    "mkdir in && sed '1s|\\.|/|g' {0} >in/main.csv && flatten-tool unflatten in -f csv -o out.json; cat out.json"
)


def duckdb(query: str, target: str) -> str:
    """The command that runs a query in DuckDB and prints the result; the suffix of the target decides the format."""
    return (
        f"""python3 -c 'import sys, duckdb; duckdb.sql(sys.argv[1])' "COPY ({query}) TO '{target}'" && cat {target}"""
    )


@dataclass(frozen=True)
class Case:
    """One question: its files, a command for each program, and the words."""

    title: str
    about: str
    files: dict[str, bytes]
    commands: dict[str, str]
    words: dict[str, str]


def to_json(name: str, *, ours: str = "--to jsonl --entity none", csvkit: str = "", miller: str = "") -> dict[str, str]:
    """The commands that make JSON of a CSV file."""
    return {
        "custobar_formats": f"custobar-formats convert {name} {ours}",
        "Miller": f"mlr --icsv --ojsonl {miller}cat {name}",
        "csvkit": f"csvjson {csvkit}{name}",
        "frictionless": f"frictionless validate {name}",
        "csvtojson": f"csvtojson {name}",
        "flatten-tool": TO_FLATTEN_TOOL.format(name),
        "DuckDB": duckdb(f"FROM '{name}'", "out.json"),
    }


CASES = [
    Case(
        "Objects and lists from column names",
        "Dots make objects, and numbers from 0 make lists.",
        {"stock.csv": b"external_id,price,stock.0.shop_id,stock.0.quantity\nP-1,990,HKI,5\n"},
        to_json("stock.csv", ours="--to jsonl"),
        {
            "custobar_formats": "right",
            "Miller": "objects only",
            "csvkit": "-",
            "frictionless": "-",
            "csvtojson": "right",
            "flatten-tool": "right",
            "DuckDB": "-",
        },
    ),
    Case(
        "A value, and something below it",
        "The column `a` is a value, and `a.b` needs an object in the same place.",
        {"conflict.csv": b"a,a.b\n1,2\n"},
        to_json("conflict.csv"),
        {
            "custobar_formats": "reported",
            "Miller": "lost",
            "csvkit": "-",
            "frictionless": "-",
            "csvtojson": "lost",
            "flatten-tool": "reported, lost",
            "DuckDB": "-",
        },
    ),
    Case(
        "A gap in the indices of a list",
        "`s.0` and `s.2`, and no `s.1`.",
        {"gap.csv": b"s.0,s.2\nx,y\n"},
        to_json("gap.csv"),
        {
            "custobar_formats": "reported",
            "Miller": "an object",
            "csvkit": "-",
            "frictionless": "-",
            "csvtojson": "a null",
            "flatten-tool": "lost",
            "DuckDB": "-",
        },
    ),
    Case(
        "A quote that is never closed",
        "Everything after it is one cell, or the file is broken.",
        {"quote.csv": b'id,name\n1,"Aino\n2,Eino\n'},
        to_json("quote.csv"),
        {
            "custobar_formats": "reported",
            "Miller": "reported",
            "csvkit": "not reported",
            "frictionless": "not reported",
            "csvtojson": "reported",
            "flatten-tool": "not reported",
            "DuckDB": "not reported",
        },
    ),
    Case(
        "Text in ISO-8859-1",
        "`Käthy`, as many programs for Windows save it.",
        {"latin.csv": "id,name\n1,Käthy\n".encode("latin-1")},
        to_json("latin.csv"),
        {
            "custobar_formats": "right, reported",
            "Miller": "bytes kept",
            "csvkit": "reported",
            "frictionless": "not reported",
            "csvtojson": "lost",
            "flatten-tool": "reported",
            "DuckDB": "reported",
        },
    ),
    Case(
        "Leading zeros",
        "Identifiers and telephone numbers are text of digits.",
        {"zeros.csv": b"external_id,zip_code\n0123,00100\n"},
        to_json("zeros.csv"),
        {
            "custobar_formats": "kept",
            "Miller": "kept",
            "csvkit": "lost",
            "frictionless": "-",
            "csvtojson": "kept",
            "flatten-tool": "kept",
            "DuckDB": "kept",
        },
    ),
    Case(
        "A key that a record lacks",
        "Its cell in CSV is blank, and Custobar may read that as 'remove the value'.",
        {"lacks.json": b'[{"id": "1", "city": "Oulu"}, {"id": "2"}]'},
        {
            "custobar_formats": "custobar-formats convert lacks.json --entity none",
            "Miller": "mlr --ijson --ocsv unsparsify lacks.json",
            "csvkit": "in2csv lacks.json",
            "csvtojson": "-",
            "frictionless": "-",
            "flatten-tool": "flatten-tool flatten lacks.json -f csv -o out --root-is-list --main-sheet-name main; cat out/main.csv",
            "DuckDB": duckdb("FROM 'lacks.json'", "out.csv"),
        },
        {
            "custobar_formats": "reported",
            "Miller": "not reported",
            "csvkit": "not reported",
            "frictionless": "-",
            "csvtojson": "-",
            "flatten-tool": "not reported",
            "DuckDB": "not reported",
        },
    ),
    Case(
        "Digits of numbers",
        "An integer beyond what a float can hold, and an amount that ends in zero.",
        {"digits.json": b'[{"id": 12345678901234567890, "rate": 24.90}]'},
        {
            "custobar_formats": "custobar-formats convert digits.json --entity none",
            "Miller": "mlr --ijson --ocsv cat digits.json",
            "csvkit": "in2csv digits.json",
            "csvtojson": "-",
            "frictionless": "-",
            "flatten-tool": "flatten-tool flatten digits.json -f csv -o out --root-is-list --main-sheet-name main; cat out/main.csv",
            "DuckDB": duckdb("FROM 'digits.json'", "out.csv"),
        },
        {
            "custobar_formats": "kept",
            "Miller": "kept",
            "csvkit": "kept",
            "frictionless": "-",
            "csvtojson": "-",
            "flatten-tool": "kept",
            "DuckDB": "kept",
        },
    ),
    Case(
        "The same column name twice",
        "Two columns `city`.",
        {"twice.csv": b"id,city,city\n1,Oulu,Espoo\n"},
        to_json("twice.csv"),
        {
            "custobar_formats": "reported",
            "Miller": "renamed",
            "csvkit": "reported, renamed",
            "frictionless": "reported",
            "csvtojson": "lost",
            "flatten-tool": "reported, lost",
            "DuckDB": "renamed",
        },
    ),
    Case(
        "An extra cell and a missing cell",
        "A value is in the wrong column, or lost.",
        {"ragged.csv": b"id,name,city\n1,Aino,Oulu,Espoo\n2,Eino\n"},
        to_json("ragged.csv"),
        {
            "custobar_formats": "reported",
            "Miller": "reported",
            "csvkit": "reported",
            "frictionless": "reported",
            "csvtojson": "made up",
            "flatten-tool": "lost",
            "DuckDB": "one column",
        },
    ),
    Case(
        "Semicolons and decimal commas",
        "A spreadsheet in Finland writes CSV like this.",
        {"semicolon.csv": b"id;price\n1;24,90\n2;9,50\n"},
        to_json("semicolon.csv"),
        {
            "custobar_formats": "right",
            "Miller": "reported",
            "csvkit": "wrong",
            "frictionless": "not reported",
            "csvtojson": "wrong",
            "flatten-tool": "lost",
            "DuckDB": "right",
        },
    ),
    Case(
        "UTF-16",
        "A spreadsheet's *Unicode text*.",
        {"wide.csv": "id\tname\n1\tKäthy\n".encode("utf-16")},
        to_json("wide.csv"),
        {
            "custobar_formats": "right",
            "Miller": "wrong",
            "csvkit": "reported",
            "frictionless": "not reported",
            "csvtojson": "wrong",
            "flatten-tool": "reported",
            "DuckDB": "reported",
        },
    ),
    Case(
        "Every problem at once",
        "Two problems in two rows: which cell, which line, and why.",
        {
            "customers.csv": b"external_id,email,can_email\nC-1,a@example.com,yes\nC-2,b.example.com,true\n",
            "schema.json": b'{"fields": [{"name": "external_id", "type": "string"}, {"name": "email", "type": "string", '
            b'"format": "email"}, {"name": "can_email", "type": "boolean"}]}',
        },
        {
            "custobar_formats": "custobar-formats validate customers.csv",
            "Miller": "-",
            "csvkit": "csvclean --enable-all-checks customers.csv",
            "frictionless": "frictionless validate customers.csv --schema schema.json",
            "csvtojson": "-",
            "flatten-tool": "-",
            "DuckDB": duckdb("FROM read_csv('customers.csv', types={'can_email': 'BOOLEAN'})", "out.csv"),
        },
        {
            "custobar_formats": "reported",
            "Miller": "-",
            "csvkit": "not reported",
            "frictionless": "reported",
            "csvtojson": "-",
            "flatten-tool": "-",
            "DuckDB": "not reported",
        },
    ),
    Case(
        "The good rows and the bad rows apart",
        "The good rows can be uploaded now; the others are fixed, and follow.",
        {"products.csv": b"external_id,price\nP-1,990\nP-2,9.905\nP-3,1990\nP-4,free\n"},
        {
            "custobar_formats": "custobar-formats convert products.csv --valid good.csv --rejects bad.csv; cat good.csv bad.csv",
            "Miller": "-",
            "csvkit": "-",
            "frictionless": "-",
            "csvtojson": "-",
            "flatten-tool": "-",
            "DuckDB": "python3 -c 'import sys, duckdb; duckdb.sql(sys.argv[1])' \"COPY (FROM read_csv('products.csv', "
            "types={'price': 'INTEGER'}, store_rejects=true)) TO 'good.csv'; COPY (SELECT line, column_name, csv_line, "
            "error_message FROM reject_errors) TO 'bad.csv'\"; cat good.csv bad.csv",
        },
        {
            "custobar_formats": "right",
            "Miller": "-",
            "csvkit": "-",
            "frictionless": "-",
            "csvtojson": "-",
            "flatten-tool": "-",
            "DuckDB": "right, rounds",
        },
    ),
    Case(
        "There and back",
        "A nested record to CSV, and back to JSON.",
        {"nested.json": b'[{"external_id": "P-1", "price": 990, "stock": [{"shop_id": "HKI", "quantity": 5}]}]'},
        {
            "custobar_formats": "custobar-formats convert nested.json flat.csv -q --entity products; cat flat.csv; "
            "custobar-formats convert flat.csv --entity products --to jsonl",
            "Miller": "mlr --ijson --ocsv cat nested.json >flat.csv; cat flat.csv; mlr --icsv --ojsonl cat flat.csv",
            "csvkit": "in2csv nested.json >flat.csv; cat flat.csv; csvjson flat.csv",
            "csvtojson": "-",
            "frictionless": "-",
            "flatten-tool": "flatten-tool flatten nested.json -f csv -o out --root-is-list --main-sheet-name main "
            "--id-name external_id; cat out/*.csv; "
            "flatten-tool unflatten out -f csv -o back.json --root-is-list --id-name external_id; cat back.json",
            "DuckDB": duckdb("FROM 'nested.json'", "flat.csv") + "; " + duckdb("FROM 'flat.csv'", "back.json"),
        },
        {
            "custobar_formats": "right",
            "Miller": "right",
            "csvkit": "wrong",
            "frictionless": "-",
            "csvtojson": "-",
            "flatten-tool": "right, as text",
            "DuckDB": "text",
        },
    ),
]
