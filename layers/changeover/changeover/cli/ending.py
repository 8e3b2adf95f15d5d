"""The ways a command can end, as its exit status says them."""

FINE = 0
FOUND = 1
"""Findings that are errors, or differences."""
UNUSABLE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


class Unusable(Exception):
    """The input or the place for the output is no good; says why, and what to do."""
