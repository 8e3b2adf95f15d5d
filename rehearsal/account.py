"""What an operator does to install the app in an account."""

import json
from collections.abc import Mapping
from pathlib import Path

from changeover.cluster.configuration import ClusterConfiguration
from rehearsal.actors.population import People
from rehearsal.control_plane.client import ControlPlane
from rehearsal.releases.sources import sources
from rehearsal.releases.vendor_release import CUSTOMIZATIONS
from rehearsal.scenario import Scenario

CLUSTER = "hpc"
_PARAMETER = f"/changeover/{CLUSTER}"


def answers(aws: ControlPlane, front_door: str) -> dict[str, str]:
    """The parameters that an operator gives to `sam deploy`, in the account's default VPC."""
    ec2, acm = aws.client("ec2"), aws.client("acm")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = ",".join(s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:3])
    groups = {
        name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("schedulers", "compute")
    }
    ec2.create_key_pair(KeyName="hpc")
    certificate = acm.request_certificate(DomainName="localhost")["CertificateArn"]
    return {
        "ClusterName": CLUSTER,
        "ApproverEmail": "approver@hpc.example",
        "FrontDoorHostName": "localhost",
        "FrontDoorUrl": front_door,
        "PreviewIngressCidr": "127.0.0.0/8",
        "CertificateArn": certificate,
        "FrontDoorSubnets": subnets,
        "VpcId": vpc,
        "PublicSubnets": subnets,
        "PrivateSubnets": subnets,
        "SchedulerSecurityGroup": groups["schedulers"],
        "ComputeSecurityGroup": groups["compute"],
        "AppsFileSystem": "fs-0a.efs.us-east-1.amazonaws.com",
        "DataFileSystem": "fs-0d.efs.us-east-1.amazonaws.com",
        "NatPublicIp": "192.0.2.1",
        "SSHKeyPair": "hpc",
        "Customizations": CUSTOMIZATIONS,
        "ImagePipelineSubnet": subnets.partition(",")[0],
    }


def prepare(
    aws: ControlPlane, outputs: Mapping[str, str], scenario: Scenario, people: People, work: Path
) -> None:
    """Do an operator's work after deploying: upload sources, set the probe account, configure."""
    s3, bucket = aws.client("s3"), outputs["EvidenceBucketName"]
    for key, content in sources().items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    if scenario.image:
        (work / "images/pipeline.json").write_text(json.dumps(dict(scenario.image)))
    probe = {"username": people.probe, "password": people.passwords[people.probe]}
    aws.client("secretsmanager").put_secret_value(
        SecretId=outputs["ProbeSecretName"], SecretString=json.dumps(probe)
    )
    settings = configuration(aws).model_dump(mode="json")
    for part, changed in scenario.configuration().items():
        settings[part] |= changed
    aws.client("ssm").put_parameter(
        Name=_PARAMETER, Value=json.dumps(settings), Type="String", Overwrite=True
    )


def configuration(aws: ControlPlane) -> ClusterConfiguration:
    """The configuration in the SSM parameter, as it is now."""
    parameter = aws.client("ssm").get_parameter(Name=_PARAMETER)["Parameter"]
    return ClusterConfiguration.model_validate_json(parameter["Value"])
