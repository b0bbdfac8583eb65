"""The command: arguments, the terminal, exit codes. One file a command; the work is done by the layers below."""
