"""What neighbors tell: the values that the ports speak in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from changeover.types import Digest, ImageId, Value


class Machine(StrEnum):
    """Our state machines, as the end of their names has it."""

    UPGRADE = "upgrade"
    REFRESH = "refresh-image"


class BuildStatus(StrEnum):
    """`LOST`: it failed for a reason of AWS's own, so that the same build may succeed."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Build:
    status: BuildStatus
    detail: str
    exported: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription of the SNS topic; `protocol` as SNS spells it."""

    protocol: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Stack:
    """`parameters` without those that are hidden; `status` as CloudFormation spells it.

    `protected`: it has termination protection, so that CloudFormation refuses to delete it.
    """

    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An AMI as EC2 knows it. `base` is the AMI that it was made from, where that is known.

    `tokens_only`: its machines answer about themselves only with a session's token (IMDSv2).
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
    """How many known ones a scan has found."""

    critical: Count = 0
    high: Count = 0
    medium: Count = 0


Cves = Mapping[str, frozenset[str]]
"""Identifiers such as CVE-2026-1234, by the severity in lower case that the scan gives them."""


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """An image of Image Builder; `status` and `scan` as it spells them.

    `image` is its AMI in this region, as soon as there is one. No `vulnerabilities` means that
    nobody knows them, which is not the same as none. `lost`: it failed for a reason of AWS's own.
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
    """One question to a person. Token and code never leave the table; only hashes are compared."""

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
