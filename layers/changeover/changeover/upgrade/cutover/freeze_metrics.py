"""Metric of a rollback: how long users met a read-only directory. It must never fail a step."""

from changeover.cluster.release import Release
from changeover.errors import ChangeoverError
from changeover.ports.services import Services
from changeover.upgrade.plan import UpgradePlan


def has_users(candidate: Release, services: Services) -> bool:
    """Return whether the load balancer sends users to the candidate; False if it cannot tell."""
    try:
        return candidate.target_group in services.front_door.serving()
    except ChangeoverError:
        return False


def seconds(read_only: float | None, plan: UpgradePlan, services: Services) -> float | None:
    """Return how many seconds users were on live while it was read-only; None if unknown.

    `read_only` is how many seconds live was read-only, or None if the host cannot tell.
    """
    try:
        candidate = services.releases.get(plan.cluster, plan.candidate)
    except ChangeoverError:
        return None
    if read_only is None or candidate.users_left_at is None:
        return read_only
    return min(read_only, (services.now() - candidate.users_left_at).total_seconds())
