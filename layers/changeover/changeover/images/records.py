"""Records of checked images in the evidence bucket, and the SSM parameters that name images."""

import re
from collections.abc import Iterable
from enum import StrEnum

from pydantic import AwareDatetime, ValidationError

from changeover.cluster.image_settings import ImageSettings
from changeover.cluster.release import Release, Role, number_of, with_role
from changeover.errors import Conflict
from changeover.ports.services import Services
from changeover.ports.values import Vulnerabilities
from changeover.types import ImageBuildArn, ImageId, Value

_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){2}/[0-9]{1,9}")
_USING = (Role.LIVE, Role.CANDIDATE, Role.PREVIOUS)
_KEPT_WARM = (*_USING, Role.ROLLED_BACK)


class Pointer(StrEnum):
    """SSM parameters below `/changeover/<cluster>/image`.

    `NEXT` names the newest image that passed its checks. `CURRENT` and `PREVIOUS` follow the
    releases after each completed upgrade.
    """

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


class ImageRecord(Value):
    """An image that passed its checks. `base` is its source AMI, or empty if not known."""

    image: ImageId
    build: ImageBuildArn
    recipe: str
    base: str
    operating_system: str
    created: AwareDatetime
    judged_at: AwareDatetime
    vulnerabilities: Vulnerabilities | None = None
    warnings: tuple[str, ...] = ()


def save(record: ImageRecord, services: Services) -> None:
    services.evidence.write(_key(record.image), record.model_dump_json().encode())


def known(image: ImageId | None, services: Services) -> ImageRecord | None:
    """Return the image's record. None if the image was never checked, as when a person named it.

    Raises Conflict if the record is not readable.
    """
    if image is None or not services.evidence.exists(_key(image)):
        return None
    try:
        return ImageRecord.model_validate_json(services.evidence.read(_key(image)))
    except ValidationError as error:
        raise Conflict(
            f"{_key(image)} is not a record of this version of the app: check the image again"
        ) from error


def describe(image: ImageId | None, record: ImageRecord | None) -> str:
    """Return one line about the image, for people."""
    if record is None:
        return f"{image or 'unknown'}, never checked"
    found = record.vulnerabilities
    counts = f"{found.critical} critical and {found.high} high" if found else "an unknown number of"
    return (
        f"{record.image}, recipe {record.recipe} of {record.created:%Y-%m-%d} on"
        f" {record.base or 'an unknown AMI'}, {counts} vulnerabilities"
    )


def facts(image: ImageId | None, services: Services) -> tuple[str, tuple[str, ...]]:
    """Return one line about the image, and its warnings."""
    try:
        record = known(image, services)
    except Conflict as error:
        return f"{image}; {error}", ()
    return describe(image, record), record.warnings if record else ()


def execution_name(build: ImageBuildArn) -> str:
    """Return the execution name for an image build. Only one execution can have this name."""
    return build.rpartition(":image/")[2].replace("/", "-")[-80:]


def mark_building(build: ImageBuildArn, services: Services) -> None:
    """Record that Refresh Image started the build, so that it can start a lost build once more."""
    services.evidence.write(_building(build), build.encode())


def is_built_here(build: ImageBuildArn, services: Services) -> bool:
    """Whether Refresh Image started the build as its first one."""
    return services.evidence.exists(_building(build))


def _building(build: ImageBuildArn) -> str:
    return f"images/building/{execution_name(build)}"


def is_ours(build: object, settings: ImageSettings) -> bool:
    """Whether the ARN belongs to a build of the cluster's recipe, account and region.

    A prefix `…/1.0` matches version 1.0.0, but not 1.01.0.
    """
    return settings.prefix is not None and _begins(build, settings.prefix)


def should_notify(build: object, settings: ImageSettings) -> bool:
    """Whether operators are notified of the build's failure: it is the cluster's or a desktop's."""
    return is_ours(build, settings) or any(_begins(build, each) for each in settings.also_told)


def _begins(build: object, prefix: str) -> bool:
    if not isinstance(build, str):
        return False
    rest = build.removeprefix(prefix)
    whole = prefix.endswith(("/", ".")) or rest.startswith(("/", "."))
    version = build.partition(":image/")[2].partition("/")[2]
    return rest != build and whole and _VERSION.fullmatch(version) is not None


def follow_releases(services: Services) -> None:
    """Set the pointers `current` and `previous` to the images of the live and previous release."""
    releases = services.releases.list_all(services.default_cluster)
    for pointer, role in ((Pointer.CURRENT, Role.LIVE), (Pointer.PREVIOUS, Role.PREVIOUS)):
        image = _newest_image(with_role(releases, role), services.default_cluster)
        if image and services.pointers.get(pointer) != image:
            services.pointers.set(pointer, image)


def mark_in_use(services: Services) -> None:
    """Tag the images of deployed releases and the next image.

    The tag keeps Image Builder's lifecycle policies from deleting them.
    """
    releases = services.releases.list_all(services.default_cluster)
    used = {release.image for release in releases if release.role in _KEPT_WARM}
    services.images.mark_in_use({image for image in (*used, _next(services)) if image})


def usable_next(there: ImageId | None, services: Services) -> ImageId | None:
    """Return the next image. None if it is deleted, unavailable, or older than `there`."""
    following = _next(services)
    image = services.images.describe(following) if following else None
    if image is None or image.state != "available":
        return None
    other = services.images.describe(there) if there else None
    older = other and other.created and image.created and other.created > image.created
    return None if older else image.image


def unless_named(live: Release | None, services: Services) -> ImageId | None:
    """Return the image for an upgrade that names none: the next image, otherwise live's."""
    there = live.image if live else None
    return usable_next(there, services) or there


def users_of(image: ImageId | None, services: Services) -> str:
    """Return the releases that run on the image, plus "the next release" for the next image."""
    if image is None:
        return ""
    releases = services.releases.list_all(services.default_cluster)
    names = [
        release.name
        for role in _USING
        for release in with_role(releases, role)
        if release.image == image
    ]
    if _next(services) == image:
        names.append("the next release")
    return ", ".join(names)


def _next(services: Services) -> ImageId | None:
    return services.pointers.get(Pointer.NEXT)


def _newest_image(releases: Iterable[Release], cluster: str) -> ImageId | None:
    newest = max(releases, key=lambda release: number_of(release.name, cluster), default=None)
    return newest.image if newest else None


def _key(image: ImageId) -> str:
    return f"images/{image}.json"
