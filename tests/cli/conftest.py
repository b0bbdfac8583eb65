"""Commands that talk to Custobar, without the user's own key, settings and proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

VARIABLES = ("CUSTOBAR_API_KEY", "CUSTOBAR_USER", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own settings; nothing is in it."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    root = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(root))
    folder = root / "custobar-formats"
    folder.mkdir()
    return folder
