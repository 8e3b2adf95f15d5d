"""What Image Builder and EC2 tell EventBridge about images, in the shapes that AWS documents.

Each function takes a boto3 client of EventBridge, or what publishes in its manner.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from rehearsal.control_plane.endpoints import REGION

IMAGE_BUILDER = "aws.imagebuilder"
EC2 = "aws.ec2"
# PutEvents accepts ten events in a call.
MOST_AT_ONCE = 10


class Events(Protocol):
    def put_events(self, *, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803 - boto3's name
        ...


def image_state(  # noqa: PLR0913 - the event has that many parts
    events: Events, image: str, previous: str, state: str, *, reason: str = "", times: int = 1
) -> None:
    """The build with the ARN `image` went from one status to another."""
    now = {"status": state} | ({"reason": reason} if reason else {})
    detail = {"previous-state": {"status": previous}, "state": now}
    kind = "EC2 Image Builder Image State Change"
    _publish(events, _entry(IMAGE_BUILDER, kind, [image], detail), times)


def cve_detected(
    events: Events, image: str, pipeline: str, counts: Mapping[str, int], *, times: int = 1
) -> None:
    """A scan has finished. `counts` are of all, critical, high and medium findings."""
    instance = f"i-{uuid.uuid4().hex[:17]}"
    detail = {"resource-id": instance, "finding-severity-counts": dict(counts)}
    kind = "EC2 Image Builder CVE Detected"
    _publish(events, _entry(IMAGE_BUILDER, kind, [image, pipeline], detail), times)


def pipeline_disabled(
    events: Events, image_builder: Any, pipeline: str, failures: int = 5, *, times: int = 1
) -> None:
    """Disable the pipeline with Image Builder's API, and send the event of an automatic disabling.

    Image Builder disables a pipeline when its scheduled builds fail so often. Builds that somebody
    starts do not count, so no build that is started here can cause it.
    """
    found = image_builder.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    image_builder.update_image_pipeline(
        imagePipelineArn=pipeline,
        imageRecipeArn=found["imageRecipeArn"],
        infrastructureConfigurationArn=found["infrastructureConfigurationArn"],
        status="DISABLED",
    )
    # A text in the event, a number in the API.
    detail = {"consecutive-failures": str(failures)}
    kind = "EC2 Image Builder Image Pipeline Automatically Disabled"
    _publish(events, _entry(IMAGE_BUILDER, kind, [pipeline], detail), times)


def ami_state(events: Events, ami: str, state: str, *, error: str = "", times: int = 1) -> None:
    """An AMI became available, failed, deregistered or disabled."""
    detail = {
        "RequestId": str(uuid.uuid4()),
        "ImageId": ami,
        "State": state,
        "ErrorMessage": error,
    }
    arn = f"arn:aws:ec2:{REGION}::image/{ami}"
    _publish(events, _entry(EC2, "EC2 AMI State Change", [arn], detail), times)


def _entry(source: str, kind: str, resources: list[str], detail: Mapping[str, Any]) -> Any:
    return {
        "Source": source,
        "DetailType": kind,
        "Resources": resources,
        "Detail": json.dumps(detail),
    }


def _publish(events: Events, entry: dict[str, Any], times: int) -> None:
    for sent in range(0, times, MOST_AT_ONCE):
        events.put_events(Entries=[entry] * min(MOST_AT_ONCE, times - sent))
