"""Runs one target under atheris: ``python -m fuzz.child TARGET``, then libFuzzer's own arguments."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["custobar_formats"]):
    from fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
