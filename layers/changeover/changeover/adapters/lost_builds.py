"""What AWS itself lost: a build that ended through no fault of what was built.

CodeBuild says so by a status, or by the phase in which it makes the machine. For a container that
died it has the words only, and so has Image Builder for everything: they are read here alone.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_codebuild.type_defs import BuildPhaseTypeDef, BuildTypeDef

_FAULT = "FAULT"
_MAKING_THE_MACHINE = frozenset({"SUBMITTED", "QUEUED", "PROVISIONING"})
# CLIENT_ERROR is a fault of the project's settings, TIMED_OUT one of the build or of its deadline.
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
    """Whether a CodeBuild build that has ended was lost by AWS; a build out of time was not."""
    if build["buildStatus"] == _FAULT:
        return True
    return build["buildStatus"] == "FAILED" and any(map(_is_phase_lost, build.get("phases", [])))


def is_image_lost(status: str, reason: str) -> bool:
    """Whether an Image Builder build failed for a reason of AWS's own, by its words."""
    return status == "FAILED" and _IMAGE_LOST.search(reason) is not None


def _is_phase_lost(phase: "BuildPhaseTypeDef") -> bool:
    status = phase.get("phaseStatus", "")
    if status == _FAULT or (
        phase.get("phaseType") in _MAKING_THE_MACHINE and status in _FAILED_THERE
    ):
        return True
    told = (f"{c.get('statusCode', '')} {c.get('message', '')}" for c in phase.get("contexts", []))
    return status in _FAILED_THERE and any(_DIED.search(each) for each in told)
