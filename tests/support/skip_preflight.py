"""Upgrades to releases that guardrails do not let through yet, because nobody can build them."""

from datetime import timedelta

from changeover.cluster.execution import run_of
from changeover.soca.directory_provider import judge_move
from changeover.upgrade import planning
from changeover.upgrade.plan import UpgradePlan
from tests.support.run import Run
from tests.support.world import CANDIDATE, IMAGE, LIVE, World


class UnguardedRun(Run):
    def plan_again(self) -> UpgradePlan:
        return unguarded(self.execution, self.world)


def unguarded(execution: str, world: World) -> UpgradePlan:
    """What Plan Upgrade would decide if nothing spoke against it."""
    services, now = world.services, world.clock.now()
    configuration = services.configurations.read("hpc")
    until = now + timedelta(seconds=configuration.longest_run_seconds)
    live = services.releases.get("hpc", LIVE)
    plan = UpgradePlan(
        cluster="hpc",
        run=run_of(execution),
        execution=execution,
        fence=services.releases.acquire("hpc", execution, now, until),
        live=live,
        candidate=CANDIDATE,
        image=IMAGE,
        saved_actions=services.front_door.actions(),
        configuration=configuration,
        move=judge_move(live.provider, configuration.directory.provider),
    )
    return planning.save(plan, services)
