"""The template writes a configuration that fits the model, and deploys every document."""

import json
import re
from collections.abc import Collection
from itertools import combinations

import pytest

from changeover.cluster.configuration import ClusterConfiguration
from tests.support.templates import ROOT, Template, of_type, resolved, template

ANSWERS = {
    "ClusterName": "hpc",
    "ApproverEmail": "approver@example.com",
    "VpcId": "vpc-0a1b2c3d",
    "PrivateSubnets": ["subnet-0a", "subnet-0b", "subnet-0c"],
    "PublicSubnets": ["subnet-1a", "subnet-1b", "subnet-1c"],
    "SchedulerSecurityGroup": "sg-0a1b2c3d",
    "ComputeSecurityGroup": "sg-1a1b2c3d",
    "AppsFileSystem": "fs-0a1b2c3d.efs.us-east-1.amazonaws.com",
    "DataFileSystem": "fs-1a1b2c3d.efs.us-east-1.amazonaws.com",
    "SSHKeyPair": "hpc-operators",
    "NatPublicIp": "203.0.113.7",
}


# What the nested stack of the image pipeline says, where there is one.
BUILT = {
    "ImagePipeline.Outputs.SchedulerPipelineArn": (
        "arn:aws:imagebuilder:us-east-1:111122223333:image-pipeline/changeover-hpc-scheduler"
    ),
    "ImagePipeline.Outputs.SchedulerImageArnPrefix": (
        "arn:aws:imagebuilder:us-east-1:111122223333:image/changeover-hpc-scheduler/"
    ),
    "ImagePipeline.Outputs.ParentImageParameter": (
        "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
    ),
    "ImagePipeline.Outputs.DesktopPipelineArn": (
        "arn:aws:imagebuilder:us-east-1:111122223333:image-pipeline/changeover-hpc-desktop"
    ),
    "ImagePipeline.Outputs.DesktopImageArnPrefix": (
        "arn:aws:imagebuilder:us-east-1:111122223333:image/changeover-hpc-desktop/"
    ),
}


# What the nested stacks of network and storage say, where they make something.
MADE = {
    "Network.Outputs.SchedulerSecurityGroup": "sg-2a1b2c3d",
    "Network.Outputs.ComputeSecurityGroup": "sg-3a1b2c3d",
    "Storage.Outputs.AppsDnsName": "fs-2a1b2c3d.efs.us-east-1.amazonaws.com",
    "Storage.Outputs.DataDnsName": "fs-3a1b2c3d.efs.us-east-1.amazonaws.com",
}
MAKING = ("MakesScheduler", "MakesCompute", "MakesApps", "MakesData")


def written_configuration(*, builds: bool = False, makes: Collection[str] = ()) -> Template:
    """The configuration parameter's value, with the template's defaults and ANSWERS put in."""
    defaults = {name: each.get("Default") for name, each in template()["Parameters"].items()}
    values = {**defaults, **ANSWERS}
    text, lists = of_type("AWS::SSM::Parameter")["Configuration"]["Value"]["Fn::Sub"]
    for name, given in lists.items():
        making = {condition: condition in makes for condition in MAKING}
        building = dict.fromkeys(("BuildsImages", "BuildsDesktops", "WatchesImages"), builds)
        chosen = resolved(given, building | making)
        match chosen:
            case {"Fn::Join": [glue, {"Ref": reference}]}:
                values[name] = glue.join(values[reference])
            case {"Fn::Sub": text_of_one}:
                values[name] = re.sub(r"\$\{(.+)\}", lambda out: BUILT[out[1]], text_of_one)
            case {"Fn::GetAtt": [resource, output]}:
                values[name] = {**BUILT, **MADE}[f"{resource}.{output}"]
            case {"Ref": parameter}:
                values[name] = values[parameter]
            case _:
                values[name] = chosen
    found: Template = json.loads(re.sub(r"\$\{(\w+)\}", lambda name: str(values[name[1]]), text))
    return found


def test_the_configuration_that_the_template_writes_fits_its_model() -> None:
    configuration = ClusterConfiguration.model_validate_json(json.dumps(written_configuration()))
    assert configuration.cluster == "hpc"
    assert configuration.network.private_subnets == ("subnet-0a", "subnet-0b", "subnet-0c")
    assert configuration.stack_parameters["EIPNat"] == "203.0.113.7"


def test_what_nobody_changed_is_the_same_in_template_and_model() -> None:
    written = ClusterConfiguration.model_validate_json(json.dumps(written_configuration()))
    model = ClusterConfiguration(cluster="hpc")
    assert written.source == model.source
    assert written.traffic == model.traffic
    assert written.approval.expiry_seconds == model.approval.expiry_seconds
    assert written.approval.subscribers == ("approver@example.com",)
    assert written.images == model.images


def test_whoever_has_images_built_has_them_watched() -> None:
    written = json.dumps(written_configuration(builds=True))
    images = ClusterConfiguration.model_validate_json(written).images
    assert (images.pipeline, images.prefix, images.base_parameter) == tuple(BUILT.values())[:3]
    desktops = (images.also_told_pipelines, images.also_told)
    assert desktops == tuple((arn,) for arn in tuple(BUILT.values())[3:])


EVERY_CHOICE = [made for n in range(len(MAKING) + 1) for made in combinations(MAKING, n)]


@pytest.mark.parametrize("makes", EVERY_CHOICE, ids="+".join)
def test_releases_get_what_was_made_and_what_was_given_for_the_rest(makes: tuple[str, ...]) -> None:
    network = written_configuration(makes=makes)["network"]
    assert [
        network["scheduler_security_group"],
        network["compute_security_group"],
        network["apps_file_system"],
        network["data_file_system"],
    ] == [
        made if condition in makes else ANSWERS[parameter]
        for condition, made, parameter in zip(
            MAKING,
            MADE.values(),
            ["SchedulerSecurityGroup", "ComputeSecurityGroup", "AppsFileSystem", "DataFileSystem"],
            strict=True,
        )
    ]


def test_every_document_is_deployed_under_its_name() -> None:
    deployed = {
        properties["Name"]["Fn::Sub"]: properties
        for properties in of_type("AWS::SSM::Document").values()
    }
    files = sorted((ROOT / "documents").glob("*.yaml"))
    assert files
    assert deployed.keys() == {
        "changeover-${ClusterName}-" + path.stem.replace("_", "-") for path in files
    }
    prefix = template()["Globals"]["Function"]["Environment"]["Variables"]["DOCUMENT_PREFIX"]
    assert prefix == {"Fn::Sub": "changeover-${ClusterName}-"}
    for path in files:
        found = deployed[prefix["Fn::Sub"] + path.stem.replace("_", "-")]
        assert (
            found["Content"]["Fn::Transform"]["Parameters"]["Location"] == f"documents/{path.name}"
        )
        assert found["UpdateMethod"] == "NewVersion"


def test_the_probe_account_has_a_name_that_soca_takes_as_it_is() -> None:
    """Its interface makes an account of the letters and digits of a name, and says nothing."""
    secret = of_type("AWS::SecretsManager::Secret")["ProbeSecret"]["GenerateSecretString"]
    assert json.loads(secret["SecretStringTemplate"])["username"].isalnum()
