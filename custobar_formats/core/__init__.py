"""Values and exceptions that all other folders share. This folder imports nothing else from the package."""
