"""A scenario: how the rehearsal begins, what fails, and how it must end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from changeover.upgrade.finish import Outcome
from rehearsal.host.folder import Fault

REFUSED_DIRECTORY = "refused-directory"

# With real waits, a rehearsal would take hours.
QUICK_WAITS = {
    "build_poll_seconds": 1,
    "candidate_poll_seconds": 1,
    "discard_poll_seconds": 1,
    "build_deadline_seconds": 120,
    "candidate_deadline_seconds": 120,
    "discard_deadline_seconds": 60,
}


class NoUpgrade(StrEnum):
    """Outcomes of a run that starts no upgrade."""

    NO_UPGRADE = "no upgrade"


class Begin(StrEnum):
    """What starts the run."""

    CONSOLE = "a person starts an upgrade with {}"
    IMAGE = "the image pipeline's schedule starts a build"
    LOST = "an image is available, and its event was lost"
    DISABLED = "Image Builder has disabled the pipeline"


class Approver(StrEnum):
    """What the simulated approver does with the e-mail."""

    APPROVES = "approves"
    REJECTS = "rejects"
    SILENT = "is silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`late_faults` start on the candidate when users are on it. `image` has the build's switches.

    `stack_updated`: CloudFormation updates the front door's listeners during the whole run.
    `installer_tampered`: somebody changes the candidate's installer before the approval. `source`
    changes what is built, and `asks` is a part of the approval e-mail.

    `fails_in` is the state that must fail first, or empty. `why` is a part of the run's cause.
    """

    name: str
    outcome: Outcome | NoUpgrade
    about: str
    begin: Begin = Begin.CONSOLE
    image: Mapping[str, Any] = field(default_factory=dict)
    fails_in: str = ""
    why: str = ""
    approver: Approver = Approver.APPROVES
    live_faults: frozenset[Fault] = frozenset()
    candidate_faults: frozenset[Fault] = frozenset()
    late_faults: frozenset[Fault] = frozenset()
    stack_updated: bool = False
    installer_tampered: bool = False
    source: Mapping[str, str] = field(default_factory=dict)
    build_only: bool = False
    asks: str = ""
    stack_fails: bool = False
    locked: bool = False
    waits: Mapping[str, int] = field(default_factory=dict)
    approval_seconds: int = 120
    bake_seconds: int = 3

    def refusing(self) -> "Scenario":
        """The same scenario with a directory that the export refuses."""
        if self.outcome in (Outcome.REFUSED, NoUpgrade.NO_UPGRADE):
            return self  # it never reaches the export
        return replace(
            self,
            name=REFUSED_DIRECTORY,
            outcome=Outcome.DISCARDED,
            about="the check refuses live's directory",
            fails_in="Export Identities",
            why="",
        )

    def configuration(self) -> dict[str, Any]:
        """Changes of the cluster's configuration in the SSM parameter."""
        return {
            "source": dict(self.source),
            "images": {"poll_seconds": 1},
            "waits": QUICK_WAITS | dict(self.waits),
            "traffic": {"watch_poll_seconds": 1, "bake_seconds": self.bake_seconds},
            "approval": {"expiry_seconds": self.approval_seconds},
        }
