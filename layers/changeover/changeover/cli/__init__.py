"""The command-line tool for operators."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence

from changeover import __version__
from changeover.cli import exit_codes
from changeover.cli.exit_codes import Unusable
from changeover.cli.identities import add_identities
from changeover.cli.release import add_release
from changeover.cli.text import legible
from changeover.errors import Refused

_SOURCE = "Blue/green upgrades for Scale-Out Computing on AWS."


def parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    made = argparse.ArgumentParser(prog="changeover", description=_SOURCE)
    made.add_argument("--version", action="version", version=f"changeover {__version__}")
    made.set_defaults(run=lambda _: made.print_help())
    commands = made.add_subparsers(title="commands", metavar="COMMAND")
    add_identities(commands)
    add_release(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status, see `exit_codes`."""
    if sys.stderr is None:  # closed, as by `2>&-`
        sys.stderr = io.StringIO()
    try:
        with exit_codes.interruptible():
            return _run(parser().parse_args(arguments))
    except (Unusable, Refused) as error:
        return _unusable(str(error))
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return exit_codes.BROKEN_PIPE
    except OSError as error:
        _forget_output()
        return _unusable(f"the output cannot be written: {error.strerror or error}")
    except Exception:  # noqa: BLE001 - Python's own exit status 1 would mean "errors were found"
        traceback.print_exc()
        return exit_codes.FAULT


def _run(options: argparse.Namespace) -> int:
    if sys.stdout is None:
        raise Unusable("stdout is closed: leave it open, or redirect it to a file")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status: int | None = options.run(options)
    sys.stdout.flush()
    return status or exit_codes.FINE


def _unusable(why: str) -> int:
    sys.stderr.write(f"changeover: {legible(why)}\n")
    return exit_codes.UNUSABLE


def _forget_output() -> None:
    """Send buffered output to /dev/null, so that flushing it at exit does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
