"""Move identities from the live release to the candidate, and back."""
