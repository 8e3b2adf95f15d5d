"""What the verdict must know besides what is reported: looked at once a run is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal import findings
from rehearsal.meanwhile import Meanwhile
from rehearsal.people import life
from rehearsal.people.gathering import People
from rehearsal.proof import tree
from rehearsal.proof.leaks import leaks, places, secrets
from rehearsal.proof.left_over import left_over
from rehearsal.proof.live_state import look_at_live
from rehearsal.report.record import Record
from rehearsal.stage import LIVE, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """`seeded` is how many identities there must be: those of the tree, and who came since.

    `upgrades` is how many were started.
    """

    upgrades: int
    lock_owner: str
    seeded: tree.Counts
    live_changes: Sequence[str]
    live_read_only: bool
    live_takes_writes: bool
    left_over: Sequence[str]
    leaks: Sequence[str]
    trouble: Sequence[str]


def look_around(
    stage: Stage, people: People, meanwhile: Meanwhile, record: Record, reports: Path
) -> Aftermath:
    """`record` is what was written into the folder `reports`."""
    live = look_at_live(stage)
    hidden = secrets(
        [*people.passwords.values(), *meanwhile.passwords.values()], meanwhile.question
    )
    return Aftermath(
        upgrades=findings.upgrades(stage),
        lock_owner=findings.lock_owner(stage),
        seeded=_seeded(people, meanwhile),
        live_changes=live.changed_since(meanwhile.live_before),
        live_read_only=live.read_only,
        live_takes_writes=life.takes_writes(life.host_of(stage.work, LIVE)),
        left_over=left_over(stage),
        leaks=leaks(places(stage, record.history, reports), hidden),
        trouble=meanwhile.trouble,
    )


def _seeded(people: People, meanwhile: Meanwhile) -> tree.Counts:
    counts = tree.count(tree.blocks(people.tree.read_bytes()))
    for kind in ("users", "groups", "password_hashes"):
        counts[kind] += meanwhile.newcomers
    return counts
