"""Image Builder's components, and what it takes for one: phases, steps, actions, inputs."""

import re
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from tests.support.templates import ROOT, of_type, template

COMPONENTS = ROOT / "prerequisites/image-components.yaml"
PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Commands(Strict):
    commands: Annotated[list[str], Field(min_length=1)]


class Delay(Strict):
    delay_seconds: Annotated[int, Field(ge=0)] = 0


class Updates(Strict):
    include: list[str] = []
    exclude: list[str] = []


class Place(Strict):
    path: Annotated[str, Field(pattern="^/")]


class Content(Place):
    content: str
    overwrite: bool = True


class S3Object(Strict):
    source: Annotated[str, Field(pattern="^s3://[a-z0-9.-]+/.+")]
    destination: Annotated[str, Field(pattern="^/")]
    expected_bucket_owner: str | None = None
    overwrite: bool = True


class Page(Strict):
    source: Annotated[str, Field(pattern="^(https://|\\{\\{)")]
    destination: Annotated[str, Field(pattern="^/")]
    checksum: str | None = None
    algorithm: Literal["SHA256", "SHA512"] | None = None
    overwrite: bool = True

    @model_validator(mode="after")
    def checksum_and_algorithm_come_together(self) -> "Page":
        assert (self.checksum is None) == (self.algorithm is None)
        return self


class Step(Strict):
    name: Annotated[str, Field(pattern=r"^[A-Za-z]\w*$")]
    timeout_seconds: Annotated[int, Field(ge=1)] = 7200
    on_failure: Literal["Abort", "Continue", "Ignore"] = "Abort"
    max_attempts: Annotated[int, Field(ge=1)] = 1


class ExecuteBash(Step):
    action: Literal["ExecuteBash"]
    inputs: Commands


class Reboot(Step):
    action: Literal["Reboot"]
    inputs: Delay = Delay()


class UpdateOS(Step):
    action: Literal["UpdateOS"]
    inputs: Updates = Updates()


class S3Download(Step):
    action: Literal["S3Download"]
    inputs: list[S3Object]


class WebDownload(Step):
    action: Literal["WebDownload"]
    inputs: list[Page]


class CreateFile(Step):
    action: Literal["CreateFile"]
    inputs: list[Content]


class DeleteFile(Step):
    action: Literal["DeleteFile"]
    inputs: list[Place]


AnyStep = Annotated[
    ExecuteBash | Reboot | UpdateOS | S3Download | WebDownload | CreateFile | DeleteFile,
    Field(discriminator="action"),
]


class Phase(Strict):
    name: Literal["build", "validate", "test"]
    steps: Annotated[list[AnyStep], Field(min_length=1)]

    @model_validator(mode="after")
    def no_name_twice(self) -> "Phase":
        assert len({step.name for step in self.steps}) == len(self.steps)
        return self


class Declaration(Strict):
    type: Literal["string"]
    default: str | None = None
    description: str


class Document(Strict):
    name: str
    description: str
    schema_version: Annotated[float, Field(ge=1, le=1)]
    parameters: list[Annotated[dict[str, Declaration], Field(min_length=1, max_length=1)]] = []
    phases: Annotated[list[Phase], Field(min_length=1)]

    @model_validator(mode="after")
    def no_phase_twice(self) -> "Document":
        assert len({phase.name for phase in self.phases}) == len(self.phases)
        return self

    def declared(self) -> set[str]:
        return {name for parameter in self.parameters for name in parameter}


def data() -> dict[str, str]:
    """Each component's document as text, by its logical id."""
    found = of_type("AWS::ImageBuilder::Component", template(COMPONENTS))
    return {name: properties["Data"] for name, properties in found.items()}


def parsed(text: str) -> Document:
    read: Any = yaml.safe_load(text)
    return Document.model_validate(read)


def scripts() -> dict[str, str]:
    """Every shell text by the name of its step."""
    return {
        step.name: "\n".join(step.inputs.commands)
        for text in data().values()
        for phase in parsed(text).phases
        for step in phase.steps
        if isinstance(step, ExecuteBash)
    }
