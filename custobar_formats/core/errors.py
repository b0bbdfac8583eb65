"""The exceptions: wrong calls, and data that cannot be converted.

In: the facts. Out: exceptions that hold the facts as attributes, build their message from them, and
can be copied and pickled. All share one base class, which is a ``ValueError``.
"""

from __future__ import annotations

from custobar_formats.core.callers import Caller, Sentence
from custobar_formats.core.encodings import ENCODING_WORDS
from custobar_formats.core.limits import MAX_ARGUMENT_CHARS
from custobar_formats.core.shown import as_argument, shortened, shown


class CustobarFormatsError(ValueError):
    """The base class of every error that this package raises on purpose."""


class UsageError(CustobarFormatsError):
    """A call that cannot work: an unknown option, or options that contradict each other."""


class InvalidArgument(UsageError):
    """An argument that cannot be used; the command has an option of its name.

    Attributes:
        message: what is wrong.
        as_option: the same, with the option as it is written in the command.

    """

    def __init__(self, message: str, as_option: str) -> None:
        super().__init__(message, as_option)
        self.message = message
        self.as_option = as_option

    def __str__(self) -> str:
        return self.message


def invalid_argument(name: str, value: object, reason: str) -> InvalidArgument:
    """The error about an argument; ``reason`` begins with the mark or space before it.

    Example:
        >>> error = invalid_argument("country", "XX", ": give the code of a country")
        >>> str(error), error.as_option
        ("country='XX': give the code of a country", '--country XX: give the code of a country')

    """
    option = f"--{name.replace('_', '-')} {as_argument(value if isinstance(value, str) else shown(value))}"
    return InvalidArgument(f"{name}={shown(value)}{reason}", f"{option}{reason}")


def misuse(sentence: Sentence) -> InvalidArgument:
    """The error of a call that names arguments.

    Example:
        >>> error = misuse(lambda caller: f"it exists: give {caller.argument('again', True)}")
        >>> str(error), error.as_option
        ('it exists: give again=True', 'it exists: give --again')

    """
    return InvalidArgument(sentence(Caller.PYTHON), sentence(Caller.COMMAND))


def misuse_of(name: str, error: UsageError) -> UsageError:
    """The same error, with the name of what it is about before it."""
    if isinstance(error, InvalidArgument):
        return InvalidArgument(f"{name}: {error.message}", f"{name}: {error.as_option}")
    return UsageError(f"{name}: {error}")


class UnsupportedCharset(UsageError):
    """An encoding that Custobar's data import does not accept.

    Attributes:
        charset: the name that was given.

    """

    def __init__(self, charset: str) -> None:
        super().__init__(charset)
        self.charset = charset

    def __str__(self) -> str:
        return f"unsupported encoding {shown(self.charset)}: use {ENCODING_WORDS}"


class SchemaError(UsageError):
    """A schema that is not a usable JSON Schema.

    Attributes:
        reason: what is wrong.
        pointer: the place in the schema, as a JSON pointer (RFC 6901).

    """

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason, pointer)
        self.reason = reason
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.reason} (in the schema at {shortened(self.pointer, MAX_ARGUMENT_CHARS) or 'its root'})"


class RequestFailed(CustobarFormatsError):
    """A request to Custobar that did not get what it asked for.

    Attributes:
        reason: what happened and what to do, without any key.
        verdict: as of an ``Answer``, such as ``no-key``; also ``not-sent``, ``no-such-host`` and ``cannot-send``.
        status: the status of the answer; None without one.
        code: the code of the error that Custobar gave.
        message: the message of that error.
        is_temporary: whether the same call may work later.

    """

    def __init__(
        self,
        reason: str,
        verdict: str,
        status: int | None = None,
        code: str | None = None,
        message: str | None = None,
        *,
        is_temporary: bool = False,
    ) -> None:
        super().__init__(reason, verdict, status, code, message)
        self.reason = reason
        self.verdict = verdict
        self.status = status
        self.code = code
        self.message = message
        self.is_temporary = is_temporary

    def __str__(self) -> str:
        return self.reason


class NotExpressible(CustobarFormatsError):
    """A record that cannot be written so that reading returns the same record.

    Attributes:
        reason: why not.
        record: the 1-based number of the record, or None if no single record is at fault.
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
            where.append(f"at {shortened(self.path, MAX_ARGUMENT_CHARS) or 'its root'}")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason
