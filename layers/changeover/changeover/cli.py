"""The command line for operators."""

import argparse
from collections.abc import Sequence

from changeover import __version__

_SOURCE = "Blue/green upgrades for Scale-Out Computing on AWS."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="changeover", description=_SOURCE)
    parser.add_argument("--version", action="version", version=f"changeover {__version__}")
    parser.parse_args(arguments)
    parser.print_help()
    return 0
