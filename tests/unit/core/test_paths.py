"""Labels, paths and pointers."""

import pytest

from custobar_formats.core.paths import BadLabel, Path, format_pointer, parse_label


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("0.0", ("0", 0)),
        ("a.01", ("a", "01")),
        ("a.10", ("a", 10)),
        ("a.٣", ("a", "٣")),
        ("a.1x", ("a", "1x")),
        ("a.-1", ("a", "-1")),
        ("a." + "1" * 4001, ("a", int("1" * 4000))),
    ],
)
def test_a_path(label: str, path: Path) -> None:
    assert parse_label(label) == path


@pytest.mark.parametrize("label", ["", ".", ".a", "a.", "a..b"])
def test_a_label_that_is_no_path(label: str) -> None:
    with pytest.raises(BadLabel) as caught:
        parse_label(label)
    assert (caught.value.code, caught.value.message) == caught.value.args
    assert caught.value.args == ("bad-path", "the column name has an empty part between its dots")


def test_a_pointer() -> None:
    assert format_pointer(("a/b", 0, "~", "~1", "c//d~~")) == "/a~1b/0/~0/~01/c~1~1d~0~0"
    assert format_pointer(()) == ""
