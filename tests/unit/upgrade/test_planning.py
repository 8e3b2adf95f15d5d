"""Plan Upgrade takes the lock and decides, or leaves everything as it was."""

import hashlib
from datetime import timedelta

import pytest

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.directory_service import DirectoryService
from changeover.cluster.release import Role
from changeover.cluster.source import Archive, Source
from changeover.errors import Conflict, Refused
from changeover.ports.values import Image, ImageBuild
from changeover.soca.crypt_methods import Libcrypt
from changeover.soca.directory_provider import Move, Provider
from changeover.upgrade.plan import UpgradePlan, read_plan
from tests.support.run import EXECUTION, Run
from tests.support.world import IMAGE, World

OTHER_IMAGE = "ami-0fedcba9876543210"
BUILD_ARN = "arn:aws:imagebuilder:us-east-1:111122223333:image/hpc-scheduler/1.0.0/1"


def test_an_empty_request_plans_the_next_release_on_lives_image() -> None:
    plan = Run(World()).plan
    assert (plan.candidate, plan.image, plan.live.name) == ("hpc-r2", IMAGE, "hpc-r1")


def test_identities_are_carried_from_one_releases_own_directory_to_the_others() -> None:
    assert Run(World()).plan.move is Move.CARRIED


def test_the_plan_keeps_the_listeners_actions_for_the_way_back() -> None:
    world = World()
    assert Run(world).plan.saved_actions == world.front_door.actions()


def test_the_plan_knows_its_archives_by_digest_pinned_or_not() -> None:
    digest = hashlib.sha256(b"SOCA, or the site's").hexdigest()
    source = Source(vendor_sha256=digest, customizations="site")
    vendor, site = Run(World(source=source)).plan.archives
    assert vendor == Archive(key="vendor/2.6.1.tar.gz", sha256=digest, pinned=True)
    assert site == Archive(key="customizations/site.tar.gz", sha256=digest, pinned=False)


def test_another_archive_than_the_pinned_one_is_refused() -> None:
    source = Source(customizations="site", customizations_sha256="0" * 64)
    world = World(source=source)
    with pytest.raises(Refused, match=r"customizations/site\.tar\.gz has sha256 .* pins 0{64}"):
        Run(world)
    assert world.lock_owner == ""


def test_a_plan_of_an_earlier_version_stays_readable() -> None:
    stored = Run(World()).plan.model_dump(mode="json")
    del stored["archives"]
    del stored["configuration"]["source"]["vendor_sha256"]
    del stored["configuration"]["source"]["customizations_sha256"]
    assert UpgradePlan.model_validate(stored).archives == ()


def test_the_candidate_is_recorded_before_anything_of_it_exists() -> None:
    world = World()
    Run(world)
    candidate = world.services.releases.get("hpc", "hpc-r2")
    assert (candidate.role, candidate.run) == (Role.CANDIDATE, "run-1")
    assert candidate.cluster_id == "soca-hpc-r2"


def test_the_same_execution_plans_the_same_again() -> None:
    run = Run(World())
    assert run.plan_again() == run.plan


def test_a_release_may_be_named() -> None:
    assert Run(World(), release="hpc-r7").plan.candidate == "hpc-r7"


def test_the_requests_image_goes_before_the_configurations_and_lives() -> None:
    world = World(image=OTHER_IMAGE)
    world.services.images.images[OTHER_IMAGE] = Image(OTHER_IMAGE, "available")
    assert Run(world).plan.image == OTHER_IMAGE
    assert Run(World(image=OTHER_IMAGE), image=IMAGE).plan.image == IMAGE


def test_an_image_build_is_the_image_that_it_made() -> None:
    world = World()
    world.services.images.builds[BUILD_ARN] = ImageBuild(BUILD_ARN, "AVAILABLE", image=OTHER_IMAGE)
    world.services.images.images[OTHER_IMAGE] = Image(OTHER_IMAGE, "available")
    assert Run(world, image_build=BUILD_ARN).plan.image == OTHER_IMAGE


def test_an_image_build_without_an_image_here_is_refused() -> None:
    world = World()
    world.services.images.builds[BUILD_ARN] = ImageBuild(BUILD_ARN, "DISTRIBUTING")
    with pytest.raises(
        Refused, match=r"image_build: .* \(DISTRIBUTING\) has no AMI in this region"
    ):
        Run(world, image_build=BUILD_ARN)


def test_an_image_build_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="image_build: there is no image build arn"):
        Run(World(), image_build=BUILD_ARN)


def test_an_empty_request_takes_the_next_image_where_one_was_found_good() -> None:
    world = World()
    world.services.images.images[OTHER_IMAGE] = Image(OTHER_IMAGE, "available")
    world.services.pointers.set("next", OTHER_IMAGE)
    assert Run(world).plan.image == OTHER_IMAGE


def test_an_empty_request_never_goes_back_to_an_older_image() -> None:
    world = World()
    images, now = world.services.images.images, world.clock.now()
    images[IMAGE] = Image(IMAGE, "available", created=now)
    images[OTHER_IMAGE] = Image(OTHER_IMAGE, "available", created=now - timedelta(days=1))
    world.services.pointers.set("next", OTHER_IMAGE)
    assert Run(world).plan.image == IMAGE


def test_a_mark_that_cannot_be_set_leaves_no_candidate_without_a_run(monkeypatch) -> None:
    world = World()

    def refuse(*_: object) -> None:
        raise Conflict("not allowed to call CreateTags")

    monkeypatch.setattr(world.services.images, "mark_in_use", refuse)
    run = Run(world)
    assert run.plan.candidate == "hpc-r2"
    assert world.lock_owner == run.execution


def test_no_lifecycle_policy_deletes_what_live_runs_on_or_the_candidate_will() -> None:
    world = World()
    world.services.images.images[OTHER_IMAGE] = Image(OTHER_IMAGE, "available")
    Run(world, image=OTHER_IMAGE)
    assert world.services.images.in_use == {IMAGE, OTHER_IMAGE}


@pytest.mark.parametrize(
    ("base_os", "libcrypt"),
    [("amazonlinux2", Libcrypt.GLIBC), ("ubuntu2404", Libcrypt.LIBXCRYPT)],
)
def test_hashes_are_judged_by_the_operating_system_of_the_candidate(
    base_os: str, libcrypt: Libcrypt
) -> None:
    world = World()
    configurations = world.services.configurations.by_cluster
    configurations["hpc"] = configurations["hpc"].model_copy(
        update={"stack_parameters": {"BaseOS": base_os}}
    )
    run = Run(world)
    candidate = world.services.releases.get("hpc", run.plan.candidate)
    assert run.plan.dialect.hosts == candidate.dialect.hosts == {libcrypt}


def test_without_any_image_one_must_be_named() -> None:
    world = World()
    live = world.services.releases.get("hpc", "hpc-r1")
    world.services.releases.add(live.model_copy(update={"image": None}))
    with pytest.raises(Refused, match="image: live's AMI is unknown: name one"):
        Run(world)


def test_an_unknown_cluster_is_refused() -> None:
    with pytest.raises(Refused, match="cluster: only hpc is served here, not ml"):
        Run(World(), cluster="ml")


def test_a_cluster_that_only_its_configuration_knows_is_refused_too() -> None:
    world = World()
    world.services.configurations.by_cluster["ml"] = ClusterConfiguration(cluster="ml")
    with pytest.raises(Refused, match="cluster: only hpc is served here"):
        Run(world, cluster="ml")
    assert set(world.services.releases.locks) == {"hpc"}


def test_the_apps_own_cluster_may_be_named() -> None:
    assert Run(World(), cluster="hpc").plan.cluster == "hpc"


def test_who_asks_for_nonsense_does_not_take_a_lock_that_has_lapsed() -> None:
    world = World()
    slow = Run(world)
    world.clock.advance(seconds=slow.plan.configuration.longest_run_seconds + 1)
    with pytest.raises(Refused, match="force: no such field"):
        Run(world, "run-2", force="yes")
    assert world.lock_owner == slow.execution
    world.services.releases.assert_held("hpc", slow.plan.fence)


def test_an_execution_whose_name_cannot_be_part_of_a_key_is_refused() -> None:
    with pytest.raises(Refused, match="the execution's name: use up to 80 letters"):
        Run(World(), "a run/../")


def test_the_plan_is_kept_for_whoever_has_to_end_the_run() -> None:
    world = World()
    run = Run(world)
    assert read_plan(run.execution, world.services) == run.plan
    assert read_plan(EXECUTION.format("run-2"), world.services) is None


def test_a_bad_request_and_bad_surroundings_are_refused_together() -> None:
    world = World()
    world.services.mail.confirmed = 0
    with pytest.raises(Refused, match="2 problem.*\n1. image: 'ubuntu'.*\n2. the SNS topic has no"):
        Run(world, image="ubuntu")


@pytest.mark.parametrize("tag", ["", "other"])
def test_a_live_release_that_takes_no_documents_is_refused_until_it_is_adopted_again(
    tag: str,
) -> None:
    world = World()
    world.hosts.mark(world.live.instance, tag)
    with pytest.raises(
        Refused, match=r"1 problem prevents.*\n.*invoke adopt_release for hpc-r1 again"
    ):
        Run(world)
    assert world.lock_owner == ""
    world.hosts.mark(world.live.instance, "")  # as the message says
    world.adopt(leave_out=("socaadmin",))
    assert Run(world).plan.live.name == "hpc-r1"


def test_a_refusal_touches_nothing() -> None:
    world = World()
    world.services.mail.confirmed = 0
    with pytest.raises(Refused, match="^Nothing was changed"):
        Run(world)
    assert world.lock_owner == ""
    assert [release.name for release in world.services.releases.list_all("hpc")] == ["hpc-r1"]
    assert list(world.stacks.stacks) == ["hpc-r1"]
    assert world.users_are_on == "hpc-r1"


@pytest.mark.parametrize(
    "provider", [Provider.MANAGED_AD, Provider.ACTIVE_DIRECTORY, Provider.EXISTING_AD]
)
def test_identities_that_cannot_move_to_an_active_directory_stay_untouched(
    provider: Provider,
) -> None:
    world = World(directory=DirectoryService(provider=provider))
    before = dict(world.live.directory)
    world.hosts.calls.clear()
    with pytest.raises(
        Refused, match=f"(?s)identities cannot move from openldap to {provider}: "
    ) as no:
        Run(world)
    assert "does not accept password hashes. Keep `provider: openldap`" in str(no.value)
    assert (world.hosts.calls, world.live.directory) == ([], before)
    assert world.lock_owner == ""
    assert world.live_on_record == ["hpc-r1"]
    assert [release.name for release in world.services.releases.list_all("hpc")] == ["hpc-r1"]
    assert not world.services.evidence.exists("runs/run-1/plan.json")


def test_another_run_is_refused_while_one_holds_the_lock() -> None:
    world = World()
    Run(world)
    with pytest.raises(Refused, match="cluster hpc is locked by .*run-1"):
        Run(world, "run-2")
    assert world.lock_owner == EXECUTION.format("run-1")


def test_a_refused_request_does_not_free_somebody_elses_lock() -> None:
    world = World()
    Run(world)
    with pytest.raises(Refused, match="force: no such field"):
        Run(world, "run-2", force="yes")
    assert world.lock_owner == EXECUTION.format("run-1")


def test_an_expired_lock_is_taken_and_its_old_holder_can_write_no_more() -> None:
    world = World()
    lost = Run(world)
    world.clock.advance(seconds=lost.plan.configuration.longest_run_seconds + 1)
    taken = Run(world, "run-2")
    assert taken.plan.fence > lost.plan.fence
    assert taken.plan.candidate == "hpc-r3"


def test_the_lock_lasts_as_long_as_the_longest_run() -> None:
    world = World()
    plan = Run(world).plan
    lasts = world.services.releases.locks["hpc"].expires_at - world.clock.now()
    assert lasts == timedelta(seconds=plan.configuration.longest_run_seconds)
