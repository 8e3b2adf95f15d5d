"""Whether an image may carry a release: judged on facts, told with every reason at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from changeover.cluster.image_settings import ImageSettings
from changeover.images.baseline import LiveImage, excess, worse_than_live
from changeover.ports.values import Cves, Image, ImageBuild, Vulnerabilities

# https://aws.amazon.com/amazon-linux-2/faqs, https://docs.aws.amazon.com/linux/al2023/release-notes
SUPPORT_ENDS = {
    "Amazon Linux 2": date(2026, 6, 30),
    "Amazon Linux 2023": date(2029, 6, 30),
}
# As SOCA's parameter BaseOS has it: such a release runs on nothing else.
_DEMANDED = {"amazonlinux2": "Amazon Linux 2"}
_AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an image is held against.

    `newest` are images in use or to be used, by what they are. `cves` are those of the image
    itself; they are asked for only where it is above a ceiling.
    """

    now: datetime
    base_os: str
    newest: dict[str, Image]
    live: LiveImage | None = None
    cves: Cves | None = None


@dataclass(frozen=True, slots=True)
class Judgment:
    """No problems: it may be used. Warnings are for the approver."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(
    build: ImageBuild, image: Image | None, baseline: Baseline, settings: ImageSettings
) -> Judgment:
    found, excused = _of_vulnerabilities(build, baseline, settings)
    problems = [*_of_build(build), *found]
    if image is None:
        problems.append("it has no AMI in this region")
    else:
        problems += [*_of_image(image, build, settings), *_of_age(image, baseline)]
    ended, demanded = _of_support(build, baseline), _DEMANDED.get(baseline.base_os)
    if demanded and build.operating_system != demanded:
        here = build.operating_system or "an unknown operating system"
        problems.append(f"it is {here}, and releases here run on {demanded} (BaseOS)")
    warnings = (*excused, *_warnings(build, settings))
    if build.operating_system == demanded or _is_lives(build, baseline):
        return Judgment(tuple(problems), (*ended, *warnings))
    return Judgment((*problems, *ended), warnings)


def over_limit(found: Vulnerabilities, settings: ImageSettings) -> str:
    """How many there are of each severity whose ceiling they exceed; empty when none does."""
    return ", ".join(
        f"{count} {severity} (at most {ceiling})"
        for severity, (count, ceiling) in excess(found, settings).items()
    )


def _of_build(build: ImageBuild) -> Iterator[str]:
    if build.status != _AVAILABLE:
        why = f" ({build.reason})" if build.reason else ""
        yield f"the build is {build.status}{why}, not {_AVAILABLE}"
    if not build.tested:
        yield "it was built with its tests switched off"


def _of_vulnerabilities(
    build: ImageBuild, baseline: Baseline, settings: ImageSettings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Problems and warnings. Above the ceilings, an image passes that is no worse than live's.

    That holds where live is above them as well, and where the distribution gets no more updates:
    no other image would be better, and to refuse it would leave live as bad as it is.
    """
    found, live = build.vulnerabilities, baseline.live
    if found is None:
        unknown = f"its vulnerabilities are unknown, which is no pass: {_of_scan(build.scan)}"
        return () if settings.accept_unscanned else (unknown,), ()
    above = over_limit(found, settings)
    if not above:
        return (), ()
    told = f"known vulnerabilities: {above}"
    if live is None or not (_is_above(live, settings) or _is_past_its_end(build, baseline)):
        return (told,), ()
    if worse := worse_than_live(found, baseline.cves, live, settings):
        return (f"{told}; worse than live's image: {'; '.join(worse)}",), ()
    return (), (f"{told}, and {live.image}, which live runs on, is no better",)


def _is_above(live: LiveImage, settings: ImageSettings) -> bool:
    return live.vulnerabilities is not None and bool(excess(live.vulnerabilities, settings))


def _is_past_its_end(build: ImageBuild, baseline: Baseline) -> bool:
    return bool(_of_support(build, baseline)) and _is_lives(build, baseline)


def _is_lives(build: ImageBuild, baseline: Baseline) -> bool:
    """Whether live runs on the same distribution."""
    return (
        baseline.live is not None and baseline.live.operating_system == build.operating_system != ""
    )


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


def _of_age(image: Image, baseline: Baseline) -> Iterator[str]:
    if image.created is None:
        yield f"nobody knows when {image.image} was made"
        return
    for what, other in baseline.newest.items():
        if other.image != image.image and other.created and other.created > image.created:
            yield f"{image.image} is older than {other.image}, {what}"


def _of_support(build: ImageBuild, baseline: Baseline) -> tuple[str, ...]:
    ends = SUPPORT_ENDS.get(build.operating_system)
    if ends is None or baseline.now.astimezone(UTC).date() <= ends:
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
