"""The Amazon Inspector calls that the package makes. A file sets its findings."""

import json
from collections.abc import Mapping
from pathlib import Path

from rehearsal.control_plane.endpoints import ACCOUNT
from rehearsal.control_plane.rest_service import RestService
from rehearsal.control_plane.stand_in import Given, ServiceError


class Inspector(RestService):
    """`WORK/inspector.json` has counts by severity for each AMI with findings."""

    def __init__(self, work: Path) -> None:
        super().__init__(
            {
                ("POST", "/findings/aggregation/list"): self.count_findings,
                ("POST", "/findings/list"): self.list_findings,
                ("POST", "/coverage/list"): self.list_coverage,
            }
        )
        self._file = work / "inspector.json"

    def list_findings(self, given: Given) -> Given:
        """ListFindings: one finding for each count of the AMIs in the filter."""
        asked = [each["value"] for each in given["filterCriteria"]["ec2InstanceImageId"]]
        counted = (counts for ami, counts in self._found().items() if ami in asked)
        return {"findings": [each for counts in counted for each in package_findings(counts)]}

    def count_findings(self, given: Given) -> Given:
        """ListFindingAggregations. As on AWS, an AMI without findings has no line."""
        if given["aggregationType"] != "AMI":
            raise ServiceError("ValidationException", "The rehearsal aggregates by AMI only.")
        asked = [each["value"] for each in given["aggregationRequest"]["amiAggregation"]["amis"]]
        told = [
            {"ami": ami, "accountId": ACCOUNT, "severityCounts": counts, "affectedInstances": 1}
            for ami, counts in self._found().items()
            if ami in asked
        ]
        return {"aggregationType": "AMI", "responses": [{"amiAggregation": each} for each in told]}

    def list_coverage(self, given: Given) -> Given:
        machines = [each["value"] for each in given["filterCriteria"]["resourceId"]]
        return {
            "coveredResources": [
                {
                    "resourceId": machine,
                    "resourceType": "AWS_EC2_INSTANCE",
                    "accountId": ACCOUNT,
                    "scanType": "PACKAGE",
                    "scanStatus": {"statusCode": "ACTIVE", "reason": "SUCCESSFUL"},
                }
                for machine in machines
            ]
        }

    def _found(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = json.loads(
            self._file.read_text() if self._file.exists() else "{}"
        )
        return found


def package_findings(counts: Mapping[str, int]) -> list[Given]:
    """The counted findings. The same number always means the same CVE."""
    return [
        {
            "severity": severity.upper(),
            "type": "PACKAGE_VULNERABILITY",
            "packageVulnerabilityDetails": {
                "vulnerabilityId": f"CVE-2026-{severity.upper()}-{number}",
                "source": "REHEARSAL",
            },
        }
        for severity, count in counts.items()
        if severity in ("critical", "high", "medium")
        for number in range(1, count + 1)
    ]
