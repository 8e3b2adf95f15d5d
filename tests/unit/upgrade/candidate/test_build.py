"""A release is built once, from what the operators put there, and given up after its deadline."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from changeover.build.digest import listed_digest, sha256_of
from changeover.build.request import Answer, Request, UsedArchive, request_from_json
from changeover.cluster.configuration import Machines
from changeover.cluster.source import Archive
from changeover.errors import Conflict, Unhealthy
from changeover.ports.values import Build, BuildStatus
from changeover.upgrade.candidate import build, build_report
from changeover.upgrade.candidate.build import Progress, judge_build
from tests.support.browser import link_in
from tests.support.run import Run
from tests.support.stateful_fakes import LOST
from tests.support.world import (
    BUILD_ITEMS,
    BUILT,
    BUILT_FOLDER,
    INSTALL_FOLDER,
    TEMPLATE_URL,
    World,
)

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


def asked(world: World) -> Request:
    """The request that lies in the build's folder."""
    return request_from_json(world.evidence.objects[f"{BUILT_FOLDER}/request.json"].decode())


def test_the_build_is_told_where_and_gets_its_request_and_its_code_with_digests() -> None:
    world = World()
    Run(world).build_release()
    (environment,) = world.builds.environments.values()
    objects = world.evidence.objects
    assert environment == {
        "BUCKET": "evidence",
        "BUILT_FOLDER": BUILT_FOLDER,
        "REQUEST_SHA256": hashlib.sha256(objects[f"{BUILT_FOLDER}/request.json"]).hexdigest(),
        "CODE_SHA256": hashlib.sha256(objects[f"{BUILT_FOLDER}/code.zip"]).hexdigest(),
        "INSTALL_FOLDER": "soca-installer-hpc-r2",
        "TEMPLATE": "install-with-existing-resources.template",
    }


def test_the_request_says_what_to_build_for_which_cluster() -> None:
    machines = Machines(workers="m5.12xlarge")
    world = World(stack_parameters={"BaseOS": "centos7"}, machines=machines)
    Run(world).build_release()
    request = asked(world)
    assert (request.release, request.customizations) == ("2.6.1", "site")
    assert request.sha256 == {
        "vendor/2.6.1.tar.gz": ARCHIVE,
        "customizations/site.tar.gz": ARCHIVE,
    }
    assert (request.bucket, request.folder) == ("evidence", INSTALL_FOLDER)
    assert request.settings.cluster == "hpc"
    assert request.settings.machines == {"workers": "m5.12xlarge"}
    assert request.settings.parameters == {"BaseOS": "centos7"}
    assert request.settings.offered["S3InstallFolder"] == INSTALL_FOLDER
    assert "UserPassword" not in request.settings.offered


def test_the_vendors_other_releases_are_named_to_tell_whether_the_base_is_right() -> None:
    world = World()
    for number in range(6):
        world.evidence.objects[f"vendor/2.6.{number}.tar.gz"] = b""
    for odd in ("../x.tar.gz", "a b.tar.gz", "2.6.9.zip", "x/2.6.8.tar.gz"):
        world.evidence.objects[f"vendor/{odd}"] = b""
    run = Run(world)
    world.evidence.objects["vendor/2.6.1.tar.gz"] = b"SOCA, or the site's"
    run.build_release()
    assert asked(world).others == tuple(f"vendor/2.6.{n}.tar.gz" for n in (5, 4, 3, 2))


def test_a_build_is_held_to_what_lay_there_when_it_was_planned() -> None:
    world = World()
    run = Run(world)
    world.evidence.objects["vendor/2.6.1.tar.gz"] = b"somebody else's"
    run.build_release()
    assert asked(world).sha256["vendor/2.6.1.tar.gz"] == ARCHIVE


def test_a_plan_of_an_earlier_version_builds_what_its_configuration_names() -> None:
    world = World()
    run = Run(world)
    run.plan = run.plan.model_copy(update={"archives": ()})
    run.build_release()
    assert set(asked(world).sha256.values()) == {""}


def test_a_release_that_is_not_built_keeps_its_report() -> None:
    world = World()
    world.answer = Answer(items=BUILD_ITEMS, failure="one item is blocked: file:a")
    with pytest.raises(Unhealthy, match="could not be built: one item is blocked: file:a"):
        Run(world).build_release()
    assert world.evidence.objects["runs/run-1/build-report.json"]
    assert (
        b"Not built: one item is blocked"
        in (world.evidence.objects["runs/run-1/build-report.html"])
    )
    assert not any(key.startswith(INSTALL_FOLDER) for key in world.evidence.objects)


def test_an_answer_that_somebody_changed_is_no_release() -> None:
    with pytest.raises(Unhealthy, match="somebody changed it after the build"):
        Run(said_by(World(), ANSWER_SHA256="0" * 64)).build_release()


def test_an_installer_that_somebody_changed_after_the_build_is_no_release() -> None:
    world = World()
    world.answer = replace(world.answer, files={**world.answer.files, "soca.tar.gz": "0" * 64})
    with pytest.raises(Unhealthy, match="somebody changed it after the build"):
        Run(world).build_release()


def test_the_approver_reads_what_the_build_changed() -> None:
    world = World()
    Run(world).through("await_approval")
    text = world.mails[0][1]
    assert "Build         1 applied, 1 action needed" in text
    assert "file:source/b: Nothing reads it. Move it." in text
    page = world.browse("GET", link_in(text))["body"]
    assert "What the build changed" in page
    assert "<summary>1 applied</summary>" in page


def test_a_report_that_somebody_changed_stops_the_upgrade() -> None:
    world = World()
    run = Run(world)
    run.build_release()
    key = "runs/run-1/build-report.json"
    world.evidence.objects[key] = world.evidence.objects[key].replace(b"Each", b"Some")
    with pytest.raises(Unhealthy, match="somebody changed it after the build"):
        build_report.read(
            "run-1", world.services.releases.get("hpc", "hpc-r2").build_report, world.evidence
        )


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
    world.builds.ends = Build(BuildStatus.SUCCEEDED, "COMPLETED", {})
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
    assert candidate.installer_sha256 == listed_digest(sha256_of(BUILT))
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


@pytest.mark.parametrize("pinned", [True, False])
def test_the_release_that_was_customized_is_recorded_too(pinned: bool) -> None:
    key, sha256 = "vendor/2.6.0.tar.gz", "c" * 64
    world = World()
    world.answer = replace(world.answer, archives=(UsedArchive(key, sha256, pinned),))
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
