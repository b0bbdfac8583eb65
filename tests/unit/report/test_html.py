"""The HTML report: one safe file, readable on screen, on paper and by screen readers, and tested in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from custobar_formats import UsageError, validate
from custobar_formats.core.limits import MAX_PAGE_FINDINGS, MIN_CHART_ROWS
from custobar_formats.report import html as page
from custobar_formats.report.blocks import advice, find_blocks, places_of, where_words
from custobar_formats.report.formats import render
from tests.processes import PATIENCE
from tests.unit.report.test_formats import CASES, is_safe

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
STYLE = Path(page.__file__).with_name("report.html").read_text("utf-8")


def parsed(text: str) -> Any:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)  # raises if it is invalid HTML
    return parser.parse(text)


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def places(element: Any) -> list[Any]:
    return list(element.findall(".//table[@class='places']/tbody/tr"))


@pytest.mark.parametrize("case", CASES)
def test_it_is_html_and_all_is_reported(case: str) -> None:
    reports = CASES[case]
    tree = parsed(render(reports, "html"))
    sections = tree.findall(".//section")
    assert len(sections) == len(reports)
    for section, report in zip(sections, reports, strict=True):
        blocks = find_blocks(report)
        articles = section.findall(".//article")
        assert [article.attrib["data-code"] for article in articles] == [block.code for block in blocks]
        found = [[each for each in block.findings if where_words(report.source, each) or each.line] for block in blocks]
        spans = [
            places_of(block, each, advice(block, report.source), shows_rows=True)
            for block, each in zip(blocks, found, strict=True)
        ]
        assert [len(places(article)) for article in articles] == list(map(len, spans))
        assert [sum(place.size for place in each) for each in spans] == list(map(len, found))
        assert sum(len(block.findings) for block in blocks) == len(report.findings)
        assert ("✓" if report.valid else "✗") in words(section.find("p"))
        assert f"{report.valid_rows:,} of {report.rows:,} row" in words(section.find("p"))


def test_a_block_shows_what_fix_makes_of_a_value() -> None:
    dates = "external_id,date_joined\n" + "".join(f"C-{day},{day}.9.2024\n" for day in range(1, 10))
    section = parsed(render([validate(dates, "customers")], "html")).find(".//section")
    (article,) = section.findall(".//article")
    assert words(article.find("h4")) == "error date_joined, 9 cells: '1.9.2024' is not a valid date (wrong-format)"
    first = places(article)[0]
    assert words(first[0]) == "B2 (line 2)"
    assert words(first[1]).startswith("'1.9.2024' → '2024-09-01' by fix")
    assert words(article.find("details/summary")) == "6 more"
    assert "'custobar-formats fix IN OUT' makes the changes marked 'by fix'." in map(words, section.findall("p"))


def test_no_line_ends_within_a_code_or_a_short_value() -> None:
    text = render([validate("external_id,date_joined\nC-1,1.9.24\nC-2,1 9 2\n", "customers")], "html")
    solid = re.findall('<span class="[^"]*solid">([^<]*)</span>', text)
    assert {"(wrong-format)", "YYYY-MM-DD"} <= set(solid)
    assert all(len(each) <= 24 for each in solid)


def test_only_a_long_file_has_charts() -> None:
    for rows in (MIN_CHART_ROWS - 1, MIN_CHART_ROWS):
        report = validate("external_id,price,x\n" + "P,a,b\n" * rows, "products")
        section = parsed(render([report], "html")).find(".//section")
        charts = section.findall(".//table[@class='chart']")
        assert len(charts) == (2 if rows == MIN_CHART_ROWS else 0)
        assert (section.find(".//{http://www.w3.org/2000/svg}svg") is not None) is (rows == MIN_CHART_ROWS)
        for chart in charts[1:]:
            counts = {words(row[0]): words(row[1]) for row in chart.iter("tr")}
            assert counts == {code: f"{count:,}" for code, count in report.counts.by_code.items()}


def test_the_cell_is_marked_in_its_row() -> None:
    tree = parsed(render(CASES["broken"], "html"))
    marked = [words(cell) for cell in tree.findall(".//td[@class='cell bad']")]
    assert marked[:3] == ["0401234522 (this cell)", "TRUE (this cell)", "1.9.2026 (this cell)"]
    first = tree.find(".//table[@class='grid']")
    assert [words(label) for label in first.findall(".//th")] == [
        "email",
        "emial",
        "phone_number",
        "first_name",
        "last_name",
    ]


@pytest.mark.parametrize("case", CASES)
def test_nothing_in_the_data_becomes_markup_or_controls_a_terminal(case: str) -> None:
    text = render(CASES[case], "html")
    assert is_safe(text)
    plain, tree = parsed(render([], "html")), parsed(text)
    known = {element.tag for case in ("none", "broken") for element in parsed(render(CASES[case], "html")).iter()}
    assert {element.tag for element in tree.iter()} <= known
    assert [words(script) for script in tree.iter("script")] == [words(script) for script in plain.iter("script")]
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            assert not str(value).strip().lower().startswith(("javascript:", "data:", "http"))
            assert name not in ("src", "href", "action")
        assert re.fullmatch(r"(?:width: [0-9.]+%)?", element.attrib.get("style", ""))


def test_it_needs_no_network() -> None:
    assert not re.search(r"https?:|//|@import|url\(", render(CASES["broken"], "html").replace("</", ""))
    assert "default-src 'none'" in render([], "html")


@pytest.mark.parametrize("case", CASES)
def test_headings_are_in_order(case: str) -> None:
    tree = parsed(render(CASES[case], "html"))
    levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tree.attrib["lang"] == "en"
    for section in tree.findall(".//section"):
        (named,) = (e for e in section.iter("h2") if e.attrib["id"] == section.attrib["aria-labelledby"])
        assert words(named)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(scheme: int) -> None:
    """A contrast of 4.5 for text and of 3 for graphics (WCAG 2.2, 1.4.3 and 1.4.11)."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    assert len(colours) == 11
    for front, backs, least in [
        *((name, ("page",), 4.5) for name in ("error", "warning", "notice", "good")),
        ("text", ("page", "panel", "bad-cell"), 4.5),
        ("soft", ("page", "panel"), 4.5),
        ("bar", ("page", "panel"), 3),
    ]:
        for back in backs:
            high, low = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= least, (front, back)


@pytest.mark.parametrize("most", [100, pytest.param(MAX_PAGE_FINDINGS, marks=pytest.mark.slow)])
def test_many_findings_make_no_page_that_cannot_be_opened(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_PAGE_FINDINGS", most)
    labels = [f"x__{number}" for number in range(most)]
    schema = {"properties": {label: {"type": "integer"} for label in labels}}
    report = validate(",".join(labels) + "\n" + (",".join("x" * most) + "\n") * 20, schema)
    assert report.counts.by_code == {"wrong-type": 20 * most}
    text = render([report], "html")
    tree = parsed(text)
    assert len(places(tree)) == most
    assert f"{most:,} findings are shown; {19 * most:,} more are only counted." in text
    assert len(text) < 2_000 * most


def test_the_strip_is_as_long_as_the_file() -> None:
    prices = ["1"] * 99 + ["x"] + ["1"] * 300
    schema = {"properties": {"price": {"type": "integer"}}}
    text = render([validate("price\n" + "\n".join(prices), schema)], "html")
    strip = parsed(text).find(".//{http://www.w3.org/2000/svg}svg")
    assert strip.attrib["viewBox"] == "0 0 400 100"  # the only finding is in the first 128 rows: one row a bucket
    assert strip.attrib["aria-label"] == "most findings are in rows 100 to 100"
    assert [(bar.attrib["x"], bar.attrib["height"]) for bar in strip] == [("99", "100.0")]


def test_without_jinja2_it_is_reported_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    page._template.cache_clear()
    with pytest.raises(UsageError, match=r"needs jinja2: pip install 'custobar_formats\[html\]'"):
        render([], "html")
    page._template.cache_clear()


# In a browser

FILTER = """<script>
const choose = (name, value) => {
  const filter = document.querySelector(`select[data-filter=${name}]`);
  filter.value = value;
  filter.dispatchEvent(new Event("change", { bubbles: true }));
};
STEPS
</script>"""


BLOCKS = len(find_blocks(CASES["broken"][0]))


def opened(path: Path, text: str, width: int = 1280) -> str:
    path.write_text(text, "utf-8")
    command = [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", f"--user-data-dir={path.parent / 'user'}"),
        *(f"--window-size={width},900", "--dump-dom", path.as_uri()),
    ]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True).stdout.decode("utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ("", BLOCKS),
        ('choose("severity", "warning");', 2),
        ('choose("code", "wrong-format");', 3),
        ('choose("column", "email"); choose("severity", "error");', 1),
        ('choose("column", "email"); choose("severity", "warning");', 0),
        ('choose("code", "wrong-format"); choose("code", "");', BLOCKS),
    ],
)
def test_a_browser_filters(tmp_path: Path, steps: str, shown: int) -> None:
    text = render(CASES["broken"], "html").replace("</body>", FILTER.replace("STEPS", steps) + "</body>")
    tree = parsed(opened(tmp_path / "page.html", text))
    blocks = tree.findall(".//article")
    assert sum("hidden" not in block.attrib for block in blocks) == shown
    assert words(tree.find(".//span[@role='status']")) == f"{shown} of {BLOCKS} shown"
    assert "hidden" not in tree.find(".//div[@class='filters']").attrib


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_hostile_text_and_fits_it(tmp_path: Path, width: int) -> None:
    """In a frame, because no browser window is as narrow as a phone."""
    measure = "<script>parent.document.title = document.documentElement.scrollWidth;</script></body>"
    inner = render(CASES["several"], "html").replace("</body>", measure)
    frame = (
        f'<!doctype html><title>?</title><iframe style="width: {width}px; border: 0" srcdoc="{escape(inner)}"></iframe>'
    )
    tree = parsed(opened(tmp_path / "page.html", frame))
    assert int(words(tree.find(".//title"))) <= width
