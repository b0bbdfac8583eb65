"""Streams that behave as those of programs do."""

from __future__ import annotations

import io


class ReadOnce(io.BytesIO):
    """A stream that can be read only once."""

    def seekable(self) -> bool:
        return False
