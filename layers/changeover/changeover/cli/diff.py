"""`changeover identities diff`: what changed from one export to another."""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from changeover.cli import ending, files
from changeover.cli.ending import Unusable
from changeover.cli.options import add_file, add_manner
from changeover.cli.text import SHOWN, counted, legible, more, table
from changeover.identities import delta
from changeover.identities.comparison import Comparison, compare
from changeover.identities.delta import Change, Kind
from changeover.identities.identity import Directory, read_directory

_IN_WORDS = {Kind.DELETE: "gone", Kind.ADD: "new", Kind.MODIFY: "changed"}


def add_diff(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "say what changed from one export to another"
    parser = commands.add_parser("diff", help=about, description=about)
    add_file(parser, "old", "the earlier export")
    add_file(parser, "new", "the later export")
    parser.add_argument(
        "--ldif",
        metavar="PLAN",
        type=Path,
        help="write the changes for ldapmodify (with password hashes) to this file; - is stdout",
    )
    add_manner(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    comparison = _compare(options.old, options.new)
    changes = delta.plan(comparison.old, comparison.new)
    if delta.made_anew(changes):
        changes = delta.plan(_read(options.old), _read(options.new))
    if options.ldif:
        files.write(options.ldif, delta.to_ldif(changes))
    lines = _json(comparison, changes) if options.json else _page(comparison, changes, options.all)
    summary = sys.stderr if options.ldif == files.STDOUT else sys.stdout
    summary.writelines(lines)
    return ending.FOUND if changes else ending.FINE


def _compare(old: Path, new: Path) -> Comparison:
    with files.opened(old) as before, files.opened(new) as after:
        try:
            return compare(before, after)
        except ValueError as error:
            fault = error
    # Only equal records were skipped: read alone, one of the two says where its fault is.
    for path in (old, new):
        _read(path)
    raise Unusable(f"{old}, {new}: {fault}")


def _read(path: Path) -> Directory:
    with files.opened(path) as stream:
        return read_directory(stream)


def _json(comparison: Comparison, changes: tuple[Change, ...]) -> Iterator[str]:
    answer = {
        "old_entries": comparison.old_size,
        "new_entries": comparison.new_size,
        "changes": [
            {"kind": change.kind, "entry": change.name, "attributes": _attributes(change)}
            for change in changes
        ],
    }
    yield json.dumps(answer, indent=1) + "\n"


def _page(comparison: Comparison, changes: tuple[Change, ...], everything: bool) -> Iterator[str]:
    yield from table(
        [("old", f"{comparison.old_size:,} entries"), ("new", f"{comparison.new_size:,} entries")]
    )
    for kind, alike in groupby(changes, attrgetter("kind")):
        of_kind = list(alike)
        shown = of_kind[: None if everything else SHOWN]
        yield f"\n{_IN_WORDS[kind]}: {len(of_kind):,}\n"
        yield from table(
            [(legible(change.name), ", ".join(_attributes(change))) for change in shown]
        )
        yield from more(len(of_kind) - len(shown))
    yield f"\n{_verdict(changes)}\n"


def _verdict(changes: tuple[Change, ...]) -> str:
    return f"Different: {counted(len(changes), 'change')}." if changes else "No difference."


def _attributes(change: Change) -> list[str]:
    """Names of those that differ; never a value, which may be a password's hash."""
    before = change.before.attributes if change.before else {}
    after = change.after.attributes if change.after else {}
    if not (before and after):
        return []
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
