"""Paths: whether one can name a file, and whether two name the same file.

In: paths, and open files. Out: the path as text, or yes or no. Rule: the operating system decides, so links and other
spellings give the same answer.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path, PurePath

from custobar_formats.core.errors import UsageError, misuse
from custobar_formats.core.shown import shown
from custobar_formats.files.compression import OTHER_PACKED_SUFFIXES, PACKED_SUFFIXES
from custobar_formats.files.remote import is_open_file, remote_at, remote_of, resolved
from custobar_formats.files.urls import Url, as_name, is_url


@contextmanager
def naming(name: str | None) -> Iterator[None]:
    """Put the name that the caller knows into any OSError."""
    try:
        yield
    except OSError as error:
        error.filename = name
        del error.filename2  # set by a rename; None would be shown
        raise


def unpacked_name(name: str) -> str:
    """A file's name without the suffix of its compression."""
    path = PurePath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PACKED_SUFFIXES and path.stem else name


def name_of(file: object) -> str | None:
    """The name of a path or an open file; None if it has none."""
    try:
        if isinstance(file, (str, os.PathLike)):
            return str(as_name(os.fsdecode(file)))
    except TypeError:  # no path, although it has the method of one
        return None
    remote = remote_of(file)
    name = str(remote.name) if remote is not None else getattr(file, "name", None)
    return name if isinstance(name, str) else None


def is_jsonl(file: object) -> bool:
    """Whether the name of a path or an open file is that of JSON lines."""
    return unpacked_name(name_of(file) or "").lower().endswith((".jsonl", ".ndjson"))


def packing_of(name: str | os.PathLike[str]) -> str | None:
    """The compression of a file with this name, or None."""
    return PACKED_SUFFIXES.get(PurePath(name).suffix.lower())


def named_packing_of(name: str) -> str | None:
    """The compression that a file's name shows, also one that is not read; None if it shows none."""
    return (PACKED_SUFFIXES | OTHER_PACKED_SUFFIXES).get(PurePath(name).suffix.lower())


def part_of(path: Path, number: int) -> Path:
    """The name of one of the files that an output is split into: the number comes before the suffixes."""
    before, after = _around_number(path)
    return path.with_name(f"{before}{number}{after}")


def _around_number(path: PurePath) -> tuple[str, str]:
    inner = PurePath(unpacked_name(path.name))
    return f"{inner.stem}.", inner.suffix + path.name[len(inner.name) :]


def checked_path(path: str | os.PathLike[str]) -> str:
    """The path as text.

    Raises:
        UsageError: no file can be called that.

    """
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise UsageError(f"{type(path).__name__} is not the name of a file: give text or a Path") from None
    try:
        if b"\0" in os.fsencode(name):
            raise UsageError(f"invalid file name {shown(name)}: it contains a NUL")
    except UnicodeEncodeError:
        raise UsageError(f"invalid file name {shown(name)} on this system") from None
    return name


def checked_input(path: str | os.PathLike[str]) -> Path:
    """The path of a file to read. pathlib takes ``in.csv/`` for ``in.csv``; we do not.

    Raises:
        UsageError: no file can be called that.
        OSError: it names a folder that does not exist.

    """
    name = checked_path(path)
    if not name:
        raise UsageError("the file name is empty")
    _refuse_url(name)
    if _names_folder(name):
        os.stat(name)
    return Path(name)


def checked_output(path: str | os.PathLike[str]) -> Path:
    """The path of a file to write. pathlib takes ``new/`` for ``new``; we do not.

    Raises:
        UsageError: no file can be called that.
        IsADirectoryError: it names a folder.

    """
    name = checked_path(path)
    if not name:
        raise UsageError("the file name is empty")
    _refuse_url(name)
    if _names_folder(name):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    return Path(name)


def _refuse_url(name: str) -> None:
    if is_url(name):
        raise UsageError(f"{Url(name)}: no URL can be given here: give the path of a file")


def _names_folder(name: str) -> bool:
    return os.path.basename(name) in ("", os.curdir, os.pardir)


def is_same_file(source: object, destination: object) -> bool:
    """Whether a source and a destination (paths or open files) are the same file, also through links."""
    other_remote = remote_of(destination)
    if other_remote is not None:
        one_remote = remote_of(source)
        return one_remote is not None and one_remote.is_same(other_remote)
    one, other = (_status(resolved(file) if is_open_file(file) else file) for file in (source, destination))
    return one is not None and other is not None and stat.S_ISREG(one.st_mode) and os.path.samestat(one, other)


def is_same_place(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to the same place, even if nothing is there yet."""
    if is_url(first) or is_url(second):
        return is_same_file(first, second)
    return os.path.realpath(first) == os.path.realpath(second) or is_same_file(first, second)


def _status(file: object) -> os.stat_result | None:
    """The operating system's status of a path's or a stream's file; None if there is no file."""
    try:
        if isinstance(file, (str, os.PathLike)):
            return os.stat(file)
        return os.fstat(file.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def outputs_of(destination: object, missing: str) -> list[object]:
    """With ``missing="split"``, the existing files that a path was split into; else the destination."""
    if missing != "split" or not isinstance(destination, (str, os.PathLike)):
        return [destination]
    if is_url(destination):
        splits = "writes several files: give the path that they are named after, and no URL"
        raise misuse(lambda caller: f"{caller.argument('missing', missing)} {splits}")
    path = Path(os.fsdecode(destination))
    before, after = _around_number(path)
    found = path.parent.glob(f"{escape(before)}*{escape(after)}")
    return [other for other in found if is_part_of(str(other), str(path))]


def existing_outputs(destination: str, missing: str) -> list[Path | str]:
    """The existing files that an output would replace; a pipe and the like do not count."""
    if is_url(destination):
        outputs_of(destination, missing)
        return [destination] if remote_at(destination).exists() else []
    found = [Path(str(path)) for path in outputs_of(destination, missing)]
    return [*sorted(path for path in found if path.is_file() and descriptor_of(path) is None)]


def remove_output(path: Path | str) -> None:
    """Remove a file that was an output."""
    if isinstance(path, str) and is_url(path):
        remote_at(path).remove()
    else:
        os.unlink(os.path.realpath(path))


def is_part_of(path: str, whole: str) -> bool:
    """Whether a path is one of the files that another is split into; neither has to exist."""
    part, split = Path(os.path.realpath(path)), Path(whole)
    before, after = map(re.escape, _around_number(split))
    number = re.fullmatch(rf"{before}[0-9]+{after}", part.name)
    return number is not None and str(part.parent) == os.path.realpath(split.parent)


def descriptor_of(path: Path) -> int | None:
    """The descriptor of the open file that a path such as /dev/stdout stands for, also through links; or None.

    If that file were opened anew or replaced, it would lose what was written to it before.
    """
    while True:
        folder = os.path.realpath(path.parent)
        if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd") and path.name.isdecimal():
            return int(path.name)
        if not path.is_symlink():
            return None
        path = Path(folder) / os.readlink(path)
