"""Identities: read, checked, compared and carried between releases, byte for byte."""
