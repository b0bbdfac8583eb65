"""Both transports with certificates and proxies, all of them on the own machine."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from custobar_formats import UsageError
from custobar_formats.upload import transport_parts
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.transport import Transport
from custobar_formats.upload.transport_parts import Proxy, Target, proxy_for
from tests.unit.upload.wires import KEY, OK, Peer, Script, Way, post, serving

ACCEPTED = Answer(Verdict.ACCEPTED, 200, "run_1")
ACME = "https://acme.custobar.com"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def encrypted(authority: trustme.CA, name: str = "localhost") -> Script:
    made = context(authority, name)

    def script(peer: Peer) -> None:
        peer = peer.encrypted(made)
        while True:
            peer.request()
            peer.send(OK)

    return script


def hello(peer: Peer) -> None:
    """Read the first message of a client, and end the connection."""
    peer.exactly(5)


def hello_reset(peer: Peer) -> None:
    peer.exactly(5)
    peer.reset()


def half_hello(peer: Peer) -> None:
    peer.exactly(5)
    peer.send(b"\x16\x03\x03\x00\x40\x02")


def no_tls(peer: Peer) -> None:
    peer.exactly(5)
    peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.drain()


def alert(peer: Peer) -> None:
    peer.exactly(5)
    peer.send(b"\x15\x03\x03\x00\x02\x02\x28")  # fatal: handshake failure
    peer.drain()


def test_a_private_authority(way: Way, authority: trustme.CA, trusted: None) -> None:
    with serving(encrypted(authority)) as server:
        assert way(f"https://localhost:{server.port}", post(), post()) == [ACCEPTED, ACCEPTED]
        assert server.connections == 1


def test_a_large_body_is_encrypted_whole(way: Way, authority: trustme.CA, trusted: None) -> None:
    with serving(encrypted(authority)) as server:
        assert way(f"https://localhost:{server.port}", post(bytes(3_000_000))) == [ACCEPTED]


def test_an_authority_that_nobody_knows(way: Way, authority: trustme.CA) -> None:
    with serving(encrypted(authority)) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    assert outcome.verdict is Verdict.CANNOT_SEND
    assert outcome.reason.startswith("the certificate of localhost is not trusted: ")
    assert "set SSL_CERT_FILE" in outcome.reason


def test_a_certificate_of_another_host(way: Way, authority: trustme.CA, trusted: None) -> None:
    with serving(encrypted(authority, "other.example")) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    reason = "the certificate of localhost is one of another host: check the address"
    assert outcome == Failure(Verdict.CANNOT_SEND, reason)


def test_no_certificate_for_an_address_of_digits(way: Way, authority: trustme.CA, trusted: None) -> None:
    with serving(encrypted(authority)) as server:
        (outcome,) = way(f"https://127.0.0.1:{server.port}", post())
    assert outcome.verdict is Verdict.CANNOT_SEND
    assert "one of another host" in outcome.reason


@pytest.mark.parametrize("script", [no_tls, alert])
def test_no_tls_at_all(way: Way, script: Script) -> None:
    with serving(script) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    assert outcome.verdict is Verdict.CANNOT_SEND
    assert outcome.reason.startswith(f"no encrypted connection to localhost:{server.port} (")


@pytest.mark.parametrize("script", [hello, hello_reset, half_hello])
def test_a_handshake_that_is_cut_off(way: Way, script: Script) -> None:
    with serving(script) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    assert outcome.verdict is Verdict.NOT_SENT, outcome


def test_a_handshake_that_takes_too_long(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transport_parts.TIMEOUTS, "connect", 0.2)
    with serving(lambda peer: peer.drain()) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    assert outcome == Failure(Verdict.NOT_SENT, f"no connection to localhost:{server.port} in time")


def test_a_handshake_longer_than_the_whole_request(way: Way) -> None:
    with serving(lambda peer: peer.drain()) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post(), timeout=0.2)
    assert outcome == Failure(Verdict.NOT_SENT, f"no connection to localhost:{server.port} within 0.2 seconds")


def test_a_break_after_the_handshake(way: Way, authority: trustme.CA, trusted: None) -> None:
    made = context(authority, "localhost")

    def script(peer: Peer) -> None:
        peer.encrypted(made).request()

    with serving(script) as server:
        (outcome,) = way(f"https://localhost:{server.port}", post())
    assert outcome.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_certificates_that_cannot_be_read(
    way: Way, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(UsageError, match="^SSL_CERT_FILE or SSL_CERT_DIR cannot be used: "):
        way(ACME, post())


# -- proxies


def tunnelling(answer: bytes, then: Script | None = None, heads: list[bytes] | None = None) -> Script:
    def script(peer: Peer) -> None:
        head = peer.head()
        if heads is not None:
            heads.append(head)
        peer.send(answer)
        if then is not None:
            then(peer)

    return script


def test_a_proxy_of_the_environment(
    way: Way, authority: trustme.CA, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []
    connected = b"HTTP/1.1 200 Connection established\r\n\r\n"
    with serving(tunnelling(connected, encrypted(authority, "acme.custobar.com"), heads)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        assert way(ACME, post(), post()) == [ACCEPTED, ACCEPTED]
    (head,) = heads
    lines = head.decode().split("\r\n")
    assert lines[0] == "CONNECT acme.custobar.com:443 HTTP/1.1"
    assert "Proxy-Authorization: Basic bWU6cEBzcw==" in lines
    assert KEY.header().split()[1] not in head.decode()


def test_certificates_are_verified_through_a_proxy(
    way: Way, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = b"HTTP/1.1 200 Connection established\r\n\r\n"
    with serving(tunnelling(connected, encrypted(authority, "acme.custobar.com"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        (outcome,) = way(ACME, post())
    assert outcome.verdict is Verdict.CANNOT_SEND
    assert outcome.reason.startswith("the certificate of acme.custobar.com is not trusted: ")


ANSWERS = {
    b"HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n": (
        Verdict.CANNOT_SEND,
        "the proxy 127.0.0.1:{port} wants a user and a password (407): put user:password@ before its name in "
        "HTTPS_PROXY",
    ),
    b"HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n": (
        Verdict.NOT_SENT,
        "the proxy 127.0.0.1:{port} found no way (502)",
    ),
    b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n": (
        Verdict.CANNOT_SEND,
        "the proxy 127.0.0.1:{port} refused (403): ask who runs it, or set NO_PROXY",
    ),
    b"": (Verdict.NOT_SENT, "no connection to the proxy 127.0.0.1:{port}: it was cut off"),
    b"nonsense\r\n\r\n": (Verdict.NOT_SENT, "no connection to the proxy 127.0.0.1:{port}: it was cut off"),
    b"HTTP/1.1 200 OK\r\n\r\n": (Verdict.NOT_SENT, "no connection to acme.custobar.com: "),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_proxy_that_does_not_connect(way: Way, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, reason = ANSWERS[answer]
    with serving(tunnelling(answer)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"me:secret@127.0.0.1:{proxy.port}")
        (outcome,) = way(ACME, post())
    assert outcome.verdict is verdict
    assert outcome.reason.startswith(reason.format(port=proxy.port))
    assert "secret" not in outcome.reason


def test_a_proxy_that_is_silent(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda peer: peer.drain()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        (outcome,) = way(ACME, post(), timeout=0.3)
    assert outcome.verdict is Verdict.NOT_SENT


def test_no_proxy_for_the_own_machine(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)

    with serving(script) as proxy, serving(script) as own:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        assert way(own.origin, post()) == [ACCEPTED]
        assert way(f"http://localhost:{own.port}", post()) == [ACCEPTED]
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("proxies", "found"),
    [
        ({}, None),
        ({"http": "http://a:1"}, None),
        ({"https": "http://a:1", "all": "http://b:2"}, Proxy(Target("http", "a", 1))),
        ({"all": "https://b"}, Proxy(Target("https", "b", 443))),
        ({"https": "a:3128"}, Proxy(Target("http", "a", 3128))),
        ({"https": "http://a%40b:c%3Ad@a"}, Proxy(Target("http", "a", 80), (b"a@b", b"c:d"))),
        ({"https": "http://[::1]:3128"}, Proxy(Target("http", "::1", 3128))),
    ],
)
def test_which_proxy(proxies: dict[str, str], found: Proxy | None) -> None:
    target = Target.of(ACME)
    assert proxy_for(target, proxies, is_bypassed=False) == found
    assert proxy_for(target, proxies, is_bypassed=True) is None
    assert "c:d" not in repr(found)


@pytest.mark.parametrize("url", ["http://u:secret@", "socks5://u:secret@a:1", "u:secret@a:x", "u:secret@ä:1"])
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        proxy_for(Target.of(ACME), {"https": url}, is_bypassed=False)
    assert str(raised.value) == "HTTPS_PROXY is no address such as http://proxy.example:3128"
    assert "secret" not in str(raised.value)


def test_names_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "custobar.com")
    with Transport(ACME, KEY) as direct, Transport("https://acme.example", KEY) as through:
        assert (type(direct._pool).__name__, type(through._pool).__name__) == ("ConnectionPool", "HTTPProxy")
