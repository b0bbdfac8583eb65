"""Files in other stores, which fsspec reaches: S3, Google Cloud Storage, Azure, servers of the web, its own memory.

In: a URL, or an ``OpenFile`` of fsspec. Out: its bytes, read once from the start to the end, as one object. Rules: what
was cut off or replaced meanwhile is an OSError; no error has a password, a signature or any other text of a store.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from custobar_formats.core.errors import UsageError
from custobar_formats.core.limits import REMOTE_BLOCK, REMOTE_SECONDS
from custobar_formats.files.remote_errors import CHANGED, as_os_error
from custobar_formats.files.urls import Url, as_name, is_url, whole_of

PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
PACKAGES |= {"http": "aiohttp", "https": "aiohttp"}
"""The package that fsspec needs for a scheme."""

TAGS = ("ETag", "etag", "md5Hash", "generation", "VersionId", "version_id")
TIMES = ("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified", "created")
"""What stores give, with the size, by which one state of an object can be told from another: exact, or nearly."""


class OpenFile(Protocol):
    """The place of a file, and how to reach it, as ``fsspec.open`` returns them."""

    fs: Any
    path: Any
    mode: Any


@dataclass(frozen=True, slots=True)
class Remote:
    """A file in another store.

    Attributes:
        fs: the filesystem of fsspec.
        path: its path there.
        name: how messages call it.
        mode: what the caller opened it for; empty for anything.

    """

    fs: Any
    path: str
    name: str
    mode: str = ""

    def is_same(self, other: Remote) -> bool:
        """Whether it is the same file, whatever the options by which its store is reached."""
        return type(self.fs) is type(other.fs) and self.path.rstrip("/") == other.path.rstrip("/")

    def exists(self) -> bool:
        """Whether the file is there now.

        Raises:
            OSError: the store cannot be reached.

        """
        with self.translating():
            self.fs.invalidate_cache(self.path)
            return bool(self.fs.exists(self.path))

    def remove(self) -> None:
        """Remove the file."""
        with self.translating():
            self.fs.rm_file(self.path)

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Any error of the store becomes an OSError with the file's name."""
        try:
            yield
        except Exception as error:
            raise as_os_error(error, self.name) from None


def scheme_of(name: str) -> str:
    """The scheme of a URL; nothing is opened.

    Raises:
        UsageError: it is no URL of one file, or fsspec is missing.

    """
    shown, (before, _, rest) = as_name(name), whole_of(name).partition("://")
    scheme = before.lower()
    if scheme in ("file", "local"):
        raise UsageError(f"{shown}: leave out {scheme}://, and give the path")
    if "::" in rest:
        raise UsageError(f"{shown}: a chain of URLs (::) cannot be opened: give the URL of one file")
    try:
        from fsspec.registry import available_protocols
    except ImportError:
        raise UsageError(f"{shown}: {_to_install(scheme)}") from None
    if scheme not in available_protocols():
        raise UsageError(f"{shown}: fsspec has no {scheme}://: check the URL; a path that begins so needs ./ before it")
    return scheme


def remote_at(name: str, options: Mapping[str, bool] | None = None) -> Remote:
    """The file at a URL, with these options of fsspec; nothing is asked of its store yet.

    Raises:
        UsageError: it is no URL of one file, or a package is missing.
        OSError: there are no credentials.

    """
    scheme, shown = scheme_of(name), as_name(name)
    try:
        from fsspec.core import url_to_fs
        from fsspec.registry import get_filesystem_class

        get_filesystem_class(scheme)
    except ImportError:
        raise UsageError(f"{shown}: {_to_install(scheme)}") from None
    try:
        fs, path = url_to_fs(f"{scheme}://{whole_of(name).partition('://')[2]}", **(options or {}))
    except Exception as error:
        raise as_os_error(error, shown) from None
    return Remote(fs, path, shown)


def _to_install(scheme: str) -> str:
    package = PACKAGES.get(scheme)
    also = f" {package}" if package is not None else ""
    more = "" if package is not None or scheme == "memory" else f", and the package that fsspec needs for {scheme}://"
    return f"{scheme}:// needs more packages: pip install 'custobar_formats[remote]'{also}{more}"


def is_open_file(file: object) -> TypeGuard[Any]:
    """Whether it is what ``fsspec.open`` returns; whoever has one has imported fsspec."""
    core: Any = sys.modules.get("fsspec.core")
    return core is not None and isinstance(file, core.OpenFile)


def resolved(file: object) -> object:
    """A file that is named by a URL or an ``OpenFile`` as a Remote, or as a Path if it is local; else what is given.

    Raises:
        UsageError: it cannot be used.
        OSError: there are no credentials.

    """
    if isinstance(file, (str, os.PathLike)):
        return remote_at(os.fspath(file)) if is_url(file) else file
    if not is_open_file(file):
        return file
    if "file" in schemes_of(file.fs):
        return Path(file.path)
    name = Url(file.fs.unstrip_protocol(file.path))
    if file.compression is not None or "b" not in file.mode:
        raise UsageError(f"{name}: open it in binary mode and without compression: packed data is recognised")
    return Remote(file.fs, file.path, name, file.mode)


def schemes_of(fs: Any) -> set[str]:
    """The schemes of a filesystem of fsspec."""
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def remote_of(file: object) -> Remote | None:
    """The file in another store that an object names or was opened from; else None."""
    found = file if isinstance(file, Remote) else getattr(file, "remote", None)
    if not isinstance(found, Remote):
        found = resolved(file)
    return found if isinstance(found, Remote) else None


class RemoteStream(io.RawIOBase):
    """The bytes of a file in another store, once from the start to the end; all of one object.

    Attributes:
        remote: the file.
        size: its bytes, if the store gives them.
        state: by what another state of it differs from this one.

    Raises:
        UsageError: the caller opened it for writing.
        OSError: it is not there, or it cannot be read.

    """

    def __init__(self, remote: Remote) -> None:
        if remote.mode and "r" not in remote.mode:
            raise UsageError(f"{remote.name}: it is open for writing only: open it with mode 'rb'")
        self.remote = remote
        self._taken = 0
        self._is_at_end = False
        with remote.translating():
            info = info_of(remote)
            self.size: int | None = info.get("size")
            self.state = state_of(info)
            self._stream = _opened(remote, info)

    @property
    def takes_ranges(self) -> bool:
        """Whether the store sends parts of files: a server of the web shows that in its first answer."""
        headers = getattr(getattr(self._stream, "r", None), "headers", None)
        return headers is None or headers.get("Accept-Ranges", "").lower() == "bytes"

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; at the end they must have been all, and those of the object that was opened.

        Raises:
            OSError: the connection was cut, or the object was replaced meanwhile.

        """
        with self.remote.translating():
            data = bytes(self._stream.read(size))
        self._taken += len(data)
        if not data and size and not self._is_at_end:
            self._check_end()
            self._is_at_end = True
        return data

    def _check_end(self) -> None:
        with self.remote.translating():
            now = state_of(info_of(self.remote))
        if now != self.state:
            raise OSError(errno.EBUSY, CHANGED, self.remote.name)
        if self.size is not None and self._taken != self.size:
            reason = f"the connection ended after {self._taken:,} of {self.size:,} bytes"
            raise OSError(errno.EIO, reason, self.remote.name)

    def close(self) -> None:
        """End the connection."""
        if not self.closed:
            with suppress(Exception):  # nothing more is read, so nothing is lost
                self._stream.close()
        super().close()


class _Blocks:
    """A file that is requested block by block, the first ones smaller; one of them is in memory."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._block, self._at = b"", 0
        self._next = REMOTE_BLOCK // 64

    def read(self, size: int) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(REMOTE_BLOCK), b""))
        if self._at == len(self._block):
            self._block, self._at = b"", 0  # before there is another one
            self._next = min(8 * self._next, REMOTE_BLOCK)
            self._block = self._stream.read(self._next)
        data = self._block[self._at : self._at + size]
        self._at += len(data)
        return data

    def close(self) -> None:
        self._stream.close()


def info_of(remote: Remote) -> dict[str, Any]:
    """The facts that a store has about a file now."""
    remote.fs.invalidate_cache(remote.path)
    info: dict[str, Any] = remote.fs.info(remote.path)
    if info.get("type") == "directory":
        raise IsADirectoryError
    return info


def state_of(info: Mapping[str, Any]) -> dict[str, str]:
    """By what a later state of a file could be told from this one."""
    exact = [key for key in TAGS if info.get(key)]
    return {key: str(info[key]) for key in ("size", *(exact or TIMES)) if info.get(key) is not None}


def _opened(remote: Remote, info: dict[str, Any]) -> Any:
    """A stream of a file: of the web in one answer, which is refused if it is not of the object that was looked at."""
    fs, path, schemes = remote.fs, remote.path, schemes_of(remote.fs)
    if "memory" in schemes:  # all readers and writers of such a file would share one position
        return io.BytesIO(fs.open(path, "rb").getvalue())
    if "http" in schemes:
        # Without blocks, it is one stream; with any size, the server is not asked for it again.
        return fs.open(path, "rb", block_size=0, size=1, **web_options(fs, info))
    if schemes & PACKAGES.keys():
        return _Blocks(fs.open(path, "rb", cache_type="none"))
    return fs.open(path, "rb", block_size=REMOTE_BLOCK)


def web_options(fs: Any, info: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a request for the bytes of one state of a file of the web, as they are."""
    from aiohttp import ClientTimeout

    headers = {**fs.kwargs.get("headers", {}), "Accept-Encoding": "identity"}
    tag = info.get("ETag", "")
    if tag and not tag.startswith("W/"):  # RFC 9110 13.1.1: weak ones never match
        headers["If-Match"] = tag
    return {
        "headers": headers,
        "timeout": ClientTimeout(total=None, sock_connect=REMOTE_SECONDS, sock_read=REMOTE_SECONDS),
    }
