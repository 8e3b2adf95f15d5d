"""The rules of a directory check."""
