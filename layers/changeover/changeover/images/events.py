"""Handle Image Event: decide what an event from AWS means for this cluster; say it in one line."""

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

# Part of the key that says who was told.
_REFRESH = re.compile(
    rf"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{{12}}:execution:[\w-]+-{Machine.REFRESH}:[\w.-]{{1,80}}"
)
_USING = (Role.LIVE, Role.CANDIDATE, Role.PREVIOUS)


class ImageEvent(Value):
    """An event as its rule passes it on: ids and a state, whatever these may be."""

    kind: Any = None
    subject: Any = None
    state: Any = None


def handle_image_event(event: ImageEvent, services: Services) -> EventResult:
    """Start or tell what follows from the event, once; never fails over what is in it."""
    try:
        handle = _KINDS[event.kind]
    except (KeyError, TypeError):
        return refused(f"{printable(event.kind)} is no kind of event known here")
    try:
        settings = services.configurations.read(services.default_cluster).images
        return handle(event, settings, services)
    except Refused as refusal:
        return refused(printable(str(refusal)))


def begin_refresh(build: ImageBuildArn, services: Services) -> EventResult:
    """Have a build looked at, once, whoever noticed it. Raises Refused if its AMI is elsewhere."""
    image = services.images.build(build).image
    if image is None:
        raise Refused(f"{build} has no AMI in this region: see the pipeline's distribution")
    for live in with_role(services.releases.list_all(services.default_cluster), Role.LIVE):
        if live.image == image:
            return ignored(f"{live.name} is live on {image} already")
    if records.known(image, services):
        return duplicate(f"{build} was found good before")
    name = records.execution_name(build)
    if services.executions.start(Machine.REFRESH, name, {"image_build": build}):
        return EventResult(decision=Decision.STARTED, why=f"{build} is looked at")
    return duplicate(f"{build} was looked at before")


def _image(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    build, state = event.subject, event.state
    if not records.should_notify(build, settings):
        return ignored(f"{printable(build)} is no image of ours ({settings.prefix or 'no prefix'})")
    if state == "FAILED":
        return _tell_failed(build, services)
    if not records.is_ours(build, settings):
        return ignored(f"{build} is for desktops: no upgrade starts on it")
    if state != "AVAILABLE":
        return ignored(f"{build} is {printable(state)}: nothing follows from that")
    return begin_refresh(build, services)


def _tell_failed(build: ImageBuildArn, services: Services) -> EventResult:
    """Nothing yet of a build that Check Image starts once more: how that ends is told then."""
    failed = services.images.build(build)
    if failed.lost and records.is_built_here(build, services):
        return ignored(f"AWS lost {build}; the execution that started it starts it once more")
    return told(
        failed_as(build),
        "an image could not be built",
        f"The image build {build} has FAILED: {failed.reason or 'no reason given'}.\n\nLive and"
        " its image stay as they are. The build's log is in Image Builder's console; mend the"
        " pipeline and run it again.",
        services,
    )


def _vulnerable(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    """Of a build under test, which no release runs on: only a late event tells of one in use."""
    build, counts = event.subject, event.state
    if not records.is_ours(build, settings):
        return ignored(f"{printable(build)} is no image of ours ({settings.prefix or 'no prefix'})")
    found = _counts(counts)
    if found is None:
        return refused(f"{printable(counts)} are no counts of vulnerabilities")
    if not (excess := over_limit(found, settings)):
        return ignored(f"{build} has no more vulnerabilities than it may")
    image = services.images.build(build).image
    if image is None or not records.users_of(image, services):
        return ignored(f"{build} has {excess}, and nothing runs on it: it is judged once built")
    return vulnerabilities.tell(image, build, found, settings, services)


def _disabled(event: ImageEvent, settings: ImageSettings, services: Services) -> EventResult:
    pipeline = event.subject
    if pipeline is None or pipeline not in (settings.pipeline, *settings.also_told_pipelines):
        return ignored(f"{printable(pipeline)} is no pipeline of ours")
    day = services.now().date()
    return told(
        f"disabled-{pipeline.rpartition('/')[2]}-{day}",
        "the image pipeline is disabled",
        f"Image Builder has disabled {pipeline} after {printable(event.state)} failures in a row."
        " From now on images grow old without a word.\n\nMend it, and enable it again.",
        services,
    )


def _withdrawn(event: ImageEvent, _: ImageSettings, services: Services) -> EventResult:
    image, state = event.subject, event.state
    if state not in ("deregistered", "disabled"):
        return ignored(f"{printable(image)} is {printable(state)}: nothing follows from that")
    if not isinstance(image, str) or not re.fullmatch(r"ami-[0-9a-f]{8,17}", image):
        return refused(f"{printable(image)} is no AMI's id")
    if not (using := records.users_of(image, services)):
        return ignored(f"nothing runs on {image}")
    return told(
        f"withdrawn-{image}-{state}-{services.now().date()}",
        "an image in use is gone",
        f"{image}, which {using} runs on, is {state}. No further node can be started from it.\n\n"
        "Restore it (from the recycle bin, or enable it), or upgrade to another image.",
        services,
    )


def _refresh_ended(event: ImageEvent, _: ImageSettings, services: Services) -> EventResult:
    execution, status = event.subject, event.state
    if not isinstance(execution, str) or not _REFRESH.fullmatch(execution):
        return refused(f"{printable(execution)} is no execution that refreshes an image")
    if status not in ("FAILED", "TIMED_OUT", "ABORTED"):
        return refused(f"{execution} is {printable(status)}, which is no ending known here")
    return told(
        told_as(execution),
        "no new image",
        f"{execution} ended {status} before it could say why. Live and its image stay as they"
        " are.\n\nLook at the execution; start it again under another name.",
        services,
    )


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
