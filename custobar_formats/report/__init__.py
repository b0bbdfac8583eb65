"""Findings to a report, and a report to its formats. Nothing here opens files, prints, or knows schemas."""
