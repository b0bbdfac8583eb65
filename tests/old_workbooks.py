"""Old Excel files (.xls), built record by record: what no program writes, too. [MS-CFB], [MS-XLS]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack

END, FREE, FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
CUTOFF = 4096
SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOF, EOF = 0x0809, 0x000A


def _entry(name: str, kind: int, *, right: int = FREE, child: int = FREE, start: int = END, size: int = 0) -> bytes:
    letters = name.encode("utf-16-le") + b"\0\0"
    head = letters.ljust(64, b"\0") + pack("<HBBIII", len(letters), kind, 1, FREE, right, child)
    return head + bytes(36) + pack("<IQ", start, size)


def compound(streams: Mapping[str, bytes], *, power: int = 9) -> bytes:
    """A compound file with these streams; those of less than 4,096 bytes are in the mini stream."""
    size = 1 << power
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(data: bytes) -> int:
        """The first sector of data that is stored."""
        if not data:
            return END
        first = len(sectors)
        for at in range(0, len(data), size):
            sectors.append(data[at : at + size].ljust(size, b"\0"))
            fat.append(len(sectors))
        fat[-1] = END
        return first

    mini, mini_fat, entries = b"", b"", []
    for number, (name, data) in enumerate(streams.items(), 1):
        right = number + 1 if number < len(streams) else FREE
        if len(data) >= CUTOFF or not data:
            start = add(data)
        else:
            start, count = len(mini) // 64, -(-len(data) // 64)
            mini_fat += b"".join(pack("<I", start + each + 1) for each in range(count - 1)) + pack("<I", END)
            mini += data.ljust(64 * count, b"\0")
        entries.append(_entry(name, 2, right=right, start=start, size=len(data)))
    entries.insert(0, _entry("Root Entry", 5, child=1, start=add(mini), size=len(mini)))
    directory, small = add(b"".join(entries)), add(mini_fat)
    count, lists = 1, 0
    while (len(sectors) + count + lists) * 4 > count * size:
        count += 1
        lists = -(-max(0, count - 109) // (size // 4 - 1))
    places = list(range(len(sectors), len(sectors) + count))
    more = len(sectors) + count
    fat += [FAT_SECTOR] * (count + lists)
    table = b"".join(pack("<I", each) for each in fat).ljust(count * size, b"\xff")
    header = SIGNATURE + bytes(16) + pack("<HHHHH", 0x3E, 3 if power == 9 else 4, 0xFFFE, power, 6) + bytes(6)
    header += pack("<IIIIIIIII", 0, count, directory, 0, CUTOFF, small, 1, more if lists else END, lists)
    header += b"".join(pack("<I", place) for place in places[:109]).ljust(436, b"\xff")
    longer = b""
    for number in range(lists):
        here = places[109 + number * (size // 4 - 1) :][: size // 4 - 1]
        longer += b"".join(pack("<I", place) for place in here).ljust(size - 4, b"\xff")
        longer += pack("<I", more + number + 1 if number + 1 < lists else END)
    return header.ljust(size, b"\0") + b"".join(sectors) + table + longer


def record(code: int, content: bytes = b"") -> bytes:
    return pack("<HH", code, len(content)) + content


def begin(kind: int, version: int = 0x0600) -> bytes:
    return record(BOF, pack("<HHHHII", version, kind, 0x0DBB, 1996, 0, 6))


def letters(text: str, count: str = "<H") -> bytes:
    """A text as its length, its flags and its letters."""
    if text.isascii():
        return pack(count, len(text)) + b"\0" + text.encode()
    wide = text.encode("utf-16-le", "surrogatepass")
    return pack(count, len(wide) // 2) + b"\1" + wide


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x0203, pack("<HHHd", row, column, style, value))


def label(row: int, column: int, text: str) -> bytes:
    return record(0x0204, pack("<HHH", row, column, 0) + letters(text))


def shared(row: int, column: int, place: int) -> bytes:
    return record(0x00FD, pack("<HHHI", row, column, 0, place))


def formula(row: int, column: int, value: bytes, flags: int = 0, text: str | None = None) -> bytes:
    """A formula with the eight bytes of its value, and the text that it has."""
    found = record(0x0006, pack("<HHH", row, column, 0) + value + pack("<HIH", flags, 0, 0))
    return found if text is None else found + record(0x0207, letters(text))


def texts_row(row: int, *cells: str) -> bytes:
    return b"".join(label(row, column, cell) for column, cell in enumerate(cells) if cell)


def texts_record(texts: Sequence[bytes]) -> bytes:
    return record(0x00FC, pack("<II", len(texts), len(texts)) + b"".join(texts))


def workbook(
    sheets: Mapping[str, bytes],
    *,
    formats: Sequence[str | int] = (0,),
    states: Mapping[str, int] | None = None,
    more: bytes = b"",
    version: int = 0x0600,
) -> bytes:
    """The stream of a workbook with the records of its sheets; ``formats`` are numbers or codes of the styles."""
    codes = {code: 164 + place for place, code in enumerate(formats) if isinstance(code, str)}
    head = begin(0x0005, version) + more
    head += b"".join(record(0x041E, pack("<H", number) + letters(code)) for code, number in codes.items())
    for code in formats:
        size = 20 if version == 0x0600 else 16
        head += record(0x00E0, pack("<HH", 0, codes[code] if isinstance(code, str) else code).ljust(size, b"\0"))
    names = {
        name: letters(name, "<B") if version == 0x0600 else pack("<B", len(name)) + name.encode("cp1252")
        for name in sheets
    }
    at = len(head) + sum(10 + len(name) for name in names.values()) + 4
    parts = []
    for name, cells in sheets.items():
        head += record(0x0085, pack("<IBB", at, (states or {}).get(name, 0), 0) + names[name])
        parts.append(begin(0x0010, version) + cells + record(EOF))
        at += len(parts[-1])
    return head + record(EOF) + b"".join(parts)


def xls(cells: bytes, **more: object) -> bytes:
    """A file with a workbook of one sheet."""
    return compound({"Workbook": workbook({"Sheet1": cells}, **more)})  # type: ignore[arg-type]
