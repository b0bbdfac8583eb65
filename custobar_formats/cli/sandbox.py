"""The command that runs the documented server on this machine.

In: arguments. Out: the address, a key and how to use them on stdout; at the end the exit code, which is 1 if a client
did what it must not.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from custobar_formats.cli.convert import counted
from custobar_formats.cli.terminal import INVALID, VALID, print_message, print_out

if TYPE_CHECKING:
    from custobar_formats.upload.sandbox_server import Sandbox

ABOUT_SANDBOX = """Run a server that answers as Custobar's API is documented.

It runs on this machine alone, keeps nothing, and ends on Ctrl-C: try an upload against it, or test your own. It
enforces what the pages say, and can go wrong in every way in which a server can (--faults). The exit code is 1 if a
client sent again what was answered, sent after Ctrl-C, or let an older record overwrite a newer one.
"""

IDLE_SECONDS = 3600.0
"""Seconds without a request after which it ends: long enough for a break, and no forgotten server stays."""

GRACE_SECONDS = 1.0
"""Seconds after Ctrl-C in which it waits for clients that go on sending; they got the same Ctrl-C."""

PORT = click.IntRange(0, 65_535)
PORT.name = "port"  # for "'x' is not a valid port"


@click.command(help=ABOUT_SANDBOX)
@click.option("--port", metavar="N", type=PORT, default=0, help="Port to listen on. Default: one that is free.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Seed of the keys and of the faults.")
@click.option(
    "--faults",
    metavar="SHARE|NAME",
    multiple=True,
    help="Faults: the share of requests that meet one (0.05), names of faults, or NAME@3 for the third request. "
    "May be repeated, or divided by commas.",
)
@click.option("--lenient", is_flag=True, help="Do not enforce what --list-rules marks with *.")
@click.option("--list-rules", is_flag=True, help="Print the rules, how sure each is, and the faults; start no server.")
def sandbox(port: int, seed: int, faults: tuple[str, ...], lenient: bool, list_rules: bool) -> int:
    """Run the documented server; return the exit code."""
    from custobar_formats.upload.sandbox_faults import fault_lines
    from custobar_formats.upload.sandbox_rules import rule_lines
    from custobar_formats.upload.sandbox_server import Sandbox

    if list_rules:
        print_out("\n".join([*rule_lines(), "", "faults:", *fault_lines()]))
        return VALID
    with Sandbox(port=port, seed=seed, faults=faults, lenient=lenient) as running, _signals() as (stopped, interrupted):
        print_out("\n".join(_greeting(running)))
        while not stopped.wait(0.1) and time.monotonic() - running.last_used < IDLE_SECONDS:
            if interrupted.is_set():
                running.interrupted()
                stopped.wait(GRACE_SECONDS)
                break
    return _verdict(running)


def _greeting(running: Sandbox) -> list[str]:
    """The address, and how to use it."""
    from custobar_formats.upload.sandbox_keys import CODE, PASSWORD, USER

    return [
        running.url,
        "Use this address in place of https://COMPANY.custobar.com; it answers this machine alone.",
        f"A key that may do everything: export CUSTOBAR_API_KEY={running.key}",
        f"Or make a key, as user {USER} with password {PASSWORD} and code {CODE}.",
        "Ctrl-C ends it, and so does an hour without a request.",
    ]


@contextmanager
def _signals() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Two events, one that SIGTERM sets and the second Ctrl-C, and one that the first Ctrl-C sets."""
    stopped, interrupted = threading.Event(), threading.Event()

    def stop(number: int, _: object) -> None:
        (interrupted if number == signal.SIGINT and not interrupted.is_set() else stopped).set()

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each, action in before.items():
        if action != signal.SIG_IGN:
            signal.signal(each, stop)
    try:
        yield stopped, interrupted
    finally:
        for each, action in before.items():
            signal.signal(each, action)


def _verdict(running: Sandbox) -> int:
    """Print what came; return the exit code."""
    requests, counts = running.requests, running.counts
    taken = counted(sum(each.taken for each in requests), "record")
    print_message(f"sandbox: {counted(len(requests), 'request')}, {taken} taken")
    for line in running.violations:
        print_message(f"error: {line}")
    more = sum(counts.values()) - len(running.violations)
    if more > 0:
        print_message(f"error: {more:,} more of these")
    return INVALID if any(counts.values()) else VALID
