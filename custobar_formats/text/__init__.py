"""Bytes to text and back, and what is suspicious in text. Nothing here knows of rows, records or schemas."""
