"""The pause of garbage collection, which would go through all rows of a block again and again.

In: a step. Out: its result. Rule: garbage collection pauses only in a main thread while no other thread runs, and
resumes afterwards.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

Step = TypeVar("Step")

_owed = False
"""Whether a pause here has turned garbage collection off. Only a main thread that is alone changes it."""


def is_alone() -> bool:
    """Whether this is the main thread and no other exists, neither of ``threading`` nor any other that runs Python."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    return threading.active_count() == 1 and len(sys._current_frames()) == 1


def paused(step: Callable[[], Step]) -> Step:
    """The result of a step, which runs while garbage collection is paused if no other thread exists.

    Garbage collection is a setting of the whole process: while a step runs, the garbage of other threads would never
    be collected. So only a main thread that is alone pauses it. It is turned on again whatever is raised, and wherever:
    a signal handler may raise between any two instructions, even within ``finally``, which is why there are two. If
    exceptions interrupt both, the next pause turns it on again. A pause within another one ends both, since each turns
    it on again if it, or an earlier one, had found it on.
    """
    global _owed
    if not (_owed or gc.isenabled()) or not is_alone():
        return step()
    try:
        try:
            _owed = True
            gc.disable()
            return step()
        finally:
            gc.enable()
            _owed = False
    finally:
        gc.enable()
        _owed = False


def _resume_in_child() -> None:
    """Turn garbage collection on again in a process that was forked during a pause."""
    global _owed
    if _owed:
        gc.enable()
        _owed = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_resume_in_child)
