"""The stand-in release fails where SOCA's fails, and comes up after the repairs."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from changeover.build.repairs import repair
from changeover.build.settings import BuildSettings
from rehearsal.control_plane import ControlPlane
from rehearsal.releases.vendor_release import HERE
from tests.support.release_trees import SETTINGS, stand_in

EXISTING = "install-with-existing-resources.template"
FULL = "scale-out-computing-on-aws.template"
BUCKET = "evidence"
SCHEDULER = [{"Name": "tag:soca:NodeType", "Values": ["scheduler"]}]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        plane.client("s3").create_bucket(Bucket=BUCKET)
        plane.client("ec2").create_key_pair(KeyName="operators")
        yield plane


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    return shutil.copytree(HERE / "vendor/2.6.1/source", tmp_path / "source")


@pytest.fixture(scope="module")
def certificate(aws: ControlPlane) -> str:
    return str(aws.client("acm").request_certificate(DomainName="localhost")["CertificateArn"])


@pytest.fixture
def repaired(tmp_path: Path, certificate: str) -> Path:
    """The stand-in as a build makes it, without any customizations."""
    return written(tmp_path / "repaired", replace(SETTINGS, certificate=certificate))


def written(folder: Path, settings: BuildSettings) -> Path:
    """Write the templates of the repaired stand-in."""
    for name, file in repair(stand_in(), settings)[0].items():
        if name.endswith(".template"):
            path = folder / name.removeprefix("source/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
    return folder


def create(
    aws: ControlPlane, stack: str, folder: Path, template: str, **parameters: str
) -> dict[str, str]:
    """Create a stack from its own bucket folder, and return its outputs."""
    for path in folder.rglob("*.template"):
        key = f"soca-installer-{stack}/{path.relative_to(folder)}"
        aws.client("s3").upload_file(str(path), BUCKET, key)
    given = {
        "S3InstallBucket": BUCKET,
        "S3InstallFolder": f"soca-installer-{stack}",
        "SSHKeyPair": "operators",
        "ClientIp": "10.0.0.0/8",
        "UserName": f"bootstrap-{stack}",
        "UserPassword": "Abc123",
        "CustomAMI": image(aws),
        **parameters,
    }
    aws.client("cloudformation").create_stack(
        StackName=stack,
        TemplateURL=f"https://{BUCKET}.s3.us-east-1.amazonaws.com/soca-installer-{stack}/{template}",
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Tags=[{"Key": "changeover:release", "Value": stack}],
    )
    (made,) = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}


def image(aws: ControlPlane) -> str:
    return str(aws.client("ec2").describe_images()["Images"][0]["ImageId"])


def site(aws: ControlPlane, group: str) -> dict[str, str]:
    """Resources that exist before the first release."""
    ec2 = aws.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]][:3]
    made = ec2.create_security_group(GroupName=group, Description="site", VpcId=vpc)["GroupId"]
    return {
        "VpcId": vpc,
        **{f"PrivateSubnet{n}": subnet for n, subnet in enumerate(subnets, 1)},
        **{f"PublicSubnet{n}": subnet for n, subnet in enumerate(subnets, 1)},
        "EFSAppsDns": "fs-0a.efs.us-east-1.amazonaws.com",
        "EFSDataDns": "fs-0b.efs.us-east-1.amazonaws.com",
        "EIPNat": "203.0.113.7",
        "SecurityGroupIdScheduler": made,
        "SecurityGroupIdCompute": made,
        "SchedulerInstanceType": "m5.xlarge",
    }


def schedulers(aws: ControlPlane, cluster_id: str) -> list[dict[str, Any]]:
    mine = [*SCHEDULER, {"Name": "tag:soca:ClusterId", "Values": [cluster_id]}]
    found = aws.client("ec2").describe_instances(Filters=mine)["Reservations"]
    return [instance for each in found for instance in each["Instances"]]


def test_a_repaired_release_comes_up(aws: ControlPlane, repaired: Path) -> None:
    resources = site(aws, "repaired")
    outputs = create(aws, "hpc-r2", repaired, EXISTING, **resources)
    (scheduler,) = schedulers(aws, "soca-hpc-r2")
    assert scheduler["ImageId"] == image(aws)
    assert scheduler["SubnetId"] == resources["PublicSubnet1"]
    # From the release's stack through the scheduler's nested stack.
    assert {"Key": "changeover:release", "Value": "hpc-r2"} in scheduler["Tags"]
    assert outputs.keys() == {
        *("SchedulerPublicIP", "LDAPMasterUsername", "LDAPMasterPassword", "AnalyticsDashboard"),
        *("ConnectionString", "WebUserInterface", "BaseOS", "BaseAMI", "Version"),
    }
    assert outputs["LDAPMasterPassword"] == "/root/OpenLdapAdminPassword.txt"
    secret = aws.client("secretsmanager").get_secret_value(SecretId="soca-hpc-r2")
    settings = json.loads(secret["SecretString"])
    assert settings["SchedulerInstanceId"] == scheduler["InstanceId"]
    assert settings["ClusterId"] == "soca-hpc-r2"


def roles(aws: ControlPlane, release: str) -> list[dict[str, Any]]:
    iam = aws.client("iam")
    names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    mine = [name for name in names if name.startswith(f"{release}-")]
    return [dict(iam.get_role(RoleName=name)["Role"]) for name in mine]


def of_type(kind: str, path: Path) -> list[dict[str, Any]]:
    resources = yaml_parse(path.read_text())["Resources"].values()
    return [each for each in resources if each["Type"] == kind]


def functions(aws: ControlPlane, release: str) -> list[dict[str, Any]]:
    found = aws.client("lambda").list_functions()["Functions"]
    return [dict(each) for each in found if each["FunctionName"].startswith(f"soca-{release}-")]


def test_every_role_of_a_repaired_release_is_bounded(aws: ControlPlane, repaired: Path) -> None:
    create(aws, "hpc-r3", repaired, EXISTING, **site(aws, "bounded"))
    made = roles(aws, "hpc-r3")
    assert len(made) == 7
    for role in made:
        boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert boundary == SETTINGS.boundary, role["RoleName"]


def test_functions_of_a_repaired_release_are_of_a_runtime_that_is_made(
    aws: ControlPlane, repaired: Path
) -> None:
    create(aws, "hpc-r5", repaired, EXISTING, **site(aws, "functions"))
    assert {each["FunctionName"]: each["Runtime"] for each in functions(aws, "hpc-r5")} == {
        f"soca-hpc-r5-{name}": "python3.13" for name in ("Metrics", "PreRequisitesCheck")
    }
    known = {role["Arn"] for role in roles(aws, "hpc-r5")}
    assert {each["Role"] for each in functions(aws, "hpc-r5")} <= known


def test_functions_and_roles_go_with_their_release(aws: ControlPlane, repaired: Path) -> None:
    create(aws, "hpc-r6", repaired, EXISTING, **site(aws, "gone"))
    assert functions(aws, "hpc-r6")
    aws.client("cloudformation").delete_stack(StackName="hpc-r6")
    assert functions(aws, "hpc-r6") == []
    assert roles(aws, "hpc-r6") == []


def test_the_scheduler_comes_to_its_load_balancer_from_its_own_address(
    aws: ControlPlane, repaired: Path
) -> None:
    resources = site(aws, "passed")
    outputs = create(aws, "hpc-r7", repaired, EXISTING, **resources)
    group = resources["SecurityGroupIdScheduler"]
    ec2, balancers = aws.client("ec2"), aws.client("elbv2")
    (balancer,) = balancers.describe_load_balancers(Names=["soca-hpc-r7-viewer"])["LoadBalancers"]
    assert (balancer["Scheme"], balancer["SecurityGroups"]) == ("internet-facing", [group])
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    (rule,) = found["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
    assert [each["CidrIp"] for each in rule["IpRanges"]] == [f"{outputs['SchedulerPublicIP']}/32"]


def test_as_shipped_functions_are_of_runtimes_that_are_made_no_more(shipped: Path) -> None:
    runtimes = {
        path.name: [each["Properties"]["Runtime"] for each in made]
        for path in shipped.rglob("*.template")
        if (made := of_type("AWS::Lambda::Function", path))
    }
    assert runtimes == {
        EXISTING: ["python3.7"],
        "Configuration.template": ["python3.7"],
        "Viewer.template": ["python3.6"],
    }


def test_as_shipped_nothing_comes_up(aws: ControlPlane, shipped: Path) -> None:
    with pytest.raises(ClientError):
        create(aws, "hpc-r4", shipped, EXISTING, **site(aws, "shipped"))
    assert schedulers(aws, "soca-hpc-r4") == []


def test_the_full_template_brings_its_own_network(
    aws: ControlPlane, tmp_path: Path, certificate: str
) -> None:
    folder = written(tmp_path / "full", replace(SETTINGS, template=FULL, certificate=certificate))
    create(aws, "hpc-r1", folder, FULL, VpcCidr="10.1.0.0/16")
    (scheduler,) = schedulers(aws, "soca-hpc-r1")
    assert scheduler["PrivateIpAddress"].startswith("10.1.1.")
    assert len(aws.client("efs").describe_file_systems()["FileSystems"]) == 2
