"""The shipped SSM document import_identities loads 10,000 users into a real slapd.

The time is from the download to the proof that all arrived, with slapd's stop and start. The
yardstick is slapadd alone, which loads the same LDIF into an empty database of the same kind.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from bench import Measurement
from bench.contest.figures import Figures, timed
from bench.contest.rounds import expect, medians
from bench.contest.slapadd import BareDatabase
from bench.snapshots.kept import snapshots_of
from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import KEY, Aws, moto_server, run, scheduler_host

USERS = 10_000
DESTINATION = "releases/hpc-r2/read-back.ldif.gz"


class _Document:
    def __init__(self, host: HostFolder, aws: Aws, tree: Path) -> None:
        self._host = host
        self._aws = aws
        self._parameters = aws.put(tree.read_bytes()) | {
            "Destination": DESTINATION,
            "KmsKeyArn": KEY,
        }

    def run(self) -> Figures:
        return timed(self._entries)

    def _entries(self) -> int:
        outcome = run("import_identities", self._host, self._aws, **self._parameters)
        return int(outcome.answer["entries"])


def measure() -> Iterator[Measurement]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no line for each request
    tree = snapshots_of(USERS).before
    with moto_server() as aws, scheduler_host() as host:
        bare = BareDatabase(host.root.with_name("bare"))
        document = _Document(host, aws, tree)
        figures = medians({"slapadd -q": bare.loading(tree), "document": document.run})
    theirs, own = figures["slapadd -q"], figures["document"]
    expect(theirs.results, own, "entries imported")
    what = f"import {own.results:,} entries by the document"
    yield Measurement(what, own.seconds, "slapadd -q", theirs.seconds, "s", 3)
