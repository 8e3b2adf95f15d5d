"""The pipelines of the account: one that is always there, and those of CloudFormation stacks."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rehearsal.control_plane.endpoints import ACCOUNT, REGION

SCHEDULER = "changeover-hpc-scheduler"
VERSION = "1.0.0"


def arn_of(kind: str, name: str, *more: str) -> str:
    """Convert a name as Image Builder does: lower case, dashes for forbidden characters."""
    written = re.sub(r"[^a-z0-9_-]+", "-", name.lower())
    return ":".join(
        ("arn:aws:imagebuilder", REGION, ACCOUNT, "/".join((kind, written, *more))),
    )


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Recipe:
    """`parent` is an AMI's id or an image's ARN; empty: the newest Amazon Linux 2."""

    name: str
    version: str = VERSION
    parent: str = ""

    @property
    def arn(self) -> str:
        return arn_of("image-recipe", self.name, self.version)

    @property
    def images(self) -> str:
        """The prefix of the ARNs of its images."""
        return arn_of("image", self.name, self.version, "")


@dataclass(slots=True)
class Pipeline:
    name: str
    recipe: Recipe
    infrastructure: str
    status: str = "ENABLED"
    created: str = field(default_factory=now)

    @property
    def arn(self) -> str:
        return arn_of("image-pipeline", self.name)


class Pipelines:
    """Pipelines by ARN, with the recipes that stacks made for them."""

    def __init__(self) -> None:
        self.recipes: dict[str, Recipe] = {}
        self._pipelines: dict[str, Pipeline] = {}
        infrastructure = arn_of("infrastructure-configuration", SCHEDULER)
        self.add(Pipeline(SCHEDULER, Recipe(SCHEDULER), infrastructure))

    def recipe(self, arn: str) -> Recipe:
        """The recipe of a pipeline. Only the ARN is known if no stack made it."""
        _, name, version = arn.split("/")
        return self.recipes.get(arn, Recipe(name, version))

    def add(self, pipeline: Pipeline) -> None:
        self._pipelines[pipeline.arn] = pipeline

    def remove(self, arn: str) -> None:
        self._pipelines.pop(arn, None)

    def get(self, arn: str) -> Pipeline | None:
        return self._pipelines.get(arn)
