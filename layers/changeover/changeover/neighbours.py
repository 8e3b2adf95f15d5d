"""What neighbours tell: the values that the ports speak in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import AwareDatetime

from changeover.values import Digest, ImageId, Value


class BuildStatus(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Build:
    status: BuildStatus
    detail: str
    exported: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stack:
    """`parameters` without those that are hidden; `status` as CloudFormation spells it."""

    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Image:
    image: ImageId
    state: str
    name: str = ""
    created: str = ""


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
    reason: str = ""
