"""Reports as text, for people and for programs: one module per format; none of them opens files.

In: the reports of one run, one per file. Out: text. Rule: nothing in the data can control a terminal, a page or a
program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from custobar_formats.report.contents import ReportContents

Renderer = Callable[[Sequence[ReportContents]], str]


def _text() -> Renderer:
    from custobar_formats.report.text import render_text

    return render_text


def _lines() -> Renderer:
    from custobar_formats.report.text import render_lines

    return render_lines


def _json() -> Renderer:
    from custobar_formats.report.data import render_json

    return render_json


def _jsonl() -> Renderer:
    from custobar_formats.report.data import render_jsonl

    return render_jsonl


def _csv() -> Renderer:
    from custobar_formats.report.data import render_csv

    return render_csv


def _html() -> Renderer:
    from custobar_formats.report.html import render_html

    return render_html


def _sarif() -> Renderer:
    from custobar_formats.report.sarif import render_sarif

    return render_sarif


def _junit() -> Renderer:
    from custobar_formats.report.junit import render_junit

    return render_junit


def _github() -> Renderer:
    from custobar_formats.report.github import render_github

    return render_github


RENDERERS: dict[str, Callable[[], Renderer]] = {
    "text": _text,
    "lines": _lines,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
}
"""Each format, and a function that imports its renderer on use: a run needs one renderer, or none."""


VERDICT = rb"[^\n]*: (?:valid|invalid|not checked)(?: \(--strict\))?: "
"""The last line of a report as text, and its first where nothing was found."""

MARKS = {
    "text": rb"(?:error|warning|notice): [^\n]* \([a-z0-9-]+\)\n|" + VERDICT,
    "lines": rb"[^\n]*: (?:error|warning|notice): [a-z0-9-]+:|" + VERDICT,
    "json": rb'\[\s*\{\s*"valid": (?:true|false),\s*"verdict": "',
    "jsonl": rb'\{"file": (?:"(?:[^"\\]|\\.)*"|null), "code": "',
    "csv": rb"file,line,column,severity,code,",
    "html": rb'(?s)<!doctype html>.*<meta name="generator" content="custobar_formats"',
    "sarif": rb'(?s)\{.*"name": "custobar_formats"',
    "junit": rb'(?s)<\?xml .*<testsuites name="custobar_formats"',
    "github": rb"::(?:error|warning|notice) |custobar_formats: ",
}
"""The beginning of each format's reports, by which a report is known from another file."""


def is_report(head: bytes) -> bool:
    """Whether a file that begins like this is one of our reports, in any format."""
    return any(re.match(mark, head) for mark in MARKS.values())


def render(reports: Sequence[ReportContents], format: str) -> str:  # noqa: A002 - the common word
    """The reports of one run in one format, a key of ``RENDERERS``."""
    return RENDERERS[format]()(reports)
