"""The running release, which the site once installed by hand."""

from changeover.build.archive import read_archive
from changeover.build.merge import Release
from changeover.build.pack import payload
from changeover.build.release import Sources, build
from changeover.build.report import blocked
from changeover.build.settings import BuildSettings
from changeover.build.site_archive import site_parts
from changeover.build.vendor_archive import vendor_tree
from changeover.cluster.configuration import ClusterConfiguration
from changeover.upgrade.candidate.deploy import Installer, fitting, stack_parameters
from rehearsal.actors.sample_directory import BOOTSTRAP
from rehearsal.control_plane.client import ControlPlane
from rehearsal.releases.vendor_release import RELEASE, customizations_archive, vendor_archive

FOLDER = "soca-installer-live"


def install(aws: ControlPlane, bucket: str, configuration: ClusterConfiguration, name: str) -> None:
    """Upload the artefacts and create the stack, as a person does from SOCA's manual."""
    s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
    for key, content in _artefacts(aws, bucket, configuration).items():
        s3.put_object(Bucket=bucket, Key=f"{FOLDER}/{key}", Body=content)
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


def _artefacts(
    aws: ControlPlane, bucket: str, configuration: ClusterConfiguration
) -> dict[str, bytes]:
    """The site's repaired release. By hand it took hours, and the files are the same."""
    vendor = Release(RELEASE, vendor_tree(read_archive(vendor_archive(), "SOCA's archive")))
    site = site_parts(read_archive(customizations_archive(), "the site's archive"))
    (certificate, *_) = aws.client("acm").list_certificates()["CertificateSummaryList"]
    settings = BuildSettings(
        cluster=configuration.cluster,
        certificate=certificate["CertificateArn"],
        template=configuration.source.template,
    )
    made = build(Sources(vendor, site, vendor), settings)
    assert not blocked(made.items), made.items
    return payload(made.tree, bucket, FOLDER)


def _installer(aws: ControlPlane, bucket: str) -> Installer:
    images = aws.client("ec2").describe_images(Owners=["amazon"])["Images"]
    return Installer(
        image=images[0]["ImageId"],
        bucket=bucket,
        folder=FOLDER,
        account=BOOTSTRAP,
        password="Rehearsal2026",
    )
