"""Cells and records to problems: what is wrong, where, and what was probably meant. Nothing is changed."""
