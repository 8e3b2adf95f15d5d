"""Promote Image: a good image starts an upgrade, waits, or is announced by e-mail."""

from collections.abc import Iterable
from enum import StrEnum

from changeover.cluster.image_settings import Policy
from changeover.cluster.release import Release, live_of
from changeover.errors import Conflict
from changeover.images import records
from changeover.images.notify_once import notify_once
from changeover.images.records import ImageRecord
from changeover.images.start_policy import judge_start
from changeover.ports.services import Services
from changeover.ports.values import Machine, Vulnerabilities
from changeover.types import ImageId, Value


class PromotionRequest(Value):
    image: ImageId


class Promotion(StrEnum):
    STARTED = "started"
    STARTED_BEFORE = "started before"
    ANNOUNCED = "announced"
    WAITS = "waits"
    ALREADY_LIVE = "needless"
    UNFIT = "unfit"


class PromotionResult(Value):
    decision: Promotion
    why: str


def promote_image(request: PromotionRequest, services: Services) -> PromotionResult:
    """Start an upgrade on a recorded image if the policy allows it, at most once per image.

    Returns the decision and its reason. Raises Conflict if the image has no record.
    """
    record = records.known(request.image, services)
    if record is None:
        raise Conflict(
            f"{request.image} was never checked by refresh-image: check it before an upgrade"
        )
    return promote(record, services)


def promote(record: ImageRecord, services: Services) -> PromotionResult:
    """Start an upgrade on the image, announce the image, or let it wait."""
    cluster, now = services.default_cluster, services.now()
    releases = services.releases.list_all(cluster)
    live = live_of(releases)
    if decided := _already_decided(record, live, releases, services):
        return decided
    configuration = services.configurations.read(cluster)
    if blocker := _blocker(record, live, configuration.image, services):
        return PromotionResult(decision=Promotion.WAITS, why=blocker)
    images = configuration.images
    known = _found_in(live, services) if images.policy is Policy.ON_CVE else None
    start = judge_start(images, known, configuration.freeze_windows, now)
    if start.ask:
        _announce(record, live, services)
        return PromotionResult(decision=Promotion.ANNOUNCED, why=start.why)
    if not start.now:
        return PromotionResult(decision=Promotion.WAITS, why=start.why)
    if owner := services.releases.owner(cluster, now):
        return PromotionResult(decision=Promotion.WAITS, why=f"{cluster} is locked by {owner}")
    return _start(record, start.why, services)


def _start(record: ImageRecord, why: str, services: Services) -> PromotionResult:
    name = records.execution_name(record.build)
    started = services.executions.start(Machine.UPGRADE, name, {"image": record.image})
    services.evidence.write(_started_key(record), name.encode())
    if started:
        return PromotionResult(decision=Promotion.STARTED, why=why)
    return PromotionResult(
        decision=Promotion.STARTED_BEFORE, why=f"an upgrade {name} was started before"
    )


def _already_decided(
    record: ImageRecord, live: Release | None, releases: Iterable[Release], services: Services
) -> PromotionResult | None:
    """Return why no upgrade starts on the image under any policy. None if one may start."""
    if live and live.image == record.image:
        return PromotionResult(decision=Promotion.ALREADY_LIVE, why=f"{live.name} runs on it")
    if used := _already_used(record, releases, services):
        return PromotionResult(decision=Promotion.STARTED_BEFORE, why=used)
    if unusable := _unusable(record, live, services):
        return PromotionResult(decision=Promotion.UNFIT, why=unusable)
    return None


def _blocker(
    record: ImageRecord, live: Release | None, pinned: ImageId | None, services: Services
) -> str:
    """Return why an upgrade would be refused, or could not be approved. Empty if nothing blocks.

    An upgrade needs a subscriber who can approve it.
    """
    if live is None:
        return f"{services.default_cluster} has no live release on record"
    if pinned not in (None, record.image):
        return f"images are pinned: the configuration's image is {pinned}"
    if not services.mail.confirmed_subscribers():
        return "no subscription is confirmed, so nobody could approve: confirm one"
    return ""


def _already_used(record: ImageRecord, releases: Iterable[Release], services: Services) -> str:
    """Return which upgrade used this image, started automatically or by a person. Empty if none."""
    for release in releases:
        if release.image == record.image:
            return f"{release.name} ({release.role}) was built from it"
    # Step Functions keeps a name for 90 days only, so the evidence bucket has a mark, too.
    if services.evidence.exists(_started_key(record)):
        return f"an upgrade {records.execution_name(record.build)} was started before"
    return ""


def _unusable(record: ImageRecord, live: Release | None, services: Services) -> str:
    """Return why the image can no longer be used. Empty if it can."""
    image = services.images.describe(record.image)
    if image is None or image.state != "available":
        return f"{record.image} is {image.state if image else 'gone'}"
    there = services.images.describe(live.image) if live and live.image else None
    if there and there.created and there.created > record.created:
        return f"{record.image} is older than {there.image}, which live runs on"
    return ""


def _started_key(record: ImageRecord) -> str:
    return f"images/started/{records.execution_name(record.build)}"


def _found_in(live: Release | None, services: Services) -> Vulnerabilities | None:
    """Return today's vulnerabilities of live's image. It passed its checks when it was built."""
    if live is None or live.image is None:
        return None
    return services.images.found_today(live.image, live.instance)


def _announce(record: ImageRecord, live: Release | None, services: Services) -> None:
    cluster = services.default_cluster
    image = live.image if live else None
    here = records.describe(image, records.known(image, services))
    console = services.executions.console(Machine.UPGRADE)
    warnings = "".join(f"\n  Warning     {each}" for each in record.warnings)
    notify_once(
        f"announced-{record.image}",
        f"{cluster}: a newer image is available",
        f"""\
A newer image was built and tested, and passed all checks:

  New         {records.describe(record.image, record)}
  Live        {here}{warnings}

Nothing happens automatically. To start the upgrade, open the link, choose "Start execution" and
leave the input as it is, {{}}:

  {console}
""",
        services,
    )
