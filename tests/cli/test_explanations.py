"""Every code is explained, and every example gives its code; the fixed example does not.

``python -m tests.cli.test_explanations`` regenerates docs/codes.md.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Report, UsageError, fix, validate
from custobar_formats.cli.example import Example
from custobar_formats.cli.explanations import (
    EXAMPLES,
    FIXED,
    FIXED_IF_CERTAIN,
    FIXED_UNSAFELY,
    overview,
    render_explanation,
    shown,
    what_fix_does,
)
from custobar_formats.cli.main import main
from custobar_formats.cli.terminal import MISUSE, VALID
from custobar_formats.core.findings import CODES

RUN = [code for code, example in EXAMPLES.items() if example.bad is not None]


def test_every_code_is_explained() -> None:
    assert list(EXAMPLES) == list(CODES)
    assert len(RUN) == len(CODES) - 23


def check(example: Example, content: str | bytes) -> Report:
    mapping = None if example.mapping is None else tomllib.loads(example.mapping)
    given: Any = {"format": example.format, "encoding": example.encoding, "mapping": mapping}
    return validate(content, example.entity, **given)


@pytest.mark.parametrize("code", RUN)
def test_an_example_gives_its_code_and_the_fixed_one_does_not(code: str) -> None:
    example = EXAMPLES[code]
    assert example.bad is not None
    assert code in check(example, example.bad).counts.by_code
    if example.good is None:
        assert code == "doubtful-charset"  # the declaration is wrong, not the file
        assert check(example._replace(encoding="utf-8"), example.bad).counts.by_code == {"surplus-blank": 1}
        return
    good = check(example, example.good)
    others = {} if example.mapping is None else {"identified-by": 1}
    assert (good.valid, good.counts.by_code) == (True, others)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_fits_a_terminal(code: str) -> None:
    text = render_explanation(code)
    assert text.startswith(f"{code} ({CODES[code][0]}):")
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.count("\n") < 30
    assert max(map(len, text.splitlines())) < 80
    assert EXAMPLES[code].why.endswith(".")


CSV_EXAMPLES = [code for code in RUN if EXAMPLES[code].format == "csv" and EXAMPLES[code].mapping is None]


@pytest.mark.parametrize("code", CSV_EXAMPLES)
def test_fix_does_what_the_explanation_says(code: str) -> None:
    """The finding is gone from the fixed file, or with ``unsafe``, or stays."""
    example, given = EXAMPLES[code], what_fix_does(code)
    assert example.bad is not None
    data = example.bad.encode("utf-8", "surrogatepass") if isinstance(example.bad, str) else example.bad
    stays = {}
    for unsafe in (False, True):
        fixed = fix(data, example.entity or "customers", encoding=example.encoding, unsafe=unsafe)
        text = None if fixed.text is None else fixed.text.encode("utf-8", "surrogatepass")
        found = fixed.report if text is None else validate(text, example.entity or "customers")
        stays[unsafe] = code in found.counts.by_code
    if given == FIXED:
        assert not stays[False]
    elif given == FIXED_UNSAFELY:
        assert stays == {False: True, True: False}
    elif given != FIXED_IF_CERTAIN:
        assert stays[True]


def test_a_code_that_is_none() -> None:
    with pytest.raises(UsageError, match="unknown code 'wrongtype': did you mean wrong-type?"):
        render_explanation("wrongtype")
    with pytest.raises(UsageError, match="^unknown code 'x'$"):
        render_explanation("x")


def test_the_command_explains(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    assert main(["explain", "wrong-type", "sep-line"]) == VALID
    assert capsys.readouterr().out == f"{render_explanation('wrong-type')}\n\n{render_explanation('sep-line')}\n"
    assert main(["explain"]) == VALID
    listed = capsys.readouterr().out
    assert listed == overview() + "\n"
    assert [line.split()[0] for line in listed.splitlines()] == list(CODES)
    assert main(["explain", "nonsense\n"]) == MISUSE
    assert capsys.readouterr() == ("", "error: unknown code 'nonsense\\n'\n")


PAGE = Path(__file__).parents[2] / "docs" / "codes.md"


def page() -> str:
    """The page of the codes."""
    parts = [
        "# The codes",
        "Every code of a finding: what it means, why it is reported, an example, and the same example fixed.\n"
        "`custobar-formats explain CODE` shows the same. Only errors make data invalid.",
    ]
    for code, (severity, meaning) in CODES.items():
        example = EXAMPLES[code]
        parts += [f"## {code}", f"*{severity}* · {meaning}", example.why]
        parts += filter(None, [what_fix_does(code)])
        facts = [part for part in (example.entity, example.encoding and f"declared as {example.encoding}") if part]
        if example.mapping is not None:
            parts += ["The mapping:", f"```toml\n{example.mapping.rstrip()}\n```"]
        for title, content in (("Example", example.bad), ("Fixed", example.good)):
            if content is not None:
                heading = f"{title} ({', '.join(facts)}):" if facts else f"{title}:"
                parts += [heading, "\n".join(["```" + example.format, *shown(content), "```"])]
    return "\n\n".join(parts) + "\n"


def test_the_page_is_what_the_code_shows() -> None:
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
