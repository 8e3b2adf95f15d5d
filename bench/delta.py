"""Make an ordered plan from two gzipped snapshots of 100,000 users, with a thousandth changed.

The yardstick is python-ldap's LDIFParser, which only parses the first snapshot as plain text.
"""

from collections.abc import Iterator

from bench import Measurement
from bench.contest.rounds import PARSER, expect, medians, ours, python_ldap
from bench.snapshots.changes import entries_changed
from bench.snapshots.kept import snapshots_of

USERS = 100_000


def measure() -> Iterator[Measurement]:
    snapshots = snapshots_of(USERS)
    figures = medians(
        {PARSER: python_ldap(snapshots.before), "delta": ours("delta", *snapshots.gzipped)}
    )
    theirs, own = figures[PARSER], figures["delta"]
    expect(entries_changed(USERS), own, "changes planned")
    what = f"plan {own.results} changes between two snapshots"
    yield Measurement(what, own.seconds, f"{PARSER}, parse one", theirs.seconds, "s", 1 / 4)
