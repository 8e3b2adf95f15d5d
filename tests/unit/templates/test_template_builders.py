"""Builders of images let nobody in and may do little, and their images start for everybody here."""

from tests.support.templates import (
    ROOT,
    Template,
    listed,
    of_type,
    statements_of,
    strings,
    template,
)

PIPELINE = template(ROOT / "prerequisites/image-pipeline.yaml")
RECIPE = template(ROOT / "prerequisites/image-recipe.yaml")


def only(kind: str, within: Template) -> Template:
    (properties,) = of_type(f"AWS::{kind}", within).values()
    return properties


def test_nobody_can_reach_a_builder() -> None:
    group = only("EC2::SecurityGroup", PIPELINE)
    assert "SecurityGroupIngress" not in group
    ports = [(rule["IpProtocol"], rule["FromPort"]) for rule in group["SecurityGroupEgress"]]
    assert ports == [("tcp", 443), ("tcp", 80)]
    builder = only("ImageBuilder::InfrastructureConfiguration", RECIPE)
    assert "KeyPair" not in builder
    assert builder["InstanceMetadataOptions"]["HttpTokens"] == "required"
    assert builder["TerminateInstanceOnFailure"] is True


def test_a_builder_may_look_and_fetch_and_write_its_logs() -> None:
    role = of_type("AWS::IAM::Role", PIPELINE)["BuilderRole"]
    assert {policy["Fn::Sub"].rpartition("/")[2] for policy in role["ManagedPolicyArns"]} == {
        *("EC2InstanceProfileForImageBuilder", "AmazonSSMManagedInstanceCore"),
    }
    allowed = {
        action: [text for text in strings(each["Resource"]) if "Fn::Sub" not in text]
        for each in statements_of(role)
        for action in listed(each["Action"])
    }
    drivers = "arn:${AWS::Partition}:s3:::ec2-linux-nvidia-drivers"
    assert allowed.pop("ec2:DescribeImages") == ["*"]
    places = [drivers, f"{drivers}/*"]
    assert allowed == {"s3:GetObject": places, "s3:ListBucket": places}
    (logs,) = statements_of(only("IAM::RolePolicy", PIPELINE)["PolicyDocument"])
    own = "arn:${AWS::Partition}:s3:::${ArtefactBucketName}/changeover-${ClusterName}/*"
    assert (logs["Action"], logs["Resource"]) == ("s3:PutObject", {"Fn::Sub": own})


def test_whoever_may_start_machines_here_may_start_them_from_images_and_by_ec2_only() -> None:
    delegated, started = only("KMS::Key", PIPELINE)["KeyPolicy"]["Statement"]
    assert "kms:CreateGrant" in started["Action"]
    assert started["Condition"]["StringEquals"] == {
        "kms:CallerAccount": {"Ref": "AWS::AccountId"},
        "kms:ViaService": {"Fn::Sub": "ec2.${AWS::Region}.${AWS::URLSuffix}"},
    }
    account = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    assert delegated["Principal"] == {"AWS": account}
