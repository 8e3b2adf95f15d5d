"""The AMI that a build leaves in EC2."""

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.utils import random_ami_id

from rehearsal.control_plane.endpoints import ACCOUNT, REGION
from rehearsal.control_plane.image_builder.switches import Switches

ROOT = "/dev/xvda"
AMAZON_LINUX_2 = "amzn2-ami-hvm-2.0."


class BuiltImage(Ami):
    """moto's AMI, with source and encryption, which moto's RegisterImage does not accept."""

    def __init__(self, base: str, switches: Switches, **more: Any) -> None:
        super().__init__(
            ec2_backends[ACCOUNT][REGION],
            random_ami_id(),
            architecture=switches.architecture,
            virtualization_type="hvm",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=ROOT,
            **more,
        )
        self.source_image_id = base
        self.source_image_region = REGION
        self.ebs_snapshot.encrypted = switches.encrypted

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        mappings: list[dict[str, Any]] = super().block_device_mappings
        for mapping in mappings:
            mapping["Ebs"] |= {
                "Encrypted": self.ebs_snapshot.encrypted,
                "DeleteOnTermination": True,
                "VolumeType": "gp3",
            }
        return mappings


def register(name: str, base: str, image: str, switches: Switches) -> str:
    """Make an AMI from the AMI `base` for the build with the ARN `image`, and return its ID."""
    # Image Builder puts these tags on every AMI that it makes.
    tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image}
    made = BuiltImage(base, switches, name=name, description=name, tags=tags)
    ec2_backends[ACCOUNT][REGION].amis[made.id] = made
    return str(made.id)


def base_image(parent: str, architecture: str) -> str:
    """The AMI that a build starts from."""
    if parent.startswith("ami-"):
        return parent
    known = list(ec2_backends[ACCOUNT][REGION].amis.values())
    fitting = [
        ami
        for ami in known
        if ami.architecture == architecture and str(ami.name).startswith(AMAZON_LINUX_2)
    ]
    return str(max(fitting, key=lambda ami: str(ami.name)).id)
