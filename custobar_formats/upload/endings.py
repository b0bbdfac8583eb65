"""The end of an upload: how far it came, and what to do.

In: the last outcome, and why there is no further attempt. Out: an ending with a line for the user. Rule: it says what
happened, and what to do; never the key, never a value of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from custobar_formats.core.callers import Caller, Sentence
from custobar_formats.core.entities import Entity
from custobar_formats.upload.answers import Answer, Failure, Verdict
from custobar_formats.upload.pace import End


class Ending(StrEnum):
    """The ways in which an upload ends."""

    DONE = "done"
    """Each row is taken or refused."""
    MISUSE = "misuse"
    """It goes on only after something else is set: a key, a scope, an address."""
    STOPPED = "stopped"
    """The same command goes on later."""
    HELD = "held"
    """Rows are in doubt, and are not sent again."""
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run.

    Attributes:
        ending: the kind of end.
        message: what happened and what to do, if there is something.
        as_option: the same, with the options of the command.

    """

    ending: Ending
    message: str | None = None
    as_option: str | None = None

    @classmethod
    def of(cls, ending: Ending, sentence: Sentence) -> Ended:
        """An end with a sentence about what happened and what to do."""
        return cls(ending, sentence(Caller.PYTHON), sentence(Caller.COMMAND))


def go_on(caller: Caller) -> str:
    """The way on, where nothing has to be changed."""
    return f"the same {caller.value} goes on"


def look(caller: Caller, doubted: str | None) -> str:
    """The advice about rows in doubt, which are in a file of this name, if in one."""
    settle, resend = (caller.argument("in_doubt", word) for word in ("settle", "resend"))
    some = "" if doubted is None else f"; if only some, {settle}, and upload the others from {doubted}"
    return f"look in Custobar: if all are there, {settle}; if none, {resend}{some}"


def held(caller: Caller, doubted: str | None) -> str:
    """The way on where rows are in doubt, which are in a file of this name, if in one."""
    settle, resend = (caller.argument("in_doubt", word) for word in ("settle", "resend"))
    where = "" if doubted is None else f" those of {doubted}"
    look_up = f"look in Custobar if{where or ' they'} have arrived"
    return f"rows are in doubt: {look_up}, then give {settle} or {resend}"


STRANGE = {
    Verdict.NOT_THE_API: "it is not an answer of Custobar's API, but such as the login page of a network: look at the "
    "network and the address, and look in Custobar if the rows have arrived",
    Verdict.UNSUPPORTED: "the server does not know such requests: look at the address",
    Verdict.DECLINED: "the server declines the request: look at the address and its message",
}
"""What to do about verdicts that no server of the API gives."""


def ending_of(outcome: Answer | Failure, entity: Entity, *, end: End | None, was_answered: bool) -> Ended:
    """The end after an outcome that stops the run; ``end``: why it is not tried again, None if it never is.

    Example:
        >>> ending_of(Answer(Verdict.NO_SCOPE, 403), "customers", end=None, was_answered=True).message
        "403: the key lacks a scope: add POST /api/customers/upload/ to it, or make one with 'custobar-formats token'"

    """
    said = shown_outcome(outcome)
    todo = to_set(outcome, f"POST /api/{entity}/upload/", was_answered=was_answered)
    if todo is not None:
        text = ": ".join(filter(None, (said, todo)))
        return Ended.of(Ending.MISUSE, lambda _: text)

    def stopped(caller: Caller) -> str:
        if end is End.LATER and isinstance(outcome, Answer):
            return f"{said}: try again after {outcome.retry_after:,} seconds; then {go_on(caller)}"
        if outcome.verdict in STRANGE:
            return f"{said}: {STRANGE[outcome.verdict]}; then {go_on(caller)}"
        tried = {
            End.UNKNOWN: ", after 8 attempts that may have arrived",
            End.PATIENCE: f", for as long as {caller.argument('patience')} allows",
        }
        return f"{said}{tried.get(end, '') if end else ''}: {go_on(caller)}"

    return Ended.of(Ending.STOPPED, stopped)


def to_set(outcome: Answer | Failure, scope: str, *, was_answered: bool) -> str | None:
    """The thing to set before it can work, empty where the outcome says it; None if it may work as it is.

    Example:
        >>> to_set(Failure(Verdict.NO_SUCH_HOST, "there is no host"), "", was_answered=False)
        "is the company's name right?"

    """
    match outcome.verdict:
        case Verdict.NO_SCOPE:
            return f"the key lacks a scope: add {scope} to it, or make one with 'custobar-formats token'"
        case Verdict.NO_SUCH_PLACE:
            forms = "https://NAME.custobar.com with the company's name, or https://app.custobar.com"
            return f"there is no such address: try {forms}"
        case Verdict.NO_SUCH_HOST if not was_answered:
            return "is the company's name right?"
        case Verdict.NO_KEY:
            return "the key is not accepted: look for a newer one, or make one with 'custobar-formats token'"
        case Verdict.MOVED:
            return "the address leads elsewhere, and the key is not sent there"
        case Verdict.CANNOT_SEND:
            return ""
    return None


def systemic(outcome: Answer, rows: Sequence[int]) -> Ended:
    """The end where nothing was accepted and single records, of these rows, are refused for the same reason."""
    named = ", ".join(f"{row:,}" for row in sorted(rows))
    todo = f"rows {named}, each sent alone, are refused for this reason, and nothing was accepted, so that it is likely"
    text = f"{shown_outcome(outcome)}: {todo} about all rows: correct that, and upload the file"
    return Ended.of(Ending.MISUSE, lambda _: text)


def too_many(outcome: Answer, entity: Entity, most: int, file: str | None) -> Ended:
    """The end where more than ``most`` records or sales are refused, which are in a file of this name, if in one."""
    kind = "sales" if entity == "sales" else "records"
    where = "" if file is None else f" in {file}"
    many = f"more than {most:,} {kind} are refused, the last with {shown_outcome(outcome)}: look at them{where}"

    def stopped(caller: Caller) -> str:
        return f"{many}; then {go_on(caller)} with the others, and {caller.argument('max_refused')} allows more at once"

    return Ended.of(Ending.STOPPED, stopped)


def shown_outcome(outcome: Answer | Failure) -> str:
    """An outcome in words: the status, the code and the message of an answer, or why there is none.

    Example:
        >>> shown_outcome(Answer(Verdict.REFUSED, 422, code="invalid_request", message="bad e-mail"))
        '422 invalid_request (bad e-mail)'

    """
    if isinstance(outcome, Failure):
        return outcome.reason
    where = f" to {outcome.location}" if outcome.location else ""
    message = f" ({outcome.message})" if outcome.message else ""
    return " ".join(filter(None, (str(outcome.status), outcome.code))) + where + message
