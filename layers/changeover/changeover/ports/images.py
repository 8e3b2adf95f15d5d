"""What is asked of AWS about images: see `changeover.ports.services`."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from changeover.ports.values import Cves, Image, ImageBuild, Vulnerabilities
from changeover.types import ImageBuildArn, ImageId


class Images(Protocol):
    """AMIs in EC2, and the builds and the pipeline in Image Builder that they come from."""

    def describe(self, image: ImageId) -> Image | None: ...

    def build(self, build_arn: str) -> ImageBuild:
        """Raises Refused when there is none."""

    def start_build(self, pipeline: str, token: str) -> ImageBuildArn:
        """Run a pipeline; the same token again: the same build. Raises Refused if it is unknown."""

    def newest_build(self, pipeline: str) -> ImageBuildArn | None:
        """The pipeline's newest build that is available."""

    def newest_of(self, prefix: str) -> ImageBuildArn | None:
        """The newest build that is available of those whose ARNs begin so, whoever built it."""

    def found_today(self, image: ImageId, instance: str) -> Vulnerabilities | None:
        """What Amazon Inspector knows today of machines started from it, counted for one of them.

        None if nobody knows: Inspector does not watch `instance`, which is one of them.
        """

    def cves_of(self, build_arn: str) -> Cves | None:
        """The CVEs that Image Builder's scan of a build lists; None if it lists none."""

    def cves_today(self, image: ImageId) -> Cves | None:
        """The CVEs that Amazon Inspector lists today for machines started from an AMI.

        None if it lists none: nobody knows whether the machines have none or are not watched.
        """

    def newest_base(self, parameter: str) -> ImageId | None:
        """The AMI that a public SSM parameter names."""

    def mark_in_use(self, images: AbstractSet[ImageId]) -> None:
        """Tag just these as in use, so that no lifecycle policy deletes them."""


class Pointers(Protocol):
    """Parameters that each name an image, for whoever wants to know."""

    def get(self, name: str) -> ImageId | None: ...

    def set(self, name: str, image: ImageId) -> None: ...
