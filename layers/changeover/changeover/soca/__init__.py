"""SOCA releases as data: what each family of releases looks like from outside."""
