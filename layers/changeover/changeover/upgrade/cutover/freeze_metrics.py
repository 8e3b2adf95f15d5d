"""How long a freeze was felt by users who came back: a measure, which nothing may fail for."""

from changeover.cluster.release import Release
from changeover.errors import ChangeoverError
from changeover.ports.services import Services
from changeover.upgrade.plan import UpgradePlan


def has_users(candidate: Release, services: Services) -> bool:
    """Whether the front door sends users there now; no, if it cannot be asked."""
    try:
        return candidate.target_group in services.front_door.serving()
    except ChangeoverError:
        return False


def seconds(read_only: float | None, plan: UpgradePlan, services: Services) -> float | None:
    """Of the seconds that live was read-only, those that users were on it."""
    try:
        candidate = services.releases.get(plan.cluster, plan.candidate)
    except ChangeoverError:
        return None
    if read_only is None or candidate.users_left_at is None:
        return read_only
    return min(read_only, (services.now() - candidate.users_left_at).total_seconds())
