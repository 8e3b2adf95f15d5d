"""What a run has made goes, whole; live and everything persistent stays."""

import pytest

from changeover.cluster.release import Role
from changeover.errors import Conflict, Unhealthy
from changeover.ports.values import Build, BuildStatus
from tests.support.run import STEPS, Run
from tests.support.world import INSTALL_FOLDER, World

BEFORE_THE_SHIFT = STEPS[: STEPS.index("shift_traffic")]


@pytest.mark.parametrize("last", BEFORE_THE_SHIFT)
def test_whatever_a_run_had_made_is_gone(last: str) -> None:
    world = World()
    Run(world).through(last).discard_candidate()
    assert list(world.stacks.stacks) == ["hpc-r1"]
    assert list(world.hosts.up) == ["i-live"]
    assert world.front_door.previewed is None
    assert len(world.front_door.targets) == 1
    assert world.role_of("hpc-r2") is Role.DISCARDED


@pytest.mark.parametrize("last", BEFORE_THE_SHIFT)
def test_live_and_the_operators_files_stay(last: str) -> None:
    world = World()
    kept = dict(world.services.evidence.objects)
    Run(world).through(last).discard_candidate()
    assert kept.items() <= world.services.evidence.objects.items()
    assert world.users_are_on == "hpc-r1"
    assert world.live_on_record == ["hpc-r1"]


def test_snapshots_and_artefacts_of_the_candidate_go_and_the_runs_evidence_stays() -> None:
    world = World()
    Run(world).through("validate_candidate").discard_candidate()
    folders = {key.split("/")[0] for key in world.services.evidence.objects}
    assert INSTALL_FOLDER not in folders
    assert not [key for key in world.services.evidence.objects if "/hpc-r2/" in key]
    assert "runs/run-1/evidence.json" in world.services.evidence.objects


@pytest.mark.parametrize("folder", ["soca-installer-hpc-r1", "soca-installer-a1b2", ""])
def test_an_installer_of_another_name_stays_whatever_is_recorded(folder: str) -> None:
    """Live's, or one that an earlier version has built under a name of chance."""
    world = World()
    run = Run(world).through("validate_candidate")
    candidate = world.services.releases.get("hpc", "hpc-r2")
    world.services.releases.add(candidate.model_copy(update={"install_folder": folder}))
    world.evidence.write(f"{folder or 'soca-installer'}/soca.tar.gz", b"live's")
    run.discard_candidate()
    assert world.evidence.objects[f"{folder or 'soca-installer'}/soca.tar.gz"] == b"live's"
    assert world.role_of("hpc-r2") is Role.DISCARDED


@pytest.mark.parametrize("role", [Role.LIVE, Role.PREVIOUS, Role.ROLLED_BACK])
def test_an_installer_that_another_release_boots_from_is_not_deleted(role: Role) -> None:
    world = World()
    run = Run(world).through("validate_candidate")
    live = world.services.releases.get("hpc", "hpc-r1")
    other = live.model_copy(update={"name": "hpc-r0", "role": role})
    world.services.releases.add(other.model_copy(update={"install_folder": INSTALL_FOLDER}))
    with pytest.raises(Conflict, match=f"hpc-r0 boots from {INSTALL_FOLDER}: it is not deleted"):
        run.discard_candidate()
    assert f"{INSTALL_FOLDER}/soca.tar.gz" in world.evidence.objects


def test_a_plan_alone_is_discarded_too() -> None:
    world = World()
    Run(world).discard_candidate()
    assert world.role_of("hpc-r2") is Role.DISCARDED


def test_discarding_again_is_the_same() -> None:
    world = World()
    run = Run(world).through("validate_candidate")
    run.discard_candidate()
    run.discard_candidate()
    assert world.stacks.deleted == ["hpc-r2"]


def test_a_release_that_users_are_on_is_not_discarded() -> None:
    world = World()
    run = Run(world).through("shift_traffic")
    with pytest.raises(Conflict, match="still sends users to hpc-r2"):
        run.discard_candidate()
    assert world.stacks.deleted == []


@pytest.mark.parametrize("role", [Role.LIVE, Role.PREVIOUS, Role.ROLLED_BACK])
def test_a_release_that_is_no_candidate_is_not_discarded(role: Role) -> None:
    world = World()
    run = Run(world)
    candidate = world.services.releases.get("hpc", "hpc-r2")
    world.services.releases.add(candidate.as_(role))
    with pytest.raises(Conflict, match=f"recorded as {role} of run run-1"):
        run.discard_candidate()
    assert world.stacks.deleted == []


def test_another_runs_candidate_is_not_discarded() -> None:
    world = World()
    run = Run(world)
    candidate = world.services.releases.get("hpc", "hpc-r2")
    world.services.releases.add(candidate.model_copy(update={"run": "run-0"}))
    with pytest.raises(Conflict, match="of run run-0"):
        run.discard_candidate()


def test_a_run_without_its_lock_discards_nothing() -> None:
    world = World()
    run = Run(world).through("deploy_candidate")
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.discard_candidate()
    assert world.stacks.deleted == []


def test_a_stack_that_cannot_be_deleted_is_named_with_its_reason() -> None:
    world = World()
    run = Run(world).through("deploy_candidate")
    world.stacks.delete_ends = "DELETE_FAILED"
    world.stacks.failures["hpc-r2"] = "Scheduler: in use"
    with pytest.raises(Unhealthy, match=r"could not be deleted \(Scheduler: in use\): .*by hand"):
        run.discard_candidate()
    assert world.role_of("hpc-r2") is Role.CANDIDATE


def test_a_stack_that_takes_too_long_to_go_is_left_to_a_person() -> None:
    world = World()
    run = Run(world).through("deploy_candidate")
    world.stacks.delete_ends = "DELETE_IN_PROGRESS"
    with pytest.raises(Unhealthy, match="not deleted within 3600 s: delete it by hand"):
        run.discard_candidate()


def test_a_build_that_still_runs_is_stopped() -> None:
    world = World()
    run = Run(world)
    run.build_release()
    world.builds.builds[run.started.build] = Build(BuildStatus.RUNNING, "BUILD")
    run.discard_candidate()
    assert world.builds.builds[run.started.build].detail == "stopped"
