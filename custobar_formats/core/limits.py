"""Every limit, with its unit and its reason; the sizes of blocks are limits, too.

Widths of a terminal are where it is written to, and thresholds of likeness where they decide.
"""

from __future__ import annotations

# bytes and files

CHUNK = 65_536
"""Bytes or characters read at once: large enough for speed, small enough for the processor's cache."""

MAX_PATH_BYTES = 4096
"""Bytes of a path at most, as Linux takes it; longer content cannot be one that was given by mistake."""

HEAD_BYTES = 65_536
"""Bytes (or characters) from the start that are looked at before a decision about the file."""

MAX_UNPACK_RATIO = 300
"""Bytes that one packed byte may become: repetitive tables of data become 3 to 100, a bomb a thousand and more."""

FREE_UNPACKED_BYTES = 64 << 20
"""Bytes that are unpacked whatever they were packed in: they take a second, and no memory."""

MAX_ARCHIVE_IN_MEMORY = 1 << 20
"""Bytes of a packed archive that is kept in memory; a larger one goes to a temporary file."""

SPOOLED_BYTES = 1 << 18
"""Bytes of rows kept in memory before they go to a temporary file: some thousands of rows."""

MAX_SPLIT_FILES = 500
"""Files that one call writes: well below what a process may have open."""

# text

SAMPLE_BYTES = 65_536
"""Bytes from the start that decide the byte order of a declared utf-16 without a byte order mark."""

GUESSED_BYTES = 4096
"""Bytes of lines beyond ASCII that a charset is guessed from, for a hint: some tens of names."""

EXCERPT_BYTES = 8
"""Bytes that a finding about undecodable ones shows in hex: two characters of any charset."""

LONG_LINE = 262_144
"""Characters of a line from which on it is asked whether the rest of it matters; again whenever it has doubled."""

LONG_RECORD = 8_192
"""Lines of a record from which on it is asked whether the rest of it matters; again whenever they have doubled."""

# CSV

SAMPLE_CHARS = 65_536
"""Characters from the start by which the delimiter is inferred: some hundreds of records."""

MAX_CELL = 131_072
"""Characters of a cell: the csv module's own default, kept whatever the host has set."""

MAX_COLUMNS = 10_000
"""Columns of a file: far beyond any spreadsheet export, far below what makes a header dear."""

MAX_ROW_CELLS = 200_000
"""Cells of a row, the surplus ones included: a spreadsheet has 16,384 columns, so that only text without line breaks
between its rows has more."""

BLOCK_ROWS = 128
"""Rows of a CSV file handled together: enough to spread fixed costs, few enough for the processor's cache."""

READ_BLOCK_CELLS = 32_768
"""Cells of a CSV file handled together at most, for files of very many columns."""

# JSON

MAX_SCAN_DEPTH = 200_000
"""Levels of lists and objects beyond which a JSON value is not followed to its end: each has to be remembered."""

LOOKAHEAD_CHARS = 12
"""Characters before the end of what has been read in which a token may be cut off: `-Infinity`, an escape."""

WRAPPER_CHARS = 4096
"""Characters within which the beginning of a JSON wrapper must stand; white space aside it is some twenty long."""

GROUP_CHARS = 65_536
"""Characters of JSON text read as one group: a few hundred records, which stay in the processor's cache."""

MAX_LISTS = 4
"""Lists that seem to be open where a group is to end, out of which an earlier end is looked for: without line breaks,
their items may look as records do. Brackets within text mislead, which the reading of the group tells."""

# paths and values

MAX_DEPTH = 64
"""Parts of a label, and levels of a JSON record: far beyond any real record, far below a stack's end."""

MAX_EMPTY_DEPTH = 128
"""Levels of a value that may hold nothing, which are gone through to see that: twice those that a record may have."""

MAX_INDEX_DIGITS = 4000
"""Digits of an index that are looked at, so that Python's own limit is not met; no list comes near it."""

MAX_DIGITS = 4300
"""Digits of an integer: Python's own bound against quadratic time, kept whatever the host has set."""

USUAL_CHARS = 300
"""Characters of a value up to which, exponents aside, no number is beyond what a float can hold."""

# schemas

MAX_SCHEMA_DEPTH = 150
"""Levels of nesting of a schema; well within every engine's own limit."""

MAX_SCHEMA_MESSAGE_CHARS = 200
"""Characters of what jsonschema says of a schema that is none: it may quote the whole of it."""

CACHED_SCHEMAS = 32
"""Compiled schemas, and texts of them, that are kept: real programs use few."""

CACHED_PATTERNS = 256
"""Compiled patterns, or words judged by one, that are kept: more than any schema has."""

MAX_CACHED_STEPS = 20_000
"""Keys of data whose place is remembered; twice the columns that a file may have."""

# records

MAX_GENERATED_PARTS = 2_000
"""Keys and indices, in all labels of a header, that source is generated for; for more, compiling takes too long."""

KEPT_SOURCES = 64
"""Generated functions that are kept for other headers of the same structure; real programs read few."""

MAX_KEPT_SOURCE_CHARS = 20_000
"""Characters of generated source that is kept: some hundred columns, and little memory."""

MAX_TEXT_COLUMNS = 64
"""Columns up to which it is quicker to make the text of records than the records, also where most cells are blank."""

REVISIONS = 5
"""Sources that are generated for one file to write JSON text at most; the last takes rows of any blank cells."""

BLOCK_RECORDS = 256
"""Records written at once: enough to spread what a column costs, few enough for the processor's cache."""

WRITE_BLOCK_CELLS = 65_536
"""Cells written at once at most, for records of very many columns."""

CACHED_SHAPES = 256
"""Sets of filled columns whose first missing one is remembered; real files have a few."""

# validation

REMEMBERED_CELLS = 4_096
"""Cells of a column that are remembered to be right: all days of ten years, in some 400 kB."""

REMEMBERED_CELLS_IN_ALL = 65_536
"""Cells of all columns of a file that are remembered, some 7 MB; a file of very many columns remembers less of each."""

JSON_COLUMNS = 16
"""Columns that JSON records are taken to have, by which it is decided how many texts are remembered of each."""

REMEMBERED_CHARS = 64
"""Characters of a cell that is remembered, so that memory does not grow with long ones."""

MAX_HINT_CHARS = 100
"""Characters of a text that a hint is looked for: no longer one is a slip of a few."""

CACHED_NAMES = 4096
"""Unknown names whose nearest known one is remembered: a header of very many unknown columns is compared once."""

CACHED_TUPLES = 16
"""Sets of known names that are kept prepared: those of a few schemas; 10,000 names take some megabytes."""

MAX_NEAR_CHARS = 247
"""Characters of known names that are compared many at once: the bits of 31 bytes, whose sum fits into one more."""

MAX_CHECKED_ROW = 0xFFFFFFFF
"""The last row and line that the checks across records tell apart; a file of that many has terabytes."""

LONG_IDENTIFIER_CHARS = 32
"""Characters of identifiers, on average, from which on it takes less memory to keep numbers for them."""

# findings and reports

MAX_VALUE_CHARS = 80
"""Characters of a value or of a neighbouring cell that a finding keeps: a line on a terminal."""

MAX_MESSAGE_CHARS = 1000
"""Characters of a message or a hint: they may hold a column name, which has no bound of its own."""

MAX_SHOWN_CHARS = 60
"""Characters of a value that a message shows: a part of a line."""

MAX_LISTED_NAMES = 8
"""Members or names that a message lists before it says how many more there are: a line."""

MAX_COMPARED_CHARS = 120
"""Characters of a value that a message shows where it compares two: both fit into a few lines."""

CONTEXT_CELLS = 2
"""Cells on either side of the one a finding is about that it keeps as its context: a line on a terminal."""

KEPT_PER_COLUMN = 100
"""Findings kept of one code in one column: more than anybody reads, little enough to send."""

MAX_COUNTED_PLACES = 10_000
"""Columns, or places in JSON records, that are counted each by itself: as many as a CSV file may have columns."""

MAX_BUCKETS = 128
"""Buckets of the histogram over the rows: as many as a strip on a page can show."""

SHOWN_FINDINGS = 3
"""Findings of one code and column that a text report shows: enough to see what it is; the rest are counted."""

SHOWN_FILE_FINDINGS = 10
"""Findings about a file that an inspection shows: half a screen."""

SHOWN_ANNOTATIONS = 3
"""Annotations of one code and column: GitHub keeps ten of a severity in a step."""

MAX_PAGE_FINDINGS = 1_000
"""Findings of one file on an HTML page: what a person scrolls through, and half a megabyte of page at most."""

MAX_CHART_BARS = 15
"""Rows of a chart on an HTML page: what one screen holds; the rest are summed up in one more."""

MAX_INSPECTED_ROWS = 10_000
"""Rows that an inspection looks at: enough to know a file by, and read in a second."""

MAX_INSPECTED_PATHS = 2_000
"""Paths of JSON records that an inspection lists: more than anybody reads."""

INSPECTED_EXAMPLES = 3
"""Examples of a column that an inspection keeps: they fit on a line."""
