"""An upload of a file that is read in ranges, wherever it is cut, against the same one read in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from custobar_formats import Finding, InvalidData, UsageError
from custobar_formats.pipeline.options import Options
from custobar_formats.upload.batch import Limits
from custobar_formats.upload.batches import open_batches
from tests.laws.strategies import weighted
from tests.laws.test_jobs import KINDS, Here, cuts, files, in_both_ways, products

SPANS = st.lists(st.integers(1, 40), max_size=6, unique=True).map(sorted)


def outcome(path: Path, jobs: int, how: dict[str, Any], *, listens: bool, separates: bool) -> dict[str, Any]:
    """All that is sent, and all that is known of it."""
    heard: list[Finding] = []
    bad = path.with_name("bad")
    found: dict[str, Any] = {"heard": heard}
    taken = how.get("taken", ())
    try:
        with open_batches(
            path, jobs=jobs, rejects=bad if separates else None, on_finding=heard.append if listens else None, **how
        ) as made:
            made.write_rejects()
            sent = list(made.cut(lambda _: False, taken))
            found["bodies"] = [(each.body, each.rows, each.lines, each.records) for each in sent]
            found["report"] = made.report
            found["known"] = made.records, made.rejected, made.identified, made.source_sha256, made.source_size
            found["start"] = made.start
    except InvalidData as error:
        found["refused"] = error.report
    except UsageError as error:  # Custobar takes no CSV in windows-1252
        found["misuse"] = str(error)
    found["bad"] = bad.read_bytes() if bad.exists() else None
    bad.unlink(missing_ok=True)
    return found


def both(
    data: bytes,
    cut: tuple[int, int, int, int],
    jobs: int = 2,
    *,
    name: str = "in.csv",
    listens: bool = False,
    separates: bool,
    **how: Any,
) -> tuple[Here, dict[str, Any]]:
    """Make the batches of the same file in one go and in ranges, and compare all that comes out; the outcome."""

    def found(path: Path, number: int) -> dict[str, Any]:
        return outcome(path, number, how, listens=listens, separates=separates)

    return in_both_ways(data, cut, jobs, name, found)


@st.composite
def uploads(draw: DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file, and how it is uploaded."""
    data, how = draw(files().filter(lambda file: isinstance(file[1]["schema"], str)))
    given: dict[str, Any] = {"schema": how["schema"], "listens": how["listens"]}
    given["options"] = Options(
        "csv", how.get("encoding"), how["delimiter"], blank=how["blank"], min_rows=how["min_rows"]
    )
    given["limits"] = Limits(draw(st.integers(1, 12)), draw(st.sampled_from([150, 400, 10**6])))
    given["strict"] = draw(weighted((3, st.just(False)), (1, st.just(True))))
    given["separates"] = draw(weighted((1, st.just(False)), (2, st.just(True))))
    given["start"] = draw(st.integers(0, 100))
    given["send"] = draw(weighted((4, st.just("json")), (1, st.just("csv")))) if how["blank"] == "omit" else "json"
    given["taken"] = tuple((row, row) for row in draw(SPANS))
    return data, given


@given(uploads(), cuts(), st.integers(2, 4))
def test_what_ranges_send_is_what_the_whole_sends(
    file: tuple[bytes, dict[str, Any]], cut: tuple[int, int, int, int], jobs: int
) -> None:
    data, how = file
    both(data, cut, jobs, **how)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("separates", [False, True])
def test_what_needs_the_whole_file(kind: str, separates: bool) -> None:  # noqa: FBT001
    text, entity, codes = KINDS[kind]
    data = text.encode() if isinstance(text, str) else text
    encoding = "utf-8" if isinstance(text, bytes) and not text.startswith(b"\xff\xfe") else None
    how: dict[str, Any] = {"schema": entity, "options": Options("csv", encoding, ","), "separates": separates}
    for cut in ((30, 40, 200, 64), (1, 1, 50, 2), (100, 77, 1000, 10)):
        _, found = both(data, cut, 3, **how)
        report = found["report"] if "report" in found else found["refused"]
        assert report.counts.by_code.keys() >= codes, report


@pytest.mark.parametrize(
    ("more", "is_shared"),
    [({}, True), ({"taken": ((1, 50),)}, True), ({"send": "csv"}, False), ({"separates": True}, True)],
)
def test_which_uploads_are_shared(more: dict[str, Any], *, is_shared: bool) -> None:
    data = products(100, **({"r50": "P,x,0,tea"} if more.get("separates") else {})).encode()
    executor, found = both(data, (20, 50, 60, 64), 3, schema="products", **{"separates": False, **more})
    assert len(executor.parts) > 10 if is_shared else not executor.parts
    assert found["known"][0] + found["known"][1] == 100
