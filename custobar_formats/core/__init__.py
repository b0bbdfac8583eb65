"""Values and exceptions that every other folder shares; this folder imports nothing else of the package."""
