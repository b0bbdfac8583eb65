"""A compiled JSON Schema: what a path allows, how text is typed there, and which rules a value breaks."""
