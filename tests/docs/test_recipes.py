"""The recipes of docs/recipes.md do what they say, with the packages that are installed."""

import asyncio
import inspect
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custobar_formats import Answer, Sandbox, UploadBatch, iter_csv
from custobar_formats.upload.sandbox_faults import is_poisoned
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


Upload = Callable[[str, str, str, str, list[tuple[UploadBatch, Answer | None]]], object]

UPLOADS = ["httpx2", "requests", "aiohttp"]
ROWS = 1_200
SOURCES = {
    "customers": "\n".join(["external_id", *(f"C-{number}" for number in range(1, ROWS + 1))]),
    "events": "\n".join(
        ["type,date,customer_id,product_id", *(f"BROWSE,2026-09-01,C-1,P-{n}" for n in range(1, ROWS + 1))]
    ),
}


@pytest.fixture(params=UPLOADS)
def upload(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """The upload of a recipe, whose waits are short."""
    pytest.importorskip(request.param)
    pause, async_pause = time.sleep, asyncio.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: pause(min(seconds, 0.01)))
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: async_pause(min(seconds, 0.01)))
    found = run(block("python", "def follow") + block("python", f"import {request.param}\n"))["upload"]
    return (lambda *given: asyncio.run(found(*given))) if inspect.iscoroutinefunction(found) else found


def test_an_upload_makes_up_for_faults(upload: Upload) -> None:
    left: list[tuple[UploadBatch, Answer | None]] = []
    faults = ["429-seconds@1", "drop-after@2", "half-body@4", "503-bare@5", "closed@6", "422@7", "early-413@8"]
    with Sandbox(faults=faults) as sandbox:
        upload(SOURCES["customers"], "customers", sandbox.url, sandbox.key, left)
        assert left == []
        assert len(sandbox.records("customers")) == ROWS
        assert sandbox.violations == []
        assert [each.taken for each in sandbox.requests] == [0, 500, 500, 500, 500, 500, 0, 0, 50, 50, 100]


def test_an_upload_finds_the_records_that_are_refused(upload: Upload) -> None:
    left: list[tuple[UploadBatch, Answer | None]] = []
    with Sandbox(faults=["poison"], lenient=True) as sandbox:
        poisoned = [n for n in range(1, ROWS + 1) if is_poisoned(0, {"external_id": f"C-{n}"})]
        upload(SOURCES["customers"], "customers", sandbox.url, sandbox.key, left)
        assert [batch.rows for batch, _ in left] == [((row, row),) for row in poisoned]
        assert {answer.status for _, answer in left if answer} == {422}
        assert len(sandbox.records("customers")) == ROWS - len(poisoned)


def test_an_upload_sends_no_events_again_that_may_have_arrived(upload: Upload) -> None:
    left: list[tuple[UploadBatch, Answer | None]] = []
    with Sandbox(faults=["429-bare@1", "drop-after@2", "500-before@3"]) as sandbox:
        upload(SOURCES["events"], "events", sandbox.url, sandbox.key, left)
        assert [(batch.rows, answer and answer.status) for batch, answer in left] == [
            (((1, 500),), None),
            (((501, 1000),), 500),
        ]
        assert [each.taken for each in sandbox.requests] == [0, 500, 0, 200]


@pytest.mark.parametrize("fault", ["redirect", "portal-html", "revoke"])
def test_an_upload_stops_where_nothing_can_follow(upload: Upload, fault: str) -> None:
    with Sandbox(faults=[f"{fault}@1"]) as sandbox:
        with pytest.raises(RuntimeError, match="stopped at row 1: "):
            upload(SOURCES["events"], "events", sandbox.url, sandbox.key, [])
        assert [each.taken for each in sandbox.requests] == [0]


def test_an_upload_where_nobody_listens(upload: Upload, request: pytest.FixtureRequest) -> None:
    left: list[tuple[UploadBatch, Answer | None]] = []
    with Sandbox() as sandbox:
        pass
    given = SOURCES["events"], "events", sandbox.url, sandbox.key, left
    if request.node.callspec.params["upload"] == "requests":  # which does not show that nothing was sent
        upload(*given)
        assert [answer for _, answer in left] == [None, None, None]
    else:
        with pytest.raises(RuntimeError, match="stopped at row 1: no answer"):
            upload(*given)
        assert left == []


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
