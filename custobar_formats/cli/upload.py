"""The command that uploads files to Custobar: its options.

In: arguments. Out: the exit code. ``uploading`` does the work, and is imported only for it.
"""

from __future__ import annotations

from typing import Any

import click

from custobar_formats.cli.connection import (
    company_option,
    key_file_option,
    patience_option,
    rate_option,
    timeout_option,
    url_option,
)
from custobar_formats.cli.options import (
    COUNT,
    blank_option,
    delimiter_option,
    encoding_option,
    entity_option,
    fields_option,
    file_words,
    header_option,
    jobs_option,
    map_option,
    min_rows_option,
    named,
    no_settings_option,
    report_option,
    schema_option,
    schema_resource_option,
    settings_option,
    sheet_option,
    verbose_option,
    with_option,
)
from custobar_formats.core.upload_limits import MAX_BYTES, MAX_RECORDS, MAX_REFUSED

ABOUT_UPLOAD = """Upload files to Custobar: everything is validated first, and every answer comes back to its rows.

FILE is a CSV or JSON file, a spreadsheet, a pattern, or - for stdin. A journal beside the file records what was taken,
so that the same command goes on after a break and sends nothing twice. The key is in CUSTOBAR_API_KEY or --key-file.
The exit code is 0 if every row was taken, 1 if rows are invalid or refused, 2 for misuse, a key or an address that
does not fit, 3 if the same command goes on later, 4 if rows are in doubt.
"""


@click.command("upload", help=ABOUT_UPLOAD)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=file_words)
@entity_option
@company_option
@url_option
@key_file_option
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be sent now; send nothing. Needs no key.")
@click.option("--check", is_flag=True, help="Only ask whether the address and the key are right.")
@map_option
@with_option
@click.option(
    "--rejects", metavar="FILE", help="Write rows with errors to FILE, and upload the others.", callback=named
)
@report_option
@click.option(
    "--in-doubt",
    type=click.Choice(["resend", "hold", "settle"]),
    help="Rows that may have arrived: send again, leave, or done.",
)
@click.option("--again", is_flag=True, help="Upload once more what has been uploaded.")
@click.option("--if-new", is_flag=True, help="No error if the same content and options were uploaded.")
@click.option("--abandon", is_flag=True, help="Begin anew where one of other content or options was not finished.")
@click.option("--journal", metavar="FILE", help="The journal. Default: FILE.HOST.upload-journal, beside the file.")
@click.option("--keep-order", is_flag=True, help="Upload files as given; else shops, products, customers come first.")
@rate_option
@click.option("--max-records", metavar="N", type=COUNT, default=MAX_RECORDS, help="Records in a request: 500.")
@click.option("--max-bytes", metavar="N", type=COUNT, default=MAX_BYTES, help="Bytes in a request: 1,000,000.")
@click.option("--send", type=click.Choice(["json", "csv"]), default="json", help="Send JSON, or the CSV as it is.")
@timeout_option
@patience_option
@click.option(
    "--max-refused",
    metavar="N",
    type=click.IntRange(0),
    default=MAX_REFUSED,
    help="Refused records, or whole sales, allowed: 1000.",
)
@click.option("-f", "--force", is_flag=True, help="Overwrite the file of rejected rows, and reports.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Do not report this warning or notice. May be repeated.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@min_rows_option
@jobs_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing where nothing is wrong.")
@verbose_option
@schema_option
@delimiter_option
@encoding_option
@header_option
@sheet_option
@blank_option
@fields_option
@schema_resource_option
@settings_option
@no_settings_option
def upload_command(**given: Any) -> int:
    """Upload files; return the exit code."""
    from custobar_formats.cli.uploading import UploadCommand

    return UploadCommand(**given).run()
