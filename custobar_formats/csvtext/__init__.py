"""CSV text to rows of cells and back (RFC 4180). Nothing here knows about schemas or records."""
