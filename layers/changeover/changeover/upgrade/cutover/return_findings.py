"""Check the changes that a rollback brings back to live, and report them. They are never held back.

The checks are those of the export from live.
"""

from collections.abc import Iterator

from pydantic import ValidationError

from changeover.cluster.execution import run_of
from changeover.errors import ChangeoverError
from changeover.identities.directories import Directory
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade.cutover import late_changes
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import migrate

_TOLD = 20


class ReturnFindings(Value):
    """New privileges and errors among the changes that came back.

    `release` is the live release. `number` counts the findings, `first` has the first 20 as texts.
    `unscreened` is why the changes could not be checked; empty if they were checked.
    """

    release: str = ""
    number: int = 0
    first: tuple[str, ...] = ()
    unscreened: str = ""

    def describe(self) -> Iterator[str]:
        """Yield the texts for the closing mail; nothing if nothing was found."""
        if self.unscreened:
            yield (
                f"Changes that users made on the new release came back to {self.release}, but were"
                f" not checked for new privileges: {self.unscreened}. Export {self.release}'s"
                " identities, and check them with `changeover identities check`"
            )
        if self.number:
            more = self.number - len(self.first)
            yield (
                f"Changes that users made on the new release came back to {self.release}. No"
                f" upgrade would have accepted these: {'; '.join(self.first)}"
                + (f"; and {more} more" if more else "")
                + f". Check these entries on {self.release} now"
            )


def key(run: str) -> str:
    """Return the S3 key of a run's ReturnFindings."""
    return f"runs/{run}/return-findings.json"


def save(
    before: Directory, after: Directory, plan: UpgradePlan, services: Services
) -> ReturnFindings:
    """Check what is new in live `after` the changes, compared with live `before`, and store it.

    Returns the findings. Raises what the evidence bucket raises: call it after the changes are
    applied, so that an error here holds nothing back.
    """
    found = _screen(before, after, plan)
    services.evidence.write(key(plan.run), found.model_dump_json().encode())
    return found


def told(execution: str, services: Services) -> tuple[str, ...]:
    """Return a run's stored findings as texts. Raises nothing: an unreadable file is a finding."""
    place = key(run_of(execution))
    try:
        if not services.evidence.exists(place):
            return ()
        found = ReturnFindings.model_validate_json(services.evidence.read(place))
    except (ChangeoverError, ValidationError) as error:
        why = f"{place} cannot be read ({type(error).__name__})"
        found = ReturnFindings(release="live", unscreened=why)
    return tuple(found.describe())


def _screen(before: Directory, after: Directory, plan: UpgradePlan) -> ReturnFindings:
    release = plan.live.name
    try:
        was, now = (
            late_changes.look(migrate.movable(each, plan.live), plan.live)
            for each in (before, after)
        )
        found = late_changes.stopping(was, now, plan.configuration.accepted_findings)
    except Exception as error:  # noqa: BLE001 - the changes are on live already: report any error
        return ReturnFindings(release=release, unscreened=type(error).__name__)
    return ReturnFindings(release=release, number=len(found), first=tuple(found[:_TOLD]))
