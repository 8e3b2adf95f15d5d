"""The ways a rehearsal can go: what is switched to fail, and how the run must end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from changeover.ending import Outcome
from rehearsal.host.folder import Fault
from rehearsal.releases.sources import LATER

# Real waits would make a rehearsal take the night that it saves.
QUICK_WAITS = {
    "build_poll_seconds": 1,
    "candidate_poll_seconds": 1,
    "discard_poll_seconds": 1,
    "build_deadline_seconds": 120,
    "candidate_deadline_seconds": 120,
    "discard_deadline_seconds": 60,
}


class Approver(StrEnum):
    """What the simulated person does with the mail."""

    APPROVES = "approves"
    REJECTS = "rejects"
    SILENT = "is silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`late_faults` strike the candidate once users are on it.

    `fails_in` is the state that must fail first, and is empty where none does; `why` stands in
    the run's cause.
    """

    name: str
    outcome: Outcome
    about: str
    fails_in: str = ""
    why: str = ""
    approver: Approver = Approver.APPROVES
    live_faults: frozenset[Fault] = frozenset()
    candidate_faults: frozenset[Fault] = frozenset()
    late_faults: frozenset[Fault] = frozenset()
    later_release: bool = False
    stack_fails: bool = False
    locked: bool = False
    waits: Mapping[str, int] = field(default_factory=dict)
    approval_seconds: int = 120
    bake_seconds: int = 3

    def configuration(self) -> dict[str, Any]:
        """What it changes in the cluster's configuration, as the SSM parameter has it."""
        return {
            "source": {"vendor_release": LATER} if self.later_release else {},
            "waits": QUICK_WAITS | dict(self.waits),
            "traffic": {"watch_poll_seconds": 1, "bake_seconds": self.bake_seconds},
            "approval": {"expiry_seconds": self.approval_seconds},
        }


_ALL = (
    Scenario(
        name="completed",
        outcome=Outcome.COMPLETED,
        about="everything is well and the approver says yes",
    ),
    Scenario(
        name="locked",
        outcome=Outcome.REFUSED,
        about="another run holds the lock",
        fails_in="Plan Upgrade",
        why="is locked by",
        locked=True,
    ),
    Scenario(
        name="export-incomplete",
        outcome=Outcome.DISCARDED,
        about="live's export lacks the password hashes",
        fails_in="Export Identities",
        why="lacks the password hash",
        live_faults=frozenset({"export-without-hashes"}),
    ),
    Scenario(
        name="build-fails",
        outcome=Outcome.DISCARDED,
        about="the site's customisations conflict with the vendor's next release",
        fails_in="Check Build",
        why="ComputeNodeUserCustomization.sh",
        later_release=True,
    ),
    Scenario(
        name="stack-fails",
        outcome=Outcome.DISCARDED,
        about="CloudFormation rolls the candidate's stack back",
        fails_in="Check Candidate",
        why="ended ROLLBACK_COMPLETE",
        stack_fails=True,
    ),
    Scenario(
        name="never-ready",
        outcome=Outcome.DISCARDED,
        about="the stack is complete, but SOCA's installer never finishes",
        fails_in="Check Candidate",
        why="installer is still at work",
        candidate_faults=frozenset({"never-ready"}),
        waits={"candidate_deadline_seconds": 5},
    ),
    Scenario(
        name="import-differs",
        outcome=Outcome.DISCARDED,
        about="the candidate's directory takes one entry otherwise than it was",
        candidate_faults=frozenset({"import-alters-entry"}),
        fails_in="Import Identities",
        why="is not what was imported",
    ),
    Scenario(
        name="candidate-unhealthy",
        outcome=Outcome.DISCARDED,
        about="the candidate's scheduler does not answer",
        fails_in="Validate Candidate",
        why="the scheduler is silent",
        candidate_faults=frozenset({"scheduler-down"}),
    ),
    Scenario(
        name="rejected",
        outcome=Outcome.REJECTED,
        about="the approver says no",
        why="said no",
        approver=Approver.REJECTS,
    ),
    Scenario(
        name="silence",
        outcome=Outcome.REJECTED,
        about="nobody answers the mail",
        approver=Approver.SILENT,
        approval_seconds=15,
        fails_in="Await Approval",
        why="silence is a no",
    ),
    Scenario(
        name="bake-fails",
        outcome=Outcome.ROLLED_BACK,
        about="probes fail once users are on the candidate",
        late_faults=frozenset({"scheduler-down"}),
        bake_seconds=120,
        fails_in="Watch Candidate",
        why="the scheduler is silent",
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in _ALL}
