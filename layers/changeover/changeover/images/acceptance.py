"""Decide whether a release may run on an image. All reasons against it are reported at once."""

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
# By value of SOCA's parameter BaseOS. A release with this value runs on no other system.
_DEMANDED = {"amazonlinux2": "Amazon Linux 2"}
_AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The facts that an image is compared with.

    `newest`: the next image and live's image, by their description. `cves`: the CVEs of the image
    itself, read only if it exceeds a ceiling.
    """

    now: datetime
    base_os: str
    newest: dict[str, Image]
    live: LiveImage | None = None
    cves: Cves | None = None


@dataclass(frozen=True, slots=True)
class Judgment:
    """The result for one image. It may be used if there are no problems.

    The approver sees the warnings.
    """

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(
    build: ImageBuild, image: Image | None, baseline: Baseline, settings: ImageSettings
) -> Judgment:
    """Return the problems and warnings of an image. `image` is None if it has no AMI here."""
    found, excused = _of_vulnerabilities(build, baseline, settings)
    problems = [*_of_build(build), *found]
    if image is None:
        problems.append("it has no AMI in this region")
    else:
        problems += [*_of_image(image, build, settings), *_of_age(image, baseline)]
    ended, demanded = _of_support(build, baseline), _DEMANDED.get(baseline.base_os)
    if demanded and build.operating_system != demanded:
        here = build.operating_system or "an unknown operating system"
        problems.append(f"its operating system is {here}, but BaseOS requires {demanded}")
    warnings = (*excused, *_warnings(build, settings))
    if build.operating_system == demanded or _is_lives(build, baseline):
        return Judgment(tuple(problems), (*ended, *warnings))
    return Judgment((*problems, *ended), warnings)


def over_limit(found: Vulnerabilities, settings: ImageSettings) -> str:
    """Return the counts that exceed their ceilings, in words. Empty if none does."""
    return ", ".join(
        f"{count} {severity} (at most {ceiling})"
        for severity, (count, ceiling) in excess(found, settings).items()
    )


def _of_build(build: ImageBuild) -> Iterator[str]:
    if build.status != _AVAILABLE:
        why = f" ({build.reason})" if build.reason else ""
        yield f"the build is {build.status}{why}, not {_AVAILABLE}"
    if not build.tested:
        yield "it was built with its tests disabled"


def _of_vulnerabilities(
    build: ImageBuild, baseline: Baseline, settings: ImageSettings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return problems and warnings about vulnerabilities.

    An image over the ceilings passes with a warning if it is no worse than live's image. This
    applies if live's image is over the ceilings too, or if the distribution gets no more updates.
    No other image would be better, and a refusal would keep live's image in use.
    """
    found, live = build.vulnerabilities, baseline.live
    if found is None:
        unknown = f"its vulnerabilities are unknown, so it is refused: {_of_scan(build.scan)}"
        return () if settings.accept_unscanned else (unknown,), ()
    above = over_limit(found, settings)
    if not above:
        return (), ()
    told = f"known vulnerabilities: {above}"
    if live is None or not (_is_above(live, settings) or _is_past_its_end(build, baseline)):
        return (told,), ()
    if worse := worse_than_live(found, baseline.cves, live, settings):
        return (f"{told}; worse than live's image: {'; '.join(worse)}",), ()
    return (), (f"{told}; live's image {live.image} is no better",)


def _is_above(live: LiveImage, settings: ImageSettings) -> bool:
    return live.vulnerabilities is not None and bool(excess(live.vulnerabilities, settings))


def _is_past_its_end(build: ImageBuild, baseline: Baseline) -> bool:
    return bool(_of_support(build, baseline)) and _is_lives(build, baseline)


def _is_lives(build: ImageBuild, baseline: Baseline) -> bool:
    """Whether live runs on the same operating system."""
    return (
        baseline.live is not None and baseline.live.operating_system == build.operating_system != ""
    )


def _of_scan(scan: str) -> str:
    if scan == "COMPLETED":
        return "the scan is complete, but Image Builder has no counts of its findings"
    return f"the scan is {scan or 'none'}; enable Amazon Inspector for EC2 and the pipeline's scan"


def _of_image(image: Image, build: ImageBuild, settings: ImageSettings) -> Iterator[str]:
    if image.state != "available":
        yield f"{image.image} is {image.state}, not available"
    if image.architecture != settings.architecture:
        here = image.architecture or "of an unknown architecture"
        yield f"{image.image} is {here}, not {settings.architecture}"
    if image.owner != _account(build.arn):
        yield f"{image.image} belongs to account {image.owner or 'unknown'}"
    if image.public:
        yield f"{image.image} is public: make it private to this account"
    if not (image.encrypted or settings.accept_unencrypted):
        yield f"{image.image} has disks that are not encrypted"


def _of_age(image: Image, baseline: Baseline) -> Iterator[str]:
    if image.created is None:
        yield f"the creation date of {image.image} is unknown"
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
        name = build.operating_system or "its unknown operating system"
        yield f"the end of support of {name} is not known"
    if build.vulnerabilities is None and settings.accept_unscanned:
        yield "its vulnerabilities are unknown"


def _account(arn: str) -> str:
    return arn.split(":")[4]
