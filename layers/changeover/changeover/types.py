"""The constrained types of values that cross a boundary (events, parameters, stored state)."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Value(BaseModel):
    """Base class of immutable values. Raises pydantic.ValidationError for unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed. Raises TypeError for a field that it does not have."""
        if unknown := (update or {}).keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return super().model_copy(update=update, deep=deep)


# "<cluster>-r<number>" must fit into 20 characters, SOCA's limit for a stack name.
ClusterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,13}[a-z0-9]$")]
# The name of a release is its CloudFormation stack's. An adopted one may be any valid stack name.
ReleaseName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$")]
CandidateName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*-r[1-9][0-9]{0,3}$")]
ImageId = Annotated[str, StringConstraints(pattern=r"^ami-[0-9a-f]{8,17}$")]
ImageBuildArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:[a-z-]+:imagebuilder:[a-z0-9-]+:[0-9]{12}:image/[\w/.-]+$"),
]
ImagePrefix = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:[a-z-]+:imagebuilder:[a-z0-9-]+:[0-9]{12}:image/[a-z0-9_-]+/[0-9./]*$"
    ),
]
PipelineArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:[a-z-]+:imagebuilder:[a-z0-9-]+:[0-9]{12}:image-pipeline/[a-z0-9_-]+$"
    ),
]
AccountName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,31}$")]
DialectName = Annotated[str, StringConstraints(pattern=r"^(2\.6|2\.7|24\.10|25\.8|26\.4)$")]
BaseDn = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z]+=[A-Za-z0-9._-]+(,[A-Za-z]+=[A-Za-z0-9._-]+)*)?$")
]
# Some of these may be empty: CloudFormation passes an unset parameter as an empty string.
VpcId = Annotated[str, StringConstraints(pattern=r"^(vpc-[0-9a-f]{1,17})?$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{1,17}$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^(sg-[0-9a-f]{1,17})?$")]
HostName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9.-]{0,252})?$")]
Cidr = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2})?$")]
EmailAddress = Annotated[
    str, StringConstraints(pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")
]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,255}$")]
# CloudFormation's limit is 4,096 bytes. A control character could end a line of a script.
ParameterValue = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{0,4096}$")]
# Empty: whatever the release has.
InstanceType = Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+\.[a-z0-9-]+)?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# A sha256 digest that a person pinned, or empty.
Pin = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
Fence = Annotated[int, Field(ge=1, description="number of the lock's holder; it only increases")]
Seconds = Annotated[int, Field(ge=1, le=31_536_000)]
Percent = Annotated[int, Field(ge=0, le=100)]
