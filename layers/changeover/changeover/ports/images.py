"""The ports for images. `changeover.ports.services` defines all other ports."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from changeover.ports.values import Cves, Image, ImageBuild, Vulnerabilities
from changeover.types import ImageBuildArn, ImageId


class Images(Protocol):
    """AMIs in EC2, image builds and pipelines in Image Builder, findings in Amazon Inspector."""

    def describe(self, image: ImageId) -> Image | None:
        """Return the AMI, or None if EC2 does not know it."""

    def build(self, build_arn: str) -> ImageBuild:
        """Return the image build. Raises Refused if it does not exist."""

    def start_build(self, pipeline: str, token: str) -> ImageBuildArn:
        """Run a pipeline. The same token returns the same build.

        Raises Refused if the pipeline is unknown.
        """

    def newest_build(self, pipeline: str) -> ImageBuildArn | None:
        """Return the pipeline's newest available build. Raises Refused for an unknown pipeline."""

    def newest_of(self, prefix: str) -> ImageBuildArn | None:
        """Return the newest available build in the account whose ARN begins with `prefix`."""

    def found_today(self, image: ImageId, instance: str) -> Vulnerabilities | None:
        """Return Amazon Inspector's current findings for one instance that runs on the image.

        None if Inspector has no data, because it does not watch `instance`. `instance` is one of
        the image's instances.
        """

    def cves_of(self, build_arn: str) -> Cves | None:
        """Return the CVEs that Image Builder's scan of a build lists; None if it lists none."""

    def cves_today(self, image: ImageId) -> Cves | None:
        """Return the CVEs that Amazon Inspector lists now for instances that run on an AMI.

        None if it lists none. The instances then have no CVEs, or Inspector does not watch them.
        """

    def newest_base(self, parameter: str) -> ImageId | None:
        """Return the AMI that a public SSM parameter names, or None without the parameter."""

    def mark_in_use(self, images: AbstractSet[ImageId]) -> None:
        """Tag exactly these AMIs as in use, so that no lifecycle policy deletes them."""


class Pointers(Protocol):
    """SSM parameters that each name an AMI, so that other tools can read them."""

    def get(self, name: str) -> ImageId | None: ...

    def set(self, name: str, image: ImageId) -> None: ...
