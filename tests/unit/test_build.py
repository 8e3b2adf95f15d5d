"""A release is built once, from what the operators put there, and given up after its deadline."""

from datetime import timedelta

import pytest

from changeover.build import CheckedBuild, judge_build
from changeover.errors import Conflict, Unhealthy
from changeover.neighbours import Build, BuildStatus
from tests.run import Run
from tests.world import INSTALL_FOLDER, TEMPLATE_URL, World

NOW = World().clock.now()


def judged(status: BuildStatus, waited_seconds: int = 0) -> CheckedBuild:
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


def test_the_build_is_told_what_to_build() -> None:
    world = World()
    Run(world).build_release()
    (environment,) = world.builds.environments.values()
    assert environment == {
        "BUCKET": "evidence",
        "VENDOR_RELEASE": "2.6.1",
        "CUSTOMISATIONS": "site",
        "TEMPLATE": "install-with-existing-resources.template",
    }


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
    world.builds.ends = Build(BuildStatus.SUCCEEDED, "COMPLETED", {"INSTALL_FOLDER": "x"})
    with pytest.raises(Unhealthy, match="did not say TEMPLATE_URL"):
        Run(world).build_release()


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
