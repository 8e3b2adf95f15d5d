"""The running release, installed by hand from the site's own fixed sources."""

from pathlib import Path

from changeover.cluster.configuration import ClusterConfiguration
from changeover.upgrade.candidate.deploy import Installer, fitting, stack_parameters
from rehearsal.actors.sample_directory import BOOTSTRAP
from rehearsal.control_plane.client import ControlPlane
from rehearsal.releases.vendor_release import CUSTOMIZATIONS, RELEASE

_HERE = Path(__file__).parents[1]
_SOURCES = (
    _HERE / "vendor" / RELEASE / "source",
    _HERE / "customizations" / CUSTOMIZATIONS / "source",
)
FOLDER = "soca-installer-live"


def install(aws: ControlPlane, bucket: str, configuration: ClusterConfiguration, name: str) -> None:
    """Upload the artefacts and create the stack, as a person does from SOCA's manual."""
    s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
    for source in _SOURCES:
        for path in (p for p in source.rglob("*") if p.suffix in (".template", ".sh", ".cfg")):
            key = f"{FOLDER}/{path.relative_to(source)}"
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    url = f"https://{bucket}.s3.amazonaws.com/{FOLDER}/{configuration.source.template}"
    declared = cloudformation.get_template_summary(TemplateURL=url)["Parameters"]
    parameters = fitting(
        stack_parameters(configuration.network, _installer(aws, bucket)),
        configuration.stack_parameters,
        {each["ParameterKey"]: "DefaultValue" in each for each in declared},
    )
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=url,
        Parameters=[
            {"ParameterKey": each, "ParameterValue": value} for each, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )


def _installer(aws: ControlPlane, bucket: str) -> Installer:
    images = aws.client("ec2").describe_images(Owners=["amazon"])["Images"]
    return Installer(
        image=images[0]["ImageId"],
        bucket=bucket,
        folder=FOLDER,
        account=BOOTSTRAP,
        password="Rehearsal2026",
    )
