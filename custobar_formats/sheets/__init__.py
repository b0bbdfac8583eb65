"""Spreadsheet files to rows of texts. Nothing here knows about CSV, schemas or records."""
