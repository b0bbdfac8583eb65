"""The keys of the documented server: who may do what.

In: requests. Out: whose they are; and the answers to both steps by which a key is made. Keys are made of the seed, so
that a run can be repeated; they open nothing but this server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from custobar_formats.core.entities import ENTITIES
from custobar_formats.upload.sandbox_bodies import Enforced
from custobar_formats.upload.sandbox_http import Refusal, Request, Response, json_response

USER, PASSWORD, CODE = "demo@example.com", "sandbox", "123456"
"""The one user, and the six digits of the second factor, which do not change."""

INTEGRATIONS, ACCESS_TOKENS = "/api/integrations/", "/api/access-tokens/"

Scope = tuple[str, str]

SCOPES: tuple[Scope, ...] = (
    *(("POST", f"/api/{entity}/upload/") for entity in ENTITIES),
    *(("GET", f"/api/data/{entity}/") for entity in ENTITIES if entity != "shops"),
    ("POST", INTEGRATIONS),
    ("POST", ACCESS_TOKENS),
)
"""All that a key may do."""


class Keys:
    """The integrations and the keys that were made."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0
        self._integrations: dict[str, str] = {}
        self._scopes: dict[str, frozenset[Scope]] = {}

    def make(self, scopes: tuple[Scope, ...] = SCOPES) -> str:
        """A new key with these scopes."""
        key = f"API{self._word()[:37].upper()}"
        self._scopes[key] = frozenset(scopes)
        return key

    def revoke(self, key: str) -> None:
        """Make a key good for nothing."""
        self._scopes.pop(key, None)

    def holder(self, request: Request, enforced: Enforced) -> str:
        """The key of a request, or the user's name.

        Raises:
            Refusal: it has none that is good.

        """
        given = request.header("authorization") or ""
        if re.match("(?i:basic) ", given):
            return self._user(request, enforced)
        pattern = "Bearer ([!-~]+)" if enforced("bearer") else "(?i:Bearer|Token) +([!-~]+)"
        found = re.fullmatch(pattern, given)
        if found is None:
            raise Refusal("bearer", 401, "unauthorized", "Authorization is not 'Bearer KEY'")
        if found[1] not in self._scopes:
            raise Refusal("key", 401, "unauthorized", "the API key is not valid")
        return found[1]

    def _user(self, request: Request, enforced: Enforced) -> str:
        """The user of a request, for the paths that make keys."""
        if request.path not in (INTEGRATIONS, ACCESS_TOKENS):
            raise Refusal("bearer", 401, "unauthorized", "a password makes keys only; Authorization is 'Bearer KEY'")
        try:
            given = base64.b64decode((request.header("authorization") or "")[6:].strip(), validate=True)
        except binascii.Error:
            given = b""
        if given != f"{USER}:{PASSWORD}".encode():
            raise Refusal("key-basic", 401, "unauthorized", "the user or the password is wrong")
        if enforced("key-totp") and request.header("custobar-totp-code") != CODE:
            raise Refusal("key-totp", 401, "unauthorized", "Custobar-TOTP-Code is missing or wrong")
        return USER

    def check_scope(self, holder: str, method: str, path: str) -> None:
        """Refuse what the scopes of a key do not have."""
        if holder != USER and (method, path) not in self._scopes[holder]:
            raise Refusal("scope", 403, "forbidden", f"the API key has no scope {method} {path}")

    def integrate(self, request: Request) -> Response:
        """The first step: an integration."""
        body = _object(request, "integration")
        parameters = body.get("parameters")
        name = parameters.get("name") if isinstance(parameters, dict) else None
        if not isinstance(body.get("integration_name"), str) or not isinstance(name, str) or not name:
            raise Refusal("integration", 422, "invalid_request", "integration_name or parameters.name is missing")
        number = self._word()[:12]
        self._integrations[number] = name
        created = datetime.fromtimestamp(request.at, UTC).isoformat().replace("+00:00", "Z")
        made = {"id": number, "name": name, "enabled": True, "created_at": created}
        return json_response(200, {"integration": made})

    def give(self, request: Request, enforced: Enforced) -> Response:
        """The second step: a key of an integration."""
        body = _object(request, "token")
        name, owner, scopes = body.get("name"), body.get("owner_id"), body.get("scopes")
        if not isinstance(name, str) or not name:
            raise Refusal("token", 422, "invalid_request", "The name field is required")
        if not isinstance(owner, str) or owner.removeprefix("integrations/") not in self._integrations:
            raise Refusal("token", 422, "invalid_request", "owner_id is not integrations/ID of an integration")
        if not isinstance(scopes, list) or not scopes or not all(map(_is_scope, scopes)):
            raise Refusal("token", 422, "invalid_request", "scopes is not a list of objects with method and path")
        asked = tuple((scope["method"], scope["path"]) for scope in scopes)
        for method, path in asked:
            if enforced("known-scope") and (method, path) not in SCOPES:
                raise Refusal("known-scope", 422, "invalid_request", f"there is no {method} {path}"[:200])
        if not isinstance(body.get("transfer_privileges", False), bool):
            raise Refusal("token", 422, "invalid_request", "transfer_privileges is not true or false")
        number, key = self._word()[:12], self.make(asked)
        made = {"id": number, "name": name, "token": key, "hint": f"{key[:3]}***{key[-3:]}", "scopes": scopes}
        return json_response(200, {"access_token": made})

    def _word(self) -> str:
        """The next word of letters and digits that the seed makes."""
        self._made += 1
        digest = hashlib.sha256(f"{self._seed} {self._made}".encode()).digest()
        return base64.b32encode(digest).decode("ascii").lower()


def _object(request: Request, rule: str) -> dict[str, Any]:
    """The JSON object of a body."""
    if (request.header("content-type") or "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal("content-type", 400, "invalid_request", "Content-Type is not application/json")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal("readable", 400, "invalid_request", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refusal(rule, 422, "invalid_request", "the body is no object")
    return body


def _is_scope(scope: Any) -> bool:
    return isinstance(scope, dict) and all(isinstance(scope.get(key), str) for key in ("method", "path"))
