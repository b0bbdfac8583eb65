"""What an upload costs: memory by the number of rows, CPU time beside bare posting, the rate, and the way back in.

Run as ``python -m tests.tools.upload_costs [--rows N] [--rate] [--first]``; prints a line for each figure. Needs
Linux, and the extra ``upload``. The documented server runs in a process of its own, which does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TOWNS = ("Helsinki", "Oulu", "Turku", "Jyväskylä", "Åbo")
HEADER = "external_id,email,first_name,last_name,city,zip_code,country,phone_number,date_joined,can_email,tags\n"
CONVERT = [sys.executable, "-m", "custobar_formats", "convert"]

SERVER = """
import sys, time
from custobar_formats import Sandbox
with Sandbox(lenient=True) as server:
    print(server.url, server.key, flush=True)
    sys.stdin.read()
"""

MEASURED = """
import os, sys, time
from pathlib import Path
from benchmarks.peak import peak
before, cpu = peak(), time.process_time()
{work}
print(peak() - before, time.process_time() - cpu, file=sys.__stdout__)
"""

UPLOAD = """
from custobar_formats import Client
with Client(url=sys.argv[1], key=sys.argv[2], rate=1e9) as client:
    done = client.upload(Path(sys.argv[3]), sys.argv[4], journal=sys.argv[5])
assert done.complete, done
"""

IMPORTS = "import custobar_formats.upload.client, custobar_formats.upload.sandbox_server, httpx2\n"

BARE = """
import httpx2
from custobar_formats.cli.main import main
assert main(["convert", sys.argv[3], sys.argv[5] + ".jsonl", "--entity", sys.argv[4], "--force", "-q"]) == 0
bodies = sorted(Path(sys.argv[6]).iterdir())
with httpx2.Client(base_url=sys.argv[1]) as client:
    headers = {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"}
    for body in bodies:
        assert client.post(f"/api/{sys.argv[4]}/upload/", content=body.read_bytes(), headers=headers).status_code == 200
"""

FIRST = """
from custobar_formats import Client
from custobar_formats.upload.client import SYSTEM_CLOCK
from custobar_formats.upload.uploads import make_call
call = make_call(Path(sys.argv[3]), sys.argv[4], sys.argv[1], {"journal": sys.argv[5]}, rate=1e9, patience=900)
with call.prepare() as batches, call.job(batches, SYSTEM_CLOCK, time.sleep) as job:
    print(type(job.next()).__name__)
"""

ITERATION = """
from custobar_formats import iter_csv
for _ in iter_csv(Path(sys.argv[3]), sys.argv[4]):
    pass
"""


VALIDATION = """
from custobar_formats import validate
assert validate(Path(sys.argv[3]), sys.argv[4]).valid
"""

TURNS = 5


def write_customers(path: Path, rows: int, *, tags: bool = True) -> Path:
    """A file of customers."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER if tags else HEADER.replace(",tags", ""))
        for number in range(rows):
            town = TOWNS[number % 5]
            cells = (f"C-{number}", f"name{number}@example.com", f"First{number % 997}", f"Last{number % 1013}", town)
            more = (f"{10000 + number % 80000}", "FI", f"+35840{number:07}", f"2024-0{1 + number % 9}-11")
            last = ["true" if number % 3 else "false", *([f"t{number % 7}"] if tags else [])]
            file.write(",".join((*cells, *more, *last)) + "\n")
    return path


def write_products(path: Path, rows: int) -> Path:
    """A file of products."""
    with path.open("w", encoding="utf-8") as file:
        file.write("external_id,title,price,category,url,image,description\n")
        for number in range(rows):
            urls = f"https://example.com/p/{number},https://example.com/i/{number}.jpg"
            file.write(f"P-{number},Title of {number},{number % 900},c{number % 20},{urls},Some text {number % 77}\n")
    return path


def write_sales(path: Path, rows: int, *, apart: bool = True) -> Path:
    """A file of sales of two rows; ``apart``: far from each other, the worst order."""
    with path.open("w", encoding="utf-8") as file:
        file.write("sale_external_id,external_id,sale_date,sale_customer_id,product_id,total\n")
        for number in range(rows):
            sale = number % (rows // 2) if apart else number // 2
            file.write(f"S-{sale},R-{number},2024-01-01T00:00:00Z,C-{sale},P,{number}\n")
    return path


@contextlib.contextmanager
def serving() -> Iterator[tuple[str, str]]:
    """The address and the key of a server in another process."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=-1, stdout=-1, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        url, key = running.stdout.readline().split()
        yield url, key
        running.stdin.close()


def measured(work: str, *arguments: str) -> tuple[float, float]:
    """The megabytes and the seconds of CPU time of some work in a process of its own, without its imports."""
    code = IMPORTS + MEASURED.format(work=work)
    done = subprocess.run([sys.executable, "-c", code, *arguments], stdout=-1, text=True, check=True)
    memory, seconds = map(float, done.stdout.split()[-2:])
    return memory / 1e6, seconds


def write_bodies(source: Path, entity: str, folder: Path) -> Path:
    """The bodies of the same requests, as files."""
    from custobar_formats import batches

    folder.mkdir()
    for number, batch in enumerate(batches(source, entity)):
        (folder / f"{number:06}").write_bytes(batch.body)
    return folder


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--million", action="store_true", help="also a million rows")
    parser.add_argument("--first", action="store_true", help="only the way to the first unsent row")
    parser.add_argument("--rate", action="store_true", help="also the rate, which takes a minute")
    given = parser.parse_args()
    sizes = [10_000, given.rows, *([1_000_000] if given.million else [])]
    with tempfile.TemporaryDirectory() as name, serving() as (url, key):
        folder = Path(name)
        _print_first(folder, url, key, given.rows)
        for rows in sizes if not given.first else ():
            source = write_customers(folder / f"c{rows}.csv", rows)
            memory, seconds = measured(UPLOAD, url, key, str(source), "customers", str(folder / f"j{rows}"))
            print(f"customers, {rows:,} rows: {memory:.1f} MB, {seconds:.2f} s of CPU time", flush=True)
            sold = write_sales(folder / f"s{rows}.csv", rows)
            memory, seconds = measured(UPLOAD, url, key, str(sold), "sales", str(folder / f"js{rows}"))
            per = memory * 1e6 / (rows // 2)
            print(f"sales apart, {rows:,} rows: {memory:.1f} MB, {per:.0f} bytes a sale, {seconds:.2f} s", flush=True)
        if given.first:
            return
        source = folder / f"c{given.rows}.csv"
        bodies = write_bodies(source, "customers", folder / "bodies")
        ratios = []
        for turn in range(3):
            _, ours = measured(UPLOAD, url, key, str(source), "customers", str(folder / f"k{turn}"))
            _, bare = measured(BARE, url, key, str(source), "customers", str(folder / f"b{turn}"), str(bodies))
            ratios.append(ours / bare)
        print(f"CPU time beside convert and bare httpx2: {', '.join(f'{ratio:.2f}' for ratio in ratios)}", flush=True)
        if given.rate:
            _print_rate(folder, url, key)


def _print_first(folder: Path, url: str, key: str, rows: int) -> None:
    """Print the way to the first unsent row, where all requests but the last were taken, and that of ``validate``."""
    sources = {
        "customers": ("customers", write_customers(folder / "customers.csv", rows)),
        "customers without tags": ("customers", write_customers(folder / "plain.csv", rows, tags=False)),
        "products": ("products", write_products(folder / "products.csv", rows)),
        "sales": ("sales", write_sales(folder / "sales.csv", rows, apart=False)),
    }
    for name, (entity, source) in sources.items():
        journal = folder / f"{source.name}.cut"
        given = url, key, str(source), entity
        measured(UPLOAD, *given, str(journal))
        lines = journal.read_bytes().splitlines(keepends=True)
        found = []
        for _ in range(TURNS):
            journal.write_bytes(b"".join(lines[:-3]))  # without the last request and the end
            _, read = measured(ITERATION, *given)
            _, first = measured(FIRST, *given, str(journal))
            _, checked = measured(VALIDATION, *given)
            found.append((first / read, checked / read))
        ratios, validations = (", ".join(f"{ratio:.2f}" for ratio in sorted(each)) for each in zip(*found, strict=True))
        print(f"to the first unsent of {rows:,} {name}, in iter_csv of the file: {ratios}; validate: {validations}")


def _print_rate(folder: Path, url: str, key: str) -> None:
    from custobar_formats import Client

    source = write_customers(folder / "rate.csv", 180)
    with Client(url=url, key=key, rate=180) as client:
        began = time.monotonic()
        done = client.upload(source, "customers", max_records=1)
        seconds = time.monotonic() - began
    share = (done.requests - 1) / (seconds / 60) / 180
    print(f"rate: {done.requests} requests in {seconds:.2f} s, {share:.1%} of 180 a minute")


if __name__ == "__main__":
    main()
