"""Rows of cells to nested records and back, by a plan that is made once from a header and a schema."""
