"""``python -m fuzz``: runs all targets in turn, or those named; ``--input`` runs one target on a kept input.

The exit code is 1 after a fault, and 2 if the command is misused or atheris is missing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from fuzz import ROOT
from fuzz.seeds import write_corpus, write_dictionary
from fuzz.targets import TARGETS

SLOWEST = 60
"""Seconds that one input may take; more is a fault."""

MAX_INPUT = 4096
"""Bytes of an input at most."""

MEMORY = 2048
"""Megabytes that a target may use."""

EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def main() -> int:
    """Run the command; returns 1 after a fault."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzz the public functions.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"any of {', '.join(TARGETS)} (all)")
    parser.add_argument("--seconds", type=int, default=60, help="seconds for all targets together (60)")
    parser.add_argument(
        "--faults", type=Path, default=Path("fuzz-faults"), help="the folder for inputs that fail (fuzz-faults)"
    )
    parser.add_argument("--input", type=Path, help="run one target on this file, without atheris")
    arguments = parser.parse_args()
    names = arguments.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if arguments.input is not None:
        if len(names) != 1:
            parser.error("--input takes one target")
        TARGETS[names[0]](arguments.input.read_bytes())
        return 0
    if find_spec("atheris") is None:
        parser.error("atheris is not installed: pip install -e '.[fuzz]' (Linux on x86-64, Python 3.11 to 3.13)")
    each = max(1, arguments.seconds // len(names))
    failed = [name for name in names if not fuzz(name, each, arguments.faults.resolve())]
    print(f"faults in {', '.join(failed)}" if failed else "no faults")
    return 1 if failed else 0


def fuzz(name: str, seconds: int, faults: Path) -> bool:
    """Run one target in a process of its own, which a fault ends; returns whether there was no fault."""
    kept = faults / name
    kept.mkdir(parents=True, exist_ok=True)
    before = set(kept.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder, "corpus"), Path(folder, "words")
        corpus.mkdir()
        write_corpus(name, corpus)
        write_dictionary(words)
        command = [sys.executable, "-m", "fuzz.child", name, str(corpus), f"-dict={words}", f"-timeout={SLOWEST}"]
        command += [f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", f"-rss_limit_mb={MEMORY}"]
        command += [f"-artifact_prefix={kept}{os.sep}", "-print_final_stats=1"]
        run = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=ROOT,
            check=False,
        )
    executions = EXECUTIONS.search(run.stdout)
    print(f"{name}: {int(executions[1]) if executions else 0:,} executions in {seconds} s", flush=True)
    if run.returncode == 0 and executions:
        return True
    print(run.stdout[-5000:])
    for path in sorted(set(kept.iterdir()) - before):
        print(f"kept; to run it again: python -m fuzz {name} --input {path}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
