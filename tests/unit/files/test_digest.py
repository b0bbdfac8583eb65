"""The digest of a source, and of its start, however it is read."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest

from custobar_formats.files.digest import Digest

TEXT = "päivä" * 40
DATA = TEXT.encode()


@pytest.mark.parametrize("start", [0, 1, 2, 7, 8, 9, len(DATA) - 1, len(DATA), len(DATA) + 1])
@pytest.mark.parametrize("size", [1, 3, 8, 1000])
@pytest.mark.parametrize("source", [TEXT, DATA], ids=["text", "bytes"])
def test_the_start_has_a_digest_of_its_own(source: str | bytes, size: int, start: int) -> None:
    stream = io.StringIO(source) if isinstance(source, str) else io.BytesIO(source)
    digest = Digest(stream, start)
    for _ in range(3):
        digest.read(size)
    digest.seek(0)  # as where the beginning is read twice
    while digest.read(size):
        pass
    assert digest.finish() == (sha256(DATA).hexdigest(), len(DATA))
    assert digest.start_sha256 == (sha256(DATA[:start]).hexdigest() if 0 < start <= len(DATA) else None)
