"""SOCA releases as data: names, paths, tags and sign-in rules of each release family."""
