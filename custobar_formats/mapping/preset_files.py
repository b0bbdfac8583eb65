"""The presets: mappings of the exports of known shops, one TOML file each in the folder ``presets``.

In: a name. Out: the bytes of the file. Rule: a preset is a mapping file and nothing else.
"""

from __future__ import annotations

from functools import lru_cache

from custobar_formats.core.errors import UsageError
from custobar_formats.core.near import near
from custobar_formats.core.shown import shown

SUFFIX = ".toml"


@lru_cache(maxsize=1)
def presets() -> tuple[str, ...]:
    """The names of all presets, in order."""
    from importlib.resources import files  # takes some milliseconds, which most runs do not need

    folder = files("custobar_formats.mapping").joinpath("presets")
    return tuple(sorted(each.name.removesuffix(SUFFIX) for each in folder.iterdir() if each.name.endswith(SUFFIX)))


def read_preset(name: str) -> bytes:
    """The file of a preset."""
    from importlib.resources import files

    return files("custobar_formats.mapping").joinpath("presets", name + SUFFIX).read_bytes()


def about_preset(name: str) -> str:
    """The export that a preset is for: the first line of its comment."""
    return read_preset(name).decode("utf-8").partition("\n")[0].lstrip("# ").removeprefix("Export: ").rstrip()


def unknown_preset(name: str) -> UsageError:
    """The error about a name that no preset has, with the nearest one."""
    close = near(name, presets())
    hint = f"did you mean {shown(close)}?" if close is not None else "'custobar-formats map --list' shows all"
    return UsageError(f"there is no preset named {shown(name)}: {hint}")
