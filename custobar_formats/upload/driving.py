"""An upload over a transport: each step of a job is done, and its outcome given back.

In: a job and a transport. Out: how it ended. Rule: an interrupt during a request leaves a note before it goes on; its
rows are in doubt if a byte of it was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, TypeVar

from custobar_formats.upload.answers import Answer, Verdict
from custobar_formats.upload.batch import UploadBatch
from custobar_formats.upload.endings import Ended
from custobar_formats.upload.run import Given, Interrupted, Send, Wait
from custobar_formats.upload.transport_parts import was_sent

if TYPE_CHECKING:
    from custobar_formats.upload.job import UploadJob
    from custobar_formats.upload.transport import AsyncTransport, Transport

Result = TypeVar("Result")

OnStep = Callable[[Send | Wait], None]


def drive(
    job: UploadJob, transport: Transport, sleep: Callable[[float], object], on_step: OnStep | None = None
) -> Ended:
    """Do a job to its end; ``on_step`` gets each request and each wait before it is done.

    Raises:
        JournalStopped: the journal cannot be written.

    """
    step = job.next()
    while not isinstance(step, Ended):
        given: Given = None
        try:
            if on_step is not None:
                on_step(step)
            if isinstance(step, Send):
                batch = step.batch
                given = transport.post(batch.path, batch.content_type, batch.body, fresh=step.fresh)
            else:
                sleep(step.seconds)
        except BaseException:
            job.next(Interrupted(was_sent()))
            raise
        step = job.next(given)
    return step


def rehearse(job: UploadJob, on_request: Callable[[UploadBatch], object]) -> Ended:
    """The end that a job would come to if each of its requests were accepted; ``on_request`` gets them, unsent."""
    step = job.next()
    while not isinstance(step, Ended):
        if isinstance(step, Send):
            on_request(step.batch)
        step = job.next(Answer(Verdict.ACCEPTED, 200) if isinstance(step, Send) else None)
    return step


async def drive_async(job: UploadJob, transport: AsyncTransport, sleep: Callable[[float], Awaitable[object]]) -> Ended:
    """The same without blocking: what touches files is done in a thread.

    Raises:
        JournalStopped: the journal cannot be written.

    """
    step = await finished(asyncio.to_thread(job.next))
    while not isinstance(step, Ended):
        given: Given = None
        try:
            if isinstance(step, Send):
                batch = step.batch
                given = await transport.post(batch.path, batch.content_type, batch.body, fresh=step.fresh)
            else:
                await sleep(step.seconds)
        except BaseException:
            job.next(Interrupted(was_sent()))  # at once: what is cancelled may not be given the time of another await
            raise
        # Also when cancelled, the note about the outcome is written before anything else happens.
        step = await finished(asyncio.to_thread(job.next, given))
    return step


async def finished(work: Coroutine[object, object, Result]) -> Result:
    """The result of some work, which is done to its end even if this task is cancelled; then it is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
