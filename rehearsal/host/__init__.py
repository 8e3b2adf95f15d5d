"""A SOCA scheduler host in a scratch folder: real slapd, a web UI, and the tools documents call."""
