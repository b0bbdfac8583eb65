"""The two steps by which a key is made: an integration, then a key of it.

In: names, scopes, and who asks. Out: a request; of its outcome, what was made. Pure. Rule: neither is repeated, for the
first attempt may have made something; after an unknown outcome, the error says what to look for.
Source: Custobar's API reference, "Authentication"; a user with a second factor sends ``Custobar-TOTP-Code``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from custobar_formats.core.entities import checked_entity
from custobar_formats.core.errors import RequestFailed, UsageError
from custobar_formats.upload.answers import Answer, Failure, Verdict, parse_object, read_response
from custobar_formats.upload.key import Key
from custobar_formats.upload.paging import request_failed
from custobar_formats.upload.transport_parts import Reply

INTEGRATIONS, ACCESS_TOKENS = "/api/integrations/", "/api/access-tokens/"

Scope = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """A user who makes a key, in place of a key.

    Attributes:
        user: the name, an e-mail address.
        password: the password.
        code: the six digits of the second factor; None without one.

    Raises:
        UsageError: the code is not six digits, or the user's name has a colon or a control character.

    Example:
        >>> Login("me@acme.fi", "secret", "123456")
        Login(user='me@acme.fi')

    """

    user: str
    password: str = field(repr=False)
    code: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.user or ":" in self.user or not self.user.isprintable():
            raise UsageError("the user's name is empty, or has a character that no such name has")
        if not self.password:
            raise UsageError("the password is empty")
        if self.code is not None and not (len(self.code) == 6 and self.code.isascii() and self.code.isdigit()):
            raise UsageError("the code of the second factor is not six digits")

    def headers(self) -> dict[str, str]:
        """The headers in place of those of a key (RFC 7617, in UTF-8)."""
        given = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {given}"} | ({"Custobar-TOTP-Code": self.code} if self.code else {})


@dataclass(frozen=True, slots=True)
class Integration:
    """An integration that was made: its id, and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A key that was made; Custobar shows it this once.

    Attributes:
        id: its id.
        name: its name.
        token: the key itself, which ``repr`` leaves out.

    """

    id: str
    name: str
    token: str = field(repr=False)


class KeyRequest(NamedTuple):
    """A request of one of the two steps; ``made`` is what it makes, in words."""

    path: str
    payload: dict[str, Any]
    made: str


def integration_request(name: str, description: str) -> KeyRequest:
    """The first step.

    Raises:
        UsageError: the name is empty.

    """
    parameters = {"name": _checked_name(name), "description": description}
    return KeyRequest(INTEGRATIONS, {"integration_name": "", "parameters": parameters}, f"an integration {name!r}")


def token_request(name: str, integration: str, scopes: Iterable[Scope], *, transfer_privileges: bool) -> KeyRequest:
    """The second step.

    Raises:
        UsageError: the name or the scopes are empty.

    """
    given = [{"method": method, "path": path} for method, path in scopes]
    if not given:
        raise UsageError("no scope is given: a key without any may do nothing")
    payload = {
        "name": _checked_name(name),
        "owner_id": f"integrations/{integration.removeprefix('integrations/')}",
        "scopes": given,
        "transfer_privileges": transfer_privileges,
    }
    return KeyRequest(ACCESS_TOKENS, payload, f"a key {name!r}")


def scopes_of(entities: Iterable[str], *, read: bool = False) -> list[Scope]:
    """The scopes to upload entities, and with ``read`` also to read them back, as far as there is a path for that.

    Raises:
        UsageError: there is no such entity.

    Example:
        >>> scopes_of(["shops", "events"], read=True)
        [('POST', '/api/shops/upload/'), ('POST', '/api/events/upload/'), ('GET', '/api/data/events/')]

    """
    names = list(dict.fromkeys(checked_entity(each) for each in entities))
    writing = [("POST", f"/api/{name}/upload/") for name in names]
    return writing + [("GET", f"/api/data/{name}/") for name in names if read and name != "shops"]


def integration_of(outcome: Reply | Failure, request: KeyRequest, key: Key | None, now: float) -> Integration:
    """The integration that the first step made.

    Raises:
        RequestFailed: it made none, or nobody knows.

    """
    made = _made(outcome, request, "integration", key, now)
    number = _text(made, "id", request)
    return Integration(number, str(made.get("name") or request.payload["parameters"]["name"]))


def token_of(outcome: Reply | Failure, request: KeyRequest, key: Key | None, now: float) -> AccessToken:
    """The key that the second step made.

    Raises:
        RequestFailed: it made none, or nobody knows.

    """
    made = _made(outcome, request, "access_token", key, now)
    text = _text(made, "token", request)
    try:
        Key(text)
    except UsageError as error:
        raise _unclear(request, f"the answer has a token that is no key ({error})") from None
    return AccessToken(str(made.get("id") or ""), str(made.get("name") or request.payload["name"]), text)


def _made(outcome: Reply | Failure, request: KeyRequest, name: str, key: Key | None, now: float) -> dict[str, Any]:
    if isinstance(outcome, Failure):
        if outcome.taken is None:
            raise _unclear(request, outcome.reason, outcome.verdict)
        raise request_failed(outcome, f"POST {request.path}")
    made = parse_object(outcome.body).get(name)
    if 200 <= outcome.status < 300 and isinstance(made, dict):
        return made
    answer = read_response(outcome.status, outcome.headers, outcome.body, now=now, key=key)
    if answer.verdict is Verdict.ACCEPTED:
        answer = Answer(Verdict.NOT_THE_API, outcome.status)
    failed = request_failed(answer, f"POST {request.path}")
    if answer.taken is None:
        raise _unclear(request, failed.reason, answer.verdict, answer.status)
    raise failed


def _text(made: dict[str, Any], name: str, request: KeyRequest) -> str:
    value = made.get(name)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise _unclear(request, f"the answer has no {name}")
    return value


def _unclear(
    request: KeyRequest, reason: str, verdict: Verdict = Verdict.NOT_THE_API, status: int | None = None
) -> RequestFailed:
    """The error where nobody knows if something was made."""
    advice = f"look in Custobar for {request.made}, which may have been made, before you try again"
    return RequestFailed(f"{reason}: {advice}", verdict, status)


def _checked_name(name: str) -> str:
    if not name or not name.isprintable():
        raise UsageError("a name is empty, or has characters that cannot be shown")
    return name
