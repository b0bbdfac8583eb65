"""The exceptions: what a caller did wrong, or what data cannot become.

In: the facts. Out: exceptions that carry those facts as attributes, can be copied and pickled, and
derive their sentence from them. All share one base class, which is a ``ValueError``.
"""

from __future__ import annotations

from custobar_formats.core.encodings import ENCODING_WORDS


class CustobarFormatsError(ValueError):
    """The base class of every error that this package raises on purpose."""


class UsageError(CustobarFormatsError):
    """A function was called in a way that cannot work: an unknown option, a contradiction."""


class UnsupportedCharset(UsageError):
    """A charset was asked for that Custobar's data import does not take.

    Attributes:
        charset: the name that was given.

    """

    def __init__(self, charset: str) -> None:
        super().__init__(charset)
        self.charset = charset

    def __str__(self) -> str:
        return f"unsupported encoding {self.charset!r}: use {ENCODING_WORDS}"


class SchemaError(UsageError):
    """A schema is not a JSON Schema that can be used.

    Attributes:
        reason: what is wrong.
        pointer: where in the schema, as a JSON pointer (RFC 6901).

    """

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason, pointer)
        self.reason = reason
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.reason} (in the schema at {self.pointer or 'its root'})"


class NotExpressible(CustobarFormatsError):
    """A record cannot be written so that reading gives it back.

    Attributes:
        reason: why not.
        record: the 1-based number of the record, or None where it is not one record's fault.
        path: the place in the record, as a JSON pointer (RFC 6901), or None.

    """

    def __init__(self, reason: str, record: int | None = None, path: str | None = None) -> None:
        super().__init__(reason, record, path)
        self.reason = reason
        self.record = record
        self.path = path

    def __str__(self) -> str:
        where = [f"record {self.record}"] if self.record is not None else []
        if self.path is not None:
            where.append(f"at {self.path or 'its root'}")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason
