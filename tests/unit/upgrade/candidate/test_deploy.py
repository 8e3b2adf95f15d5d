"""The candidate's stack is asked for once, and ready only when SOCA's installer says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.cluster.configuration import Network
from changeover.errors import Conflict, Unhealthy
from changeover.ports.values import Stack
from changeover.soca.dialect import SOCA_2_6
from changeover.upgrade.candidate.deploy import (
    Installer,
    fitting,
    judge_marker,
    judge_stack,
    stack_parameters,
)
from tests.support.run import Run
from tests.support.world import IMAGE, INSTALL_FOLDER, World

READY = "Cluster: soca-hpc-r2"
NOWHERE = Network(vpc_id="vpc-1", private_subnets=("subnet-a",))
INSTALLER = Installer(IMAGE, "evidence", INSTALL_FOLDER, "bootstrap-hpc-r2", "Boot#2021")


def built(world: World) -> Run:
    run = Run(world)
    run.build_release()
    return run


def test_soca_is_told_what_the_run_decided_and_where_a_release_lives() -> None:
    world = World()
    built(world).deploy_candidate()
    parameters = world.stacks.stacks["hpc-r2"].parameters
    assert {name: value for name, value in parameters.items() if name != "UserPassword"} == {
        "CustomAMI": IMAGE,
        "S3InstallBucket": "evidence",
        "S3InstallFolder": INSTALL_FOLDER,
        "UserName": "bootstrap-hpc-r2",
        "VpcId": "vpc-1",
        "ClientIp": "192.168.0.0/16",
        "PrivateSubnet1": "subnet-a",
        "BaseOS": "amazonlinux2",
    }


def test_what_an_operator_chose_goes_before_a_default_of_ours() -> None:
    world = World(network=NOWHERE, stack_parameters={"ClientIp": "10.0.0.0/8"})
    built(world).deploy_candidate()
    assert world.stacks.stacks["hpc-r2"].parameters["ClientIp"] == "10.0.0.0/8"


def test_the_stack_says_whose_it_is() -> None:
    world = World()
    built(world).deploy_candidate()
    assert world.stacks.stacks["hpc-r2"].tags == {
        "changeover:cluster": "hpc",
        "changeover:release": "hpc-r2",
    }


def test_deploying_twice_is_one_stack_with_one_password() -> None:
    world = World()
    run = built(world)
    run.deploy_candidate()
    first = world.stacks.stacks["hpc-r2"].parameters
    run.deploy_candidate()
    assert world.stacks.stacks["hpc-r2"].parameters == first


def test_the_installers_account_is_known_and_never_moves() -> None:
    world = World()
    built(world).deploy_candidate()
    assert world.services.releases.get("hpc", "hpc-r2").leave_out == ("bootstrap-hpc-r2",)


def test_a_run_without_its_lock_deploys_nothing() -> None:
    world = World()
    run = built(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.deploy_candidate()
    assert "hpc-r2" not in world.stacks.stacks


def test_a_template_that_asks_for_more_than_is_known_is_refused() -> None:
    with pytest.raises(Unhealthy, match="needs a value for KeyPair, Zone"):
        fitting({}, {}, {"Zone": False, "KeyPair": False, "BaseOS": True})


def test_a_parameter_that_the_template_does_not_know_is_refused() -> None:
    with pytest.raises(Unhealthy, match="does not declare stack_parameters Color"):
        fitting({"VpcId": "vpc-1"}, {"Color": "green"}, {"VpcId": False})


def test_a_template_that_cannot_be_given_the_file_systems_is_refused() -> None:
    offered = {"EFSAppsDns": "fs-1", "EFSDataDns": "fs-2"}
    with pytest.raises(Unhealthy, match="no file system parameter EFSDataDns"):
        fitting(offered, {}, {"EFSAppsDns": True})


def test_what_only_we_offer_and_the_template_does_not_want_stays_away() -> None:
    assert fitting({"VpcId": "vpc-1", "Other": "x"}, {}, {"VpcId": False}) == {"VpcId": "vpc-1"}


def test_subnets_are_numbered_as_soca_numbers_them() -> None:
    network = Network(private_subnets=("subnet-a", "subnet-b"), public_subnets=("subnet-c",))
    subnets = {
        "PrivateSubnet1": "subnet-a",
        "PrivateSubnet2": "subnet-b",
        "PublicSubnet1": "subnet-c",
    }
    assert subnets.items() <= stack_parameters(network, INSTALLER).items()


def test_what_is_not_configured_is_not_offered() -> None:
    assert "EFSAppsDns" not in stack_parameters(Network(), INSTALLER)


def test_the_installers_password_is_not_shown() -> None:
    assert "Boot#2021" not in repr(INSTALLER)


def test_a_stack_in_progress_is_waited_for() -> None:
    assert "creating" in judge_stack(Stack("hpc-r2", "CREATE_IN_PROGRESS"), "")


def test_a_complete_stack_is_waited_for_no_longer() -> None:
    assert judge_stack(Stack("hpc-r2", "CREATE_COMPLETE"), "") == ""


@pytest.mark.parametrize("status", ["CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "DELETE_COMPLETE"])
def test_a_stack_that_cannot_come_up_says_why(status: str) -> None:
    with pytest.raises(Unhealthy, match=f"ended {status}: Scheduler: no capacity"):
        judge_stack(Stack("hpc-r2", status, "reason"), "Scheduler: no capacity")
    with pytest.raises(Unhealthy, match=f"ended {status}: reason"):
        judge_stack(Stack("hpc-r2", status, "reason"), "")
    with pytest.raises(Unhealthy, match="gives no reason"):
        judge_stack(Stack("hpc-r2", status), "")


def test_a_stack_that_somebody_deleted_is_no_candidate() -> None:
    with pytest.raises(Unhealthy, match="somebody deleted it"):
        judge_stack(None, "")


def test_the_installers_mark_is_the_proof() -> None:
    assert judge_marker(f"Welcome\n{READY}\n", "soca-hpc-r2", SOCA_2_6)


@pytest.mark.parametrize("marker", ["", "Welcome", "Cluster: soca-hpc-r1"])
def test_without_the_mark_the_installer_is_still_at_work(marker: str) -> None:
    assert not judge_marker(marker, "soca-hpc-r2", SOCA_2_6)


def test_the_mark_of_a_release_whose_name_begins_alike_is_not_ours() -> None:
    assert not judge_marker("Cluster: soca-hpc-r20", "soca-hpc-r2", SOCA_2_6)


@pytest.mark.parametrize("mark", SOCA_2_6.failure_marks)
def test_an_installer_that_failed_is_believed_over_its_mark(mark: str) -> None:
    with pytest.raises(Unhealthy, match="SOCA's installer failed"):
        judge_marker(f"{READY}\n{mark}\n", "soca-hpc-r2", SOCA_2_6)


@given(st.text())
def test_any_message_of_the_day_is_judged(marker: str) -> None:
    judge_marker(marker, "soca-hpc-r2", SOCA_2_6)


def test_a_complete_stack_without_the_installers_mark_is_not_ready() -> None:
    world = World()
    world.installer_says = "Welcome"
    with pytest.raises(Unhealthy, match=r"not ready within 5400 s: SOCA's installer is still"):
        built(world).deploy_candidate()


def test_a_scheduler_that_does_not_answer_ssm_is_waited_for() -> None:
    world = World()
    world.hosts.unreachable.add("i-hpc-r2")
    with pytest.raises(Unhealthy, match="the scheduler does not answer SSM yet"):
        built(world).deploy_candidate()


def test_a_marker_that_is_not_base64_is_no_marker() -> None:
    world = World()
    run = built(world)
    run.deploy_candidate()
    world.hosts._read_marker = lambda _: {"marker": "Cluster!"}
    with pytest.raises(Unhealthy, match="i-hpc-r2: the marker is not base64"):
        run.check_candidate()


def test_a_ready_candidate_is_recorded_and_shown_on_the_preview_listener_only() -> None:
    world = World()
    built(world).deploy_candidate()
    candidate = world.services.releases.get("hpc", "hpc-r2")
    assert candidate.instance == "i-hpc-r2"
    assert world.front_door.previewed == candidate.target_group
    assert world.users_are_on == "hpc-r1"


def test_two_schedulers_are_one_too_many() -> None:
    world = World()
    run = built(world)
    run.deploy_candidate()
    world.hosts.schedulers["soca-hpc-r2"].append("i-other")
    with pytest.raises(Conflict, match="several schedulers: i-hpc-r2, i-other"):
        run.check_candidate()
