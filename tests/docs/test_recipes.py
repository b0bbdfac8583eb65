"""The recipes of docs/recipes.md do what they say, with the packages that are installed."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import iter_csv
from tests.docs.pages import ROOT, blocks, shim

EXAMPLES = ROOT / "examples"
PAGE = "docs/recipes.md"


def block(kind: str, word: str) -> str:
    (found,) = (text for text in blocks(PAGE, kind) if word in text)
    return found


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(source, PAGE, "exec"), names)  # the page is ours
    return names


def test_flask() -> None:
    pytest.importorskip("flask")
    client = run(block("python", "from flask"))["app"].test_client()
    assert "<form" in client.get("/customers").text
    for name, encoding, status in (("broken.csv", "", 422), ("customers.csv", "iso-8859-1", 200)):
        with (EXAMPLES / name).open("rb") as file:
            answer = client.post("/customers", data={"file": (file, name), "encoding": encoding})
        assert answer.status_code == status
        assert answer.mimetype == "text/html"
        assert f"Report on {name}" in answer.text
    with (EXAMPLES / "broken.csv").open("rb") as file:
        answer = client.post("/customers", data={"file": (file, "<b>.csv"), "encoding": "koi8"})
    assert answer.status_code == 400
    assert "koi8" in answer.text


def test_django() -> None:
    pytest.importorskip("django")
    import django
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
    from django.test import RequestFactory

    loaders = [("django.template.loaders.locmem.Loader", {"customers.html": block("html", "csrf_token")})]
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}
    settings.configure(TEMPLATES=[engine], SECRET_KEY="of the tests")
    django.setup()
    view, requests = run(block("python", "from django"))["customers"], RequestFactory()
    shown = view(requests.get("/customers"))
    assert 'name="csrfmiddlewaretoken"' in shown.content.decode()
    assert 'type="file"' in shown.content.decode()
    assert "This field is required." in view(requests.post("/customers", {})).content.decode()
    for name, status in (("broken.csv", 422), ("products.json", 422), ("customers.csv", 200)):
        file = SimpleUploadedFile(name, (EXAMPLES / name).read_bytes())
        answer = view(requests.post("/customers", {"file": file}))
        assert answer.status_code == status
        assert f"Report on {name}" in answer.content.decode()
    with TemporaryUploadedFile("large.csv", "text/csv", 0, None) as file:
        file.write((EXAMPLES / "customers.csv").read_bytes())
        for _ in range(2):
            file.seek(0)
            assert len(list(iter_csv(file, "customers", encoding="iso-8859-1"))) == 5


@pytest.mark.skipif(os.name == "nt", reason="there is no cron")
@pytest.mark.parametrize(
    ("name", "code", "mailed"),
    [
        ("spreadsheet-fixed.csv", 0, ""),
        ("spreadsheet.csv", 1, "-s Do not upload spreadsheet.csv me@example.com\nerror: "),
        ("missing.csv", 2, "-s missing.csv was not checked me@example.com\nmissing.csv: not checked\nerror: missing"),
    ],
)
def test_cron(name: str, code: int, mailed: str, tmp_path: Path) -> None:
    bin_ = shim(tmp_path)
    (bin_ / "mail").write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} > "{tmp_path}/mailed"\n')
    (bin_ / "check-export").write_text(block("sh", "mail"))
    for each in bin_.iterdir():
        each.chmod(0o755)
    environment = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    words = ["check-export", name, "products", "me@example.com"]
    done = subprocess.run(words, cwd=EXAMPLES, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")
    sent = tmp_path / "mailed"
    assert (sent.read_text("utf-8") if sent.exists() else "")[: len(mailed) or None] == mailed
