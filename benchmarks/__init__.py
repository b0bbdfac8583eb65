"""How fast it is: one script per question, and what they share. See README.md beside this file."""
