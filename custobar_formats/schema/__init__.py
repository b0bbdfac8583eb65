"""One JSON Schema, compiled: what may stand at a path, what text becomes there, and what a value breaks."""
