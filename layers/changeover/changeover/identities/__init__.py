"""Identities (users, groups, sudo roles): read, check, compare and move them, byte for byte."""
