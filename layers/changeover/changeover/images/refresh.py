"""Steps of refresh-image: build or take an image, check it, and record it as the next image."""

import hashlib
from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release, live_of
from changeover.cluster.request import read_request
from changeover.errors import Refused, Unhealthy
from changeover.images import records
from changeover.images.acceptance import Baseline, judge, over_limit
from changeover.images.baseline import LiveImage
from changeover.images.records import ImageRecord, Pointer
from changeover.metrics import Measure, count
from changeover.ports.services import Services
from changeover.ports.values import Image, ImageBuild
from changeover.types import ImageBuildArn, ImageId, Seconds, Value

_SCANNING = ("PENDING", "SCANNING", "COLLECTING")
_OVER = ("FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED")


class RefreshRequest(Value):
    """Input of refresh-image. `{}` runs the pipeline. `image_build` names an existing build."""

    execution: str
    request: Any = None


class Refreshing(Value):
    """State of one refresh.

    `pipeline` is the pipeline that was run, or empty. `lost` names the build that AWS lost before
    this one, with the reason.
    """

    image_build: ImageBuildArn
    started_at: AwareDatetime
    poll_seconds: Seconds
    pipeline: str = ""
    lost: str = ""


class ImageToCheck(Value):
    refreshing: Refreshing


class CheckedImage(Value):
    """Result of one poll. `refreshing` is the input of the next poll."""

    done: bool
    detail: str
    refreshing: Refreshing


class ImageToJudge(Value):
    refreshing: Refreshing


class JudgedImage(Value):
    record: ImageRecord

    def metrics(self) -> list[Measure]:
        return [count("ImagesJudged", Verdict="good")]


class ImageToRecord(Value):
    judged: JudgedImage


class RecordedImage(Value):
    image: ImageId


def refresh_image(request: RefreshRequest, services: Services) -> Refreshing:
    """Run the pipeline, or take the image build that the request names.

    A repeated call returns the same build. Raises Refused with every problem of the request.
    """
    upgrade, problems = read_request(request.request)
    if upgrade.release or upgrade.image:
        problems.append("only image_build is allowed here")
    settings = services.configurations.read(services.default_cluster).images
    build = upgrade.image_build
    if build and not records.is_ours(build, settings):
        prefix = settings.prefix or "images.prefix, which is not configured"
        problems.append(f"image_build: {build} does not begin with {prefix}")
    if not (build or settings.pipeline):
        problems.append("images.pipeline: no pipeline is configured")
    if problems:
        raise Refused("Nothing was touched: " + "; ".join(problems))
    pipeline = "" if build or not settings.pipeline else settings.pipeline
    if pipeline:
        build = services.images.start_build(pipeline, _token(request.execution))
        records.mark_building(build, services)
    assert build
    return Refreshing(
        image_build=build,
        started_at=services.now(),
        poll_seconds=settings.poll_seconds,
        pipeline=pipeline,
    )


def check_image(request: ImageToCheck, services: Services) -> CheckedImage:
    """Check once whether image build and scan are done.

    Returns the state for the next poll. If AWS lost a build that this app started, start it once
    more. Raises Unhealthy if the build failed or the deadline has passed.
    """
    refreshing = request.refreshing
    build = services.images.build(refreshing.image_build)
    if build.lost and refreshing.pipeline and not refreshing.lost:
        return _build_again(refreshing, build, services)
    if build.status in _OVER:
        before = f" Before it, AWS lost {refreshing.lost}." if refreshing.lost else ""
        raise Unhealthy(
            f"image build {build.arn} ended {build.status}: {build.reason or 'no reason given'}."
            f"{before} Its log is in the Image Builder console. Live and its image are unchanged"
        )
    if build.status == "AVAILABLE" and build.scan not in _SCANNING:
        detail = f"{build.arn} is AVAILABLE"
        return CheckedImage(done=True, detail=detail, refreshing=refreshing)
    settings = services.configurations.read(services.default_cluster).images
    if services.now() - refreshing.started_at > timedelta(seconds=settings.deadline_seconds):
        raise Unhealthy(
            f"image build {build.arn} is {build.status} (scan: {build.scan or 'none'}) after"
            f" {settings.deadline_seconds} s: look at the Image Builder console, and run it again"
        )
    detail = f"{build.arn} is {build.status}"
    return CheckedImage(done=False, detail=detail, refreshing=refreshing)


def _token(of: str) -> str:
    """Return a client token for Image Builder: at most 36 characters, equal for equal input."""
    return hashlib.sha256(of.encode()).hexdigest()[:32]


def _build_again(refreshing: Refreshing, lost: ImageBuild, services: Services) -> CheckedImage:
    """Start the build again. Its token comes from the lost build, so a retry starts only one."""
    build = services.images.start_build(refreshing.pipeline, _token(lost.arn))
    how = f"{lost.arn} ({lost.reason})"
    return CheckedImage(
        done=False,
        detail=f"AWS lost {how}: started again as {build}",
        refreshing=refreshing.model_copy(
            update={"image_build": build, "started_at": services.now(), "lost": how}
        ),
    )


def judge_image(request: ImageToJudge, services: Services) -> JudgedImage:
    """Check the image against the settings and live's image, and return its record.

    Raises Unhealthy with every reason if the image may not be used.
    """
    configuration = services.configurations.read(services.default_cluster)
    build = services.images.build(request.refreshing.image_build)
    image = services.images.describe(build.image) if build.image else None
    judged = judge(build, image, _baseline(configuration, build, services), configuration.images)
    if judged.problems or image is None or image.created is None:
        listed = "\n".join(f"{n}. {problem}" for n, problem in enumerate(judged.problems, 1))
        raise Unhealthy(
            f"image build {build.arn} is not used; live is unchanged:\n{listed}", judged.problems
        )
    return JudgedImage(record=_record(build, image, judged.warnings, services))


def record_image(request: ImageToRecord, services: Services) -> RecordedImage:
    """Record the image as the next one, which an upgrade started with `{}` uses.

    Returns the next image. If a newer image was recorded in the meantime, that one stays next.
    """
    record = request.judged.record
    there = records.known(services.pointers.get(Pointer.NEXT), services)
    if there and there.created > record.created and services.images.describe(there.image):
        records.save(record, services)
        return RecordedImage(image=there.image)
    # The pointer first, because an image that has a record is not checked again.
    services.pointers.set(Pointer.NEXT, record.image)
    records.save(record, services)
    records.mark_in_use(services)
    return RecordedImage(image=record.image)


def _baseline(
    configuration: ClusterConfiguration, build: ImageBuild, services: Services
) -> Baseline:
    live = live_of(services.releases.list_all(configuration.cluster))
    others = {
        "the next image": services.pointers.get(Pointer.NEXT),
        "live's image": live.image if live else None,
    }
    found = {what: services.images.describe(image) for what, image in others.items() if image}
    above = build.vulnerabilities is not None and over_limit(
        build.vulnerabilities, configuration.images
    )
    return Baseline(
        now=services.now(),
        base_os=configuration.base_os,
        newest={what: image for what, image in found.items() if image},
        live=_live_image(live, services, with_cves=bool(above)) if live else None,
        cves=services.images.cves_of(build.arn) if above else None,
    )


def _live_image(live: Release, services: Services, *, with_cves: bool) -> LiveImage | None:
    """Return live's image with Amazon Inspector's findings of today.

    Without any, use the findings in the image's record.
    """
    if live.image is None:
        return None
    record = records.known(live.image, services)
    today = services.images.found_today(live.image, live.instance)
    return LiveImage(
        image=live.image,
        operating_system=record.operating_system if record else "",
        vulnerabilities=today or (record.vulnerabilities if record else None),
        cves=services.images.cves_today(live.image) if with_cves else None,
    )


def _record(
    build: ImageBuild, image: Image, warnings: tuple[str, ...], services: Services
) -> ImageRecord:
    assert image.created
    return ImageRecord(
        image=image.image,
        build=build.arn,
        recipe=build.recipe,
        base=image.base,
        operating_system=build.operating_system,
        created=image.created,
        judged_at=services.now(),
        vulnerabilities=build.vulnerabilities,
        warnings=warnings,
    )
