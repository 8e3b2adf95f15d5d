"""A SOCA scheduler host in a scratch folder: slapd, a web UI, and the tools of SSM documents."""
