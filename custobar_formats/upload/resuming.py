"""Decides how an upload goes on with the journal that it finds.

In: the journal, what is to be uploaded now, and the options of the call. Out: whether to begin, to go on, to begin
anew, or to do nothing; and what is in doubt. Rule: what was taken is sent again only where a person has asked for it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from custobar_formats.core.errors import InvalidArgument, misuse
from custobar_formats.core.shown import shown
from custobar_formats.upload.journal import Journal, another_journal
from custobar_formats.upload.journal_lines import Begin, Outcome, State
from custobar_formats.upload.row_map import count_rows

SUFFIX = "upload-journal"


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


class Opened(NamedTuple):
    """The way to go on with a journal, and a line about it for the user."""

    opening: Opening
    note: str | None = None


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


def open_for(journal: Journal, new: Begin, *, again: bool, if_new: bool, abandon: bool) -> Opened:
    """The way to go on with the journal.

    Raises:
        UsageError: it is of something else, or of an upload that has ended; or the options contradict each other.

    """
    if again and if_new:
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
        return _open_for_other_content(journal, old, new, abandon=abandon)
    if journal.ended is not None:
        done = f"the same content was uploaded by {journal.ended:%Y-%m-%d %H:%M} UTC"
        if if_new:
            return Opened(Opening.NOTHING, done)
        if not again:
            raise misuse(lambda caller: f"{done}: upload it once more with {caller.argument('again', True)}")
        return Opened(Opening.REPLACE)
    if not differing:
        return Opened(Opening.RESUME, f"going on: {_counted(journal)}")
    if not abandon:
        names = ", ".join(differing)
        raise misuse(
            lambda caller: (
                f"the upload was begun with another {names}: go on with the same, or begin anew with "
                f"{caller.argument('abandon', True)}, which sends again what was taken"
            )
        )
    return Opened(Opening.REPLACE, f"abandoned: {_counted(journal)}")


def _open_for_other_content(journal: Journal, old: Begin, new: Begin, *, abandon: bool) -> Opened:
    """The way to go on where the source has other content than the journal's."""
    if old.name != new.name:
        raise _of_another("file", shown(old.name))
    if journal.ended is not None:
        return Opened(Opening.REPLACE)
    note = f"the file had other content before, which was not uploaded whole: {_counted(journal)}"
    if not abandon and not (old.identified and new.identified):
        raise misuse(
            lambda caller: (
                f"{note}; put it back and finish that upload, or begin with the new content with "
                f"{caller.argument('abandon', True)}, which may send rows twice"
            )
        )
    return Opened(Opening.REPLACE, note)


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
