"""The options of commands that talk to Custobar: the address, the key, the pace.

In: arguments and settings. Out: options for click, and the address.
"""

from __future__ import annotations

import click

from custobar_formats.cli.options import file_words
from custobar_formats.cli.settings import Settings
from custobar_formats.core.upload_limits import PATIENCE, RATE, REQUEST_SECONDS

POSITIVE = click.FloatRange(min=0, min_open=True, max=1e6)
POSITIVE.name = "number"  # for "'x' is not a valid number"

company_option = click.option(
    "--company", metavar="NAME", help="The company's name, as in its address: acme for https://acme.custobar.com."
)
url_option = click.option("--url", metavar="URL", help="The address instead, such as https://app.custobar.com.")
key_file_option = click.option(
    "--key-file",
    metavar="FILE",
    shell_complete=file_words,
    help="File with the key, which no other user can read. Default: the variable CUSTOBAR_API_KEY, or what the "
    "key_command of your own settings prints.",
)
rate_option = click.option(
    "--rate", metavar="N", type=POSITIVE, help=f"Requests a minute.  [default: {RATE:g}]", show_default=False
)
timeout_option = click.option(
    "--timeout", metavar="SECONDS", type=POSITIVE, default=REQUEST_SECONDS, help="Seconds that a request may take."
)
patience_option = click.option(
    "--patience", metavar="SECONDS", type=POSITIVE, default=PATIENCE, help="Seconds for which a request is repeated."
)


def origin_of(company: str | None, url: str | None, settings: Settings) -> str:
    """The address, by the options or else by the settings.

    Raises:
        UsageError: there is none, or it is no address.

    """
    from custobar_formats.upload.address import chosen_origin

    if company is None and url is None:
        company, url = settings.upload.company, settings.upload.url
    return chosen_origin(company, url)
