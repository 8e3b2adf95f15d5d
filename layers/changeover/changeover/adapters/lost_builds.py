"""Recognize builds that AWS lost: they failed because of AWS, not because of their content.

CodeBuild shows this by the status FAULT, or by a failure in a phase before the build runs. For a
dead container, CodeBuild has only a message. Image Builder always has only a message. No other
module decides by AWS's messages.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_codebuild.type_defs import BuildPhaseTypeDef, BuildTypeDef

_FAULT = "FAULT"
_MAKING_THE_MACHINE = frozenset({"SUBMITTED", "QUEUED", "PROVISIONING"})
# CLIENT_ERROR is caused by the project's settings, TIMED_OUT by the build or its timeout.
_FAILED_THERE = frozenset({"FAILED", _FAULT})
_DIED = re.compile(r"container found dead|INTERNAL_SERVICE_ERROR", re.IGNORECASE)
_IMAGE_LOST = re.compile(
    r"internal\s?(service|server)?\s?(error|failure)|Server\.InternalError|service\s?unavailable"
    r"|insufficient\w*\s?capacity|do not have sufficient .{0,60}capacity|rate exceeded|throttl"
    r"|too\s?many\s?requests|connection\s?lost|target\s?not\s?connected|request limit exceeded"
    r"|lost connection|system status check|spot.{0,40}(interrupt|terminat)",
    re.IGNORECASE,
)


def is_build_lost(build: "BuildTypeDef") -> bool:
    """Whether AWS lost a CodeBuild build that has ended. A build that timed out was not lost."""
    if build["buildStatus"] == _FAULT:
        return True
    return build["buildStatus"] == "FAILED" and any(map(_is_phase_lost, build.get("phases", [])))


def is_image_lost(status: str, reason: str) -> bool:
    """Whether AWS lost an Image Builder build, judged by the message in `reason`."""
    return status == "FAILED" and _IMAGE_LOST.search(reason) is not None


def _is_phase_lost(phase: "BuildPhaseTypeDef") -> bool:
    status = phase.get("phaseStatus", "")
    if status == _FAULT or (
        phase.get("phaseType") in _MAKING_THE_MACHINE and status in _FAILED_THERE
    ):
        return True
    told = (f"{c.get('statusCode', '')} {c.get('message', '')}" for c in phase.get("contexts", []))
    return status in _FAILED_THERE and any(_DIED.search(each) for each in told)
