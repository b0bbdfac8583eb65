"""Bytes to text and back, and what is suspicious in text. Nothing here knows of cells, rows or records."""
