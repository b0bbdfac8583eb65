"""Settings of a project: found, read, refused, and obeyed by the command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from custobar_formats import UsageError
from custobar_formats.cli.main import main
from custobar_formats.cli.settings import Settings, find_settings, read_settings
from custobar_formats.cli.terminal import INVALID, MISUSE, VALID

SETTINGS = """
ignore = ["unknown-label"]

[entities]
"asiakas*.csv" = "customers"
"export/*.csv" = "products"

[fields.customers]
acme__shoe_size = "integer"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "custobar-formats.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "asiakas1.csv").write_text("external_id,acme__shoe_size,x\nC-1,38½,1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    project, own = tmp_path / "a" / "pyproject.toml", tmp_path / "custobar-formats.toml"
    assert find_settings(inner).path != own
    own.write_text('ignore = ["unknown-label"]', "utf-8")
    project.write_text("[project]\nname = 'x'\n", "utf-8")  # it has no table of ours
    assert find_settings(inner) == Settings(own, ignore=("unknown-label",))
    project.write_text('[tool.custobar_formats.entities]\n"*.csv" = "shops"\n', "utf-8")
    assert find_settings(inner) == Settings(project, entities={"*.csv": "shops"})
    (tmp_path / "a" / "custobar-formats.toml").write_text("", "utf-8")
    assert find_settings(inner) == Settings(tmp_path / "a" / "custobar-formats.toml")


def test_a_project_file_that_is_broken_is_not_ours_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[", "utf-8")
    assert read_settings(path) is None
    path.write_text("tool = 1", "utf-8")
    assert read_settings(path) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", "not valid TOML: "),
        ("ignored = []", "unknown setting 'ignored': did you mean 'ignore'?"),
        ("xyz = 1", "unknown setting 'xyz': use one of entities, fields, ignore"),
        ("entities = 1", "entities must be a table, not int"),
        ('entities = {"*.csv" = "people"}', "unknown entity 'people' for '*.csv': use one of customers, products"),
        ("entities = {x = 1}", "unknown entity 1 for 'x'"),
        ("entities = {x = ['customers']}", "unknown entity ['customers'] for 'x'"),
        ('entities = {"" = "customers"}', "entities: '' is no pattern of file names"),
        ('entities = {"." = "customers"}', "entities: '.' is no pattern of file names"),
        ('fields = {acme__x = "integer"}', "fields: unknown entity 'acme__x': use one of customers"),
        ("fields = {customers = 1}", "fields.customers must be a table, not int"),
        ('ignore = "unknown-label"', "ignore must be a list of codes"),
        ('ignore = ["unknown-lable"]', "unknown code 'unknown-lable': did you mean 'unknown-label'?"),
        ("ignore = [1]", "ignore must be a list of codes"),
        (
            "ignore = [“x”]",
            "not valid TOML: Invalid value (at line 1, column 11): 'ignore = [“x”]'; a text needs straight",
        ),
        ("ignore = []\nignore = []", "not valid TOML: ignore stands twice, in lines 1 and 2: keep one of them"),
        ("answers = 1", "answers must be a table, not int"),
        ("answers = {shopify-product = {}}", "unknown mapping 'shopify-product': did you mean 'shopify-products'?"),
        ('answers = {"m.toml" = {}}', "unknown mapping 'm.toml': name a preset, or a file as in the table mapping"),
        ("answers = {shopify-products = 1}", "answers.shopify-products must be a table, not int"),
        ("answers = {shopify-products = {a = 1}}", "answers.shopify-products: 'a': an answer is text, not 1"),
        ("upload = 1", "upload must be a table, not int"),
        ("upload = {companie = 'acme'}", "upload: unknown setting 'companie': did you mean 'company'?"),
        ("upload = {api_key = 'secret'}", "; the key itself is in no settings"),
        ("upload = {company = 'acme', url = 'https://app.custobar.com'}", "upload: give company or url, not both"),
        ("upload = {company = 1}", "upload.company: give the name of the company"),
        ("upload = {url = 'https://evil.example'}", "upload.url: only https://app.custobar.com may be here"),
        ("upload = {rate = 0}", "upload.rate: give the number of requests a minute"),
        ("upload = {rate = true}", "upload.rate: give the number of requests a minute"),
        ("upload = {rate = nan}", "upload.rate: give the number of requests a minute"),
        ("upload = {key_command = 'pass show custobar'}", "upload.key_command: give a command as a list of texts"),
        ("upload = {key_command = []}", "upload.key_command: give a command as a list of texts"),
        ('upload = {key_command = ["a\\u0000"]}', "upload.key_command: give a command as a list of texts"),
        ("[answers.shopify-products]\nstock.0.shop_id = 'x'", "quotes around the whole name that begins with 'stock'"),
    ],
)
def test_what_is_no_setting_is_refused(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "custobar-formats.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert expected in str(caught.value)
    (tmp_path / "a.csv").write_text("external_id,price\nP-1,2\n", "utf-8")
    for command in (
        ["validate", "a.csv", "--entity", "products"],
        ["convert", "a.csv", "--entity", "none"],
        ["inspect", "a.csv"],
        ["schema", "customers"],
    ):
        assert main(command) == MISUSE
        assert expected in capsys.readouterr().err
        assert main([*command, "--no-settings"]) == VALID
        capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[tool.custobar_formats", "the file is not valid TOML: "),
        ("[tool.custobar-formats]\n", "unknown table [tool.custobar-formats]: did you mean [tool.custobar_formats]?"),
        ("[tool.Custobar_Formats]\n", "unknown table [tool.Custobar_Formats]: did you mean [tool.custobar_formats]?"),
    ],
)
def test_a_project_file_that_may_have_settings_is_not_ignored(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    (tmp_path / "below").mkdir()
    with pytest.raises(UsageError) as caught:
        find_settings(tmp_path / "below")
    assert str(caught.value).startswith(f"{tmp_path / 'pyproject.toml'}: {expected}")


@pytest.mark.parametrize("name", ["custobar-formats.toml", "pyproject.toml"])
@pytest.mark.parametrize("repository", [None, ".", "a", "a/b"])
def test_settings_above_the_folder_count_if_they_are_of_the_same_user_or_repository(
    name: str,
    repository: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, path = tmp_path / "a" / "b", tmp_path / name
    folder.mkdir(parents=True)
    path.write_text("[" + "tool.custobar_formats." * (name[0] == "p") + 'entities]\n"x*" = "shops"\n', "utf-8")
    if repository is not None:
        (tmp_path / repository / ".git").mkdir()
    assert find_settings(folder).path == path
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    found = find_settings(folder)
    counts = repository == "."
    assert (found.path, found.passed_over) == ((path, None) if counts else (None, path))
    assert find_settings(tmp_path).path == path  # in the folder itself, whoever has written it
    monkeypatch.chdir(folder)
    Path("x1.csv").write_text("name,external_id\n1,2\n", "utf-8")
    assert main(["validate", "x1.csv", "-v"]) == (VALID if counts else MISUSE)
    line = capsys.readouterr().err.splitlines()[0]
    other = f"none ({path} is not used: it belongs to another user; use --settings)"
    assert line == f"settings: {path if counts else other}"
    monkeypatch.delattr(os, "getuid")
    assert find_settings(folder).path == path


def test_the_command_obeys_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "asiakas1.csv"]) == INVALID
    reported = capsys.readouterr().out
    assert "'38½' is not an integer" in reported
    assert "unknown-label" not in reported
    assert f"(utf-8, comma, customers by the pattern asiakas*.csv in {folder / 'custobar-formats.toml'})" in reported
    assert main(["validate", "asiakas1.csv", "--no-settings", "--entity", "customers"]) == VALID
    assert "unknown-label" in capsys.readouterr().out
    assert main(["convert", "asiakas1.csv"]) == INVALID
    assert "unknown-label" not in capsys.readouterr().err
    assert main(["inspect", "asiakas1.csv"]) == VALID
    assert "entity    customers, by the pattern asiakas*.csv" in capsys.readouterr().out
    assert main(["schema", "customers"]) == VALID
    assert "acme__shoe_size" in json.loads(capsys.readouterr().out)["properties"]


def test_which_settings_hold_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("validate", "convert"):
        assert main([command, "asiakas1.csv", "-v"]) == INVALID
        assert capsys.readouterr().err.startswith(f"settings: {folder / 'custobar-formats.toml'}\n")


def test_a_pattern_with_a_folder(folder: Path) -> None:
    settings = find_settings(folder)
    assert settings.entity_of("export/a.csv") == ("products", "export/*.csv")
    assert settings.entity_of("/x/export/a.csv") == ("products", "export/*.csv")
    assert settings.entity_of("a.csv") is None
    assert settings.entity_of("deep/asiakas.csv") == ("customers", "asiakas*.csv")


def test_a_file_that_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.toml").write_text('[entities]\n"*" = "shops"\n', "utf-8")
    assert main(["validate", "asiakas1.csv", "--settings", "other.toml"]) == VALID
    assert "shops by the pattern * in other.toml" in capsys.readouterr().out
    assert main(["validate", "asiakas1.csv", "--settings", "nowhere.toml"]) == MISUSE
    assert main(["validate", "asiakas1.csv", "--settings", "other.toml", "--no-settings"]) == MISUSE
    (folder / "pyproject.toml").write_text("", "utf-8")
    capsys.readouterr()
    assert main(["validate", "asiakas1.csv", "--settings", "pyproject.toml"]) == MISUSE
    assert capsys.readouterr().err == "error: pyproject.toml: the file has no table [tool.custobar_formats]\n"
    assert main(["convert", "asiakas1.csv", "other.toml", "--to", "json", "--settings", "other.toml"]) == MISUSE
    assert "the output is the --settings file" in capsys.readouterr().err


def test_fields_of_the_command_line_take_the_place_of_those(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f.toml").write_text('acme__shoe_size = "string"\n', "utf-8")
    assert main(["validate", "asiakas1.csv", "--fields", "f.toml"]) == VALID


def test_fields_that_are_none_are_reported_with_their_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "custobar-formats.toml").write_text('[fields.customers]\ncity = "integer"\n', "utf-8")
    assert main(["validate", "asiakas1.csv", "--entity", "customers"]) == MISUSE
    reported = capsys.readouterr().err
    assert reported.startswith(f"error: {folder / 'custobar-formats.toml'}: fields.customers: field 'city'")


def test_an_error_is_not_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "custobar-formats.toml").write_text('ignore = ["wrong-type"]\n', "utf-8")
    assert main(["validate", "asiakas1.csv"]) == MISUSE
    assert "wrong-type is an error, and errors cannot be ignored" in capsys.readouterr().err
