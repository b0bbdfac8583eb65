"""The limits of uploads, each with its unit and its reason."""

from __future__ import annotations

# answers and pace

MAX_ANSWER_BYTES = 65_536
"""Bytes of an answer to an upload: the documented ones have a hundred."""

MAX_ANSWER_CHARS = 500
"""Characters of a text in an answer that are shown: a few lines."""

MAX_RETRY_AFTER = 1_000_000_000
"""Seconds of a Retry-After, some thirty years: beyond any patience, and still a date that can be shown."""

RETRY_BASE, RETRY_CAP = 1.0, 60.0
"""Seconds of the longest wait before the second attempt, and before any: it doubles in between."""

MAX_UNKNOWN = 8
"""Attempts whose outcome is not known: each may be a delivery."""

PATIENCE = 900.0
"""Seconds during which a batch is tried again: a deployment or a short outage of the server passes."""

RATE, MIN_RATE = 120.0, 6.0
"""Requests a minute at first, two thirds of what Custobar is known to take, and after answers 429 without end."""

MINUTE = 60.0
"""Seconds between two times that the rate is halved: the server counts by the minute."""

SPREAD = 60.001
"""Seconds over which a minute's requests are spread: a millisecond more, so that no rounding lets in one more."""

ACCEPTED_TO_DOUBLE = 20
"""Accepted requests after which a halved rate is doubled: enough to show that the server keeps up."""

# journal

MAX_JOURNAL_LINE = 16 << 20
"""Bytes of a line of a journal: the spans of a sale whose million rows stand apart."""

MAX_ERROR_CODE_CHARS = 64
"""Characters of an error's code that a journal keeps: those that are known have twenty."""

OLD_DOUBT_SECONDS = 3600
"""Seconds after which rows in doubt are sent again with a warning: by then somebody may have changed them elsewhere."""

JOURNAL_PATIENCE_SECONDS = 5.0
"""Seconds for which a failed write of the journal is repeated: a full disk may be freed, but nothing waits long."""

JOURNAL_PAUSE_SECONDS = 0.25
"""Seconds between two attempts to write the journal."""

# batches

MAX_RECORDS = 500
"""Records of a request: Custobar is known to take some 500 at once."""

MAX_BYTES = 1_000_000
"""Bytes of a body: what servers take by default."""

# a run

MAX_MORE_REQUESTS = 64
"""Requests by which a refused batch is divided: enough for seven bad records among 500, each found by halving."""

MAX_REFUSED = 1000
"""Records, or whole sales, that are refused before a run stops: by then it is likely about all of them."""

SAME_REFUSALS = 3
"""Single records, refused for the same reason with none accepted, after which one far from them is tried: if that is
refused as well, it is about all of them."""

MAX_DOUBTS_IN_A_ROW = 3
"""Requests whose outcome is unknown, one after the other, after which the server is likely down."""

IDLE_SECONDS = 2.0
"""Seconds after which a connection may be closed by the server just when a request is sent on it."""

# transport

CONNECT_SECONDS, WRITE_SECONDS, READ_SECONDS = 10.0, 60.0, 120.0
"""Seconds for a connection, and without a byte that goes out or comes in: an import of some hundred records may take
a minute, a connection never does."""

REQUEST_SECONDS = 300.0
"""Seconds of a whole request, however slowly its bytes come."""

AFTER_BREAK_SECONDS = 5.0
"""Seconds to wait for an answer to what could not be sent whole: it is there already, or will not come."""

WRITE_BYTES = 16_384
"""Bytes that are handed to the network at once: a record of TLS. Between two of them the time is looked at."""

MAX_PAGE_BYTES = 256 << 20
"""Bytes of a page of data: 10,000 records of 25 kB."""

MAX_PAGE_RECORDS = 10_000
"""Records of a page of data at most: Custobar gives no more (Custobar's API reference, "Data Retrieval")."""
