"""Findings to a report, and a report to its renderings. Nothing here opens, prints or knows of schemas."""
