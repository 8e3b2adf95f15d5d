"""Parse, check and digest a directory of 100,000 users, as slapcat prints it.

Time: compared with python-ldap's LDIFParser, which only parses the same file and keeps nothing.
Memory: the peak of the whole process, compared with the memory of a small Lambda function.
"""

from collections.abc import Iterator

from bench import Measurement
from bench.contest.rounds import PARSER, expect, medians, ours, python_ldap
from bench.snapshots.kept import snapshots_of
from changeover.soca.dialect import SOCA_2_6

USERS = 100_000
_ROOM_MIB = 150


def measure() -> Iterator[Measurement]:
    tree = snapshots_of(USERS).before
    figures = medians({PARSER: python_ldap(tree), "check": ours("check", tree)})
    theirs, own = figures[PARSER], figures["check"]
    expect(theirs.results - len(SOCA_2_6.scaffold), own, "entries that move")
    what = f"parse, check and digest {theirs.results:,} entries"
    yield Measurement(what, own.seconds, f"{PARSER}, parse only", theirs.seconds, "s", 1 / 3)
    yield Measurement("its peak memory", own.peak_mib, "room for it", _ROOM_MIB, "MiB", 1)
