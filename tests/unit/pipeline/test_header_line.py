"""The line of the header, where other lines are above it."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import InvalidData, UsageError, from_csv, iter_csv, validate
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID
from custobar_formats.core.limits import STRUCTURE_CHARS
from custobar_formats.pipeline.options import Options
from custobar_formats.text.chunks import BREAKS, skip_lines

TEXT = 'Customers, 2024\r\n"never closed\r\n\r\nexternal_id;email\r\nC-1;a@b.fi\r\nC-2\r\n'
RECORDS = [{"external_id": "C-1", "email": "a@b.fi"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("form", [str, str.encode, lambda text: text.encode("utf-16")])
def test_the_lines_above_the_header_are_skipped(end: str, form: Callable[[str], Any]) -> None:
    source = form(TEXT.replace("\r\n", end))
    report = validate(source, "customers", header=4)
    (finding,) = report.findings
    assert (finding.code, finding.row, finding.line, finding.column) == ("missing-cell", 2, 6, 2)
    assert (report.source.delimiter, report.source.header_line) == (";", 4)
    assert validate(form("a\n1\n")).source.header_line is None
    records = iter_csv(source, "customers", header=4)
    assert next(records) == RECORDS[0]
    with pytest.raises(InvalidData):
        next(records)
    with pytest.raises(InvalidData):
        from_csv(source, "customers", header=4)
    assert from_csv(form(TEXT.replace("C-2\r\n", "").replace("\r\n", end)), "customers", header=4) == RECORDS


def test_a_header_beyond_the_file() -> None:
    for text, line in (("a,b\n1,2\n", 3), ("", 1), ("", 2), ("a,b\n1,2", 3), ("a\r\n", 2), ("a\n\n\n", 2)):
        assert validate(text, header=line).counts.by_code == {"no-header": 1}
    assert from_csv("a\n1\n", header=1) == [{"a": "1"}]
    assert from_csv("Title\n\n\na\n1\n", header=2) == [{"a": "1"}]  # blank lines before the header are skipped
    assert from_csv("sep=;\na;b\n1;2\n", header=1) == [{"a": "1", "b": "2"}]


def test_a_header_after_more_text_than_the_sample() -> None:
    above = "x" * STRUCTURE_CHARS + "\n" + "y,z\n" * STRUCTURE_CHARS
    report = validate(io.StringIO(above + "a;b\n1;2\n3\n"), header=STRUCTURE_CHARS + 2)
    assert [(finding.code, finding.line) for finding in report.findings] == [("missing-cell", STRUCTURE_CHARS + 4)]
    with pytest.raises(InvalidData) as raised:
        from_csv(above.encode() + b"\xff", encoding="utf-8", header=STRUCTURE_CHARS * 2)
    assert [finding.code for finding in raised.value.report.findings] == ["undecodable-bytes"]


@pytest.mark.parametrize("header", [0, -1, True, "2", 1.0])
def test_a_header_that_is_no_line(header: Any) -> None:
    for call in (lambda: from_csv("a\n", header=header), lambda: iter_csv("a\n", header=header)):
        with pytest.raises(UsageError, match="give a whole number from 1 on"):
            call()
    with pytest.raises(UsageError, match="header"):
        Options(header=header)


def test_json_has_no_header() -> None:
    for source, options in (("[]", {}), ('[{"a": 1}]', {"format": "json"}), ([{"a": 1}], {})):
        with pytest.raises(UsageError, match="header line"):
            validate(source, header=2, **options)  # type: ignore[arg-type]


def test_lines_are_skipped_whatever_the_chunks() -> None:
    for text in ("a\r\nb\rc\nd\r\n\r\n\re", "\r\n\n", "\r", ""):
        for count, size in itertools.product(range(8), (1, 2, 3, 99)):
            chunks = [text[at : at + size] for at in range(0, len(text), size)]
            ends = [0, *(match.end() for match in BREAKS.finditer(text))]
            wanted = text[ends[count] :] if count < len(ends) else ""
            assert "".join(skip_lines(chunks, count)) == wanted


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text(TEXT, "utf-8", newline="")
    Path("customers.json").write_text('{"customers": [{"external_id": "C-1"}]}', "utf-8")
    assert main(["validate", "customers.csv", "--header", "4", "-v"]) == INVALID
    out = capsys.readouterr()
    assert "(missing-cell)\n" in out.out
    assert "    customers.csv:6:2 (B6)" in out.out
    assert "customers.csv: header: line 4; 3 lines above it skipped" in out.err + out.out
    assert main(["convert", "customers.csv", "out.json", "--header", "4"]) == INVALID
    command = ["convert", "customers.csv", "--valid", "good.json", "--rejects", "bad.csv", "--header", "4"]
    assert main(command) in (VALID, INVALID)
    assert json.loads(Path("good.json").read_text("utf-8")) == {"customers": RECORDS}
    assert Path("bad.csv").read_text("utf-8").splitlines()[0] == "__rejected_because;external_id;email"
    capsys.readouterr()
    assert main(["inspect", "customers.csv", "--header", "4"]) == VALID
    assert "header    line 4; 3 lines above it skipped" in capsys.readouterr().out
    assert main(["validate", "customers.json", "--header", "2"]) == MISUSE
    assert "a header line applies only to CSV" in capsys.readouterr().err
    assert main(["validate", "customers.csv", "--header", "0"]) == MISUSE


def test_a_repeated_header_is_rejected_until_it_is_removed() -> None:
    from custobar_formats.pipeline.convert import convert_file

    def separate(data: bytes) -> tuple[int, bytes]:
        good, rejects = io.BytesIO(), io.BytesIO()
        convert_file(io.BytesIO(data), good, "customers", Options("csv"), to="jsonl", rejects=rejects)
        return good.getvalue().count(b"\n"), rejects.getvalue()

    data = b"external_id,email\nC-1,a@b.fi\nexternal_id,email\n\xef\xbb\xbfexternal_id,email\nC-2,c@d.fi\n"
    count, rejected = separate(data)
    assert (count, rejected.count(b"repeated-header: ")) == (2, 2)
    again, rejected = separate(rejected)
    assert (again, rejected.count(b"repeated-header: ")) == (0, 2)
