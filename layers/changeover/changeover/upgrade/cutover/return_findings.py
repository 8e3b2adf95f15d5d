"""What the way back brings to live is screened like what leaves it: told, and never held back."""

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
    """New privileges and errors among what came back: how many, and the first of them.

    `release` is the one they came back to. `unscreened` is why nobody could look; empty when it
    was looked at.
    """

    release: str = ""
    number: int = 0
    first: tuple[str, ...] = ()
    unscreened: str = ""

    def describe(self) -> Iterator[str]:
        """For the closing mail; nothing when nothing was found."""
        if self.unscreened:
            yield (
                f"What users changed on the new release came back to {self.release}, but was not"
                f" checked for new privileges: {self.unscreened}. Export {self.release}'s"
                " identities, and check them with `changeover identities check`"
            )
        if self.number:
            more = self.number - len(self.first)
            yield (
                f"What users changed on the new release came back to {self.release}. No upgrade"
                f" would have carried this over: {'; '.join(self.first)}"
                + (f"; and {more} more" if more else "")
                + f". Look at these entries on {self.release} now"
            )


def key(run: str) -> str:
    """Where a run keeps its ReturnFindings."""
    return f"runs/{run}/return-findings.json"


def save(
    before: Directory, after: Directory, plan: UpgradePlan, services: Services
) -> ReturnFindings:
    """Screen live `after` what came back beside live `before`, and keep what is found.

    Raises what the evidence bucket raises. Call it last, so that this holds nothing back.
    """
    found = _screen(before, after, plan)
    services.evidence.write(key(plan.run), found.model_dump_json().encode())
    return found


def told(execution: str, services: Services) -> tuple[str, ...]:
    """In words, what a run has kept. Raises nothing: what cannot be read is told as that."""
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
    except Exception as error:  # noqa: BLE001 - users' changes are on live, whatever it is
        return ReturnFindings(release=release, unscreened=type(error).__name__)
    return ReturnFindings(release=release, number=len(found), first=tuple(found[:_TOLD]))
