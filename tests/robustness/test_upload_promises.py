"""What is promised of uploads, through faults and ends: small shares of what the scripts in tests/tools do by hand."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.processes import PATIENCE, environment

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")]


def script(name: str, *arguments: str) -> list[str]:
    """The lines that a script prints, which must not fail."""
    command = [sys.executable, "-m", f"tests.tools.{name}", *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_faults_of_all_kinds() -> None:
    """20,000 customers end as without faults; of 20,000 events none is stored twice, and what is absent is listed."""
    printed = script("upload_promises", "--rows", "20000", "--records", "20")
    assert [line.split(" ")[0] for line in printed if not line.startswith(" ")] == ["customers:", "events:"]


@pytest.mark.parametrize("kind", ["customers", "customers, some refused", "events"])
def test_ends_and_full_disks(kind: str) -> None:
    """A small share of what ``python -m tests.tools.upload_kills`` does."""
    printed = script("upload_kills", "--kind", kind, "--kills", "1", "--rows", "200", "--share", "40", "--seed", "1")
    assert [line.partition(",")[0] for line in printed[-1:]] == ["full disk"]
