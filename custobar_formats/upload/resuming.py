"""Decides how an upload goes on with the journal that it finds.

In: the journal, what is to be uploaded now, and the options of the call. Out: whether to begin, to go on, to begin
anew, or to do nothing; and what is in doubt. Rule: what was taken is sent again only where a person has asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from custobar_formats.core.errors import InvalidArgument, misuse
from custobar_formats.core.shown import shown
from custobar_formats.upload.journal import Journal, another_journal
from custobar_formats.upload.journal_lines import Begin, Outcome, State
from custobar_formats.upload.row_map import count_rows

SUFFIX = "upload-journal"

BEGINS_ANEW = "a new upload begins"


class Opening(StrEnum):
    """The ways to go on with a journal."""

    BEGIN = "begin"
    RESUME = "resume"
    REPLACE = "replace"
    """Keep it as `.old`, and begin."""
    NOTHING = "nothing"
    """All of it has been uploaded."""


class InDoubt(StrEnum):
    """The ways to treat rows of which nobody knows if they have arrived."""

    RESEND = "resend"
    HOLD = "hold"
    SETTLE = "settle"
    """A person has looked: they have arrived."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The wishes of a user about the journal that is found."""

    again: bool = False
    if_new: bool = False
    abandon: bool = False


class Start(NamedTuple):
    """How a source begins: the digest of its first bytes, as many as that of an earlier upload had."""

    size: int
    sha256: str | None


class Opened(NamedTuple):
    """The way to go on with a journal, and a line about it for the user.

    ``is_usual``: nothing is wrong, so that the line can be left out.
    """

    opening: Opening
    note: str | None = None
    is_usual: bool = False


SAME_RECORDS = frozenset({"body-form", "max-records", "max-bytes"})
"""Options that only cut or write the same records otherwise: once all are uploaded, they make no difference."""


def journal_name(source: str, origin: str) -> str:
    """The name of a journal beside its source.

    Example:
        >>> journal_name("customers.csv", "https://acme.custobar.com"), journal_name("a.csv", "http://[::1]:8080")
        ('customers.csv.acme.custobar.com.upload-journal', 'a.csv.--1-8080.upload-journal')

    """
    host = origin.split("//", 1)[-1].replace("[", "").replace("]", "").replace(":", "-")  # Windows has none in names
    return f"{source}.{host}.{SUFFIX}"


def differences(old: Begin, new: Begin) -> tuple[str, ...]:
    """The differences between what a journal was begun with and what is to be uploaded now.

    ``entity``, ``address``, ``content``, or the names of options.
    """
    pairs: dict[str, tuple[object, object]] = {
        "entity": (old.entity, new.entity),
        "address": (old.address, new.address),
        "content": ((old.size, old.sha256), (new.size, new.sha256)),
    }
    options = sorted(old.options.keys() | new.options.keys())
    pairs |= {name: (old.options.get(name), new.options.get(name)) for name in options}
    return tuple(name for name, (before, now) in pairs.items() if before != now)


def open_for(journal: Journal, new: Begin, choices: Choices, *, unsent: int = 0, start: Start | None = None) -> Opened:
    """The way to go on with the journal.

    ``unsent``: how many valid rows of the source it does not have. ``start``: how the source begins.

    Raises:
        UsageError: it is of something else, or of an upload that has ended; or the options contradict each other.

    """
    if choices.again and choices.if_new:
        raise misuse(
            lambda caller: (
                f"{caller.argument('again', True)} uploads what has been uploaded, "
                f"{caller.argument('if_new', True)} does not: give one of them"
            )
        )
    old = journal.begin
    if old is None:
        return Opened(Opening.BEGIN)
    differing = differences(old, new)
    for name, before in (("entity", old.entity), ("address", old.address)):
        if name in differing:
            raise _of_another(name, before)
    if "content" in differing:
        if old.name != new.name:
            raise _of_another("file", shown(old.name))
        if journal.ended is not None:
            return _open_other_content(journal, old, choices, start)
        return _open_unfinished(journal, old, new, choices)
    if journal.ended is not None:
        return _open_same_content(journal, new, choices, unsent)
    if not differing:
        return Opened(Opening.RESUME, f"going on: {_counted(journal)}")
    if not choices.abandon:
        names = ", ".join(differing)
        raise misuse(
            lambda caller: (
                f"the upload was begun with another {names}: go on with the same, or begin anew with "
                f"{caller.argument('abandon', True)}, which sends again what was taken"
            )
        )
    return Opened(Opening.REPLACE, f"abandoned: {_counted(journal)}: {BEGINS_ANEW}")


def _open_same_content(journal: Journal, new: Begin, choices: Choices, unsent: int) -> Opened:
    """The way to go on where the same content was uploaded, perhaps as other records."""
    old = journal.begin
    assert old is not None
    done = f"the same content was uploaded at {_ended(journal)}"
    if choices.again:
        return Opened(Opening.REPLACE)
    names = [name for name in differences(old, new) if name not in SAME_RECORDS]
    if names or unsent:
        how = f" with another {', '.join(names)}" if names else f", but for {_rows(unsent)} that can be sent now"
        if old.identified and new.identified:
            return Opened(Opening.REPLACE, f"{done}{how}: {BEGINS_ANEW}", is_usual=True)
        taken = _rows(count_rows(journal.in_state(State.TAKEN)))
        raise misuse(
            lambda caller: (
                f"{done}{how}: {taken} would be stored twice, without an identifier: upload what is missing as a file "
                f"of its own, or all of it with {caller.argument('again', True)}"
            )
        )
    refused = count_rows(journal.in_state(State.REFUSED))
    if choices.if_new:
        return Opened(Opening.NOTHING, done, is_usual=not refused)
    without = f", but for {_rows(refused)} that Custobar refused" if refused else ""
    raise misuse(lambda caller: f"{done}{without}: upload it once more with {caller.argument('again', True)}")


def _open_other_content(journal: Journal, old: Begin, choices: Choices, start: Start | None) -> Opened:
    """The way to go on where the source had other content, which was uploaded whole."""
    taken = count_rows(journal.in_state(State.TAKEN))
    has_grown = start is not None and start == (old.size, old.sha256)
    if has_grown and taken and not old.identified and not choices.again:
        raise misuse(
            lambda caller: (
                f"the file has grown since it was uploaded at {_ended(journal)}: {_rows(taken)} would be stored twice, "
                "without an identifier: upload the new rows as a file of their own, or all of it with "
                f"{caller.argument('again', True)}"
            )
        )
    note = f"the file had other content, uploaded at {_ended(journal)}: {BEGINS_ANEW}"
    return Opened(Opening.REPLACE, note, is_usual=True)


def _open_unfinished(journal: Journal, old: Begin, new: Begin, choices: Choices) -> Opened:
    """The way to go on where the source had other content, which was not uploaded whole."""
    note = f"the file had other content before, which was not uploaded whole: {_counted(journal)}"
    if not choices.abandon and not (old.identified and new.identified):
        raise misuse(
            lambda caller: (
                f"{note}; put it back and finish that upload, or begin with the new content with "
                f"{caller.argument('abandon', True)}, which may send rows twice"
            )
        )
    return Opened(Opening.REPLACE, f"{note}: {BEGINS_ANEW}")


def left_out(refused: int, refused_name: str | None, rejected: int, rejects: str | None) -> str | None:
    """A line about the rows of an upload that was whole which Custobar does not have, and where they are.

    Example:
        >>> left_out(3, "a.csv.refused.csv", 1, "bad.csv")
        '3 rows were refused (a.csv.refused.csv), 1 row had errors (bad.csv): correct them there, and upload that file'
        >>> left_out(1, None, 0, None), left_out(0, None, 0, None)
        ('1 row was refused: correct it, and upload that row', None)

    """
    refusals = f"{_rows(refused)} {'was' if refused == 1 else 'were'} refused" if refused else ""
    faults = f"{_rows(rejected)} had errors" if rejected else ""
    each = [(text, name) for text, name in ((refusals, refused_name), (faults, rejects)) if text]
    if not each:
        return None
    listed = ", ".join(f"{text} ({name})" if name else text for text, name in each)
    it = "it" if refused + rejected == 1 else "them"
    if all(name for _, name in each):
        return f"{listed}: correct {it} there, and upload that file"
    return f"{listed}: correct {it}, and upload {'that row' if it == 'it' else 'those rows'}"


def _ended(journal: Journal) -> str:
    return f"{journal.ended:%Y-%m-%d %H:%M} UTC"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _of_another(kind: str, name: str) -> InvalidArgument:
    """The error where the journal that is found is of something else."""
    return misuse(lambda caller: f"the journal is of another {kind}, {name}: {another_journal(caller)}")


def _counted(journal: Journal) -> str:
    """How many rows are taken, refused and in doubt."""
    taken, refused = (count_rows(journal.in_state(state)) for state in (State.TAKEN, State.REFUSED))
    doubted = sum(count_rows(doubt.rows) for doubt in journal.doubts())
    return f"{taken:,} rows taken, {refused:,} refused, {doubted:,} in doubt"


def is_held(given: InDoubt | None, *, identified: bool) -> bool:
    """Whether rows in doubt are not sent again: an identifier makes a second delivery an update."""
    if given in (InDoubt.RESEND, InDoubt.HOLD):
        return given is InDoubt.HOLD
    return not identified


def settled(journal: Journal) -> list[Outcome]:
    """The events to record where a person has looked, and all that was in doubt has arrived."""
    return [Outcome(State.TAKEN, doubt.rows, settled=True) for doubt in journal.doubts()]
