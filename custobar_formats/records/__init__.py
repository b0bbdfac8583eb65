"""Rows of cells to nested records and back, by a plan that a header and a schema make once."""
