"""What a path names: whether it can be a file, and whether two are the same one.

In: paths, and open files. Out: the path as text, or whether. The rule kept here: what the system says of a path is
asked of the system, so that links and other spellings lead to the same answer.
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

from custobar_formats.core.errors import UsageError
from custobar_formats.files.compression import PACKED_SUFFIXES


@contextmanager
def naming(name: str | None) -> Iterator[None]:
    """What the system refuses, told with the name that the caller knows."""
    try:
        yield
    except OSError as error:
        error.filename = name
        del error.filename2  # that of a renaming; None would be told
        raise


def unpacked_name(name: str) -> str:
    """A file's name without the suffix that says how it is packed."""
    path = PurePath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PACKED_SUFFIXES and path.stem else name


def packing_of(name: str | os.PathLike[str]) -> str | None:
    """How a file with this name is packed."""
    return PACKED_SUFFIXES.get(PurePath(name).suffix.lower())


def part_of(path: Path, number: int) -> Path:
    """The name of one of the files that take the place of another: its number is before the suffixes."""
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
    name = os.fspath(path)
    try:
        if b"\0" in os.fsencode(name):
            raise UsageError(f"invalid file name {name!r}: it contains a NUL")
    except UnicodeEncodeError:
        raise UsageError(f"invalid file name {name!r} on this system") from None
    return name


def checked_input(path: str | os.PathLike[str]) -> Path:
    """The path of a file to read; ``in.csv/`` is none, though pathlib takes it for ``in.csv``.

    Raises:
        UsageError: no file can be called that.
        OSError: it names a folder, and there is none.

    """
    name = checked_path(path)
    if not name:
        raise UsageError("the file name is empty")
    if _names_folder(name):
        os.stat(name)
    return Path(name)


def checked_output(path: str | os.PathLike[str]) -> Path:
    """The path of a file to write; ``new/`` is none, though pathlib takes it for ``new``.

    Raises:
        UsageError: no file can be called that.
        IsADirectoryError: it names a folder.

    """
    name = checked_path(path)
    if _names_folder(name):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    return Path(name)


def _names_folder(name: str) -> bool:
    return os.path.basename(name) in ("", os.curdir, os.pardir)


def is_same_file(source: object, destination: object) -> bool:
    """Whether what is read and what is written are one file, also through links: paths, or open files."""
    one, other = _status(source), _status(destination)
    return one is not None and other is not None and stat.S_ISREG(one.st_mode) and os.path.samestat(one, other)


def is_same_place(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to one place, also where nothing is there yet."""
    return os.path.realpath(first) == os.path.realpath(second) or is_same_file(first, second)


def _status(file: object) -> os.stat_result | None:
    """What the system says of a path's or a stream's file, if there is one."""
    try:
        if isinstance(file, (str, os.PathLike)):
            return os.stat(file)
        return os.fstat(file.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        return None


def outputs_of(destination: object, missing: str) -> list[object]:
    """What is there of the files that take the place of a path with ``missing="split"``; else the destination."""
    if missing != "split" or not isinstance(destination, (str, os.PathLike)):
        return [destination]
    path = Path(destination)
    before, after = _around_number(path)
    found = path.parent.glob(f"{escape(before)}*{escape(after)}")
    return [other for other in found if is_part_of(str(other), str(path))]


def existing_outputs(destination: str, missing: str) -> list[Path]:
    """The files that are there already in the place of an output; not what is none, such as a pipe."""
    found = [Path(str(path)) for path in outputs_of(destination, missing)]
    return sorted(path for path in found if path.is_file() and descriptor_of(path) is None)


def is_part_of(path: str, whole: str) -> bool:
    """Whether a path is one of the files that take the place of another, whether they are there or not."""
    part, split = Path(os.path.realpath(path)), Path(whole)
    before, after = map(re.escape, _around_number(split))
    number = re.fullmatch(rf"{before}[0-9]+{after}", part.name)
    return number is not None and str(part.parent) == os.path.realpath(split.parent)


def descriptor_of(path: Path) -> int | None:
    """The number of this process's open file that a path such as /dev/stdout stands for, also through links.

    Opened anew, or replaced, that file would lose what was written to it before.
    """
    while True:
        folder = os.path.realpath(path.parent)
        if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd") and path.name.isdecimal():
            return int(path.name)
        if not path.is_symlink():
            return None
        path = Path(folder) / os.readlink(path)
