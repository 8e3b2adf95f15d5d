"""`changeover identities convert`: an export as another release of SOCA would have it."""

import argparse
import sys
from pathlib import Path

from changeover.cli import ending, files
from changeover.cli.ending import Unusable
from changeover.cli.options import add_dialect, add_file, add_leave_out, dialect, placed
from changeover.dialect import Dialect
from changeover.identities import dn
from changeover.identities.conversion import convert
from changeover.identities.identity import Directory, read_directory, write_directory


def add_convert(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "write what moves as another release of SOCA would have it, without any scaffold"
    parser = commands.add_parser("convert", help=about, description=about)
    add_file(parser, "file", "the export of a whole directory")
    add_dialect(parser, "--from", "wrote it")
    parser.add_argument("--from-base-dn", metavar="DN", help="of FILE; 24.10 and later need it")
    parser.add_argument(
        "--to", metavar="RELEASE", type=dialect, required=True, help="the release that reads it"
    )
    parser.add_argument("--base-dn", metavar="DN", help="of OUT; 24.10 and later need it")
    add_leave_out(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        default=files.STDOUT,
        help="where to write (with password hashes); - is stdout, which is the default",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    source = placed(vars(options)["from"], options.from_base_dn, "--from-base-dn")
    target = placed(options.to, options.base_dn, "--base-dn")
    with files.opened(options.file) as stream:
        directory = read_directory(stream)
    for account in options.leave_out:
        _check_known(account, directory, source)
    moved = convert(directory, source, target, options.leave_out)
    files.write(options.output, write_directory(moved.values()))
    summary = sys.stderr if options.output == files.STDOUT else sys.stdout
    summary.write(
        f"{len(moved):,} of {len(directory):,} entries, from SOCA {source.name} ({source.base_dn})"
        f" to {target.name} ({target.base_dn})\n"
    )
    return ending.FINE


def _check_known(account: str, directory: Directory, source: Dialect) -> None:
    """Who is misspelled would move."""
    if not any(dn.normal(name) in directory for name in source.account_entries(account)):
        raise Unusable(f"--leave-out {account}: there is no such account; correct the name")
