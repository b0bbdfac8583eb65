"""The stages in sequence: what is public of reading, writing and converting. Nothing is parsed or checked here."""
