"""Whether an image may carry a release: judged on facts, told with every reason at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from changeover.images.settings import ImageSettings
from changeover.neighbours import Image, ImageBuild, Vulnerabilities

# https://aws.amazon.com/amazon-linux-2/faqs, https://docs.aws.amazon.com/linux/al2023/release-notes
SUPPORT_ENDS = {
    "Amazon Linux 2": date(2026, 6, 30),
    "Amazon Linux 2023": date(2029, 6, 30),
}
# As SOCA's parameter BaseOS has it: such a release runs on nothing else.
_DEMANDED = {"amazonlinux2": "Amazon Linux 2"}
_AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class Beside:
    """What an image is held against. `newest` are images in use or to be used, by what they are."""

    now: datetime
    base_os: str
    newest: dict[str, Image]


@dataclass(frozen=True, slots=True)
class Judgement:
    """No problems: it may be used. Warnings are for the approver."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(
    build: ImageBuild, image: Image | None, beside: Beside, settings: ImageSettings
) -> Judgement:
    problems = [*_of_build(build), *_of_vulnerabilities(build, settings)]
    if image is None:
        problems.append("it has no AMI in this region")
    else:
        problems += [*_of_image(image, build, settings), *_of_age(image, beside)]
    ended, demanded = _of_support(build, beside), _DEMANDED.get(beside.base_os)
    if demanded and build.operating_system != demanded:
        here = build.operating_system or "an unknown operating system"
        problems.append(f"it is {here}, and releases here run on {demanded} (BaseOS)")
    if build.operating_system != demanded:
        return Judgement((*problems, *ended), tuple(_warnings(build, settings)))
    return Judgement(tuple(problems), (*ended, *_warnings(build, settings)))


def too_many(found: Vulnerabilities, settings: ImageSettings) -> str:
    """How many there are of each severity whose ceiling they exceed; empty when none does."""
    ceilings = settings.ceilings
    counts = {
        "critical": (found.critical, ceilings.critical),
        "high": (found.high, ceilings.high),
        "medium": (found.medium, ceilings.medium),
    }
    return ", ".join(
        f"{count} {severity} (at most {ceiling})"
        for severity, (count, ceiling) in counts.items()
        if ceiling is not None and count > ceiling
    )


def _of_build(build: ImageBuild) -> Iterator[str]:
    if build.status != _AVAILABLE:
        why = f" ({build.reason})" if build.reason else ""
        yield f"the build is {build.status}{why}, not {_AVAILABLE}"
    if not build.tested:
        yield "it was built with its tests switched off"


def _of_vulnerabilities(build: ImageBuild, settings: ImageSettings) -> Iterator[str]:
    if build.vulnerabilities is None:
        if not settings.accept_unscanned:
            yield f"its vulnerabilities are unknown, which is no pass: {_of_scan(build.scan)}"
    elif found := too_many(build.vulnerabilities, settings):
        yield f"known vulnerabilities: {found}"


def _of_scan(scan: str) -> str:
    if scan == "COMPLETED":
        return "the scan came to its end, and Image Builder has no counts of what it found"
    return (
        f"the scan is {scan or 'none'}; switch on Amazon Inspector for EC2 and the pipeline's scan"
    )


def _of_image(image: Image, build: ImageBuild, settings: ImageSettings) -> Iterator[str]:
    if image.state != "available":
        yield f"{image.image} is {image.state}, not available"
    if image.architecture != settings.architecture:
        here = image.architecture or "of an unknown architecture"
        yield f"{image.image} is {here}, not {settings.architecture}"
    if image.owner != _account(build.arn):
        yield f"{image.image} belongs to account {image.owner or 'unknown'}"
    if image.public:
        yield f"{image.image} is public: images of a cluster are for its own account"
    if not (image.encrypted or settings.accept_unencrypted):
        yield f"{image.image} has disks that are not encrypted"


def _of_age(image: Image, beside: Beside) -> Iterator[str]:
    if image.created is None:
        yield f"nobody knows when {image.image} was made"
        return
    for what, other in beside.newest.items():
        if other.image != image.image and other.created and other.created > image.created:
            yield f"{image.image} is older than {other.image}, {what}"


def _of_support(build: ImageBuild, beside: Beside) -> tuple[str, ...]:
    ends = SUPPORT_ENDS.get(build.operating_system)
    if ends is None or beside.now.astimezone(UTC).date() <= ends:
        return ()
    return (f"{build.operating_system} has had no security updates since {ends:%Y-%m-%d}",)


def _warnings(build: ImageBuild, settings: ImageSettings) -> Iterator[str]:
    if build.operating_system not in SUPPORT_ENDS:
        name = build.operating_system or "its operating system, which Image Builder does not tell,"
        yield f"until when {name} is supported is not known here"
    if build.vulnerabilities is None and settings.accept_unscanned:
        yield "its vulnerabilities are unknown"


def _account(arn: str) -> str:
    return arn.split(":")[4]
