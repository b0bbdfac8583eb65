"""JSON text to records and back (RFC 8259). Nothing here knows about schemas or CSV."""
