"""Outputs are complete or missing; open sources are read from their position and never closed."""

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import NotExpressible, UsageError, from_csv, iter_csv, to_csv, validate, write_csv, write_json
from custobar_formats.files import output as files
from tests.processes import make_device

RECORDS = [{"a": 1}, {"a": 2}]


def failing() -> Iterator[dict[str, Any]]:
    yield {"a": 1}
    raise RuntimeError("the source broke")


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_failure_leaves_no_file_and_keeps_the_old_one(tmp_path: Path, write: Any) -> None:
    target = tmp_path / "out"
    with pytest.raises(RuntimeError):
        write(failing(), target)
    assert list(tmp_path.iterdir()) == []
    target.write_text("before", "utf-8")
    with pytest.raises(NotExpressible):
        write([{"a": 1}, {"a": {1, 2}}], target)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert target.read_text("utf-8") == "before"


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_read_only_disk_is_reported_with_the_name_of_the_output(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, the system refuses also to remove a file that is not there."""

    def refuse(path: Any, *_: object, **__: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        patched.setattr(os, "unlink", refuse)
        with pytest.raises(OSError, match="Read-only file system") as raised:
            write(RECORDS, tmp_path / "out")
    assert raised.value.filename == str(tmp_path / "out")


def test_a_folder_that_comes_in_the_place_of_the_output(tmp_path: Path) -> None:
    """An error of the system at the very end names the output, not the temporary file."""
    target = tmp_path / "out"

    def records() -> Iterator[dict[str, Any]]:
        target.mkdir()
        yield {"a": 1}

    with pytest.raises(IsADirectoryError) as caught:
        write_json(records(), target)
    assert str(caught.value) == f"[Errno 21] Is a directory: {str(target)!r}"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_written_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before", "utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    write_csv(RECORDS, link)
    assert link.is_symlink()
    assert target.read_text("utf-8") == "a\n1\n2\n"
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize(("old", "meanwhile"), [(None, 0o644), (0o600, 0o600), (0o664, 0o644), (0o755, 0o644)])
def test_who_may_read_a_file_is_as_before_and_no_more_meanwhile(
    tmp_path: Path, old: int | None, meanwhile: int
) -> None:
    target = tmp_path / "target"
    if old is not None:
        target.write_text("before", "utf-8")
        target.chmod(old)

    def looking() -> Iterator[dict[str, Any]]:
        (temporary,) = tmp_path.glob("*.tmp")
        assert temporary.stat().st_mode & 0o777 == meanwhile
        yield {"a": 1}

    umask = os.umask(0o022)
    try:
        assert write_json(looking(), target) == 1
    finally:
        os.umask(umask)
    assert target.stat().st_mode & 0o777 == (0o644 if old is None else old)


@pytest.mark.skipif(os.name != "posix", reason="owners of POSIX")
@pytest.mark.parametrize(
    ("may", "asked", "mode"),
    [
        ({(4, 5), (-1, 5)}, [(4, 5)], 0o764),
        ({(-1, 5)}, [(4, 5), (-1, 5)], 0o764),
        (set(), [(4, 5), (-1, 5)], 0o704),
    ],
    ids=["root", "a member of the group", "anybody else"],
)
def test_an_owner_is_kept_as_far_as_we_may(
    tmp_path: Path, may: set[tuple[int, int]], asked: list[tuple[int, int]], mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new file has another group, that group does not get the old group's permissions."""
    path, asking = tmp_path / "new", []

    def chown(_: Path, owner: int, group: int) -> None:
        asking.append((owner, group))
        if (owner, group) not in may:
            raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    path.touch()
    files._make_alike(path, os.stat_result((0o100764, 1, 1, 1, 4, 5, 0, 0, 0, 0)))
    assert asking == asked
    assert path.stat().st_mode & 0o777 == mode
    files._make_alike(path, path.stat())
    assert asking == asked


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root alone has files of others")
def test_a_file_that_root_writes_stays_its_owners(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch(0o600)
    os.chown(target, 1234, 1235)
    write_csv(RECORDS, target)
    status = target.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 1235, 0o600)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 120 + ".csv")
    assert write_csv(RECORDS, target).rows == 2
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_device_is_written_to_and_a_folder_is_refused(tmp_path: Path) -> None:
    device = make_device(tmp_path, os.devnull)
    assert write_csv(RECORDS, device).rows == 2
    assert not Path(device).is_file()
    for folder in (tmp_path, f"{tmp_path}/new/", f"{tmp_path}/new/.", os.curdir):
        for write in (write_csv, write_json):
            with pytest.raises(IsADirectoryError) as caught:
                write(RECORDS, folder)
            assert caught.value.filename == str(folder)
    assert not (tmp_path / "new").exists()


def test_what_is_no_destination_is_misuse() -> None:
    for destination in (io.StringIO(), 5, None):
        with pytest.raises(UsageError):
            write_csv(RECORDS, destination)  # type: ignore[arg-type]


def test_a_stream_is_read_from_where_it_stands_and_stays_open() -> None:
    for stream in (io.StringIO("junk a,b\n1,2\n"), io.BytesIO(b"junk a,b\n1,2\n")):
        stream.read(5)
        assert from_csv(stream) == [{"a": "1", "b": "2"}]
        assert not stream.closed


def test_a_destination_stream_stays_open() -> None:
    stream = io.BytesIO(b"")
    written = write_csv(RECORDS, stream, encoding="utf-16")
    assert (written.charset, written.content_type) == ("utf-16", "text/csv; charset=utf-16")
    assert stream.getvalue() == "\ufeffa\n1\n2\n".encode("utf-16-le")


def test_a_text_file_of_the_host_is_read_as_it_decodes(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("nimi\r\nHämäläinen\r\n".encode("latin-1"))
    with path.open(encoding="latin-1", newline="") as stream:
        assert from_csv(stream) == [{"nimi": "Hämäläinen"}]
    with path.open(encoding="utf-8", newline="") as stream:
        report = validate(stream, format="csv")
    assert report.counts.by_code == {"undecodable-bytes": 1}


def test_options_are_checked_at_the_call_and_files_are_opened_later(tmp_path: Path) -> None:
    records = iter_csv(tmp_path / "nowhere.csv")
    with pytest.raises(FileNotFoundError):
        next(records)
    with pytest.raises(UsageError):
        iter_csv(tmp_path / "nowhere.csv", blank="nil")  # type: ignore[arg-type]


def test_records_are_spooled_when_there_are_many(tmp_path: Path) -> None:
    """More rows than stay in memory, and a column that only the last record has."""
    records = [{"n": str(number)} for number in range(5000)] + [{"n": "x", "late": "y"}]
    target = tmp_path / "out.csv"
    written = write_csv(iter(records), target)
    assert written.files[0].blank_cells == {"late": 5000}
    assert from_csv(target) == records
    assert to_csv(iter(records)) == target.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
