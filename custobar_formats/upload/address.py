"""The address that data is sent to.

In: the name of a company, or an address. Out: its origin, such as ``https://acme.custobar.com``. Rules: a key goes to
the origin that a person has named and nowhere else; it goes unencrypted only to the own machine.
Source: each company has a host of its own below custobar.com (Custobar's API reference).
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from custobar_formats.core.errors import UsageError
from custobar_formats.core.shown import shown

_COMPANY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"(?!-)[a-z0-9._-]+(?<!-)|\[[0-9a-f:.]+\]")

DOMAIN = "custobar.com"

ADVICE = "give the company's name, as in its address: acme for https://acme.custobar.com"


def company_origin(company: str) -> str:
    """The origin of a company.

    Raises:
        UsageError: it is no name of a company.

    Example:
        >>> company_origin("acme")
        'https://acme.custobar.com'

    """
    if not _COMPANY.fullmatch(company):
        raise UsageError(f"company {shown(company)}: {ADVICE}")
    return f"https://{company}.{DOMAIN}"


def url_origin(url: str) -> str:
    """The origin of an address with https, or with http on the own machine.

    Raises:
        UsageError: it is no such address, or it holds more than an origin.

    Example:
        >>> url_origin("https://API.example.com/"), url_origin("http://127.0.0.1:8080")
        ('https://api.example.com', 'http://127.0.0.1:8080')

    """
    parts, port = _split(url)
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise UsageError("the address holds a user's name: give it without; the key is given apart from it")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(_bracketed(host)):
        raise UsageError(f"address {shown(url)}: give one such as https://acme.custobar.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in url or "#" in url:
        raise UsageError(
            f"address {shown(url)}: give it without a path, such as {parts.scheme}://{parts.netloc.lower()}"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"address {shown(url)}: use https, or everybody on the way can read the key")
    is_usual = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{_bracketed(host)}" + ("" if is_usual else f":{port}")


def chosen_origin(company: str | None, url: str | None) -> str:
    """The origin that a person has named, by a company or by an address.

    Raises:
        UsageError: both or neither are given, or it is none.

    Example:
        >>> chosen_origin("acme", None)
        'https://acme.custobar.com'

    """
    if company is not None and url is not None:
        raise UsageError("a company and an address are given: give only one of them")
    if company is not None:
        return company_origin(company)
    if url is not None:
        return url_origin(url)
    raise UsageError(f"no address is given: {ADVICE}")


def is_loopback(host: str) -> bool:
    """Whether a host is the own machine.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("127.example.com")
        (True, True, False)

    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> tuple[SplitResult, int | None]:
    """The parts of an address, and its port."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"address {shown(url)}: it holds characters that no address has")
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise UsageError(f"address {shown(url)}: give one such as https://acme.custobar.com") from None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
