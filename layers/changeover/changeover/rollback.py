"""Roll Back: users onto live again, by the exact actions that were saved, and nothing lost."""

from changeover import delta, migration, snapshot
from changeover.errors import Conflict
from changeover.identity import Directory, Entry
from changeover.plan import UpgradePlan
from changeover.ports import Services
from changeover.release import Release, Role
from changeover.traffic import PARITY
from changeover.values import Value


class RollBackRequest(Value):
    plan: UpgradePlan


class RolledBack(Value):
    """`moved`: users had been on the candidate; `returned`: identity changes brought back."""

    moved: bool
    returned: int


def roll_back(asked: RollBackRequest, services: Services) -> RolledBack:
    """Users back onto live first; then what they changed meanwhile; live always ends thawed.

    Raises Conflict, after all that, for entries that were changed on both releases.
    """
    plan = asked.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    try:
        candidate = services.releases.get(plan.cluster, plan.candidate)
        if not candidate.took_users:
            return RolledBack(moved=False, returned=0)
        services.front_door.restore(plan.live_actions)
        records = (candidate.as_(Role.ROLLED_BACK), plan.live.as_(Role.LIVE))
        services.releases.record_all(records, plan.fence)
        services.front_door.preview(None)
        parity, now = _before_and_after(candidate, plan, services)
    finally:
        services.hosts.run(plan.live.instance, "thaw_directory")
    return RolledBack(moved=True, returned=_bring_back(parity, now, plan, services))


def _before_and_after(
    candidate: Release, plan: UpgradePlan, services: Services
) -> tuple[Directory, Directory]:
    """The candidate's directory when it was proved equal to live, and as users have left it."""
    services.hosts.run(candidate.instance, "freeze_directory")
    parity_key = snapshot.key(candidate.name, plan.run, PARITY)
    parity = snapshot.load_unproved(parity_key, services.evidence)
    return parity, migration.read(candidate, plan, "roll-back", services)


def _bring_back(parity: Directory, now: Directory, plan: UpgradePlan, services: Services) -> int:
    changed = {change.name: change.after for change in delta.plan(parity, now)}
    if not changed:
        return 0
    live = migration.read(plan.live, plan, "before-return", services)
    # Live has been writable since the thaw: what its users changed there is the newer word.
    disputed = [
        name
        for name, after in changed.items()
        if not _same(live.get(name), parity.get(name)) and not _same(live.get(name), after)
    ]
    returning = {name: after for name, after in changed.items() if name not in disputed}
    changes = delta.plan(live, _with(live, returning))
    delta.check_ceilings(changes, len(live), plan.configuration.ceilings)
    migration.apply(changes, plan.live, plan, "return", services)
    if disputed:
        raise Conflict(
            f"changed on both releases, and left as {plan.live.name} has it:"
            f" {', '.join(sorted(disputed))}. The other version is in the snapshot roll-back of"
            f" {plan.candidate}"
        )
    return len(changes)


def _with(live: Directory, returning: dict[str, Entry | None]) -> dict[str, Entry]:
    meant = {name: entry for name, entry in live.items() if name not in returning}
    return meant | {name: entry for name, entry in returning.items() if entry is not None}


def _same(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.attributes == other.attributes
