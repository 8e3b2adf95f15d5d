"""Checks of the result that share no code with the package they check."""
