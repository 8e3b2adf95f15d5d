"""Contenders do the same work in turns, each time in a new process."""
