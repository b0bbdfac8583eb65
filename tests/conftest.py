"""Hypothesis profiles (`quick` by default, `full` in .ci/run, `thorough` by hand), and the project's own options."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, Phase, settings

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
"""The generators of schemas and matching records are slow and discard some examples, on purpose."""

QUICK_EXAMPLES = 10
"""Examples of each law in the README's test command."""

FULL_EXAMPLES = 60
"""Examples of each law in `.ci/run`."""

THOROUGH_EXAMPLES = 3000
"""Examples of each law for a run over night, or before a release."""

MUTATION_EXAMPLES = 8
"""Examples of each law for a run against each of two thousand faults (tests/tools/mutation.py)."""

for _name in ("SIGINT", "SIGHUP", "SIGTERM"):
    # Shells and nohup make background processes ignore some of these, and the processes that the tests start would
    # inherit that.
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL)

REPEATABLE = "CI" in os.environ
"""In CI the examples are the same in each run; on developers' machines and in thorough runs they are new."""

settings.register_profile(
    "quick", deadline=None, max_examples=QUICK_EXAMPLES, suppress_health_check=SLOW_IS_FINE, derandomize=REPEATABLE
)
settings.register_profile(
    "full", deadline=None, max_examples=FULL_EXAMPLES, suppress_health_check=SLOW_IS_FINE, derandomize=REPEATABLE
)
settings.register_profile(
    "thorough", deadline=None, max_examples=THOROUGH_EXAMPLES, suppress_health_check=SLOW_IS_FINE, derandomize=False
)
settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=MUTATION_EXAMPLES,
    suppress_health_check=SLOW_IS_FINE,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # finding a fault is enough; its smallest example is not searched for
)
settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Exempt everything that exists by now from garbage collection.

    The seven thousand collected tests stay until the end. Full collections, of which the benchmarks make thousands,
    would go through them each time: that took nearly half of the time of all tests.
    """
    if hasattr(gc, "freeze"):  # CPython has it
        gc.collect()
        gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-environment", action="store_true", help="try each run of the command in each environment")
