"""A file in another store that is read in parts, by this process and by others.

In: a file that has been looked at. Out: bytes from any place. Rules: other processes get a URL without a secret, and
find the credentials of their own environment; each answer must be about the state that was looked at, and have as many
bytes as were asked for, because what is more would be read twice.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from custobar_formats.core.job_limits import MIN_RANGE
from custobar_formats.core.limits import CHUNK
from custobar_formats.files.parts import LocalFile, OpenedFile, kept_file
from custobar_formats.files.remote import (
    PACKAGES,
    Remote,
    RemoteStream,
    info_of,
    remote_at,
    schemes_of,
    state_of,
    web_options,
)
from custobar_formats.files.remote_errors import CHANGED
from custobar_formats.files.urls import whole_of

NO_PARTS = "the store does not send a part of it as it was asked for: read it in one process, with 1 job"

WEB_STATE = ("ETag", "Last-Modified")
"""The headers by which two states of a file of the web differ."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in another store, as it was when it was opened.

    Attributes:
        url: where it is; nothing of that is secret.
        options: those with which fsspec reaches it: switches alone.
        size: its bytes.
        state: by what another state differs from this one.

    """

    url: str
    options: dict[str, bool]
    size: int
    state: dict[str, str]

    def anywhere(self) -> RemoteFile:
        """As ``PartedFile``: the same file."""
        return self

    @contextmanager
    def opened(self) -> Iterator[OpenedRemote]:
        """As ``PartedFile``."""
        remote = remote_at(self.url, self.options)
        opened = (OpenedOfWeb if "http" in schemes_of(remote.fs) else OpenedOfStore)(self, remote)
        with closing(opened):
            yield opened
            opened.check()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in another store of which this machine has a copy, as long as the process that has made it keeps it.

    Attributes:
        copy: the copy.
        remote: the file itself.

    """

    copy: LocalFile
    remote: RemoteFile

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.copy.size

    def anywhere(self) -> RemoteFile:
        """The file that other machines can reach, too."""
        return self.remote

    @contextmanager
    def opened(self) -> Iterator[OpenedFile]:
        """As ``PartedFile``: the copy."""
        with self.copy.opened() as opened:
            yield opened


class OpenedRemote:
    """A file in another store, of which parts are read."""

    def __init__(self, file: RemoteFile, remote: Remote) -> None:
        self._file = file
        self._remote = remote
        self._kept, self._place = b"", 0

    def read(self, start: int, size: int) -> bytes:
        """As ``OpenedParts``."""
        stop = min(start + size, self._file.size)
        if stop <= start:
            return b""
        if self._place <= start and stop <= self._place + len(self._kept):
            return self._kept[start - self._place : stop - self._place]
        data = self._fetched(start, stop)
        if len(data) != stop - start:
            raise OSError(errno.EIO, NO_PARTS, self._remote.name)
        return data

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """As ``OpenedParts``; each request has the bytes behind it, too, which the last record of a range may need."""
        while start < end:
            stop = min(start + MIN_RANGE, end)
            self._kept = b""  # before there are others
            self._kept, self._place = self.read(start, stop - start + CHUNK), start
            yield from (self.read(place, min(CHUNK, stop - place)) for place in range(start, stop, CHUNK))
            start = stop

    def check(self) -> None:
        """Raise OSError if the file has changed, where the answers do not show that."""

    def close(self) -> None:
        """End the connection."""

    def _fetched(self, start: int, stop: int) -> bytes:
        """The bytes from ``start`` to ``stop``, in one answer."""
        raise NotImplementedError

    def _compare(self, info: Mapping[str, Any]) -> None:
        if state_of(info) != self._file.state:
            raise OSError(errno.EBUSY, CHANGED, self._remote.name)


class OpenedOfStore(OpenedRemote):
    """A file of S3, or of a store like it."""

    def __init__(self, file: RemoteFile, remote: Remote) -> None:
        super().__init__(file, remote)
        with remote.translating():
            remote.fs.invalidate_cache(remote.path)
            self._stream = remote.fs.open(remote.path, "rb", cache_type="none")
            info = self._stream.details
        self._compare(info)

    def check(self) -> None:
        """As ``OpenedRemote``; S3 is asked for bytes of this state alone (If-Match)."""
        if "s3" not in schemes_of(self._remote.fs):
            with self._remote.translating():
                info = info_of(self._remote)
            self._compare(info)

    def close(self) -> None:
        """As ``OpenedRemote``."""
        with suppress(Exception):  # nothing more is read, so nothing is lost
            self._stream.close()

    def _fetched(self, start: int, stop: int) -> bytes:
        with self._remote.translating():
            self._stream.seek(start)
            return bytes(self._stream.read(stop - start))


class OpenedOfWeb(OpenedRemote):
    """A file of a server of the web."""

    def _fetched(self, start: int, stop: int) -> bytes:
        from fsspec.asyn import sync

        with self._remote.translating():
            headers, data = sync(self._remote.fs.loop, self._answer, start, stop)
        range_, _, size = headers.get("Content-Range", "").partition("/")
        if range_ != f"bytes {start}-{stop - 1}":
            raise OSError(errno.EIO, NO_PARTS, self._remote.name)
        self._compare({**{key: headers[key] for key in WEB_STATE if key in headers}, "size": size})
        return bytes(data)

    async def _answer(self, start: int, stop: int) -> tuple[Mapping[str, str], bytes]:
        """The headers and the body of the answer to a request for a part; none if it is no part."""
        fs = self._remote.fs
        options = web_options(fs, self._file.state)
        options["headers"]["Range"] = f"bytes={start}-{stop - 1}"
        session = await fs.set_session()
        async with session.get(fs.encode_url(self._remote.path), **options) as answer:
            answer.raise_for_status()
            if answer.status != 206:
                return {}, b""
            return answer.headers, await answer.read()


def remote_file(stream: RemoteStream) -> RemoteFile | None:
    """The file that a stream reads, if other processes can read parts of it without a secret of this one; else None."""
    remote, size, state = stream.remote, stream.size, stream.state
    fs, url = remote.fs, whole_of(remote.name)
    options = dict(fs.storage_options)
    if url != remote.name or not all(isinstance(value, bool) for value in options.values()):
        return None
    if size is None or len(state) < 2 or not stream.takes_ranges or not schemes_of(fs) & PACKAGES.keys():
        return None
    there = remote_at(url, options)
    if type(there.fs) is not type(fs) or (there.path, there.fs.storage_options) != (remote.path, options):
        return None
    return RemoteFile(url, options, size, state)


def shared_parts(stream: RemoteStream, copy: IO[bytes] | None) -> RemoteFile | KeptFile | None:
    """The file that a stream reads, for other processes; those of this machine read the copy, if there is one."""
    file = remote_file(stream)
    if file is None or copy is None:
        return file
    kept = kept_file(stream.remote.name, copy.fileno())
    return None if kept is None else KeptFile(kept, file)
