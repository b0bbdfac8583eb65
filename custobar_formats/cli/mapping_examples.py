"""The explanations of the codes about mappings, as ``cli/explanations`` shows them."""

from __future__ import annotations

from custobar_formats.cli.example import Example

NAMES = 'entity = "customers"\n[columns]\nexternal_id = "Nr"\ncity = "Ort"\n'
CONSENT = 'entity = "customers"\n[columns]\nexternal_id = "Nr"\n'
CONSENT += 'can_email = { from = "Nyhetsbrev", true = ["Ja"], false = ["Nej"] }\n'
PRICES = 'entity = "products"\n[columns]\nexternal_id = "Nr"\nprice = { from = "Pris", unit = "major" }\n'
ROWS = '[rows]\nskip = [{ column = "Nr", is = "" }]\n'

SECRET = 'entity = "customers"\n[columns]\nexternal_id = "Nr"\nnin = { from = "Personnummer", optional = true }\n'

REFUSAL = CONSENT.replace('"Nyhetsbrev"', '"Reklamspärr"') + '[names]\n"Reklamspärr" = ["Nyhetsbrev"]\n'

MAPPING_EXAMPLES: dict[str, Example] = {
    "missing-column": Example(
        "The export has changed, or the mapping is that of another one. Without the column, its field would be "
        "missing from every record, so nothing is read.",
        "Nr,Stad\n1,Lund\n",
        "Nr,Ort\n1,Lund\n",
        mapping=NAMES,
    ),
    "ambiguous-column": Example(
        "The mapping gives several names of one column. With two of them in the file, nobody can know which is meant.",
        "Nr,Kundnr,Ort\n1,1,Lund\n",
        "Nr,Ort\n1,Lund\n",
        mapping=NAMES + '[names]\nNr = ["Kundnr"]\n',
    ),
    "unmapped-column": Example(
        'Nothing vanishes by accident: a column is mapped, or named under `ignore`, or `unmapped` is "drop" or "keep".',
        "Nr,Ort,Land\n1,Lund,SE\n",
        "Nr,Ort\n1,Lund\n",
        mapping=NAMES,
    ),
    "unmappable-value": Example(
        "A step of the mapping does not know this value. It is not guessed, and not left out: its row is invalid "
        "until the value is corrected, or added to the mapping.",
        "Nr,Nyhetsbrev\n1,kanske\n",
        "Nr,Nyhetsbrev\n1,ja\n",
        mapping=CONSENT,
    ),
    "sensitive-column": Example(
        "Passwords, personal identity codes and notes of secrecy have no place in a marketing system. A mapping never "
        "has them by itself; somebody has put this column in.",
        "Nr,Personnummer\n1,850703-0000\n",
        "Nr\n1\n",
        mapping=SECRET,
    ),
    "refusal-as-consent": Example(
        "The names of some columns say the opposite of the field: yes means no mail. Read as they are, they would turn "
        "every refusal into consent.",
        "Nr,Reklamspärr\n1,Ja\n",
        "Nr,Nyhetsbrev\n1,Nej\n",
        mapping=REFUSAL,
    ),
    "added-constant": Example(
        "Somebody has given this value with `--with`, and it is now that of every person or product in the file. "
        "Consent given for all is a promise that the export does not make."
    ),
    "identified-by": Example(
        "Custobar finds a record again by this field. If another export has used another one, every record would come "
        "in twice; so look at it before the first upload.",
    ),
    "fixed": Example(
        "`fix` has changed these cells, for all values of the column leave no doubt what they mean. Each change is in "
        "the list beside the fixed file, `NAME.changes.csv`.",
    ),
    "fixable": Example(
        "The exact value is known if an assumption holds, such as that all amounts of a column are in euros. Look at "
        "it with `fix --dry-run --unsafe`; then `fix --unsafe` applies it.",
    ),
    "decided-by-column": Example(
        "`1.234` has four digits, or three decimals. Other amounts of the column show which mark is the decimal one, "
        "and it is taken for all of them. The next file may not show it; so name it in the mapping: "
        '`decimal = ","`.',
        "Nr;Pris\n1;1.234\n2;24,90\n",
        "Nr;Pris\n1;1234,00\n2;24,90\n",
        mapping=PRICES,
    ),
    "ignored-columns": Example(
        'The mapping names these columns in `ignore`, or has unmapped = "drop". Their values are in no record.',
        "Nr,Ort,Anteckning\n1,Lund,ring\n",
        "Nr,Ort\n1,Lund\n",
        mapping='ignore = ["Anteckning"]\n' + NAMES,
    ),
    "skipped-rows": Example(
        "The mapping has conditions for rows that are no records, such as totals. They are counted.",
        "Nr,Ort\n1,Lund\n,Summa\n",
        "Nr,Ort\n1,Lund\n",
        mapping=NAMES + ROWS,
    ),
}
