"""Shift Traffic and Watch Candidate: send all users to the candidate, and probe it afterwards."""

from pydantic import AwareDatetime

from changeover.errors import Conflict, Unhealthy
from changeover.metrics import Measure, seconds
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade.candidate.health import judge, judge_health, probe
from changeover.upgrade.candidate.validate import Validated
from changeover.upgrade.cutover import proof
from changeover.upgrade.cutover.freeze import Frozen
from changeover.upgrade.plan import UpgradePlan

_ALL = 100
_NONE = 0


class ShiftRequest(Value):
    plan: UpgradePlan
    validated: Validated
    frozen: Frozen


class Shifted(Value):
    """`freeze_seconds`: how long users could change nothing before they were moved."""

    shifted_at: AwareDatetime
    freeze_seconds: float

    def metrics(self) -> list[Measure]:
        return seconds("FreezeSeconds", self.freeze_seconds)


class WatchRequest(Value):
    plan: UpgradePlan
    shifted: Shifted


class Watched(Value):
    """`over`: the bake time has passed and every probe was good."""

    over: bool
    detail: str


def shift_traffic(request: ShiftRequest, services: Services) -> Shifted:
    """Send all users to the candidate, by one change of the load balancer's listener rule.

    Live's target group stays in the rule with weight 0, so that its health checks go on. Returns
    when users were moved. Raises Conflict or Unhealthy, and moves no user, unless this run's plan,
    its approval and its proof of parity are on record: the input alone decides nothing.
    """
    plan = request.plan
    candidate = proof.assert_may_shift(plan, request.validated, services)
    target = {candidate.target_group: _ALL, plan.live.target_group: _NONE}
    now_forwarding = dict(services.front_door.weights())
    if now_forwarding != target:
        if services.front_door.actions() != plan.saved_actions:
            raise Conflict(
                "somebody changed the load balancer's listener rule after the upgrade began: no"
                " user was moved"
            )
        if problems := judge_health(*services.front_door.health(candidate.target_group)):
            raise Unhealthy(f"{candidate.name} cannot take users: {problems[0]}")
        served_users = candidate.model_copy(update={"served_users": True})
        services.releases.record(served_users, plan.fence)
        services.front_door.forward(target)
    shifted_at = services.now()
    freeze_seconds = request.frozen.read_only_seconds(shifted_at)
    return Shifted(shifted_at=shifted_at, freeze_seconds=freeze_seconds)


def watch_candidate(request: WatchRequest, services: Services) -> Watched:
    """Probe the candidate once while users are on it.

    Returns whether the bake time has passed. Raises Unhealthy if a probe or the load balancer's
    health check fails.
    """
    plan = request.plan
    configuration = plan.configuration
    candidate = services.releases.get(plan.cluster, plan.candidate)
    found = probe(candidate, configuration, services)
    problems = judge(found, candidate.provider)
    problems += judge_health(*services.front_door.health(candidate.target_group))
    if problems:
        raise Unhealthy(f"{candidate.name} fails under its users: {'; '.join(problems)}", problems)
    baked = (services.now() - request.shifted.shifted_at).total_seconds()
    over = baked >= configuration.traffic.bake_seconds
    return Watched(over=over, detail=f"healthy for {baked:.0f} s")
