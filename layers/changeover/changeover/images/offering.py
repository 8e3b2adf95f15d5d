"""Offer Image: a good image starts an upgrade, waits for its time, or is told to a person."""

from enum import StrEnum

from changeover.errors import Conflict
from changeover.images import records
from changeover.images.policy import judge_start
from changeover.images.records import ImageRecord
from changeover.images.told import tell_once
from changeover.neighbours import Machine, Vulnerabilities
from changeover.ports import Services
from changeover.release import Release, Role, with_role
from changeover.values import ImageId, Value


class OfferRequest(Value):
    image: ImageId


class Offer(StrEnum):
    STARTED = "started"
    STARTED_BEFORE = "started before"
    ANNOUNCED = "announced"
    WAITS = "waits"
    NEEDLESS = "needless"


class Offered(Value):
    decision: Offer
    why: str


def offer_image(asked: OfferRequest, services: Services) -> Offered:
    """Start an upgrade on a recorded image if its policy says so; at most once for each image."""
    record = records.known(asked.image, services)
    if record is None:
        raise Conflict(f"{asked.image} was never judged here: it starts no upgrade")
    return offer(record, services)


def offer(record: ImageRecord, services: Services) -> Offered:
    cluster, now = services.default_cluster, services.now()
    live = next(iter(with_role(services.releases.every(cluster), Role.LIVE)), None)
    if live and live.image == record.image:
        return Offered(decision=Offer.NEEDLESS, why=f"{live.name} runs on it")
    configuration = services.configurations.read(cluster)
    start = judge_start(
        configuration.images, _vulnerabilities(live, services), configuration.freeze_windows, now
    )
    if start.ask:
        _announce(record, live, services)
        return Offered(decision=Offer.ANNOUNCED, why=start.why)
    if not start.now:
        return Offered(decision=Offer.WAITS, why=start.why)
    if owner := services.releases.owner(cluster, now):
        return Offered(decision=Offer.WAITS, why=f"{cluster} is locked by {owner}")
    name = records.execution_name(record.build)
    if services.executions.start(Machine.UPGRADE, name, {"image": record.image}):
        return Offered(decision=Offer.STARTED, why=start.why)
    return Offered(decision=Offer.STARTED_BEFORE, why=f"an upgrade {name} was started before")


def _vulnerabilities(live: Release | None, services: Services) -> Vulnerabilities | None:
    """Of live's image as Image Builder knows them today, not as they were when it was made."""
    record = records.known(live.image, services) if live else None
    return services.images.build(record.build).vulnerabilities if record else None


def _announce(record: ImageRecord, live: Release | None, services: Services) -> None:
    cluster = services.default_cluster
    image = live.image if live else None
    here = records.describe(image, records.known(image, services))
    console = services.executions.console(Machine.UPGRADE)
    warnings = "".join(f"\n  Mind        {each}" for each in record.warnings)
    tell_once(
        f"announced-{record.image}",
        f"{cluster}: a newer image is there",
        f"""\
A newer image was built, tested and found good:

  New         {records.describe(record.image, record)}
  Live        {here}{warnings}

Nothing happens by itself. To start the upgrade, open the link, press "Start execution" and leave
the input as it is, {{}}:

  {console}
""",
        services,
    )
