"""The limits of files that several processes read, each with its unit and its reason."""

from __future__ import annotations

MIN_RANGE, MAX_RANGE = 4 << 20, 8 << 20
"""Bytes of a part: less would cost more for each than it brings, more would leave processes without work at the end."""

MAX_WRITTEN_RANGE = 4 << 20
"""Bytes of a part of which JSON text is made: it is up to three times as long, and there are several copies of it."""

FIRST_RANGE = 1 << 18
"""Bytes of the part that is read while the processes start: some thousand rows, of which the first one decides how many
blank cells each may have."""

JOINED_ROWS = 1024
"""Rows of a part that go from one process to another as one block, if there is nothing to report: each block takes time
of its own."""

CUT_WINDOW = 1 << 16
"""Bytes behind the middle of a line in which the end of a record is sought: a thousand lines."""

RUN_UP = 1 << 16
"""Bytes before a part of an export that are looked at for the value above a blank cell: most runs are shorter."""

AUTO_SHARE = 8 << 20
"""Bytes of a file for each process that ``jobs="auto"`` takes: reading them takes as long as starting a process, 0.2
seconds. So a file of 16 MB is the first that is read in two."""

MAX_AUTO_JOBS = 8
"""Processes that ``jobs="auto"`` starts at most: with more, the one that puts their results together is the slowest."""

AUTO_IN_FLIGHT = 16
"""Parts of a file that an executor of the caller has at a time unless ``jobs`` is a number: two for each of 8 workers.
The results of so many take some 100 MB at worst."""

END_BYTES = 1 << 16
"""Bytes of each end of a file by which other machines recognise it: one read of a network's file system."""

PIPE_BYTES = 1 << 20
"""Bytes that the pipe of a process holds, as many as Linux lets any user have: with its 64 kB, converting took an
eighth more processor time."""

MAX_WRONG_CUTS = 3
"""Wrongly guessed cuts after which one process reads the rest: the quotes of such a file show nothing."""

MAX_DEATHS = 2
"""Times that a process is started again over one part, or a part is submitted again: whoever ends it a third time
means it."""
