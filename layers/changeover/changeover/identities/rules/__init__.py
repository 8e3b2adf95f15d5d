"""The rules that a directory is checked by, each stated once."""
