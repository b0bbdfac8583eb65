"""The form of a CSV file, for writing another one like it.

In: how it was read. Out: its header, its delimiter, its line ends and its encoding.
"""

from __future__ import annotations

from dataclasses import dataclass

from custobar_formats.text.encoding import UTF8, Encoding


@dataclass(frozen=True, slots=True)
class Original:
    """The form of a CSV file, for writing another one like it.

    Attributes:
        labels: its header.
        delimiter, line_end: the text between its cells, and after its rows.
        announced: whether its first line is ``sep=`` and the delimiter.
        codec: Python's name for its encoding, with the byte order.
        mark: its byte order mark.

    """

    labels: list[str]
    delimiter: str
    line_end: str
    announced: bool
    codec: str
    mark: bytes


def describe(
    head: bytes | str, sample: str, delimiter: str, encoding: Encoding | None, labels: list[str], *, announced: bool
) -> Original:
    """The form of a file with this header; ``sample`` begins with the header, and ``head`` with the file."""
    header, line_feed, _ = sample.partition("\n")
    line_end = "\r\n" if line_feed and header.endswith("\r") else "\n"
    mark = b"" if encoding is None or isinstance(head, str) else head[: encoding.mark]
    return Original(labels, delimiter, line_end, announced, UTF8 if encoding is None else encoding.codec, mark)
