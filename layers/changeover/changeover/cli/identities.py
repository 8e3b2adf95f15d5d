"""`changeover identities`: check, compare and convert exports without AWS."""

import argparse

from changeover.cli.check import add_check
from changeover.cli.convert import add_convert
from changeover.cli.diff import add_diff

_ABOUT = """\
Check, compare and convert exports (LDIF, gzipped or not) of SOCA's directories. These commands
do not connect to AWS or to a directory.

exit status: 0 no errors or differences; 1 errors or differences were found, or the conversion is
refused; 2 the input or the output file cannot be used
"""


def add_identities(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "identities",
        help="check, compare and convert exports of a directory",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=lambda _: parser.print_help())
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (add_check, add_diff, add_convert):
        add(verbs)
