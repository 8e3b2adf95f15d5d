"""Handle Image Event: decide what an event from AWS means for this cluster."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from changeover.cluster.image_settings import ImageSettings
from changeover.cluster.release import Role, with_role
from changeover.errors import Refused
from changeover.images import records, vulnerabilities
from changeover.images.acceptance import over_limit
from changeover.images.close import failed_as, told_as
from changeover.images.event_result import (
    Decision,
    EventResult,
    duplicate,
    ignored,
    printable,
    refused,
    told,
)
from changeover.ports.services import Services
from changeover.ports.values import Machine, Vulnerabilities
from changeover.types import ImageBuildArn, Value

# The execution's name becomes part of a deduplication key.
_REFRESH = re.compile(
    rf"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{{12}}:execution:[\w-]+-{Machine.REFRESH}:[\w.-]{{1,80}}"
)
_USING = (Role.LIVE, Role.CANDIDATE, Role.PREVIOUS)


class ImageEvent(Value):
    """An event as its EventBridge rule passes it on. No field is validated yet."""

    kind: Any = None
    subject: Any = None
    state: Any = None


def handle_image_event(event: ImageEvent, services: Services) -> EventResult:
    """Start a refresh, send an e-mail, or ignore the event. A repeated event does nothing.

    Invalid content never raises an error: the result is then `refused`, with the reason.
    """
    try:
        handle = _KINDS[event.kind]
    except (KeyError, TypeError):
        return refused(f"{printable(event.kind)} is not a known kind of event")
    try:
        settings = services.configurations.read(services.default_cluster).images
        return handle(event, settings, services)
    except Refused as refusal:
        return refused(printable(str(refusal)))


def begin_refresh(build: ImageBuildArn, services: Services) -> EventResult:
    """Start a refresh execution that checks an image build, once per build.

    Raises Refused if the build has no AMI in this region.
    """
    image = services.images.build(build).image
    if image is None:
        raise Refused(
            f"{build} has no AMI in this region: check the pipeline's distribution settings"
        )
    for live in with_role(services.releases.list_all(services.default_cluster), Role.LIVE):
        if live.image == image:
            return ignored(f"{live.name} is live on {image} already")
    if records.known(image, services):
        return duplicate(f"{build} passed its checks before")
    name = records.execution_name(build)
    if services.executions.start(Machine.REFRESH, name, {"image_build": build}):
        return EventResult(decision=Decision.STARTED, why=f"{build} is being checked")
    return duplicate(f"{build} was checked before")


def _image(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    build, state = event.subject, event.state
    if not records.should_notify(build, settings):
        return _not_ours(build, settings)
    if state == "FAILED":
        return _tell_failed(build, services)
    if not records.is_ours(build, settings):
        return ignored(f"{build} is for desktops: no upgrade starts on it")
    if state != "AVAILABLE":
        return ignored(f"{build} is {printable(state)}: no action")
    return begin_refresh(build, services)


def _tell_failed(build: ImageBuildArn, services: Services) -> EventResult:
    """Send an e-mail about a failed build.

    If AWS lost the build, Check Image starts it once more. The e-mail then waits for that result.
    """
    failed = services.images.build(build)
    if failed.lost and records.is_built_here(build, services):
        return ignored(f"AWS lost {build}; its execution starts it once more")
    return told(
        failed_as(build),
        "an image could not be built",
        f"The image build {build} has FAILED: {failed.reason or 'no reason given'}.\n\nLive and"
        " its image are unchanged. The build's log is in the Image Builder console. Fix the"
        " pipeline and run it again.",
        services,
    )


def _vulnerable(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    """Notify if the build's image is in use.

    Image Builder scans a build under test, on which no release runs yet. Only a late event is
    about an image in use.
    """
    build, counts = event.subject, event.state
    if not records.is_ours(build, settings):
        return _not_ours(build, settings)
    found = _counts(counts)
    if found is None:
        return refused(f"{printable(counts)} is not a set of vulnerability counts")
    if not (excess := over_limit(found, settings)):
        return ignored(f"{build} has no more vulnerabilities than allowed")
    image = services.images.build(build).image
    if image is None or not records.users_of(image, services):
        return ignored(f"{build} has {excess}, but is not in use: it is checked once it is built")
    return vulnerabilities.tell(image, build, found, settings, services)


def _disabled(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    pipeline = event.subject
    if pipeline is None or pipeline not in (settings.pipeline, *settings.also_told_pipelines):
        return ignored(f"{printable(pipeline)} is not a pipeline of this cluster")
    day = services.now().date()
    return told(
        f"disabled-{pipeline.rpartition('/')[2]}-{day}",
        "the image pipeline is disabled",
        f"Image Builder has disabled {pipeline} after {printable(event.state)} failures in a row."
        " No more images are built until it is enabled.\n\nFix the pipeline, and enable it again.",
        services,
    )


def _withdrawn(event: ImageEvent, _: ImageSettings, services: Services) -> EventResult:
    image, state = event.subject, event.state
    if state not in ("deregistered", "disabled"):
        return ignored(f"{printable(image)} is {printable(state)}: no action")
    if not isinstance(image, str) or not re.fullmatch(r"ami-[0-9a-f]{8,17}", image):
        return refused(f"{printable(image)} is not an AMI ID")
    if not (using := records.users_of(image, services)):
        return ignored(f"no release runs on {image}")
    return told(
        f"withdrawn-{image}-{state}-{services.now().date()}",
        "an image in use is gone",
        f"{image} is {state}. It is in use by: {using}. No more nodes can start from it.\n\n"
        "Restore the AMI (from the Recycle Bin, or enable it), or upgrade to another image.",
        services,
    )


def _refresh_ended(event: ImageEvent, _: ImageSettings, services: Services) -> EventResult:
    execution, status = event.subject, event.state
    if not isinstance(execution, str) or not _REFRESH.fullmatch(execution):
        return refused(f"{printable(execution)} is not an execution of refresh-image")
    if status not in ("FAILED", "TIMED_OUT", "ABORTED"):
        return refused(f"{execution} is {printable(status)}, which is not a known final status")
    return told(
        told_as(execution),
        "no new image",
        f"{execution} ended {status} before it could report the reason. Live and its image are"
        " unchanged.\n\nLook at the execution, and start it again with another name.",
        services,
    )


def _not_ours(build: object, settings: ImageSettings) -> EventResult:
    prefix = settings.prefix or "no prefix"
    return ignored(f"{printable(build)} is not an image of this cluster ({prefix})")


def _counts(counts: object) -> Vulnerabilities | None:
    if not isinstance(counts, Mapping):
        return None
    known = {name: counts.get(name, 0) for name in Vulnerabilities.model_fields}
    try:
        return TypeAdapter(Vulnerabilities).validate_python(known)
    except ValidationError:
        return None


_KINDS: Mapping[str, Callable[[ImageEvent, ImageSettings, Services], EventResult]] = {
    "image": _image,
    "vulnerabilities": _vulnerable,
    "pipeline-disabled": _disabled,
    "ami": _withdrawn,
    "refresh-ended": _refresh_ended,
}
