"""The people of a rehearsal: their directory, their passwords and what they do."""
