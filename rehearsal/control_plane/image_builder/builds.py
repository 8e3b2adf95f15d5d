"""Builds go from BUILDING to AVAILABLE or FAILED, at the pace that the switches set."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moto.events.models import events_backends

from rehearsal.control_plane.endpoints import ACCOUNT, REGION
from rehearsal.control_plane.image_builder import events
from rehearsal.control_plane.image_builder.machine_images import register
from rehearsal.control_plane.image_builder.pipelines import Pipeline, now
from rehearsal.control_plane.image_builder.switches import Switches

logger = logging.getLogger(__name__)


class MotoEvents:
    """moto's EventBridge, which lives in this process."""

    def put_events(self, *, Entries: list[dict[str, Any]]) -> None:  # noqa: N803 - boto3's name
        events_backends[ACCOUNT][REGION].put_events(Entries)


@dataclass(slots=True, kw_only=True)
class Build:
    """`base` is the AMI that the build starts from. `ami` is the AMI that it made."""

    arn: str
    pipeline: Pipeline
    switches: Switches
    base: str
    tags: dict[str, str]
    created: str = field(default_factory=now)
    status: str = "PENDING"
    scan: str | None = None
    ami: str = ""

    @property
    def ami_name(self) -> str:
        return f"{self.pipeline.recipe.name} {self.created.replace(':', '-')}"


class Builds:
    """All started builds. Each runs in an asyncio task."""

    def __init__(self) -> None:
        self.all: list[Build] = []
        self._running: set[asyncio.Task[None]] = set()

    def start(self, build: Build) -> None:
        self.all.append(build)
        build.scan = "PENDING" if build.switches.scan else None
        task = asyncio.create_task(_run(build))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _run(build: Build) -> None:
    switches = build.switches
    for status in ("BUILDING", "TESTING") if switches.tests else ("BUILDING",):
        await _stay_in(build, status)
    if switches.fails:
        build.scan = switches.scan and "ABANDONED"
        await _enter(build, "FAILED", switches.reason)
        return
    build.scan = switches.scan
    if build.scan == "COMPLETED":
        await _tell(build, events.cve_detected, build.arn, build.pipeline.arn, switches.findings)
    await _stay_in(build, "DISTRIBUTING")
    build.ami = register(build.ami_name, build.base, build.arn, switches)
    await _tell(build, events.ami_state, build.ami, "available")
    await _enter(build, "AVAILABLE")


async def _stay_in(build: Build, status: str) -> None:
    await _enter(build, status)
    await asyncio.sleep(build.switches.state_seconds)


async def _enter(build: Build, status: str, reason: str = "") -> None:
    # Set the state before the event: the receiver reads it at once.
    previous, build.status = build.status, status
    await _tell(build, partial(events.image_state, reason=reason), build.arn, previous, status)


async def _tell(build: Build, event: Callable[..., None], *facts: Any) -> None:
    if build.switches.silent:
        return
    try:
        # Rules deliver during PutEvents, which would block this event loop.
        await asyncio.to_thread(event, MotoEvents(), *facts, times=build.switches.repeat)
    except Exception:
        # A build does not wait for the receivers of its events, and does not fail with them.
        logger.exception("An event of %s was not delivered", build.arn)
