"""What must be true after every run, however it went (design.md §4)."""

import json
from collections.abc import Iterator

from changeover.cluster.release import Role
from changeover.ports.values import BuildStatus
from tests.support.world import CANDIDATE, INSTALL_FOLDER, LIVE, World
from tests.workflow.engine import Ended
from tests.workflow.observer import Witness
from tests.workflow.secrets_scan import disclosed


def broken(witness: Witness, ended: Ended) -> list[str]:
    """Every invariant that does not hold, in words."""
    world = witness.world
    said = [
        *front_door(world),
        *thawed(world, ended),
        *nothing_deleted(witness),
        *lock(world, ended),
        *approved(world),
        *disclosed(witness, ended),
        *told(world, ended),
    ]
    if not called_for_a_person(world, ended):
        said += [*live_untouched(witness), *one_live(world), *nobody_lost(witness), *tidy(world)]
    return said


def called_for_a_person(world: World, ended: Ended) -> bool:
    """The run itself says loudly that its way back failed."""
    said_so = any("a person must look" in subject for subject, _ in world.mails)
    return said_so and "a person must look" in ended.cause


def completed(world: World) -> bool:
    return world.live_on_record == [CANDIDATE] and world.users_are_on == CANDIDATE


def outcome(world: World) -> str:
    kept = world.services.evidence.objects.get("runs/run-1/outcome.json")
    return str(json.loads(kept)["outcome"]) if kept else ""


def front_door(world: World) -> Iterator[str]:
    weights = world.front_door.weights()
    serving = [arn for arn, weight in weights.items() if weight]
    if len(serving) != 1 or not world.front_door.well(serving[0]):
        yield f"the front door forwards to {weights}"
    yield from (f"users were sent to {place}" for place in world.front_door.sent if "," in place)


def thawed(world: World, ended: Ended) -> Iterator[str]:
    """However much went wrong, and whoever was called: only its own thaw can fail live."""
    thaw_failed = ended.went_through("Thaw Directory") and not ended.went_through(
        "Thaw Directory", "Is Way Back Clear"
    )
    if world.live.frozen and not completed(world) and not thaw_failed:
        yield "live is still read-only"


def live_untouched(witness: Witness) -> Iterator[str]:
    world = witness.world
    if world.users_are_on == LIVE and world.live.directory != witness.live:
        yield "live's directory is not what its users made of it"


def one_live(world: World) -> Iterator[str]:
    if world.live_on_record != [world.users_are_on]:
        yield f"on record as live: {world.live_on_record}; users are on {world.users_are_on}"


def nobody_lost(witness: Witness) -> Iterator[str]:
    world = witness.world
    if world.users_are_on in (LIVE, CANDIDATE):
        for user, password in witness.passwords.items():
            if not world.logs_in(user, password):
                yield f"{user} cannot log in any more"


def nothing_deleted(witness: Witness) -> Iterator[str]:
    there = witness.world.services.evidence.objects
    yield from (f"{key} is gone" for key in witness.kept.keys() - there.keys())
    own = (f"releases/{CANDIDATE}/", f"{INSTALL_FOLDER}/")
    yield from (
        f"{prefix} was deleted" for prefix in witness.world.evidence.deleted if prefix not in own
    )
    if set(witness.world.stacks.deleted) - {CANDIDATE}:
        yield f"stacks were deleted: {witness.world.stacks.deleted}"


def tidy(world: World) -> Iterator[str]:
    """What is discarded is gone; what users were on is not discarded."""
    record = world.services.releases.recorded.get(("hpc", CANDIDATE))
    if outcome(world) in ("discarded", "rejected", "built"):
        if CANDIDATE in world.stacks.stacks or len(world.hosts.up) > 1:
            yield f"{CANDIDATE} is still there"
        if record is None or record.role is not Role.DISCARDED:
            yield f"{CANDIDATE} is recorded as {record and record.role}"
        if any(build.status is BuildStatus.RUNNING for build in world.builds.builds.values()):
            yield "its build still runs"
    elif outcome(world) == "rolled-back" and (not record or record.role is not Role.ROLLED_BACK):
        yield f"{CANDIDATE} is recorded as {record and record.role}"


def lock(world: World, ended: Ended) -> Iterator[str]:
    held = world.services.releases.locks["hpc"]
    if held.owner and "Closing Failed" not in ended.states:
        yield f"the lock is held by {held.owner}"
    now = held.expires_at
    world.services.releases.acquire("hpc", "the next run", now, now)


def approved(world: World) -> Iterator[str]:
    record = world.services.releases.recorded.get(("hpc", CANDIDATE))
    asked = world.services.approvals.get("hpc", "run-1")
    if record and record.served_users and (asked is None or asked.decision != "approved"):
        yield "users were sent to a release that nobody approved"


def told(world: World, ended: Ended) -> Iterator[str]:
    closed = "Closing Failed" not in ended.states
    if closed and not any(subject.startswith("hpc: ") for subject, _ in world.mails):
        yield "nobody was told how it ended"
    if ended.status == "SUCCEEDED":
        if not completed(world) and outcome(world) != "built":
            yield "it succeeded without being completed"
        return
    if closed and completed(world):
        yield "it completed and failed"
    if not ended.error or not ended.cause or "stackTrace" in ended.cause or "{" in ended.cause:
        yield f"its cause is not readable: {ended.error}: {ended.cause}"
