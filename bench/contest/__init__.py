"""Contenders do the same work in turns, each time in a process of their own."""
