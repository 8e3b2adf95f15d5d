"""Changeover: blue/green upgrades for Scale-Out Computing on AWS."""

__version__ = "0.1.0"
