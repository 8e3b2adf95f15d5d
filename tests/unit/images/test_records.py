"""Images are recorded once judged, pointed to, and kept from the lifecycle policy while needed."""

import pytest

from changeover.cluster.image_settings import ImageSettings
from changeover.cluster.release import Role
from changeover.errors import Conflict, Unhealthy
from changeover.images import records
from changeover.images.records import ImageRecord
from changeover.ports.values import Image, Vulnerabilities
from tests.support.image_pipeline import (
    BASE,
    NOON,
    PREFIX,
    Pipeline,
    ami,
    build,
    good_image,
    settings,
)
from tests.support.run import Run
from tests.support.world import IMAGE, World

RECORD = ImageRecord(
    image=ami(1),
    build=build(1),
    recipe="1.0.0",
    base=BASE,
    operating_system="Amazon Linux 2023",
    created=NOON,
    judged_at=NOON,
    vulnerabilities=Vulnerabilities(high=2),
)


# What is known of an image


def test_a_record_is_read_back_whole() -> None:
    services = World().services
    records.save(RECORD, services)
    assert records.known(ami(1), services) == RECORD


@pytest.mark.parametrize("image", [None, ami(2)])
def test_of_an_image_that_a_person_named_nothing_is_known(image: str | None) -> None:
    services = World().services
    records.save(RECORD, services)
    assert records.known(image, services) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"image": "ami-00000001"}'])
def test_a_record_that_cannot_be_read_is_for_a_person(content: bytes) -> None:
    services = World().services
    services.evidence.write(f"images/{ami(1)}.json", content)
    with pytest.raises(Conflict, match=f"images/{ami(1)}.json is not a record"):
        records.known(ami(1), services)


def test_an_image_is_described_in_a_line() -> None:
    assert records.describe(ami(1), RECORD) == (
        f"{ami(1)}, recipe 1.0.0 of 2026-03-01 on {BASE}, 0 critical and 2 high vulnerabilities"
    )
    assert records.describe(ami(2), None) == f"{ami(2)}, never checked"
    assert records.describe(None, None) == "unknown, never checked"


def test_what_nobody_knows_of_an_image_is_not_made_up() -> None:
    vague = RECORD.model_copy(update={"vulnerabilities": None, "base": ""})
    assert "on an unknown AMI, an unknown number of vulnerabilities" in records.describe(
        ami(1), vague
    )


# Which builds are ours


@pytest.mark.parametrize(
    ("prefix", "ours"),
    [
        (PREFIX, True),
        (f"{PREFIX}1", True),
        (f"{PREFIX}1.0.1", True),
        (f"{PREFIX}1.0.1/", True),
        (f"{PREFIX}1.0.", True),
        (f"{PREFIX}1.0.1/12", False),
        (f"{PREFIX}1.0.1/1", False),
        (f"{PREFIX}1.0.10", False),
        (f"{PREFIX}2", False),
        (PREFIX.replace("hpc", "lab"), False),
        (None, False),
    ],
)
def test_a_prefix_may_end_in_a_version(prefix: str | None, ours: bool) -> None:
    assert records.is_ours(f"{PREFIX}1.0.1/12", settings(prefix=prefix)) is ours


@pytest.mark.parametrize("version", ["1.0.10/1", "1.0.11/1", "1.0.100/1"])
def test_a_version_is_no_other_that_begins_like_it(version: str) -> None:
    assert not records.is_ours(PREFIX + version, settings(prefix=f"{PREFIX}1.0.1"))


@pytest.mark.parametrize(
    "subject",
    [
        None,
        7,
        [build(1)],
        {"build": build(1)},
        "",
        PREFIX,
        f"{PREFIX}1.0.0",
        f"{PREFIX}1.0.0/",
        f"{PREFIX}x.x.x/1",
        f"{PREFIX}1.0.0/1/2",
        f"{build(1)}\n",
        f" {build(1)}",
        f"{build(1)}:image/other/1.0.0/1",
        pytest.param(f"{PREFIX}1.0.0/{'1' * 1_000_000}", id="a megabyte"),
        f"{PREFIX}\u0661.0.0/1",
        build(1).replace("111122223333", "999988887777"),
        build(1).replace("us-east-1", "eu-west-1"),
        build(1).replace("hpc-scheduler", "hpc-scheduler2"),
        build(1).replace("hpc-scheduler", "hpc-desktop"),
        build(1).upper(),
    ],
)
def test_what_is_not_the_arn_of_a_build_of_our_recipe_is_not_ours(subject: object) -> None:
    assert records.is_ours(build(1), settings())
    assert not records.is_ours(subject, settings())


def test_without_a_prefix_nothing_is_ours() -> None:
    assert not records.is_ours(build(1), ImageSettings())


# Under which name something is started for a build


def test_each_build_has_a_name_of_its_own() -> None:
    assert records.execution_name(build(1)) == "hpc-scheduler-1.0.0-1"
    versions = ["1.0.0/1", "1.0.0/11", "1.0.1/1", "1.0.11/1", "1.1.0/1", "10.1.0/1"]
    assert len({records.execution_name(PREFIX + version) for version in versions}) == 6


def test_a_long_name_loses_its_beginning_and_never_what_tells_builds_apart() -> None:
    long = PREFIX.replace("hpc-scheduler", "x" * 126)
    one, other = (records.execution_name(f"{long}123.456.789/{n}") for n in (1, 2))
    assert len(one) == 80
    assert one.endswith("x-123.456.789-1")
    assert one != other


# What an upgrade takes by itself


@pytest.mark.parametrize("hours", [0, 1])
def test_the_next_image_goes_before_lives_if_it_is_no_older(hours: int) -> None:
    world = Pipeline()
    live = world.record("hpc-r1", Role.LIVE, ami(1))
    world.images.images[ami(1)] = good_image(1)
    world.images.images[ami(2)] = good_image(1 + hours, image=ami(2))
    world.pointers["next"] = ami(2)
    assert records.unless_named(live, world.services) == ami(2)


@pytest.mark.parametrize(
    "following", [None, good_image(2, state="disabled"), good_image(0, image=ami(2))]
)
def test_a_next_image_that_is_gone_withdrawn_or_older_is_passed_over(
    following: Image | None,
) -> None:
    world = Pipeline()
    live = world.record("hpc-r1", Role.LIVE, ami(1))
    world.images.images[ami(1)] = good_image(1)
    world.pointers["next"] = ami(2)
    if following:
        world.images.images[ami(2)] = following
    assert records.unless_named(live, world.services) == ami(1)


def test_the_facts_of_an_image_tell_of_a_record_that_cannot_be_read() -> None:
    services = World().services
    services.evidence.write(f"images/{ami(1)}.json", b"{}")
    told, warnings = records.facts(ami(1), services)
    assert f"{ami(1)}; images/{ami(1)}.json is not a record" in told
    assert warnings == ()


# The pointers


def test_pointers_move_only_once_an_upgrade_has_completed() -> None:
    world = World()
    run = Run(world).through("complete_upgrade")
    assert world.services.pointers.images == {}
    run.close_upgrade("completed")
    assert world.services.pointers.images == {"current": IMAGE, "previous": IMAGE}


@pytest.mark.parametrize("outcome", ["refused", "discarded", "rejected", "rolled-back"])
def test_no_other_ending_moves_a_pointer(outcome: str) -> None:
    world = World()
    Run(world).through("bake").close_upgrade(outcome, "Unhealthy", "It was ill.")
    assert world.services.pointers.images == {}


def test_after_an_upgrade_each_pointer_has_the_image_of_its_release() -> None:
    world = Pipeline()
    world.judged(1)
    run = Run(world).through("complete_upgrade")
    assert world.pointers == {"next": ami(1)}
    run.close_upgrade("completed")
    assert world.pointers == {"next": ami(1), "current": ami(1), "previous": IMAGE}
    assert world.images.in_use == {IMAGE, ami(1)}


def test_of_several_previous_releases_the_last_one_counts() -> None:
    world = Pipeline()
    for number, name in enumerate(["hpc-r9", "hpc-r10", "soca-2019", "hpc-r2"]):
        world.record(name, Role.PREVIOUS, ami(number))
    records.follow_releases(world.services)
    assert world.pointers == {"current": IMAGE, "previous": ami(1)}


def test_a_release_whose_image_is_unknown_leaves_the_pointer_where_it_was() -> None:
    world = Pipeline()
    world.pointers["current"] = ami(1)
    world.record("hpc-r1", Role.LIVE, None)
    records.follow_releases(world.services)
    assert world.pointers == {"current": ami(1)}


def test_an_upgrade_has_completed_even_if_no_pointer_can_be_moved(monkeypatch) -> None:
    world = World()
    run = Run(world).through("complete_upgrade")

    def refuse(*_: object) -> None:
        raise Unhealthy("no parameter can be written")

    monkeypatch.setattr(world.services.pointers, "set", refuse)
    assert run.close_upgrade("completed").outcome == "completed"
    assert [s for s, _ in world.mails if "completed" in s] == ["hpc: upgrade completed"]


# What must not be deleted


def test_in_use_is_what_a_release_runs_on_or_went_back_from_and_what_is_next() -> None:
    world = Pipeline()
    for number, role in enumerate(Role):
        world.record(f"hpc-r{number + 2}", role, ami(number))
    world.pointers["next"] = ami(9)
    records.mark_in_use(world.services)
    discarded = ami(list(Role).index(Role.DISCARDED))
    kept = {ami(number) for number in range(len(Role))} - {discarded}
    assert world.images.in_use == kept | {IMAGE, ami(9)}


def test_an_image_that_is_next_and_live_is_marked_once_and_stays() -> None:
    world = Pipeline()
    world.pointers["next"] = IMAGE
    records.mark_in_use(world.services)
    assert world.images.in_use == {IMAGE}


def test_what_is_out_of_use_loses_its_mark() -> None:
    world = Pipeline()
    world.record("hpc-r2", Role.CANDIDATE, ami(2))
    records.mark_in_use(world.services)
    world.record("hpc-r2", Role.DISCARDED, ami(2))
    records.mark_in_use(world.services)
    assert world.images.in_use == {IMAGE}
