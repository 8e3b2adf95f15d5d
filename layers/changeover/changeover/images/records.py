"""What is known of images: their records among the evidence, and the pointers to three of them."""

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
    """`NEXT` was found good; the others follow the releases, after an upgrade has completed."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


class ImageRecord(Value):
    """An image that was judged good. `base` is the AMI that it was made from, if that is known."""

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
    """None for an image that was never judged here: a person named it."""
    if image is None or not services.evidence.exists(_key(image)):
        return None
    try:
        return ImageRecord.model_validate_json(services.evidence.read(_key(image)))
    except ValidationError as error:
        raise Conflict(f"{_key(image)} is no record that this version of the app wrote") from error


def describe(image: ImageId | None, record: ImageRecord | None) -> str:
    """In a line, for people."""
    if record is None:
        return f"{image or 'unknown'}, never judged here"
    found = record.vulnerabilities
    counts = f"{found.critical} critical and {found.high} high" if found else "an unknown number of"
    return (
        f"{record.image}, recipe {record.recipe} of {record.created:%Y-%m-%d} on"
        f" {record.base or 'an unknown AMI'}, {counts} vulnerabilities"
    )


def facts(image: ImageId | None, services: Services) -> tuple[str, tuple[str, ...]]:
    """What is known of it in a line, and what to mind about it."""
    try:
        record = known(image, services)
    except Conflict as error:
        return f"{image}; {error}", ()
    return describe(image, record), record.warnings if record else ()


def execution_name(build: ImageBuildArn) -> str:
    """One for each image build, so that nothing is started twice for it."""
    return build.rpartition(":image/")[2].replace("/", "-")[-80:]


def mark_building(build: ImageBuildArn, services: Services) -> None:
    """Keep that Refresh Image started it, which starts it once more if AWS loses it."""
    services.evidence.write(_building(build), build.encode())


def is_built_here(build: ImageBuildArn, services: Services) -> bool:
    """Whether Refresh Image started it as its first build."""
    return services.evidence.exists(_building(build))


def _building(build: ImageBuildArn) -> str:
    return f"images/building/{execution_name(build)}"


def is_ours(build: object, settings: ImageSettings) -> bool:
    """Whether an ARN is that of a build of our recipe, in our account and region.

    `…/1.0` begins 1.0.0 and not 1.01.0.
    """
    return settings.prefix is not None and _begins(build, settings.prefix)


def should_notify(build: object, settings: ImageSettings) -> bool:
    """Whether people hear when it could not be built: it is ours, or for desktops."""
    return is_ours(build, settings) or any(_begins(build, each) for each in settings.also_told)


def _begins(build: object, prefix: str) -> bool:
    if not isinstance(build, str):
        return False
    rest = build.removeprefix(prefix)
    whole = prefix.endswith(("/", ".")) or rest.startswith(("/", "."))
    version = build.partition(":image/")[2].partition("/")[2]
    return rest != build and whole and _VERSION.fullmatch(version) is not None


def follow_releases(services: Services) -> None:
    """Have the pointers `current` and `previous` show what live and the one before it run on."""
    releases = services.releases.list_all(services.default_cluster)
    for pointer, role in ((Pointer.CURRENT, Role.LIVE), (Pointer.PREVIOUS, Role.PREVIOUS)):
        image = _newest_image(with_role(releases, role), services.default_cluster)
        if image and services.pointers.get(pointer) != image:
            services.pointers.set(pointer, image)


def mark_in_use(services: Services) -> None:
    """Keep Image Builder's lifecycle policy from deleting what a release runs on, or may soon."""
    releases = services.releases.list_all(services.default_cluster)
    used = {release.image for release in releases if release.role in _KEPT_WARM}
    services.images.mark_in_use({image for image in (*used, _next(services)) if image})


def usable_next(there: ImageId | None, services: Services) -> ImageId | None:
    """The next image, unless it is gone, withdrawn, or older than `there`."""
    following = _next(services)
    image = services.images.describe(following) if following else None
    if image is None or image.state != "available":
        return None
    other = services.images.describe(there) if there else None
    older = other and other.created and image.created and other.created > image.created
    return None if older else image.image


def unless_named(live: Release | None, services: Services) -> ImageId | None:
    """What an upgrade takes by itself: the next image, or else live's."""
    there = live.image if live else None
    return usable_next(there, services) or there


def users_of(image: ImageId | None, services: Services) -> str:
    """Names of the releases that run on it, and whether it is to be used next."""
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
