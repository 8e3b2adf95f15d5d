"""The command line for operators."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from changeover import __version__
from changeover.cli.ending import BROKEN_PIPE, INTERRUPTED, UNUSABLE, Unusable
from changeover.cli.identities import add_identities
from changeover.cli.text import legible
from changeover.errors import Refused

_SOURCE = "Blue/green upgrades for Scale-Out Computing on AWS."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="changeover", description=_SOURCE)
    parser.add_argument("--version", action="version", version=f"changeover {__version__}")
    parser.set_defaults(run=lambda _: parser.print_help())
    add_identities(parser.add_subparsers(title="commands", metavar="COMMAND"))
    try:
        return _run(parser.parse_args(arguments))
    except (Unusable, Refused) as error:
        return _unusable(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:
        _forget_output()
        return _unusable(f"the output cannot be written: {error.strerror or error}")


def _run(options: argparse.Namespace) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status: int | None = options.run(options)
    sys.stdout.flush()
    return status or 0


def _unusable(why: str) -> int:
    sys.stderr.write(f"changeover: {legible(why)}\n")
    return UNUSABLE


def _forget_output() -> None:
    """What is still in the buffer must not fail once more at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
