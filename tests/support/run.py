"""One upgrade taken through a world step by step, without a state machine.

run = Run(world).through("validate_candidate")
world.answers("approved")
run.freeze_directory()
"""

from typing import Self

from changeover.cluster.execution import Failure
from changeover.operations import abort
from changeover.upgrade import finish, planning
from changeover.upgrade.approval import gate
from changeover.upgrade.candidate import build, deploy, discard, validate
from changeover.upgrade.cutover import freeze, rollback, traffic
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import migrate
from tests.support.world import World

TOKEN = "task-token"
EXECUTION = "arn:aws:states:us-east-1:111122223333:execution:changeover-hpc-upgrade:{}"
STEPS = (
    "export_identities",
    "build_release",
    "deploy_candidate",
    "import_identities",
    "validate_candidate",
    "await_approval",
    "approve",
    "freeze_directory",
    "shift_traffic",
    "bake",
    "complete_upgrade",
)


class Run:
    """Each step keeps its answer, as the state machine does in its variables."""

    plan: UpgradePlan
    exported: migrate.ExportedIdentities
    imported: migrate.ImportedIdentities
    validated: validate.Validated
    frozen: freeze.Frozen
    shifted: traffic.Shifted
    started: build.StartedBuild
    deployed: deploy.Deployed
    captured: rollback.CapturedChanges
    discarding: discard.Discarding

    def __init__(self, world: World, name: str = "run-1", **request: str) -> None:
        self.world = world
        self.execution = EXECUTION.format(name)
        self.request = request
        self.plan = self.plan_again()

    def through(self, last: str) -> Self:
        for step in STEPS[: STEPS.index(last) + 1]:
            getattr(self, step)()
        return self

    def plan_again(self) -> UpgradePlan:
        asked = planning.PlanRequest(execution=self.execution, request=self.request)
        return planning.plan_upgrade(asked, self.world.services)

    def export_identities(self) -> migrate.ExportedIdentities:
        asked = migrate.ExportRequest(plan=self.plan)
        self.exported = migrate.export_identities(asked, self.world.services)
        return self.exported

    def build_release(self) -> None:
        asked = build.BuildRequest(plan=self.plan)
        self.started = build.build_release(asked, self.world.services)
        while not self.check_build().done:
            self.world.clock.advance(seconds=30)

    def check_build(self) -> build.CheckedBuild:
        asked = build.BuildToCheck(plan=self.plan, started=self.started)
        checked = build.check_build(asked, self.world.services)
        self.started = checked.started
        return checked

    def deploy_candidate(self) -> None:
        asked = deploy.DeployRequest(plan=self.plan)
        self.deployed = deploy.deploy_candidate(asked, self.world.services)
        while not self.check_candidate().ready:
            self.world.clock.advance(seconds=60)

    def check_candidate(self) -> deploy.CheckedCandidate:
        asked = deploy.CandidateToCheck(plan=self.plan, deployed=self.deployed)
        return deploy.check_candidate(asked, self.world.services)

    def import_identities(self) -> migrate.ImportedIdentities:
        asked = migrate.ImportRequest(plan=self.plan, exported=self.exported)
        self.imported = migrate.import_identities(asked, self.world.services)
        return self.imported

    def validate_candidate(self) -> validate.Validated:
        asked = validate.ValidationRequest(
            plan=self.plan, exported=self.exported, imported=self.imported
        )
        self.validated = validate.validate_candidate(asked, self.world.services)
        return self.validated

    def await_approval(self, token: str = TOKEN) -> gate.ApprovalAsked:
        self.world.services.callbacks.waiting.add(token)
        asked = gate.ApprovalRequest(plan=self.plan, validated=self.validated, token=token)
        return gate.await_approval(asked, self.world.services)

    def approve(self) -> None:
        assert self.world.answers("approved")["statusCode"] == 200

    def freeze_directory(self, redrives: int = 0) -> freeze.Frozen:
        asked = freeze.FreezeRequest(
            plan=self.plan,
            exported=self.exported,
            validated=self.validated,
            redrives=(redrives,),
        )
        self.frozen = freeze.freeze_directory(asked, self.world.services)
        return self.frozen

    def shift_traffic(self) -> traffic.Shifted:
        asked = traffic.ShiftRequest(plan=self.plan, validated=self.validated, frozen=self.frozen)
        self.shifted = traffic.shift_traffic(asked, self.world.services)
        return self.shifted

    def watch_candidate(self) -> traffic.Watched:
        asked = traffic.WatchRequest(plan=self.plan, shifted=self.shifted)
        return traffic.watch_candidate(asked, self.world.services)

    def bake(self) -> None:
        while not self.watch_candidate().over:
            self.world.clock.advance(seconds=600)

    def complete_upgrade(self) -> finish.Completed:
        asked = finish.CompleteRequest(plan=self.plan)
        return finish.complete_upgrade(asked, self.world.services)

    def roll_back(self) -> rollback.RolledBack:
        asked = rollback.RollBackRequest(plan=self.plan)
        return rollback.roll_back(asked, self.world.services)

    def capture_changes(self) -> rollback.CapturedChanges:
        asked = rollback.CaptureRequest(plan=self.plan)
        self.captured = rollback.capture_changes(asked, self.world.services)
        return self.captured

    def thaw_directory(self) -> rollback.Thawed:
        asked = rollback.ThawRequest(plan=self.plan)
        return rollback.thaw_directory(asked, self.world.services)

    def replay_changes(self) -> rollback.ReplayedChanges:
        asked = rollback.ReplayRequest(plan=self.plan, captured=self.captured)
        return rollback.replay_changes(asked, self.world.services)

    def way_back(self) -> int:
        """All four steps as they follow each other; how many changes have come back."""
        moved = self.roll_back().moved
        if moved:
            self.capture_changes()
        self.thaw_directory()
        return self.replay_changes().changes if moved else 0

    def discard_candidate(self) -> None:
        asked = discard.DiscardRequest(plan=self.plan)
        self.discarding = discard.discard_candidate(asked, self.world.services)
        while not self.check_discard().gone:
            self.world.clock.advance(seconds=30)

    def check_discard(self) -> discard.CheckedDiscard:
        asked = discard.DiscardToCheck(plan=self.plan, discarding=self.discarding)
        return discard.check_discard(asked, self.world.services)

    def close_upgrade(self, outcome: str, error: str = "", cause: str = "") -> finish.Closed:
        asked = finish.CloseRequest(
            execution=self.execution,
            outcome=finish.Outcome(outcome),
            failure=Failure(error=error, cause=cause),
        )
        return finish.close_upgrade(asked, self.world.services)

    def abort_run(self, status: str = "ABORTED") -> str:
        """What EventBridge has done about an execution that was ended from outside."""
        ended = abort.EndedExecution.model_validate({"execution": self.execution, "status": status})
        return abort.abort_upgrade(ended, self.world.services).outcome
