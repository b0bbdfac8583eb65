"""Sends what was validated to Custobar, and brings its answers back to rows. Nothing is read or checked here."""
