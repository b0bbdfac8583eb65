"""The command: arguments, the terminal, exit codes. One file for each command; the layers below do the work."""
