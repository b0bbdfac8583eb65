"""The address that data is sent to."""

import pytest

from custobar_formats import UsageError
from custobar_formats.upload.address import company_origin, is_loopback, url_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://acme.custobar.com", "https://acme.custobar.com"),
        ("https://acme.custobar.com/", "https://acme.custobar.com"),
        ("HTTPS://Acme.Custobar.COM:443", "https://acme.custobar.com"),
        ("https://acme.example:8443/", "https://acme.example:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.9.9.9:80/", "http://127.9.9.9"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_address_is_its_origin(url: str, origin: str) -> None:
    assert url_origin(url) == origin
    assert url_origin(origin) == origin


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("acme", "give one such as"),
        ("acme.custobar.com", "give one such as"),
        ("", "give one such as"),
        ("https://", "give one such as"),
        ("https://:443", "give one such as"),
        ("ftp://acme.custobar.com", "give one such as"),
        ("file:///etc/passwd", "give one such as"),
        ("https://acme.custobar.com:99999", "give one such as"),
        ("https://acme.custobar.com:x", "give one such as"),
        ("https://[::1", "give one such as"),
        ("https://-acme.custobar.com", "give one such as"),
        ("https://acme%2ecustobar.com", "give one such as"),
        ("https://acme.custobar.com/api/", "without a path, such as https://acme.custobar.com"),
        ("https://acme.custobar.com?x=1", "without a path"),
        ("https://acme.custobar.com#x", "without a path"),
        ("https://acme.custobar.com?", "without a path"),
        ("http://acme.custobar.com", "use https"),
        ("http://127.0.0.1.example.com", "use https"),
        ("http://localhost.example.com", "use https"),
        ("http://0.0.0.0", "use https"),
        ("https://ac me.custobar.com", "characters that no address has"),
        ("https://acme.custobar.com\r\nHost: x", "characters that no address has"),
        ("https://äcme.custobar.com", "characters that no address has"),
    ],
)
def test_other_addresses_are_refused(url: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        url_origin(url)


@pytest.mark.parametrize(
    "url", ["https://user:secret@acme.custobar.com", "https://secret@acme.custobar.com", "http://a:secret@localhost"]
)
def test_a_name_or_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="give it without; the key is given apart from it") as refused:
        url_origin(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("company", ["acme", "acme-2", "a", "0", "a" * 63])
def test_a_company_has_an_address(company: str) -> None:
    assert company_origin(company) == f"https://{company}.custobar.com"
    assert url_origin(company_origin(company)) == company_origin(company)


@pytest.mark.parametrize(
    "company", ["", "Acme", "acme.custobar.com", "https://acme.custobar.com", "a/b", "-a", "a-", "ä", "a\n", "a" * 64]
)
def test_other_names_of_companies_are_refused(company: str) -> None:
    with pytest.raises(UsageError, match="acme for https://acme.custobar.com"):
        company_origin(company)


@pytest.mark.parametrize(
    ("host", "own"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("acme", False)]
)
def test_the_own_machine(host: str, *, own: bool) -> None:
    assert is_loopback(host) is own
