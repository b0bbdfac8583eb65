"""The options of commands that talk to Custobar: the address, the key, the pace.

In: arguments and settings. Out: options for click, and the address.
"""

from __future__ import annotations

import click

from custobar_formats.cli.options import file_words
from custobar_formats.cli.settings import Settings
from custobar_formats.core.errors import UsageError
from custobar_formats.core.upload_limits import PATIENCE, RATE, REQUEST_SECONDS

company_option = click.option("--company", metavar="NAME", help="The address is https://NAME.custobar.com.")
url_option = click.option("--url", metavar="URL", help="Another address, such as https://app.custobar.com.")
key_file_option = click.option(
    "--key-file",
    metavar="FILE",
    shell_complete=file_words,
    help="Read the key from FILE, which others must not be able to read.",
)
rate_option = click.option(
    "--rate", metavar="N", type=click.FloatRange(1, 100_000), help=f"Requests a minute. Default: {RATE:g}."
)
timeout_option = click.option(
    "--timeout",
    metavar="S",
    type=click.FloatRange(1, 1e6),
    default=REQUEST_SECONDS,
    help=f"Seconds for a request: {REQUEST_SECONDS:g}.",
)
patience_option = click.option(
    "--patience",
    metavar="S",
    type=click.FloatRange(0, 1e6),
    default=PATIENCE,
    help=f"Seconds for which a request is repeated: {PATIENCE:g}.",
)


def origin_of(company: str | None, url: str | None, settings: Settings) -> str:
    """The address, by the options or else by the settings.

    Raises:
        UsageError: there is none, or it is no address.

    """
    from custobar_formats.upload.address import chosen_origin

    if company is None and url is None:
        company, url = settings.upload.company, settings.upload.url
    if company is None and url is None:
        raise UsageError("no address is given: --company NAME is https://NAME.custobar.com; --url URL is another one")
    return chosen_origin(company, url)
