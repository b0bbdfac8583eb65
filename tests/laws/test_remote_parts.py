"""A file of the web that others read in ranges, wherever it is cut, against the same file read in one go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custobar_formats import validate
from custobar_formats.files import remote_parts
from tests.laws.test_convert_jobs import conversions, outcome
from tests.laws.test_executor import Inline, in_small_parts
from tests.laws.test_jobs import cuts, files
from tests.stores import Site, web

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with web({}) as site:
        site.ranges = True
        yield site


def in_parts(cut: tuple[int, int, int, int]) -> Any:
    """Requests of a few bytes, too."""
    return mock.patch.multiple(remote_parts, CHUNK=cut[3], MIN_RANGE=cut[2])


@given(file=files(), cut=cuts(), count=st.sampled_from([None, 1, 3]), deaths=st.frozensets(st.integers(0, 20)))
def test_the_report_is_that_of_one_process(
    site: Site, file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], count: Any, deaths: frozenset[int]
) -> None:
    data, how = file
    how.pop("listens")
    site.files["/in.csv"] = data
    source = fsspec.open(f"{site.address}/in.csv")
    executor = Inline(frozenset(3 * each for each in deaths))
    one = validate(source, **how)
    with in_small_parts(*cut), in_parts(cut):
        assert validate(source, jobs=count, executor=executor, **how) == one


@given(file=conversions(), cut=cuts())
def test_what_is_converted_is_that_of_one_process(
    site: Site, file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int]
) -> None:
    data, how = file
    site.files["/in.csv"] = data
    source = fsspec.open(f"{site.address}/in.csv")
    about: dict[str, bool] = {"listens": how.pop("listens"), "separates": how.pop("separates")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        one = outcome(path, None, how, source=source, **about)
        with in_small_parts(*cut), in_parts(cut):
            assert outcome(path, 2, {**how, "executor": Inline()}, source=source, **about) == one


@pytest.mark.parametrize(
    ("entity", "encoding", "has_copy"),
    [("shops", "utf-8", False), ("shops", None, True), ("products", "utf-8", True)],
)
def test_others_ask_for_each_range(site: Site, entity: str, encoding: str | None, *, has_copy: bool) -> None:
    """This process has a copy of what it may have to read twice, or asks as they do."""
    site.files["/in.csv"] = b"external_id,title\n" + b"".join(b"P%d,tea\n" % row for row in range(100))
    executor, site.parts = Inline(), 0
    with in_small_parts(20, 50, 60, 64):
        report = validate(fsspec.open(f"{site.address}/in.csv"), entity, encoding=encoding, executor=executor)
    assert report.rows == 100
    assert len(executor.tasks) == 14
    assert 14 <= site.parts < 28 if has_copy else site.parts >= 28


@pytest.mark.parametrize("entity", ["shops", "products"])
def test_json_lines(site: Site, entity: str) -> None:
    site.files["/in.jsonl"] = b"".join(b'{"external_id":"P%d","title":"tea"}\n' % (row % 90) for row in range(100))
    source, executor = fsspec.open(f"{site.address}/in.jsonl"), Inline()
    one = validate(source, entity)
    with in_small_parts(20, 50, 60, 64):
        assert validate(source, entity, executor=executor) == one
    assert len(executor.tasks) > 10
