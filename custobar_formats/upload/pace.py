"""When a request is sent: again after an outcome that allows it, and how many in a minute.

In: outcomes, the time of a clock that only moves forward, and a random number. Out: values that hold the wait. Rules:
no wait is shorter than the server asks for, or longer than the patience; no minute has more requests than the rate.
Source: Custobar's API reference, "Rate Limiting" (back off after 429).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from custobar_formats.core.upload_limits import (
    ACCEPTED_TO_DOUBLE,
    MAX_UNKNOWN,
    MIN_RATE,
    MINUTE,
    PATIENCE,
    RATE,
    RETRY_BASE,
    RETRY_CAP,
    SPREAD,
)
from custobar_formats.upload.answers import Answer, Failure, Verdict

TOO_MANY_REQUESTS = 429


class End(StrEnum):
    """Why a batch is not tried again: the attempts that may be deliveries, or the patience, are used up, and so on."""

    UNKNOWN = "unknown"
    PATIENCE = "patience"
    LATER = "later"
    """The server asks for a longer wait than the patience allows."""
    TWICE = "twice"
    """The one attempt more that this outcome allows has been made."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempts of one batch so far.

    Attributes:
        until: the time up to which the batch is tried.
        attempts: the failed attempts.
        unknown: those of them that may have been deliveries.
        is_last: whether one of them allowed one attempt more only.
        wait: the seconds before the next attempt.
        end: why there is none; None if there is one.

    Example:
        >>> first = Retry.start(0.0).after(Answer(Verdict.NOT_TAKEN, 429, retry_after=7), now=1.0, random=0.5)
        >>> first.wait, first.end
        (7, None)

    """

    until: float
    attempts: int = 0
    unknown: int = 0
    is_last: bool = False
    wait: float = 0.0
    end: End | None = None

    @classmethod
    def start(cls, now: float, patience: float = PATIENCE) -> Retry:
        """No attempt yet."""
        return cls(now + patience)

    def after(self, outcome: Answer | Failure, *, now: float, random: float, once: bool = False) -> Retry:
        """With one more failed attempt; ``random`` is from 0 to 1, ``once`` is whether it allows one more attempt only.

        The wait is random up to a limit that doubles (full jitter), so that clients which failed together come apart.
        """
        asked = (outcome.retry_after or 0) if isinstance(outcome, Answer) else 0
        unknown = self.unknown + (outcome.taken is None)
        left = self.until - now
        limit = min(RETRY_CAP, RETRY_BASE * 2.0 ** min(self.attempts, 10))
        wait = max(asked, min(RETRY_BASE if once else random * limit, left))
        end = None
        if once and self.is_last:
            end = End.TWICE
        elif unknown >= MAX_UNKNOWN:
            end = End.UNKNOWN
        elif asked > max(left, 0):
            end = End.LATER
        elif left <= 0:
            end = End.PATIENCE
        is_last = self.is_last or once
        return Retry(self.until, self.attempts + 1, unknown, is_last, 0.0 if end else wait, end)


@dataclass(frozen=True, slots=True)
class Pace:
    """The requests of a run, spread evenly.

    Attributes:
        rate: the requests a minute at most.
        current: those at present.
        sent_at: when the last one was sent.
        halved_at: when the rate was halved last.
        accepted: the acceptances since the rate changed, or the server asked for fewer requests.

    Example:
        >>> pace = Pace.start(120).sent(0.0).after(Answer(Verdict.NOT_TAKEN, 429), now=0.5)
        >>> pace.current, round(pace.wait(0.5), 1)
        (60.0, 0.5)

    """

    rate: float
    current: float
    sent_at: float | None = None
    halved_at: float | None = None
    accepted: int = 0

    @classmethod
    def start(cls, rate: float = RATE) -> Pace:
        """No request yet."""
        return cls(rate, rate)

    def wait(self, now: float) -> float:
        """The seconds before the next request."""
        return 0.0 if self.sent_at is None else max(0.0, self.sent_at + SPREAD / self.current - now)

    def sent(self, now: float) -> Pace:
        """With a request that is sent now."""
        return replace(self, sent_at=now)

    def after(self, outcome: Answer | Failure, *, now: float) -> Pace:
        """With an outcome: a 429 halves the rate, at most once a minute; acceptances double it again."""
        if outcome.verdict is Verdict.ACCEPTED:
            accepted = self.accepted + 1
            if accepted < ACCEPTED_TO_DOUBLE:
                return replace(self, accepted=accepted)
            return replace(self, accepted=0, current=min(self.rate, self.current * 2))
        if not isinstance(outcome, Answer) or outcome.status != TOO_MANY_REQUESTS:
            return self
        if self.halved_at is not None and now - self.halved_at < MINUTE:
            return replace(self, accepted=0)
        slowest = min(MIN_RATE, self.rate)
        return replace(self, accepted=0, current=max(slowest, self.current / 2), halved_at=now)
