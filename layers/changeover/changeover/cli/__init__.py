"""The command line for operators."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from changeover import __version__
from changeover.cli import identities
from changeover.cli.ending import BROKEN_PIPE, INTERRUPTED, UNUSABLE, Unusable
from changeover.errors import Refused

_SOURCE = "Blue/green upgrades for Scale-Out Computing on AWS."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="changeover", description=_SOURCE)
    parser.add_argument("--version", action="version", version=f"changeover {__version__}")
    parser.set_defaults(run=lambda _: parser.print_help())
    identities.add_to(parser.add_subparsers(title="commands", metavar="COMMAND"))
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except (Unusable, Refused) as error:
        sys.stderr.write(f"changeover: {error}\n")
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone; there is nobody to tell what is still in the buffer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(options: argparse.Namespace) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status = options.run(options)
    sys.stdout.flush()
    return status or 0
