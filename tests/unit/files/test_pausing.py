"""The pause of garbage collection: no other thread notices it, and it always ends.

The test process may have other threads (those of pytest-xdist do), so most of this runs in new processes.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from custobar_formats import from_csv, iter_csv, validate
from custobar_formats.files import pausing
from custobar_formats.files.pausing import paused

ROOT = Path(__file__).parents[3]
NUMBERS = {"properties": {"a": {"type": "number"}}}
TEXT = "a\n" + "1.5\n" * 1000


def run(code: str, *arguments: str) -> str:
    """The output of a new process that starts with its main thread alone."""
    setup = "import gc, os, sys, threading, _thread; from custobar_formats import *\n"
    setup += "from custobar_formats.files.pausing import paused\n"
    setup += f"NUMBERS = {NUMBERS}; TEXT = 'a\\n' + '1.5\\n' * 1000\n"
    command = [sys.executable, "-W", "error", "-c", setup + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


STATES = """
states = []
def number(text):
    states.append(gc.isenabled())
    return float(text)
"""


def test_it_is_paused_in_a_main_thread_that_is_alone() -> None:
    for call in ("from_csv(TEXT, NUMBERS, parse_float=number)", "list(iter_csv(TEXT, NUMBERS, parse_float=number))"):
        assert run(f"{STATES}{call}; print(set(states), gc.isenabled())") == "{False} True", call


@pytest.mark.parametrize(
    "start",
    [
        "threading.Thread(target=hold.acquire, daemon=True).start()",
        "_thread.start_new_thread(lambda: hold.acquire(), ())",
    ],
)
def test_it_is_not_paused_beside_another_thread(start: str) -> None:
    code = f"{STATES}\nimport time\nhold = _thread.allocate_lock(); hold.acquire(); {start}\n"
    code += "while len(sys._current_frames()) == 1: time.sleep(0.001)\n"
    code += "from_csv(TEXT, NUMBERS, parse_float=number); print(set(states), flush=True); os._exit(0)"
    assert run(code) == "{True}"


def test_it_is_not_paused_in_another_thread() -> None:
    code = (
        f"{STATES}\nthread = threading.Thread(target=from_csv, args=(TEXT, NUMBERS), kwargs=dict(parse_float=number))"
    )
    assert run(f"{code}\nthread.start(); thread.join(); print(set(states), gc.isenabled())") == "{True} True"


def test_it_goes_on_at_the_next_block_when_a_thread_starts() -> None:
    code = f"""{STATES}
hold = threading.Event()
def first(text):
    if not states:
        threading.Thread(target=hold.wait).start()
    return number(text)
from_csv(TEXT, NUMBERS, parse_float=first)
hold.set()
print(states.index(True) <= 128, set(states[128:]))
"""
    assert run(code) == "True {True}"


def test_threads_that_read_all_the_time_have_their_garbage_collected() -> None:
    class Node:
        me: Node

    collected: list[int] = []

    def work() -> None:
        for _ in range(50):
            for _ in range(20):
                node = Node()
                node.me = node
                weakref.finalize(node, collected.append, 1)
            from_csv(TEXT, NUMBERS)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(collected) > 100


@pytest.mark.skipif(not hasattr(sys.modules["os"], "fork"), reason="no fork here")
@pytest.mark.parametrize("enabled", [True, False])
def test_a_forked_child_has_it_as_it_was_before(enabled: bool) -> None:
    code = f"""
{"gc.enable()" if enabled else "gc.disable()"}
def fork():
    child = os.fork()
    if not child:
        os._exit(gc.isenabled())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), gc.isenabled()
print(*paused(fork), gc.isenabled())
"""
    assert run(code) == ("1 False True" if enabled else "0 False False")


SIGNALS = """
import random, signal, time
rounds = int(sys.argv[1])
class Hit(BaseException): pass
fired = False
def hit(*_):
    global fired
    fired = True
    raise Hit
def until_hit(call):
    while not fired:
        call()
signal.signal(signal.SIGALRM, hit)
sys.unraisablehook = lambda _: None  # raised in a finalizer, where nobody can catch it
text = "a,b\\n" + "1,x\\n" * 150
calls = [lambda: from_csv(text), lambda: list(iter_csv(text)), lambda: next(iter_csv(text)), lambda: validate(text)]
for call in calls:
    call()
began = time.perf_counter()
for _ in range(20):
    for call in calls:
        call()
longest = (time.perf_counter() - began) / 80
random.seed(7)
caught = off = 0
for number in range(rounds):
    fired = False
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 1.2 * longest))
        until_hit(calls[number % 4])
    except Hit:
        caught += 1
    off += not gc.isenabled()
print(caught > rounds * 0.9, off)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no timers here")
def test_exceptions_of_signals_leave_nothing_off() -> None:
    assert run(SIGNALS, "600") == "True 0"


@contextmanager
def raising_at(count: int, function: Callable[..., Any]) -> Iterator[list[int]]:
    """Raise an exception before the given instruction of a function; yields the number of instructions that ran."""
    ran = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            ran[0] += 1
            if ran[0] == count:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield ran
    finally:
        sys.settrace(before)


def fail() -> None:
    raise ValueError


@pytest.mark.parametrize("step", [int, fail, lambda: paused(int)])
@pytest.mark.parametrize("enabled", [True, False])
def test_an_exception_before_any_instruction_leaves_it_as_it_was(
    step: Callable[[], Any], enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a separate thread: an exception during the handling of another would stay the current one of this thread."""
    monkeypatch.setattr(pausing, "is_alone", lambda: True)
    states: list[tuple[bool, bool]] = []

    def raise_everywhere() -> None:
        ran, count = [1], -1  # the first run is for Python 3.12, which traces no instructions then
        while count < 1 or ran[0] >= count:
            count += 1
            with suppress(KeyboardInterrupt, ValueError), raising_at(count, paused) as ran:
                paused(step)
            states.append((gc.isenabled(), pausing._owed))

    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        thread = threading.Thread(target=raise_everywhere)
        thread.start()
        thread.join()
    finally:
        (gc.enable if was else gc.disable)()
    assert set(states) == {(enabled, False)}
    assert len(states) > (20 if enabled else 5)


def test_what_was_left_off_is_on_after_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """One exception never leaves it off; several, each during the handling of the last, may."""
    monkeypatch.setattr(pausing, "is_alone", lambda: True)
    monkeypatch.setattr(pausing, "_owed", True)
    was = gc.isenabled()
    gc.disable()
    try:
        validate("a\n1\n")
        assert gc.isenabled()
        assert not pausing._owed
    finally:
        (gc.enable if was else gc.disable)()


def test_a_pause_within_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pausing, "is_alone", lambda: True)
    was = gc.isenabled()
    gc.enable()
    try:
        assert paused(lambda: (gc.isenabled(), paused(gc.isenabled))) == (False, False)
        assert gc.isenabled()
        assert not pausing._owed
    finally:
        (gc.enable if was else gc.disable)()


def test_a_reading_that_is_given_up_leaves_it_on() -> None:
    reading = iter_csv(TEXT)
    next(reading)
    assert gc.isenabled()
    del reading
    assert gc.isenabled()
