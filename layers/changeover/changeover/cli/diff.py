"""`changeover identities diff`: show the changes between two exports."""

import argparse
import sys
from pathlib import Path

from changeover.cli import exit_codes, exports, options, output
from changeover.cli.differences import Differences, in_json, page
from changeover.cli.exit_codes import Unusable
from changeover.cli.exports import Export
from changeover.cli.options import placed
from changeover.cli.progress import doing
from changeover.errors import Refused, Unhealthy
from changeover.identities import change_plan, directories, scope
from changeover.identities.change_plan import Ceilings
from changeover.identities.directories import Directory, read_directory
from changeover.identities.export_diff import compare
from changeover.ldap.ldif import Malformed
from changeover.soca.dialect import Dialect


def add_diff(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "show the changes between two exports"
    parser = commands.add_parser("diff", help=about, description=about)
    options.add_file(parser, "old", "the earlier export")
    options.add_file(parser, "new", "the later export")
    options.add_dialect(parser, "--dialect", "wrote both")
    options.add_base_dn(parser, "--base-dn", "both")
    parser.add_argument(
        "--ldif",
        metavar="PLAN",
        type=Path,
        help="write the changes of entries that move to this file, for ldapmodify (contains"
        " password hashes); - is stdout",
    )
    parser.add_argument(
        "--force", action="store_true", help="write the plan even if it exceeds the safety limits"
    )
    options.add_manner(parser)
    parser.set_defaults(run=_run)


def _run(request: argparse.Namespace) -> int:
    dialect = placed(request.dialect, request.base_dn, "--base-dn")
    if request.old == request.new == exports.STDIN:
        raise Unusable("only one of the two can be read from stdin: name a file")
    place = output.place(request.ldif) if request.ldif else None
    with exports.opened(request.old) as old, exports.opened(request.new) as new:
        if place:
            place.spare(old, new)
        before, after = _read(old, new)
    with doing("comparing"):
        differences = Differences.between(before, after, dialect)
    if place:
        for path, directory in ((request.old, before), (request.new, after)):
            _check_base(path, directory, dialect)
        if not request.force:
            _check_plan(differences, after)
        place.write(change_plan.to_ldif(differences.changes))
    lines = in_json(differences) if request.json else page(differences, everything=request.all)
    (place.aside if place else sys.stdout).writelines(lines)
    return exit_codes.FOUND if differences.changes or differences.own else exit_codes.FINE


def _read(old: Export, new: Export) -> tuple[Directory, Directory]:
    """Read both exports. Records that are identical in both are parsed and stored only once."""
    with old.read() as stream:
        directory = read_directory(stream)
    with old.read() as before, new.read() as after:
        try:
            return directory, compare(before, after).onward(directory)
        except Malformed as error:
            fault = error
    with new.read() as stream:  # reading it alone reports the error's place
        read_directory(stream)
    raise Unusable(f"{new.path}: {fault}")


def _check_base(path: Path, directory: Directory, dialect: Dialect) -> None:
    """Raises Unusable if the base DN differs, because entries of SOCA's installer must not change.

    They are recognized only by their DNs.
    """
    try:
        scope.check_base(directory, dialect)
    except Refused as refusal:
        raise Unusable(f"{path}: {refusal}: give --dialect and --base-dn") from refusal


def _check_plan(differences: Differences, after: Directory) -> None:
    if not directories.count(after).users:
        raise Unusable(
            "the later export has no users, so the plan would delete all users: use --force if that"
            " is intended"
        )
    try:
        change_plan.check_ceilings(differences.changes, differences.movable, Ceilings())
    except Unhealthy as error:
        raise Unusable(f"{error}; with this command, use --force") from error
