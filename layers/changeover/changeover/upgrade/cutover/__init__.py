"""Freeze live, shift users to the candidate, and roll back."""
