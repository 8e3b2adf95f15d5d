"""Directories as slapcat prints them, before and after changes, kept between runs."""
