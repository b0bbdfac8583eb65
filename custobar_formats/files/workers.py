"""Python processes that work for this one: messages to them, and their answers.

In: messages, any picklable values. Out: the answers. Rules: no process is forked and no module of the caller is
imported again; a worker never outlives the process that started it; one that dies is replaced, and its messages are
given again. Pickles are only read from pipes that these processes alone have.
"""

from __future__ import annotations

import errno
import gc
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from custobar_formats.core.job_limits import MAX_DEATHS, PIPE_BYTES

START = b"custobar-formats worker 1\n"
"""The first bytes of a worker; what a site's own modules print before is skipped."""

BOOT = """
import sys
_, module, function, *sys.path[:] = sys.argv
import importlib
getattr(importlib.import_module(module), function)()
"""
"""A worker's program: it finds the same modules as this process, wherever those are."""

SIZE = struct.Struct("<Q")


def has_python() -> bool:
    """Whether this process can start others: not in a program that has Python inside."""
    name = os.path.basename(sys.executable or "").lower()
    return not getattr(sys, "frozen", False) and ("python" in name or "pypy" in name)


class Worker:
    """One process, which answers messages in their order."""

    def __init__(self, module: str, function: str) -> None:
        self._command = [sys.executable, "-P", "-c", BOOT, module, function, *sys.path]
        self._setup: bytes | None = None
        self._waiting: deque[bytes] = deque()
        self._deaths = 0
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def set_up(self, message: Any) -> None:
        """Give a message that has no answer and comes before all others, also after a new start."""
        self._setup = packed(message)
        self._write(self._setup)

    def send(self, message: Any) -> None:
        """Give a message, which will be answered."""
        self._waiting.append(packed(message))
        self._write(self._waiting[-1])

    def receive(self) -> Any:
        """The answer to the first message that has none yet.

        Raises:
            ChildProcessError: the process has died over it again and again.
            Exception: the one that the message has raised.

        """
        while True:
            try:
                data = self._read()
                break
            except EOFError:
                self._replace()
        self._waiting.popleft()
        self._deaths = 0
        return unpacked(data)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self._has_greeted = False
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        process: subprocess.Popen[bytes]
        process = subprocess.Popen(self._command, **streams)  # type: ignore[call-overload] # noqa: S603
        _widen(process.stdout)
        return process

    def _replace(self) -> None:
        self.close()
        self._deaths += 1
        if self._deaths > MAX_DEATHS:
            code = self._process.returncode
            message = f"a process that reads a part of the file has ended {self._deaths} times, with exit code {code}"
            raise ChildProcessError(errno.ECHILD, f"{message}: read it in one process, with 1 job")
        self._process = self._start()
        if self._setup is not None:
            self._write(self._setup)
        for each in self._waiting:
            self._write(each)

    def _write(self, message: bytes) -> None:
        with suppress(OSError):  # it has died, as the next answer shows
            write_message(self._process.stdin, message)  # type: ignore[arg-type]

    def _read(self) -> bytes:
        stream = self._process.stdout
        assert stream is not None
        last = START if self._has_greeted else b""
        while last != START:
            more = stream.read(1)
            if not more:
                raise EOFError
            last = (last + more)[-len(START) :]
        self._has_greeted = True
        return read_message(stream)


class Workers:
    """Several processes; messages go to each of them in turn.

    Raises:
        OSError: the system starts no process, or not as many.

    """

    def __init__(self, module: str, function: str, count: int) -> None:
        self._workers: list[Worker] = []
        self._next = 0
        try:
            for _ in range(count):
                self._workers.append(Worker(module, function))
        except BaseException:
            self.close()
            raise

    def set_up(self, message: Any) -> None:
        """Give each a message that has no answer."""
        for worker in self._workers:
            worker.set_up(message)

    def submit(self, message: Any) -> Callable[[], Any]:
        """Give one of them a message; call the result for the answer, in the order of the messages."""
        worker = self._workers[self._next]
        self._next = (self._next + 1) % len(self._workers)
        worker.send(message)
        return worker.receive

    def close(self) -> None:
        """End all."""
        for worker in self._workers:
            worker.close()


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold more, where the system has that and allows it."""
    try:
        import fcntl
    except ImportError:
        return
    command = getattr(fcntl, "F_SETPIPE_SZ", None)
    if command is not None and pipe is not None:
        with suppress(OSError):
            fcntl.fcntl(pipe, command, PIPE_BYTES)


def write_message(stream: IO[bytes], message: bytes) -> None:
    """Write a message behind its length."""
    stream.write(SIZE.pack(len(message)))
    stream.write(message)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes:
    """The next message.

    Raises:
        EOFError: there is none.

    """
    head = stream.read(SIZE.size)
    if len(head) < SIZE.size:
        raise EOFError
    size = SIZE.unpack(head)[0]
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def serve(make: Callable[[Any], Callable[[Any], Any] | None]) -> None:
    """Answer messages from stdin on stdout until stdin ends, which ends the process at once, whatever it is at.

    ``make`` takes a message and returns what answers the others if it was one that has no answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a module prints is no answer
    came: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    done: queue.Queue[bytes] = queue.Queue(maxsize=1)
    threading.Thread(target=_take, args=(source, came), daemon=True).start()
    threading.Thread(target=_give, args=(done, target), daemon=True).start()
    answer: Callable[[Any], Any] | None = None
    gc.disable()  # it would go through all rows of a block again and again
    while True:
        message = pickle.loads(came.get())  # noqa: S301 - from the process that started this one
        made = make(message)
        if made is not None:
            answer = made
            gc.freeze()  # what is there now stays
            continue
        assert answer is not None
        done.put(answered(answer, message))
        gc.collect()


def _take(source: IO[bytes], came: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            came.put(read_message(source))
    finally:
        os._exit(0)


def _give(done: queue.Queue[bytes], target: IO[bytes]) -> None:
    try:
        target.write(START)
        target.flush()
        while True:
            write_message(target, done.get())
    finally:
        os._exit(0)


def packed(message: Any) -> bytes:
    """A message as bytes."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def answered(answer: Callable[[Any], Any], message: Any) -> bytes:
    """The answer to a message, or the exception that it raises, as bytes."""
    try:
        return packed((answer(message), None))
    except Exception as error:
        try:
            return packed((None, error))
        except Exception:
            return packed((None, RuntimeError(repr(error))))


def unpacked(data: bytes) -> Any:
    """The answer that bytes are.

    Raises:
        Exception: the one that the message has raised.

    """
    answer, error = pickle.loads(data)  # noqa: S301 - from a process that this one has given the message
    if error is not None:
        raise error
    return answer
