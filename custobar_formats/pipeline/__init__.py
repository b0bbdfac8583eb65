"""The stages in sequence: the public parts of reading, writing and converting. Nothing is parsed or checked here."""
