"""How builds end: `WORK/images/pipeline.json`, read at the start of each build."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt

FILE_NAME = "pipeline.json"
ScanStatus = Literal[
    "PENDING", "SCANNING", "COLLECTING", "COMPLETED", "ABANDONED", "FAILED", "TIMED_OUT"
]


class Switches(BaseModel):
    """Any other key is an error: a misspelled fault would prove nothing.

    `fails` ends the build after its tests, for `reason`. `scan` is the scan's status when the image
    is distributed; null means that no scan was requested. `repeat` is how often each event is
    sent. A `silent` pipeline sends no events.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fails: bool = False
    reason: str = "Workflow step execution failed in the test workflow: ApplyTestComponents"
    critical: NonNegativeInt = 0
    high: NonNegativeInt = 0
    medium: NonNegativeInt = 0
    scan: ScanStatus | None = "COMPLETED"
    silent: bool = False
    repeat: PositiveInt = 1
    state_seconds: NonNegativeFloat = 0.5
    tests: bool = True
    encrypted: bool = True
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    os: str = "Amazon Linux 2"

    @property
    def findings(self) -> dict[str, int]:
        """Counts by severity, as both the API and the event give them."""
        counts = {"critical": self.critical, "high": self.high, "medium": self.medium}
        return {"all": sum(counts.values()), **counts}


def read_switches(folder: Path) -> Switches:
    """Read the switches in `folder`. Raises pydantic.ValidationError if they are invalid."""
    file = folder / FILE_NAME
    return Switches.model_validate_json(file.read_text()) if file.exists() else Switches()
