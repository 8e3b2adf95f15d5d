"""Hosts start and stop with the EC2 instances of schedulers, and end with their supervisor."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from rehearsal.host.supervisor import Supervisor
from tests.integration.scheduler_hosts import (
    Aws,
    await_up,
    described,
    directory_of,
    moto_server,
    scratch_folder,
)
from tests.support.wait_for import eventually

RELEASE = {
    "Parameters": {"UserName": {"Type": "String"}, "Image": {"Type": "String"}},
    "Resources": {
        kind: {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": {"Ref": "Image"},
                "Tags": [
                    {"Key": "soca:NodeType", "Value": kind.lower()},
                    {"Key": "soca:ClusterId", "Value": {"Fn::Sub": "soca-${AWS::StackName}"}},
                ],
            },
        }
        for kind in ("Scheduler", "Dcv")
    },
}
ALONE = """
import sys, time
from pathlib import Path
from rehearsal.host.supervisor import Supervisor
with Supervisor(Path(sys.argv[1]), sys.argv[2]):
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with moto_server() as aws:
        yield aws


@pytest.fixture
def work() -> Iterator[Path]:
    with scratch_folder() as work:
        yield work


@pytest.fixture
def deploy(aws: Aws) -> Iterator[Callable[[str], str]]:
    """Create a release's stack, and return the scheduler's instance ID."""
    stacks, names = aws.client("cloudformation"), []
    image = aws.client("ec2").describe_images()["Images"][0]["ImageId"]

    def create(name: str) -> str:
        names.append(name)
        given = {"UserName": f"boot{name[-1]}", "Image": image}
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
        stacks.create_stack(StackName=name, TemplateBody=json.dumps(RELEASE), Parameters=parameters)
        made = stacks.describe_stack_resource(StackName=name, LogicalResourceId="Scheduler")
        return str(made["StackResourceDetail"]["PhysicalResourceId"])

    yield create
    for name in names:
        stacks.delete_stack(StackName=name)


def up(work: Path, instance: str) -> HostFolder:
    host = HostFolder(work / "hosts" / instance)
    await_up(host)
    return host


def test_a_scheduler_comes_up_and_no_other_instance(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    with Supervisor(work, aws.endpoint):
        host = up(work, deploy("hpc-r1"))
        assert [path.parent.name for path in work.glob("hosts/*/host.json")] == [host.root.name]
        assert described(host)["release"] == "hpc-r1"
        assert described(host)["instance"] == host.root.name


def test_the_stack_names_the_bootstrap_account(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    with Supervisor(work, aws.endpoint):
        assert f"uid=boot1,ou=people,{BASE_DN}" in directory_of(up(work, deploy("hpc-r1")))


def test_a_seed_takes_the_place_of_the_fresh_tree(
    aws: Aws, work: Path, deploy: Callable[[str], str], tmp_path: Path
) -> None:
    seed = tmp_path / "seed.ldif"
    seed.write_text(f"dn: {BASE_DN}\nobjectClass: domain\ndc: soca\n")
    with Supervisor(work, aws.endpoint, seeds={"hpc-r1": seed}):
        assert list(directory_of(up(work, deploy("hpc-r1")))) == [BASE_DN]


def test_faults_meet_the_release_they_are_for(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    with Supervisor(work, aws.endpoint, ready_after=0, faults={"hpc-r2": ["scheduler-down"]}):
        sound, ill = up(work, deploy("hpc-r1")), up(work, deploy("hpc-r2"))
        assert not sound.suffers("scheduler-down")
        assert ill.suffers("scheduler-down")


def test_a_host_goes_with_its_instance_and_the_other_stays(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    with Supervisor(work, aws.endpoint):
        stays, goes = up(work, deploy("hpc-r1")), up(work, deploy("hpc-r2"))
        processes = [Path(f"/proc/{pid}") for pid in described(goes)["pids"].values()]
        aws.client("ec2").terminate_instances(InstanceIds=[goes.root.name])
        eventually(lambda: not any(each.exists() for each in (goes.root, *processes)))
        assert stays.description.exists()


def test_nothing_is_left_after_the_supervisor(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    with Supervisor(work, aws.endpoint):
        pids = described(up(work, deploy("hpc-r1")))["pids"].values()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert [path for path in work.glob("hosts/*") if path.is_dir()] == []


def test_no_host_outlives_a_supervisor_that_is_killed(
    aws: Aws, work: Path, deploy: Callable[[str], str]
) -> None:
    command = [sys.executable, "-c", ALONE, str(work), aws.endpoint]
    supervisor = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": ":".join(sys.path)})
    pids = described(up(work, deploy("hpc-r1")))["pids"].values()
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_control_plane_that_is_away_is_waited_for(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Supervisor(work, "http://127.0.0.1:1"):
        eventually(lambda: "Could not connect" in capsys.readouterr().err)


def test_a_host_that_cannot_start_says_why_once(
    aws: Aws,
    work: Path,
    deploy: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = tmp_path / "seed.ldif"
    seed.write_text("dn: dc=soca,dc=local\nobjectClass: domain\nobjectClass: device\ndc: soca\n")
    with Supervisor(work, aws.endpoint, seeds={"hpc-r1": seed}) as hosts:
        assert hosts.end_of("hpc-r1") is None
        instance = deploy("hpc-r1")
        said = eventually(lambda: hosts.end_of("hpc-r1"))
        assert hosts.end_of("hpc-r2") is None
        time.sleep(2)  # several polls later
    assert "slapadd: " in said
    assert "invalid structural object class chain" in said
    assert "Traceback" not in said
    told = capsys.readouterr().err
    assert told.count(f"{instance} has ended") == told.count(said) == 1
