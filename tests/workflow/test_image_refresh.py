"""Every way in which an image is refreshed, on the shipped definition with the shipped handlers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import pytest

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.image_settings import ImageSettings
from changeover.errors import Conflict, Transient
from changeover.images.records import ImageRecord, save
from changeover.ports.values import Image, ImageBuild, Machine, Vulnerabilities
from tests.support.fakes import ACCOUNT
from tests.support.world import IMAGE, World
from tests.workflow.arrows import map_of, walked
from tests.workflow.engine import DEFINITIONS, JSON, ROOT, Ended, Engine
from tests.workflow.faults import BrokenAt, How, every, fails
from tests.workflow.test_step_inputs import shape

PIPELINE = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:image-pipeline/hpc-scheduler"
BUILD = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:image/hpc-scheduler/1.0.0/1"
NEW = "ami-0fedcba9876543210"
NAME = "hpc-scheduler-1.0.0-1"
MACHINE = DEFINITIONS["refresh_image"]
TASKS = [
    name.lower().replace(" ", "_")
    for name, state in MACHINE["States"].items()
    if state["Type"] == "Task"
]


def world() -> World:
    """With a pipeline whose next build takes a minute and is good."""
    made = World(
        images=ImageSettings(pipeline=PIPELINE, prefix=BUILD.removesuffix("1.0.0/1")),
        stack_parameters={"BaseOS": "amazonlinux2"},
    )
    images, now = made.services.images, made.clock.now()
    images.images[IMAGE] = replace(images.images[IMAGE], created=now - timedelta(days=60))
    images.images[NEW] = Image(
        NEW,
        "available",
        created=now,
        owner=ACCOUNT,
        architecture="x86_64",
        encrypted=True,
        base="ami-0be2609ba883822ec",
    )
    return made


def done(**otherwise: object) -> ImageBuild:
    good = ImageBuild(
        BUILD,
        "AVAILABLE",
        image=NEW,
        recipe="1.0.0",
        operating_system="Amazon Linux 2",
        tested=True,
        scan="COMPLETED",
        vulnerabilities=Vulnerabilities(),
    )
    return replace(good, **otherwise)  # type: ignore[arg-type]  # as the caller has it


def ends_in(build: ImageBuild) -> Callable[[Engine], None]:
    """At the second look."""

    def happens(engine: Engine) -> None:
        def at_second_look(invoke: Callable[[], JSON]) -> JSON:
            answer = invoke()
            engine.world.services.images.builds[BUILD] = build
            return answer

        engine.faults["check_image"] = at_second_look

    return happens


def aws_loses(*builds: ImageBuild) -> Callable[[Engine], None]:
    """One after the other; then the next one is good."""

    def happens(engine: Engine) -> None:
        images = engine.world.services.images
        endings = [*builds, done()]

        def at_next_look(invoke: Callable[[], JSON]) -> JSON:
            answer = invoke()
            arn = answer["refreshing"]["image_build"]
            if images.builds[arn].status == "BUILDING":
                images.builds[arn] = replace(endings.pop(0), arn=arn)
            return answer

        engine.faults["check_image"] = at_next_look

    return happens


LOST = ImageBuild(BUILD, "FAILED", reason="Internal service error", lost=True)


def nobody_can_be_told(engine: Engine) -> None:
    ends_in(done(status="FAILED"))(engine)
    engine.faults["close_refresh"] = fails(Conflict)


def offering_fails(engine: Engine) -> None:
    ends_in(done())(engine)
    engine.faults["promote_image"] = fails(Conflict, "there is no such machine")


def live_is_no_better(engine: Engine) -> None:
    """Its image was judged when its only vulnerability was not known to be critical."""
    found = Vulnerabilities(critical=1)
    ends_in(done(vulnerabilities=found))(engine)
    world = engine.world
    record = ImageRecord(
        image=IMAGE,
        build=BUILD.removesuffix("1.0.0/1") + "0.9.0/1",
        recipe="0.9.0",
        base="ami-0be2609ba883822ec",
        operating_system="Amazon Linux 2",
        created=world.clock.now() - timedelta(days=60),
        judged_at=world.clock.now() - timedelta(days=59),
        vulnerabilities=found,
    )
    save(record, world.services)


def the_pipeline_is_gone(engine: Engine) -> None:
    without = ClusterConfiguration(cluster="hpc")
    engine.world.services.configurations.by_cluster["hpc"] = without


def recording_fails(engine: Engine) -> None:
    ends_in(done())(engine)
    engine.faults["record_image"] = fails(Conflict, "the parameter is somebody else's")


@dataclass(frozen=True)
class Way:
    happens: Callable[[Engine], None]
    last: str
    cause: str = ""


WAYS = {
    "good": Way(ends_in(done()), "Image Refreshed"),
    "vulnerable": Way(
        ends_in(done(vulnerabilities=Vulnerabilities(critical=1))),
        "Refresh Failed",
        "known vulnerabilities: 1 critical (at most 0)",
    ),
    "vulnerable, as live is": Way(live_is_no_better, "Image Refreshed"),
    "not built": Way(
        ends_in(done(status="FAILED", reason="the test failed")),
        "Refresh Failed",
        "ended FAILED: the test failed",
    ),
    "lost once": Way(aws_loses(LOST), "Image Refreshed"),
    "lost twice": Way(aws_loses(LOST, LOST), "Refresh Failed", "Before it, AWS lost"),
    "never built": Way(lambda _: None, "Refresh Failed", "is BUILDING (scan: none) after 14400 s"),
    "no pipeline": Way(the_pipeline_is_gone, "Refresh Failed", "no pipeline is configured"),
    "not recorded": Way(recording_fails, "Refresh Failed", "the parameter is somebody else's"),
    "not offered": Way(offering_fails, "Refresh Failed", "there is no such machine"),
    "not told": Way(nobody_can_be_told, "Closing Refresh Failed", "no e-mail could be sent"),
}
Played = tuple[Engine, Ended]


@cache
def played(name: str) -> Played:
    engine = Engine(world(), "refresh_image")
    WAYS[name].happens(engine)
    return engine, engine.run(name=NAME)


@pytest.mark.parametrize("name", WAYS)
def test_it_ends_where_it_must_and_says_why(name: str) -> None:
    _, ended = played(name)
    assert ended.states[-1] == WAYS[name].last
    assert WAYS[name].cause in ended.cause


@pytest.mark.parametrize("name", WAYS)
def test_only_a_good_image_becomes_the_next_one_and_starts_an_upgrade(name: str) -> None:
    engine, _ = played(name)
    services = engine.world.services
    upgrades = {at: said for (machine, at), said in services.executions.started.items()}
    again = NAME.replace("1.0.0-1", "1.0.0-2")
    first = {NAME: {"image": NEW}}
    started = {"good": first, "vulnerable, as live is": first, "lost once": {again: {"image": NEW}}}
    assert upgrades == started.get(name, {})
    found = name in started or name == "not offered"
    assert services.pointers.get("next") == (NEW if found else None)


def test_an_image_that_aws_lost_is_built_once_more_and_no_third_time() -> None:
    for name in ("lost once", "lost twice"):
        engine, _ = played(name)
        assert len(engine.world.services.images.builds) == 2


def test_a_build_that_somebody_else_started_is_not_started_again() -> None:
    engine = Engine(world(), "refresh_image")
    engine.world.services.images.builds[BUILD] = LOST
    ended = engine.run({"image_build": BUILD}, name=NAME)
    assert "ended FAILED: Internal service error" in ended.cause
    assert list(engine.world.services.images.builds) == [BUILD]


@pytest.mark.parametrize(
    "name", [name for name, way in WAYS.items() if way.cause and name != "not told"]
)
def test_people_are_told_once_why_there_is_none(name: str) -> None:
    engine, _ = played(name)
    ((subject, text),) = engine.world.mails
    assert subject == "hpc: no new image"
    assert WAYS[name].cause in text


def test_every_arrow_of_the_definition_is_walked() -> None:
    drawn = map_of(MACHINE)
    engine = Engine(world(), "refresh_image")
    ends_in(done())(engine)
    engine.faults["judge_image"] = fails(ZeroDivisionError)
    unforeseen = engine.run(name=NAME)
    runs = [*(played(name)[1] for name in WAYS), unforeseen]
    union = {arrow for run in runs for arrow in walked(run.events, drawn)}
    missed = [f"{a.origin} -{a.kind}-> {a.target}" for a in drawn.arrows - union]
    assert sorted(missed) == []


@pytest.mark.parametrize("step", TASKS)
def test_an_event_has_the_shape_of_what_is_handed_over(step: str) -> None:
    kept = json.loads((ROOT / "events" / f"{step}.json").read_text())
    if step == "refresh_image":
        engine = Engine(world(), "refresh_image")
        ends_in(done())(engine)
        engine.run({"image_build": BUILD}, name=NAME)
        called = engine.called
    else:
        called = [call for name in ("good", "not built") for call in played(name)[0].called]
    shapes = [set(shape(event)) for name, event in called if name == step]
    assert set(shape(kept)) in shapes


@pytest.mark.parametrize("fault", every())
@pytest.mark.parametrize("step", TASKS)
def test_whatever_fails_there_is_no_second_upgrade_and_live_stays(step: str, fault: str) -> None:
    engine = Engine(world(), "refresh_image")
    ends_in(done())(engine)
    engine.faults[step] = every()[fault]
    before = engine.world.users_are_on
    ended = engine.run(name=NAME)
    started = engine.world.services.executions.started
    assert [name for machine, name in started if machine is Machine.UPGRADE] in ([], [NAME])
    assert engine.world.users_are_on == before
    assert not engine.world.live.frozen
    if ended.status != "SUCCEEDED" and step != "close_refresh":
        assert "no new image" in engine.world.mails[-1][0]


@pytest.mark.parametrize("how", [How.IN_VAIN, How.THOUGH_IT_WORKS])
@pytest.mark.parametrize("step", [each for each in TASKS if each != "close_refresh"])
def test_whichever_call_fails_a_second_run_of_the_step_ends_the_same(step: str, how: How) -> None:
    number = 0
    while True:
        number += 1
        engine = Engine(world(), "refresh_image")
        ends_in(done())(engine)
        broken = BrokenAt(number, how)
        engine.neighbors[step] = broken
        engine.run(name=NAME)
        if not broken.refused:
            break
        engine.neighbors.pop(step)
        engine.run(name=NAME)
        services = engine.world.services
        assert services.pointers.get("next") == NEW, broken.refused
        assert list(services.executions.started) == [(Machine.UPGRADE, NAME)], broken.refused
    assert number > 1


def test_a_step_that_is_busy_is_tried_again() -> None:
    engine = Engine(world(), "refresh_image")
    tries = []

    def busy_once(invoke: Callable[[], JSON]) -> JSON:
        tries.append(1)
        if len(tries) == 1:
            raise Transient("throttled")
        answer = invoke()
        engine.world.services.images.builds[BUILD] = done()
        return answer

    engine.faults["check_image"] = busy_once
    assert engine.run(name=NAME).status == "SUCCEEDED"
