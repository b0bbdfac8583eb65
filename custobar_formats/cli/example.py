"""An example of a finding.

In: values. Out: the same, by name.
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A file that gives a finding, and the same file fixed.

    Attributes:
        why: what would happen at an upload, and what to do.
        bad: the file, as text, or as bytes if they cause the finding; None if no file can show it.
        good: the same file, fixed.
        format: csv, json or jsonl.
        entity: the entity whose schema checks it, if any.
        encoding: the declared encoding, if any.
        mapping: the mapping that it is read by, as TOML, if any.

    """

    why: str
    bad: str | bytes | None = None
    good: str | bytes | None = None
    format: str = "csv"
    entity: str | None = None
    encoding: str | None = None
    mapping: str | None = None
