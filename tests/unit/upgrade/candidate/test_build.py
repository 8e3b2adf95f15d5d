"""A release is built once, from what the operators put there, and given up after its deadline."""

import hashlib
from datetime import timedelta

import pytest

from changeover.cluster.source import Archive
from changeover.errors import Conflict, Unhealthy
from changeover.ports.values import Build, BuildStatus
from changeover.upgrade.candidate import build
from changeover.upgrade.candidate.build import Progress, judge_build
from tests.support.run import Run
from tests.support.stateful_fakes import LOST
from tests.support.world import BUILT, INSTALL_FOLDER, TEMPLATE_URL, World

ARCHIVE = hashlib.sha256(b"SOCA, or the site's").hexdigest()
NOW = World().clock.now()


def judged(status: BuildStatus, waited_seconds: int = 0) -> Progress:
    return judge_build(Build(status, "why"), NOW, NOW + timedelta(seconds=waited_seconds), 60)


def test_a_build_that_succeeded_is_done_however_late() -> None:
    assert judged(BuildStatus.SUCCEEDED, 3600).done


def test_a_build_that_runs_is_waited_for_up_to_its_deadline() -> None:
    assert not judged(BuildStatus.RUNNING, 60).done


def test_a_build_that_runs_past_its_deadline_is_given_up() -> None:
    with pytest.raises(Unhealthy, match="did not end within 60 s: why"):
        judged(BuildStatus.RUNNING, 61)


def test_a_build_that_failed_is_no_release() -> None:
    with pytest.raises(Unhealthy, match="could not be built: why"):
        judged(BuildStatus.FAILED)


def test_a_build_that_ended_well_and_says_why_it_failed_is_no_release() -> None:
    said = Build(BuildStatus.SUCCEEDED, "COMPLETED", {"FAILURE": "customizations clash"})
    with pytest.raises(Unhealthy, match="could not be built: customizations clash"):
        judge_build(said, NOW, NOW, 60)


def test_a_build_that_aws_lost_is_started_once_more() -> None:
    world = World()
    world.builds.loses = 1
    run = Run(world)
    run.build_release()
    assert list(world.builds.builds) == ["changeover:hpc-r2-run-1", "changeover:again-hpc-r2-run-1"]
    assert run.started.lost == "PROVISIONING: FAULT"
    assert world.services.releases.get("hpc", "hpc-r2").install_folder == INSTALL_FOLDER
    first, second = world.builds.environments.values()
    assert first == second


def test_looking_twice_at_a_lost_build_starts_one() -> None:
    world = World()
    world.builds.loses = 1
    run = Run(world)
    asked = build.BuildRequest(plan=run.plan)
    run.started = before = build.build_release(asked, world.services)
    assert not run.check_build().done
    answers = []
    for _ in range(2):
        run.started = before
        answers.append(run.check_build())
    assert answers[0] == answers[1]
    assert "AWS lost the build changeover:hpc-r2-run-1 (PROVISIONING: FAULT)" in answers[0].detail
    assert len(world.builds.builds) == 2


def test_a_build_that_aws_lost_twice_is_given_up_and_both_are_told() -> None:
    world = World()
    world.builds.loses = 2
    with pytest.raises(Unhealthy, match="AWS lost the build .* AWS lost the first build"):
        Run(world).build_release()
    assert len(world.builds.builds) == 2


def test_both_builds_share_one_deadline() -> None:
    world = World()
    world.builds.loses = 1
    world.builds.ends = Build(BuildStatus.RUNNING, "BUILD")
    run = Run(world)
    with pytest.raises(Unhealthy, match="did not end within 3600 s: BUILD. AWS lost the first"):
        run.build_release()
    assert run.started.started_at == NOW
    assert world.builds.builds[run.started.build].detail == "stopped"


def test_a_run_without_its_lock_starts_no_second_build() -> None:
    world = World()
    run = Run(world)
    run.started = build.build_release(build.BuildRequest(plan=run.plan), world.services)
    world.builds.builds[run.started.build] = LOST
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.check_build()
    assert len(world.builds.builds) == 1


def test_the_build_is_told_what_to_build() -> None:
    world = World()
    Run(world).build_release()
    (environment,) = world.builds.environments.values()
    assert environment == {
        "BUCKET": "evidence",
        "VENDOR_RELEASE": "2.6.1",
        "VENDOR_SHA256": ARCHIVE,
        "CUSTOMIZATIONS": "site",
        "CUSTOMIZATIONS_SHA256": ARCHIVE,
        "TEMPLATE": "install-with-existing-resources.template",
        "BUILT_FOLDER": "builds/hpc-r2-run-1",
        "INSTALL_FOLDER": "soca-installer-hpc-r2",
    }


def test_a_build_is_held_to_what_lay_there_when_it_was_planned() -> None:
    world = World()
    run = Run(world)
    world.evidence.objects["vendor/2.6.1.tar.gz"] = b"somebody else's"
    run.build_release()
    (environment,) = world.builds.environments.values()
    assert environment["VENDOR_SHA256"] == ARCHIVE


def test_a_plan_of_an_earlier_version_builds_what_its_configuration_names() -> None:
    world = World()
    run = Run(world)
    run.plan = run.plan.model_copy(update={"archives": ()})
    run.build_release()
    (environment,) = world.builds.environments.values()
    assert (environment["VENDOR_SHA256"], environment["CUSTOMIZATIONS_SHA256"]) == ("", "")


def test_building_twice_is_one_build() -> None:
    world = World()
    run = Run(world)
    run.build_release()
    run.build_release()
    assert len(world.builds.builds) == 1


def test_where_the_artefacts_are_is_put_on_record() -> None:
    world = World()
    Run(world).build_release()
    candidate = world.services.releases.get("hpc", "hpc-r2")
    assert (candidate.install_folder, candidate.template_url) == (INSTALL_FOLDER, TEMPLATE_URL)


def test_a_build_that_does_not_say_where_its_artefacts_are_is_no_release() -> None:
    world = World()
    world.builds.ends = Build(BuildStatus.SUCCEEDED, "COMPLETED", {"INSTALLER_SHA256": "0" * 64})
    with pytest.raises(Unhealthy, match="did not export TEMPLATE_URL"):
        Run(world).build_release()


def said_by(world: World, **said: str) -> World:
    exported = {**world.builds.ends.exported, **said}
    world.builds.ends = Build(BuildStatus.SUCCEEDED, "COMPLETED", exported)
    return world


@pytest.mark.parametrize(
    "url",
    [
        TEMPLATE_URL.replace("hpc-r2", "hpc-r1"),
        TEMPLATE_URL.replace("evidence", "theirs"),
        TEMPLATE_URL + "?x",
    ],
)
def test_a_template_from_elsewhere_is_no_release(url: str) -> None:
    with pytest.raises(Unhealthy, match="which is not in soca-installer-hpc-r2"):
        Run(said_by(World(), TEMPLATE_URL=url)).build_release()


def test_what_was_built_lies_in_the_releases_own_folder_and_on_record() -> None:
    world = World()
    run = Run(world)
    run.build_release()
    objects = world.evidence.objects
    assert {k: v for k, v in objects.items() if k.startswith("soca-installer")} == {
        f"{INSTALL_FOLDER}/{name}": made for name, made in BUILT.items()
    }
    candidate = world.services.releases.get("hpc", "hpc-r2")
    assert candidate.installer_sha256 == world.builds.ends.exported["INSTALLER_SHA256"]
    assert candidate.built_from == run.plan.archives


def test_looking_again_at_a_build_finds_its_installer_in_place() -> None:
    world = World()
    run = Run(world)
    run.build_release()
    before = dict(world.evidence.objects)
    assert run.check_build().done
    assert world.evidence.objects == before


@pytest.mark.parametrize("name", ["soca.tar.gz", "one-more.sh"])
def test_a_file_that_lies_there_already_is_never_written_over_nor_booted_from(name: str) -> None:
    world = World()
    run = Run(world)
    world.evidence.objects[f"{INSTALL_FOLDER}/{name}"] = b"theirs"
    with pytest.raises(
        Unhealthy, match=f"{name}.* find out who wrote|holds files that the build did not make"
    ):
        run.build_release()
    assert world.evidence.objects[f"{INSTALL_FOLDER}/{name}"] == b"theirs"
    assert not world.services.releases.get("hpc", "hpc-r2").template_url


@pytest.mark.parametrize(("said", "pinned"), [("pinned", True), ("", False)])
def test_the_release_that_was_customized_is_recorded_too(said: str, pinned: bool) -> None:
    key, sha256 = "vendor/2.6.0.tar.gz", "c" * 64
    world = said_by(World(), BASE_ARCHIVE=f"{key} {sha256} {said}")
    Run(world).build_release()
    built_from = world.services.releases.get("hpc", "hpc-r2").built_from
    assert built_from[-1] == Archive(key=key, sha256=sha256, pinned=pinned)


def test_a_build_past_its_deadline_is_stopped() -> None:
    world = World()
    world.builds.ends = Build(BuildStatus.RUNNING, "BUILD")
    run = Run(world)
    with pytest.raises(Unhealthy, match="did not end within 3600 s"):
        run.build_release()
    assert world.builds.builds[run.started.build].detail == "stopped"


def test_a_run_without_its_lock_builds_nothing() -> None:
    world = World()
    run = Run(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.build_release()
    assert world.builds.builds == {}
