"""Errors of other stores, as errors of files.

In: any exception of fsspec, or of the packages under it. Out: an OSError with the file's name and a reason. Rule: the
reason has nothing of an address, because stores repeat all of it, with its signature.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from custobar_formats.core.shown import shortened

CHANGED = "the file changed while it was read"

MAX_REASON_CHARS = 200

SECRET = re.compile(r"[?=&@]|://|\b(?i:key|token|secret|signature|authorization|password)\b")
"""In texts that may have a part of an address, or a secret."""

REFUSED = "access denied: check the credentials and what they allow"


def as_os_error(error: BaseException, name: str) -> OSError:
    """The error as one of the system, with the name of the file."""
    chain = list(_chain(error))
    statuses = [status for each in chain if (status := _status(each)) is not None]
    code = next(filter(None, map(_code, chain)), "")
    kinds = {kind.__name__ for each in chain for kind in type(each).__mro__}
    if "FileExpired" in kinds or 412 in statuses or code == "PreconditionFailed":
        return OSError(errno.EBUSY, CHANGED, name)
    if 401 in statuses or 403 in statuses or "PermissionError" in kinds:
        return PermissionError(errno.EACCES, f"{REFUSED}{f' ({code})' if code not in ('', '403') else ''}", name)
    if kinds & {"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError"}:
        return PermissionError(errno.EACCES, "no credentials were found for it", name)
    if 404 in statuses or 410 in statuses or (not statuses and len(chain) == 1 and "FileNotFoundError" in kinds):
        return FileNotFoundError(errno.ENOENT, "there is no such file", name)
    if "IsADirectoryError" in kinds:
        return IsADirectoryError(errno.EISDIR, "it is a folder", name)
    if "TimeoutError" in kinds:
        return TimeoutError(errno.ETIMEDOUT, "the store did not answer in time", name)
    if statuses:
        return OSError(errno.EIO, f"the store answered with an error ({code or statuses[0]})", name)
    if len(chain) > 1 and "FileNotFoundError" in kinds and not any(map(_is_of_network, chain)):
        return FileNotFoundError(errno.ENOENT, "there is no such file", name)
    return OSError(errno.EIO, _reason(chain), name)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that it came from."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    """The HTTP status that an exception is about."""
    for name in ("status", "status_code", *(("code",) if type(error).__name__ == "HttpError" else ())):
        value = getattr(error, name, None)
        if isinstance(value, int) and 100 <= value < 600:
            return value
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        value = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return value if isinstance(value, int) and value >= 400 else None
    return None


def _code(error: BaseException) -> str:
    """The code of a store for an error, such as InvalidAccessKeyId."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9.]{1,60}", code) else ""


def _is_of_network(error: BaseException) -> bool:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"ClientError", "HTTPClientError", "ConnectionError", "gaierror"})


def _reason(chain: list[BaseException]) -> str:
    """Why something failed that has no better name."""
    if any(map(_is_of_network, chain)):
        kind = next(type(each).__name__ for each in chain if _is_of_network(each))
        return f"the connection failed ({kind})"
    last = chain[0]
    text = str(last.args[-1]) if last.args else ""
    detail = type(last).__name__ if not text or SECRET.search(text) else f"{type(last).__name__}: {text}"
    return f"the store failed ({shortened(detail, MAX_REASON_CHARS)})"
