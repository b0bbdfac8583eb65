"""One job in a process of its own, and the most memory that it takes beyond the interpreter's start.

Run as ``python -m benchmarks.peak JOB SOURCE SCHEMA [TARGET]``; prints bytes. Needs Linux.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def peak() -> int:
    """The most memory that this process has had, in bytes.

    The figure of ``resource`` for a child begins with its parent's memory, so we use the kernel's for this process.
    """
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main(job: str, source: str, schema_file: str, target: str = "") -> None:
    """Do the job, and print the memory that it took."""
    start = peak()
    path, schema = Path(source), json.loads(Path(schema_file).read_text("utf-8"))
    if job == "iter_csv":
        from custobar_formats import iter_csv

        for _ in iter_csv(path, schema):
            pass
    elif job == "convert":
        from custobar_formats.cli.main import main as run_command

        assert run_command(["convert", "--force", source, target, "--schema", schema_file]) == 0
    else:
        from custobar_formats import validate

        assert validate(path, schema).valid
    print(peak() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
