"""Discard Candidate: delete what the run made; never live, never persistent data."""

from pydantic import AwareDatetime

from changeover.cluster.release import Role
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade.candidate import build, installer
from changeover.upgrade.plan import UpgradePlan


class DiscardRequest(Value):
    plan: UpgradePlan


class Discarding(Value):
    started_at: AwareDatetime


class DiscardToCheck(Value):
    plan: UpgradePlan
    discarding: Discarding


class CheckedDiscard(Value):
    gone: bool
    detail: str


def discard_candidate(request: DiscardRequest, services: Services) -> Discarding:
    """Stop the candidate's build and start deleting its stack.

    Returns the start time. Raises Conflict if the release is not this run's candidate, if the load
    balancer sends users to it, or if the run has lost the lock.
    """
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    if candidate.role not in (Role.CANDIDATE, Role.DISCARDED) or candidate.run != plan.run:
        raise Conflict(
            f"{plan.candidate} is recorded as {candidate.role} of run {candidate.run}, not as this"
            " run's candidate: it is not discarded"
        )
    if candidate.target_group in services.front_door.serving():
        raise Conflict(
            f"the load balancer still sends users to {plan.candidate}: it is not discarded"
        )
    services.builds.stop(build.token(plan))
    services.front_door.preview(None)
    services.stacks.delete(plan.candidate)
    return Discarding(started_at=services.now())


def check_discard(request: DiscardToCheck, services: Services) -> CheckedDiscard:
    """Check once whether the stack is deleted; then delete the candidate's other resources.

    These are its target group, its snapshots and its installer folder. Returns whether everything
    is gone. Raises Unhealthy if the stack cannot be deleted or the deadline has passed. Raises
    Conflict if another release boots from the installer folder.
    """
    plan = request.plan
    stack = services.stacks.describe(plan.candidate)
    if stack is not None:
        return _wait(request, stack.status, services)
    services.front_door.remove_target_group(plan.candidate)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    services.evidence.delete_folder(f"releases/{plan.candidate}/")
    # Only the folder with the candidate's name: another release may boot from any other folder.
    own = installer.folder_of(plan.candidate)
    _assert_nobody_boots_from(own, plan, services)
    services.evidence.delete_folder(f"{own}/")
    services.releases.record(candidate.as_(Role.DISCARDED), plan.fence)
    kept = candidate.install_folder not in ("", own)
    beside = f", except {candidate.install_folder}: delete it by hand" if kept else ""
    return CheckedDiscard(gone=True, detail=f"{plan.candidate} is gone{beside}")


def _assert_nobody_boots_from(folder: str, plan: UpgradePlan, services: Services) -> None:
    for release in services.releases.list_all(plan.cluster):
        if release.install_folder == folder and release.name != plan.candidate:
            raise Conflict(f"{release.name} boots from {folder}: it is not deleted")


def _wait(request: DiscardToCheck, status: str, services: Services) -> CheckedDiscard:
    name, deadline = (
        request.plan.candidate,
        request.plan.configuration.waits.discard_deadline_seconds,
    )
    if status == "DELETE_FAILED":
        why = services.stacks.first_failure(name) or "see its events"
        raise Unhealthy(f"stack {name} could not be deleted ({why}): delete it by hand")
    if (services.now() - request.discarding.started_at).total_seconds() > deadline:
        raise Unhealthy(f"stack {name} was not deleted within {deadline} s: delete it by hand")
    return CheckedDiscard(gone=False, detail=f"stack {name} is {status}")
