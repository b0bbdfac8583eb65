"""Bytes to text and back, and warnings about text. Nothing here knows about rows, records or schemas."""
