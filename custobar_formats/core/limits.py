"""All limits, each with its unit and its reason; block sizes count as limits.

Terminal widths are in the modules that write to a terminal, and similarity thresholds in those that compare.
"""

from __future__ import annotations

# bytes and files

CHUNK = 65_536
"""Bytes or characters read at once: enough for speed, few enough for the processor's cache."""

MIN_WRITE = 1024
"""Bytes that are given next to a stream that took only a part of what it got; then twice as many, so that a stream that
takes little at a time costs no more than what it takes."""

REMOTE_BLOCK = 8 << 20
"""Bytes of a file in another store that are requested at once: so many that waiting for the store costs little, so few
that two of them are little memory."""

REMOTE_PART, MAX_REMOTE_PART = 8 << 20, 48 << 20
"""Bytes that are sent to another store at once, at first and at most; some four copies of them are in memory."""

REMOTE_PARTS = 1_000
"""The parts after which they grow with what has been sent: S3 takes 10,000 of a file, which are then 410 GB."""

REMOTE_SECONDS = 60
"""Seconds without a byte after which a server of the web is given up."""

MAX_PATH_BYTES = 4096
"""Bytes of a path at most, as Linux takes it; longer content cannot be one that was given by mistake."""

HEAD_BYTES = 65_536
"""Bytes (or characters) at the start that are examined before anything is decided about the file."""

REPORT_MARK_BYTES = 4096
"""Bytes at the start of a file in which the mark of a report stands; another file is not overwritten by a report."""

GUESSED_RECORDS = 200
"""Records at the start of a JSON file whose keys show its entity: the first may lack what the others have."""

MAX_GUESSED_BYTES = 4 << 20
"""Bytes at the start of a JSON file that are examined for that many records; they stay in memory."""

MAX_DIRECTORY_BYTES = 1 << 20
"""Bytes of a zip archive's directory: ten thousand members, which take ten times as much memory."""

MAX_DICTIONARY_BYTES = 80 << 20
"""Bytes of dictionary with which xz and LZMA data may be unpacked: `xz -9` needs 64 MiB, a hostile header 1.5 GiB."""

DECODER_BYTES = 1 << 20
"""Bytes that liblzma needs besides the dictionary, by its own account."""

MAX_UNPACK_RATIO = 300
"""Bytes that one packed byte may become: repetitive tables reach 3 to 100, a bomb a thousand and more."""

FREE_UNPACKED_BYTES = 64 << 20
"""Bytes that are unpacked whatever the ratio: they take a second, and no memory."""

MAX_ARCHIVE_IN_MEMORY = 1 << 20
"""Bytes of a packed archive kept in memory; a larger one goes to a temporary file."""

SPOOLED_BYTES = 1 << 18
"""Bytes of rows kept in memory before they go to a temporary file: a few thousand rows."""

MAX_SPLIT_FILES = 500
"""Files that one call may write: well below the number that a process may have open."""

# text

SAMPLE_BYTES = 65_536
"""Bytes at the start that decide the byte order where utf-16 is declared and there is no byte order mark."""

GUESSED_BYTES = 4096
"""Bytes of non-ASCII lines from which an encoding is guessed for a hint: a few dozen names."""

MIN_UTF16_CHARS = 8
"""Characters from which on a few NULs can show UTF-16: in fewer, a stray NUL may stand anywhere."""

MIN_CONTROLS = 16
"""Control characters at the start from which on a file may not be text: a few are slips."""

CONTROL_SHARE = 10
"""Characters at the start for each control character, up to which a file is not text: text has next to none."""

EXCERPT_BYTES = 8
"""Undecodable bytes that a finding shows in hex: two characters in any encoding."""

LONG_LINE = 262_144
"""Characters of a line after which we check whether its rest still matters; again each time it doubles."""

LONG_RECORD = 8_192
"""Lines of a record after which we check whether its rest still matters; again each time they double."""

# CSV

SAMPLE_CHARS = 65_536
"""Characters at the start from which the delimiter is inferred: a few hundred records."""

STRUCTURE_CHARS = HEAD_BYTES - 1
"""Characters at the start that show whether a file is a table with a header: a few hundred records.

One more shows that they are not the whole file; it is in the head of a file, so that no more has to be read first.
"""

MAX_CELL = 131_072
"""Characters of a cell: the csv module's own default, whatever the host program has set."""

MAX_COLUMNS = 10_000
"""Columns of a file: far more than any spreadsheet export has, few enough for a fast header."""

MAX_ROW_CELLS = 200_000
"""Cells of a row, surplus ones included: a spreadsheet has 16,384 columns, so a longer row means that line breaks
between rows are missing."""

BLOCK_ROWS = 128
"""CSV rows handled together: enough to spread fixed costs, few enough for the processor's cache."""

READ_BLOCK_CELLS = 32_768
"""CSV cells handled together at most, for files with very many columns."""

# spreadsheets

DOCUMENT_CHUNK = 16_384
"""Bytes of XML read at once: in these, even a hostile file has few rows, each of which may be very wide."""

MAX_MARKUP_BYTES = 1 << 20
"""Bytes of one tag or comment of XML: the parser keeps it whole, and a spreadsheet has a few hundred."""

MAX_MARKUP_DEPTH = 100
"""Levels of XML: a spreadsheet has some ten, and the parser keeps a hundred bytes for each."""

MAX_MARKUP_NAMES = 10_000
"""Different names of elements and attributes: a spreadsheet has a hundred, and the parser keeps each."""

MAX_SHEET_ROWS, MAX_SHEET_COLUMNS = 1_048_576, 16_384
"""Rows and columns of a sheet, as Excel and LibreOffice have them: to XFD1048576."""

MAX_SHARED_TEXT = 64 << 20
"""Bytes of the different texts of a workbook: they are all kept, because any cell may name any of them."""

MAX_TABS = 10_000
"""Sheets, formats and other parts of a workbook that are kept: far more than any export has."""

MAX_XLS_BYTES = 128 << 20
"""Bytes of memory that an .xls file may need: its cells may be in any order, so that all of a sheet's are kept. These
are a sheet of 65,536 rows and some 20 columns."""

MAX_FORMAT_CHARS = 255
"""Characters of the format of a number that are looked at: Excel takes no more."""

MAX_NUMBER_CHARS = 400
"""Characters of a stored number: a double has 17 digits, and 308 zeros without an exponent."""

TITLE_SAMPLE_ROWS = 200
"""Rows of a sheet that show whether its first row is a header: those that follow a title agree with each other."""

# JSON

MAX_SCAN_DEPTH = 200_000
"""Levels of nesting after which the scan of a JSON value gives up: it has to remember each level."""

LOOKAHEAD_CHARS = 12
"""Characters before the end of the text read so far in which a token may be cut off: `-Infinity`, an escape."""

WRAPPER_CHARS = 4096
"""Characters at the start that must hold the opening of a JSON wrapper: about twenty without white space."""

GROUP_CHARS = 65_536
"""Characters of JSON text read as one group: a few hundred records, which fit in the processor's cache."""

MAX_LISTS = 4
"""Times that the end of a group is moved back out of a list that seems open: without line breaks, its items may look
like records. Brackets inside text can mislead; then reading the group fails."""

# paths and values

MAX_DEPTH = 64
"""Parts of a label, and levels of a JSON record: far more than any real record has, far fewer than the stack holds."""

MAX_EMPTY_DEPTH = 128
"""Levels that are searched to see whether a value is empty: twice those that a record may have."""

MAX_INDEX_DIGITS = 4000
"""Digits of an index that are converted: below Python's own limit, and far more than any list needs."""

MAX_DIGITS = 4300
"""Digits of an integer: Python's own limit against quadratic time, whatever the host program has set."""

USUAL_CHARS = 300
"""Characters up to which any number without an exponent fits in a float."""

# mappings

MAX_MAPPING_BYTES = 1_000_000
"""Bytes of a mapping file: the longest preset has some 5,000; a file that large is something else."""

MAX_NAMED_COLUMNS = 20
"""Columns that a mapping does not name and that have a finding each; a file of another kind may have hundreds."""

MAX_SAMPLED_VALUES = 200
"""Distinct values of a column that are looked at before a mapping is suggested: they show how it is written."""

MAX_MAPPING_POINTS = 300
"""Points in one line of a mapping file: the standard library takes gigabytes for a key of thousands of parts."""

CACHED_MAPPED = 50_000
"""Distinct cells of a column whose mapped values are remembered: some 10 MB, and enough for names, days and phones."""

MAX_CACHED_CHARS = 200
"""A longer one is not kept: descriptions hardly repeat, and would take all memory."""

# schemas

MAX_SCHEMA_DEPTH = 150
"""Levels of nesting in a schema: well within each engine's own limit."""

MAX_IN_PLACE = 150
"""Subschemas that apply to one value, one behind the other: as ``MAX_SCHEMA_DEPTH``, also along references."""

MAX_WAYS, WAYS_PER_SUBSCHEMA = 2_000, 20
"""Subschemas that apply to one value, counted on each way of references to them, up to which every engine follows each
way: in all, and for each subschema of the schema. Beyond, a reference is followed once for each value."""

WORK_PER_SUBSCHEMA = 500
"""Additions for each subschema after which its ways are not counted further, but taken for too many."""

MAX_SCHEMA_MESSAGE_CHARS = 200
"""Characters of jsonschema's message about an invalid schema: it may quote the whole schema."""

MAX_REPORTED_VALUES = 10_000
"""Members and items of a value whose violations jsonschema-rs reports: it keeps up to five kilobytes for each violation
until all are found, so that of more it would take 50 MB; jsonschema takes a few bytes."""

CACHED_SCHEMAS = 32
"""Compiled schemas, and schema texts, that are kept: real programs use few."""

MAX_PATTERN_DEPTH = 200
"""Groups of a pattern in each other: fewer than jsonschema-rs takes, more than anybody writes."""

CACHED_PATTERNS = 256
"""Compiled patterns, and words matched with one, that are kept: more than any schema has."""

MAX_CACHED_STEPS = 20_000
"""Keys of data whose place in the schema is remembered: twice the columns that a file may have."""

# records

MAX_GENERATED_PARTS = 2_000
"""Keys and indices in all labels of a header for which source is generated; with more, compiling takes too long."""

KEPT_SOURCES = 64
"""Generated functions kept for other headers with the same structure: real programs read few."""

MAX_KEPT_SOURCE_CHARS = 20_000
"""Characters of a generated source that is kept: about a hundred columns, and little memory."""

MAX_TEXT_COLUMNS = 64
"""Columns up to which making the JSON text is faster than making the records, even where most cells are blank."""

REVISIONS = 5
"""Sources generated for one file at most to write JSON text; the last one takes rows with any blank cells."""

BLOCK_RECORDS = 256
"""Records written at once: enough to spread the fixed cost of a column, few enough for the processor's cache."""

FIRST_RECORDS = 32
"""Records written at once at first, and twice as many each time: the first ones bring the most that is new."""

WRITE_BLOCK_CELLS = 65_536
"""Cells written at once at most, for records with very many columns."""

CACHED_SHAPES = 256
"""Sets of filled columns for which the first missing column is remembered: real files have a few."""

# validation

REMEMBERED_CELLS = 4_096
"""Valid cells remembered for a column: all days of ten years, in about 400 kB."""

REMEMBERED_CELLS_IN_ALL = 65_536
"""Valid cells remembered for all columns of a file, about 7 MB; with very many columns, each gets fewer."""

JSON_COLUMNS = 16
"""Columns that JSON records are assumed to have, to decide how many texts of each are remembered."""

REMEMBERED_CHARS = 64
"""Characters of a remembered cell, so that memory does not grow with long cells."""

MAX_HINT_CHARS = 100
"""Characters of a text for which a hint is sought: a longer text is not a simple slip."""

CACHED_NAMES = 4096
"""Unknown names whose nearest known name is remembered: a header with very many unknown columns is compared once."""

CACHED_TUPLES = 16
"""Sets of known names kept ready for comparison: those of a few schemas; 10,000 names take a few megabytes."""

MAX_NEAR_CHARS = 247
"""Characters of known names that are compared many at once: the bits of 31 bytes, whose count fits in one byte."""

MAX_CHECKED_ROW = 0xFFFFFFFF
"""The last row and line number that the checks across records can store: a file with more has terabytes."""

LONG_IDENTIFIER_BYTES = 32
"""Average bytes of identifiers above which it takes less memory to keep numbers for them."""

# findings and reports

MAX_VALUE_CHARS = 80
"""Characters of a value or a neighbouring cell that a finding keeps: one line on a terminal."""

MAX_MESSAGE_CHARS = 1000
"""Characters of a message or a hint, which may contain a column name of any length."""

MAX_SHOWN_CHARS = 60
"""Characters of a value that a message shows: part of a line."""

MAX_ARGUMENT_CHARS = 200
"""Characters of an argument that a message shows: long enough for the name of a file or a URI."""

MAX_NAME_CHARS = 120
"""Characters of a column name, or of a place in a record, in a report for people: a line."""

MAX_FIX_CHARS = 1_000
"""Characters of a fix that a finding carries: a report keeps thousands of findings, and a longer text is not read."""

MAX_LISTED_NAMES = 8
"""Members or names that a message lists before it only counts the rest: one line."""

MAX_COMPARED_CHARS = 120
"""Characters of each value in a message that compares two: both fit on a few lines."""

CONTEXT_CELLS = 2
"""Cells on each side that a finding keeps as its context: one line on a terminal."""

KEPT_PER_COLUMN = 100
"""Findings kept per code and column: more than anybody reads, few enough to send."""

MAX_REASONS_CHARS = 32_000
"""Characters of the reasons in a row of a rejects file: a cell of a spreadsheet has 32,767, and ours 131,072."""

MAX_NAMED_KEYS = 100
"""Unknown keys of JSON that have a finding each: more than anybody reads; the others are counted."""

MAX_COUNTED_KEYS = 10_000
"""Other unknown keys that are counted: each takes a hundred bytes, because a key counts once."""

MAX_COUNTED_PLACES = 10_000
"""Columns, or places in JSON records, with counts of their own: as many as a CSV file may have columns."""

MAX_BUCKETS = 128
"""Buckets of the histogram over the rows: as many as a strip on a page can show."""

SHOWN_FINDINGS = 3
"""Findings of one code and column that a text report shows: enough to see the problem; the rest are counted."""

SHOWN_COLUMNS = 10
"""Columns that a text report shows of those that share a block: half a screen; the rest are counted."""

FREQUENT_BLOCKS = 3
"""Faults that come first in a report because they are the most frequent: as many as one takes in at a glance."""

SHOWN_FILE_FINDINGS = 10
"""Faults of a file that an inspection shows, each with its count: half a screen."""

SHOWN_ANNOTATIONS = 3
"""Annotations per code and column: GitHub keeps ten per severity in a step."""

MAX_PAGE_FINDINGS = 1_000
"""Places of one file on an HTML page: as many as a person scrolls through, half a megabyte at most."""

MIN_CHART_ROWS = 50
"""Rows from which on a page has charts: of a shorter file, the faults themselves show as much."""

MIN_FILTERED_BLOCKS = 6
"""Faults from which on a page has filters: fewer are seen at once."""

MAX_CHART_BARS = 15
"""Bars of a chart on an HTML page: one screen; the rest are summed up in one more."""

DECIDING_ROWS = 1_000
"""Rows by which `fix` first decides about columns: the whole file then seldom decides otherwise."""

MAX_INSPECTED_ROWS = 10_000
"""Rows that an inspection reads: enough to know the file, and read in a second."""

MAX_INSPECTED_PATHS = 2_000
"""Paths of JSON records that an inspection lists: more than anybody reads."""

INSPECTED_EXAMPLES = 3
"""Examples that an inspection keeps per column: they fit on a line."""

MAX_INDENT = 16
"""Spaces for each level of JSON: more would only move the text off the screen."""
