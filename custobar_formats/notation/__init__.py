"""How numbers, money, dates, truth, phones and names of countries are written. Pure values: no sentence, no I/O."""
