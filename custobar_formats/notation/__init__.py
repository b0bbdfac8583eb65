"""Parsers of numbers, money, dates, truth values, phones and country names. Pure values: no sentences, no I/O."""
