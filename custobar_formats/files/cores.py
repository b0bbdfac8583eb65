"""The processor cores that this process may use.

In: what the system shows. Out: a number. Rule: a process that is bound to some cores, or has a quota of their time, as
in a container, counts no others.
"""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path

QUOTA_FILES = (Path("/sys/fs/cgroup/cpu.max"),)
OLD_QUOTA_FILES = (Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us"))
"""Where Linux shows the quota of a container: microseconds of processor time in each period."""


def usable_cores() -> int:
    """How many cores this process may use, at least 1."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cores_of_quota(" ".join(map(_read, QUOTA_FILES))) or cores_of_quota(" ".join(map(_read, OLD_QUOTA_FILES)))
    return max(1, min(bound, quota or bound))


def cores_of_quota(text: str) -> int | None:
    """The cores that a quota and its period are; None without a quota.

    Example:
        >>> cores_of_quota("150000 100000"), cores_of_quota("max 100000"), cores_of_quota("-1 100000")
        (2, None, None)

    """
    numbers = text.split()
    if len(numbers) != 2 or not all(map(str.isdecimal, numbers)) or not int(numbers[1]):
        return None
    return max(1, ceil(int(numbers[0]) / int(numbers[1])))


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""
