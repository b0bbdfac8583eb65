"""The chosen delimiter, and the scores."""

import pickle
from typing import Any

import pytest

from custobar_formats import UsageError
from custobar_formats.csvtext.delimiter import Delimiter, choose_delimiter, resolve_delimiter, split_sep_line


@pytest.mark.parametrize(
    ("sample", "whole", "chosen", "scores"),
    [
        ("a,b\n1,2\n", True, ",", (0.5, 0.0, 0.0)),
        ("a;b;c\n1;2;3,5\n", True, ";", (0.0, 0.6667, 0.0)),
        ("a\tb\n1\t2\n", True, "\t", (0.0, 0.0, 0.5)),
        ("a,b;c\n1,2;3\n1,2\n", True, ",", (0.5, 0.3333, 0.0)),
        ("a,b;c\n1,2;3\n1,2", False, ";", (0.5, 0.5, 0.0)),  # the last line is cut off
        ("a,b;c\n1;2\n1;2", True, ";", (0.1667, 0.5, 0.0)),
        ("a;b\nx,y\n1", True, ";", (0.0, 0.1667, 0.0)),
        ("nimi;hinta, eur\nx;1,50\n", True, ";", (0.5, 0.5, 0.0)),  # a tie
        ("1,2;2,3;3,4;a\n" * 2, True, ";", (0.75, 0.75, 0.0)),
        ("a\tb, c\n1\t2,5\n", True, "\t", (0.5, 0.0, 0.5)),
        ("a\tb; c\n1\t2;5\n", True, "\t", (0.0, 0.5, 0.5)),
        ("a,b;c\n1,2;3\n", True, ";", (0.5, 0.5, 0.0)),
        ("a;b,\n1;2,\n", True, ";", (0.25, 0.5, 0.0)),  # a name that is blank
        ("a,b\t\n1,2\t\n", True, ",", (0.5, 0.0, 0.25)),
        ("a,b;\n1,2;\n1,2;\n1,2", True, ",", (0.5, 0.1875, 0.0)),
        ('a,b;""\n1,2;3\n', True, ",", (0.5, 0.25, 0.0)),
        ("a,b,\n1,2,\n", True, ",", (0.3333, 0.0, 0.0)),
        ("a;b", False, ";", (0.0, 0.5, 0.0)),  # the only line is counted
        ('"a;b",c\n"1;2",3\n', True, ",", (0.5, 0.0, 0.0)),
        ('a,b\n"x;\n"";y",1\n"2;', False, ",", (0.5, 0.0, 0.0)),
        ('a,b\n1,"2\n3",4\n', True, ",", (0.25, 0.0, 0.0)),
        ("\r\n\ra,b\n\n\n1,2\r", True, ",", (0.5, 0.0, 0.0)),
    ],
)
def test_a_delimiter_is_inferred(sample: str, whole: bool, chosen: str, scores: tuple[float, float, float]) -> None:
    delimiter = choose_delimiter(sample, whole=whole)
    assert (str(delimiter), delimiter.reason) == (chosen, "inferred from the header and the first records")
    assert delimiter.scores == dict(zip((",", ";", "\t"), scores, strict=True))


@pytest.mark.parametrize(
    ("sample", "reason"), [("", "empty file"), ("\n\r\n", "empty file"), ("a\nb;c\n", "single column")]
)
def test_a_comma_where_there_is_nothing_to_infer(sample: str, reason: str) -> None:
    delimiter = choose_delimiter(sample)
    assert (str(delimiter), delimiter.reason) == (",", reason)
    assert delimiter.scores == {",": 0.0, ";": 0.0, "\t": 0.0}


def test_labels_that_the_schema_knows_outweigh_all_else() -> None:
    delimiter = choose_delimiter("a,b;c\n1,2;3\n1,2\n", {"a,b"}.__contains__)
    assert (str(delimiter), delimiter.scores) == (";", {",": 0.5, ";": 1.3333, "\t": 0.0})
    quoted = choose_delimiter('"a",b\n1,2\n', {"a"}.__contains__)
    assert quoted.scores == {",": 1.5, ";": 0.0, "\t": 0.0}
    special = choose_delimiter('"a;b",x,"y\n"\n1,2,3\n', {"a;b", "x"}.__contains__)
    assert special.scores == {",": 1.3333, ";": 0.0, "\t": 0.0}


def test_a_delimiter_that_was_declared() -> None:
    delimiter = Delimiter(";", "declared")
    assert (delimiter, delimiter.reason, delimiter.scores) == (";", "declared", {})
    again = pickle.loads(pickle.dumps(Delimiter(";", "why", {";": 1.0})))
    assert (type(again), again, again.reason, again.scores) == (Delimiter, ";", "why", {";": 1.0})


@pytest.mark.parametrize("name", ["|", "", "Comma", ";;", 5, None])
def test_a_delimiter_that_is_none_of_the_three(name: Any) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_delimiter(name)
    assert str(caught.value) == f"unknown delimiter {name!r}: use a comma, a semicolon or a tab"


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("sep=;\n", (";", 6)),
        ('"sep=,"\r\na', (",", 9)),
        ("SEP=\t", ("\t", 5)),
        ("sep=;\r\n\n", (";", 7)),
        ("sep=;x", (None, 0)),
        ("xsep=;", (None, 0)),
        ("sep=|\n", (None, 0)),
    ],
)
def test_a_line_that_names_the_delimiter(sample: str, expected: tuple[str | None, int]) -> None:
    assert split_sep_line(sample) == expected
