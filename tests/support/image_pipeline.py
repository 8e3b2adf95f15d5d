"""Images as good as they can be, and a cluster whose image pipeline builds them.

world = Pipeline()
world.has_built(1)
world.notice("image", build(1), "AVAILABLE")
assert world.refreshes() == [""]
assert world.upgrades == ["hpc-scheduler-1.0.0-1"]
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from changeover.cluster.execution import Failure
from changeover.cluster.image_settings import ImageSettings
from changeover.cluster.release import Release, Role
from changeover.errors import ChangeoverError
from changeover.images import close, promote
from changeover.images import refresh as refreshing
from changeover.images.event_result import EventResult
from changeover.images.events import ImageEvent, handle_image_event
from changeover.images.records import ImageRecord, known
from changeover.operations.reconcile import Reconciled, ReconcileRequest, reconcile
from changeover.ports.values import Image, ImageBuild, Machine, Vulnerabilities
from tests.support.fakes import ACCOUNT
from tests.support.world import IMAGE, LIVE, World

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PREFIX = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:image/hpc-scheduler/"
PIPELINE = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:image-pipeline/hpc-scheduler"
REFRESH = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:changeover-hpc-refresh-image:{{}}"
BASE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
BASE = "ami-0ba5e0000"
CLEAN = Vulnerabilities()


def ami(number: int) -> str:
    return f"ami-{number:08x}"


def build(number: int) -> str:
    return f"{PREFIX}1.0.0/{number}"


def good_build(number: int = 1, **anew: Any) -> ImageBuild:
    good = ImageBuild(
        arn=build(number),
        status="AVAILABLE",
        image=ami(number),
        recipe="1.0.0",
        operating_system="Amazon Linux 2",
        tested=True,
        scan="COMPLETED",
        vulnerabilities=CLEAN,
    )
    return replace(good, **anew)


def good_image(number: int = 1, **anew: Any) -> Image:
    """The higher its number, the younger it is."""
    good = Image(
        image=ami(number),
        state="available",
        name="hpc-scheduler",
        created=NOON - timedelta(days=1) + timedelta(hours=number),
        owner=ACCOUNT,
        architecture="x86_64",
        encrypted=True,
        base=BASE,
    )
    return replace(good, **anew)


def settings(**anew: Any) -> ImageSettings:
    usual = {"pipeline": PIPELINE, "prefix": PREFIX, "base_parameter": BASE_PARAMETER}
    return ImageSettings.model_validate(usual | anew)


class Pipeline(World):
    """A world whose live release runs on an old image, and whose pipeline has built none yet."""

    def __init__(self, **anew: Any) -> None:
        super().__init__(images=settings(**anew))
        self.images = self.services.images
        self.images.images[IMAGE] = Image(IMAGE, "available", created=NOON - timedelta(days=90))
        self.has_base(BASE, NOON - timedelta(days=100))

    # What happens to it

    def has_base(self, image: str, created: datetime | None) -> None:
        """The newest AMI of the distribution."""
        self.images.bases[BASE_PARAMETER] = image
        self.images.images[image] = Image(image, "available", created=created)

    def has_built(self, number: int, **anew: Any) -> str:
        """Image Builder has made an image; nobody was told."""
        made = good_build(number, **anew)
        self.images.builds[made.arn] = made
        if made.image:
            self.images.images[made.image] = good_image(number, image=made.image)
        return made.arn

    def configure(self, **anew: Any) -> None:
        configurations = self.services.configurations.by_cluster
        configurations["hpc"] = configurations["hpc"].model_copy(update=anew)

    def record(self, name: str, role: Role, image: str | None) -> Release:
        """A release that is on record, whatever became of its stack."""
        live = self.services.releases.get("hpc", LIVE)
        made = live.model_copy(update={"name": name, "role": role, "image": image, "run": name})
        self.services.releases.add(made)
        return made

    def event(self, kind: Any, subject: Any = None, state: Any = None) -> EventResult:
        return handle_image_event(
            ImageEvent(kind=kind, subject=subject, state=state), self.services
        )

    def reconcile(self) -> Reconciled:
        return reconcile(ReconcileRequest(), self.services)

    def refreshes(self) -> list[str]:
        """Every execution that was started, one after the other; why each failed, if it did."""
        started = list(self.services.executions.started.items())
        return [self.refresh(n, asked) for (m, n), asked in started if m is Machine.REFRESH]

    def refresh(self, name: str, asked: Any) -> str:
        """As the state machine does it."""
        execution = REFRESH.format(name)
        try:
            self._refresh(execution, asked)
        except ChangeoverError as error:
            failure = Failure(error=type(error).__name__, cause=str(error))
            named = asked.get("image_build", "")
            to_close = close.RefreshToClose(execution=execution, failure=failure, build=named)
            return close.close_refresh(to_close, self.services).cause
        return ""

    def begins(self, name: str, asked: Any) -> refreshing.Refreshing:
        """As far as the state Refresh Image."""
        return self._begun(REFRESH.format(name), asked)

    def looks_at(self, under_way: refreshing.Refreshing) -> refreshing.Refreshing:
        """What the state Check Image hands on."""
        to_check = refreshing.ImageToCheck(refreshing=under_way)
        return refreshing.check_image(to_check, self.services).refreshing

    def _begun(self, execution: str, asked: Any) -> refreshing.Refreshing:
        request = refreshing.RefreshRequest(execution=execution, request=asked)
        return refreshing.refresh_image(request, self.services)

    def _refresh(self, execution: str, asked: Any) -> None:
        under_way = self._begun(execution, asked)
        to_check = refreshing.ImageToCheck(refreshing=under_way)
        while not refreshing.check_image(to_check, self.services).done:
            self.clock.advance(seconds=under_way.poll_seconds)
        to_judge = refreshing.ImageToJudge(refreshing=under_way)
        to_record = refreshing.ImageToRecord(judged=refreshing.judge_image(to_judge, self.services))
        recorded = refreshing.record_image(to_record, self.services)
        promote.promote_image(promote.PromotionRequest(image=recorded.image), self.services)

    def offers(self, number: int) -> promote.PromotionResult:
        return promote.promote_image(promote.PromotionRequest(image=ami(number)), self.services)

    def judged(self, number: int, **anew: Any) -> ImageRecord:
        """An image that was built, judged and recorded, and not offered yet."""
        request = refreshing.RefreshRequest(
            execution=REFRESH.format(number),
            request={"image_build": self.has_built(number, **anew)},
        )
        under_way = refreshing.refresh_image(request, self.services)
        to_judge = refreshing.ImageToJudge(refreshing=under_way)
        judged = refreshing.judge_image(to_judge, self.services)
        refreshing.record_image(refreshing.ImageToRecord(judged=judged), self.services)
        record = known(ami(number), self.services)
        assert record
        return record

    # What has come of it

    @property
    def upgrades(self) -> list[str]:
        return [name for machine, name in self.services.executions.started if machine == "upgrade"]

    @property
    def looked_at(self) -> list[str]:
        started = self.services.executions.started
        return [name for machine, name in started if machine is Machine.REFRESH]

    @property
    def pointers(self) -> dict[str, str]:
        return self.services.pointers.images

    @property
    def subjects(self) -> list[str]:
        return [subject for subject, _ in self.mails]
