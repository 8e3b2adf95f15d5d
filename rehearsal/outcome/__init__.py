"""Proof that shares no code with the product: whoever judges must not use what is judged."""
