"""The app creates the security groups, file systems and roles that an operator leaves out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.account import CLUSTER, answers
from rehearsal.control_plane import ControlPlane
from rehearsal.control_plane.deploy import deploy
from tests.support.templates import ROOT

LEFT_OUT = (
    *("SchedulerSecurityGroup", "ComputeSecurityGroup", "AppsFileSystem", "DataFileSystem"),
    "ImagePipelineSubnet",
)
DNS_SUFFIX = ".efs.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


@pytest.fixture(scope="module")
def outputs(aws: ControlPlane) -> dict[str, str]:
    given = answers(aws, "https://localhost:1") | dict.fromkeys(LEFT_OUT, "")
    return deploy(ROOT / "template.yaml", given | {"MakeReleaseRoles": "true"}, aws)


def network(aws: ControlPlane) -> dict[str, Any]:
    parameter = aws.client("ssm").get_parameter(Name=f"/changeover/{CLUSTER}")["Parameter"]
    return dict(json.loads(parameter["Value"])["network"])


def group(aws: ControlPlane, identifier: str) -> dict[str, Any]:
    found = aws.client("ec2").describe_security_groups(GroupIds=[identifier])
    return dict(found["SecurityGroups"][0])


def test_the_configuration_names_what_was_made(aws: ControlPlane, outputs: dict[str, str]) -> None:
    found = network(aws)
    assert found["scheduler_security_group"] == outputs["SchedulerSecurityGroupId"]
    assert found["compute_security_group"] == outputs["ComputeSecurityGroupId"]
    assert found["apps_file_system"] == outputs["AppsFileSystemDnsName"]
    assert found["data_file_system"] == outputs["DataFileSystemDnsName"]
    for key in ("scheduler_security_group", "compute_security_group"):
        assert f"cluster {CLUSTER}" in group(aws, found[key])["Description"]


def test_file_systems_are_mounted_in_every_private_subnet(
    aws: ControlPlane, outputs: dict[str, str]
) -> None:
    efs = aws.client("efs")
    for name, mode in (("Apps", "provisioned"), ("Data", "elastic")):
        identifier = outputs[f"{name}FileSystemDnsName"].removesuffix(DNS_SUFFIX)
        (found,) = efs.describe_file_systems(FileSystemId=identifier)["FileSystems"]
        assert (found["Encrypted"], found["ThroughputMode"]) == (True, mode)
        targets = efs.describe_mount_targets(FileSystemId=identifier)["MountTargets"]
        assert {each["SubnetId"] for each in targets} == set(network(aws)["private_subnets"])
        for target in targets:
            groups = efs.describe_mount_target_security_groups(
                MountTargetId=target["MountTargetId"]
            )["SecurityGroups"]
            assert ["File systems" in group(aws, each)["Description"] for each in groups] == [True]


@pytest.mark.usefixtures("outputs")
def test_backups_have_a_vault_and_a_name_that_is_free_again_next_time(aws: ControlPlane) -> None:
    (vault,) = aws.client("backup").list_backup_vaults()["BackupVaultList"]
    stem, _, suffix = vault["BackupVaultName"].rpartition("-")
    assert stem == f"changeover-{CLUSTER}"
    assert len(suffix) == 8


def test_the_front_door_leads_to_the_group_that_was_made(
    aws: ControlPlane, outputs: dict[str, str]
) -> None:
    rules = group(aws, outputs["SchedulerSecurityGroupId"])["IpPermissions"]
    let_in = {
        group(aws, pair["GroupId"])["Description"]
        for rule in rules
        if rule["FromPort"] == 8443
        for pair in rule["UserIdGroupPairs"]
    }
    assert f"Front door of cluster {CLUSTER}" in let_in


@pytest.mark.usefixtures("outputs")
def test_releases_can_be_given_the_roles_that_were_made(aws: ControlPlane) -> None:
    iam = aws.client("iam")
    made = [r["RoleName"] for r in iam.list_roles()["Roles"] if "-release-" in r["RoleName"]]
    assert sorted(name.removeprefix(f"changeover-{CLUSTER}-release-") for name in made) == [
        *("backup", "certificate", "functions", "node", "scheduler", "spot-fleet")
    ]
    profiles = iam.list_instance_profiles()["InstanceProfiles"]
    ours = {each["InstanceProfileName"] for each in profiles} & set(made)
    assert ours == {f"changeover-{CLUSTER}-release-{kind}" for kind in ("node", "scheduler")}
    (policy,) = (
        each
        for each in iam.list_policies(Scope="Local")["Policies"]
        if "ReleaseRolesPolicy" in each["PolicyName"]
    )
    (holder,) = iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"]
    assert "CandidateStacks" in holder["RoleName"]
