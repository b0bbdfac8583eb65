"""The hook with which PyInstaller puts this package into a program; it finds this folder by itself."""

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """The folder of the hook, for the entry point ``pyinstaller40``."""
    return [str(Path(__file__).parent)]
