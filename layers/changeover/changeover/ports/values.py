"""The values that the ports take and return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from changeover.types import Digest, ImageId, Value


class Machine(StrEnum):
    """This app's state machines. Each value is the last part of the state machine's name."""

    UPGRADE = "upgrade"
    REFRESH = "refresh-image"


class BuildStatus(StrEnum):
    """Status of a CodeBuild build.

    `LOST`: it failed because of AWS, not because of its content. The same build may succeed again.
    """

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Build:
    """A CodeBuild build. `detail` is the current phase, or the failed phase and its reason."""

    status: BuildStatus
    detail: str
    exported: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription of the SNS topic. `protocol` has SNS's spelling."""

    protocol: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A CloudFormation stack. `status` has CloudFormation's spelling.

    `parameters` omits NoEcho parameters. `protected`: the stack has termination protection, so
    that CloudFormation refuses to delete it.
    """

    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An AMI as EC2 describes it. `base` is its source AMI, or empty if that is not known.

    `tokens_only`: its instances require IMDSv2 session tokens for instance metadata.
    """

    image: ImageId
    state: str
    name: str = ""
    created: datetime | None = None
    owner: str = ""
    architecture: str = ""
    encrypted: bool = False
    public: bool = False
    base: str = ""
    tokens_only: bool = False


Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Vulnerabilities(Value):
    """Number of known vulnerabilities that a scan has found, by severity."""

    critical: Count = 0
    high: Count = 0
    medium: Count = 0


Cves = Mapping[str, frozenset[str]]
"""CVE identifiers such as CVE-2026-1234, by the scan's severity in lower case."""


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """An image build of Image Builder. `status` and `scan` have Image Builder's spelling.

    `image` is its AMI in this region, or None until there is one. `vulnerabilities` is None if
    they are not known, which does not mean that there are none. `lost`: it failed because of AWS,
    not because of its content.
    """

    arn: str
    status: str
    reason: str = ""
    image: ImageId | None = None
    recipe: str = ""
    operating_system: str = ""
    tested: bool = False
    scan: str = ""
    vulnerabilities: Vulnerabilities | None = None
    lost: bool = False


class ApprovalRecord(Value):
    """One request for approval.

    `token` is the task token, which is never shown outside the table. Of the link's key and the
    code, only hashes are stored and compared.
    """

    cluster: str
    run: str
    candidate: str
    token: str
    key_sha256: Digest
    code_sha256: Digest
    evidence_digest: Digest
    expires_at: AwareDatetime
    attempts: int = 0
    decision: str = ""
    decided_by: str = ""
    decided_at: AwareDatetime | None = None
    reason: str = ""
