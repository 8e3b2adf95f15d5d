"""Deploy a SAM template to the rehearsal's control plane, as `sam deploy` does to an account."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.parsers import ResponseParserError

from rehearsal.control_plane.client import ControlPlane
from rehearsal.control_plane.packaging import Packaging

BUCKET = "changeover-rehearsal-deployment"
BUILD = Path(__file__).parents[2] / "build"


class DeploymentFailedError(RuntimeError):
    """The stack failed. The message says why."""


def deploy(
    template: Path, parameters: Mapping[str, str], aws: ControlPlane, stack: str = "changeover"
) -> dict[str, str]:
    """Package `template`, create `stack` from it, and return the outputs."""
    s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket=BUCKET)

    def put(key: str, body: bytes) -> None:
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    packaged = Packaging(BUCKET, put, BUILD).package(template)
    put("template.json", json.dumps(packaged).encode())
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    try:
        cloudformation.create_stack(
            StackName=stack,
            TemplateURL=f"https://s3.amazonaws.com/{BUCKET}/template.json",
            Parameters=given,
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ResponseParserError as error:  # moto answers an internal error with an HTML page
        log = aws.work / "control-plane.log"
        raise DeploymentFailedError(f"moto cannot make {stack}: see the end of {log}") from error
    return _outputs(cloudformation.describe_stacks(StackName=stack)["Stacks"][0])


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    if stack["StackStatus"] != "CREATE_COMPLETE":
        reason = stack.get("StackStatusReason", "no reason given")
        raise DeploymentFailedError(f"{stack['StackName']} is {stack['StackStatus']}: {reason}")
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
