"""The release table and its lock, in memory and in DynamoDB."""

from datetime import UTC, datetime, timedelta

import pytest

from changeover.adapters.releases import DynamoReleases
from changeover.cluster.release import Release, Role
from changeover.errors import Conflict, Refused
from changeover.ports.services import Releases
from tests.support.fakes import FakeReleases

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def releases(kind: str, request: pytest.FixtureRequest) -> Releases:
    if kind == "memory":
        return FakeReleases()
    return DynamoReleases(request.getfixturevalue("table"))


def release(name: str = "hpc-r1", **fields: object) -> Release:
    known = {
        "cluster": "hpc",
        "name": name,
        "role": Role.LIVE,
        "cluster_id": f"soca-{name}",
        "run": "run-1",
        "recorded_at": NOON,
    }
    return Release.model_validate(known | fields)


def lock(releases: Releases, owner: str = "run-1", at: datetime = NOON) -> int:
    return releases.acquire("hpc", owner, at, at + HOUR)


def test_a_recorded_release_is_read_back_whole(releases: Releases) -> None:
    written = release(
        image="ami-0123456789abcdef0",
        instance="i-1",
        leave_out=("socaadmin", "bootstrap-hpc-r1"),
        served_users=True,
    )
    releases.record(written, lock(releases))
    assert releases.get("hpc", "hpc-r1") == written


def test_an_unrecorded_release_is_a_conflict(releases: Releases) -> None:
    with pytest.raises(Conflict, match="hpc-r9"):
        releases.get("hpc", "hpc-r9")


def test_a_cluster_sees_its_own_releases_only(releases: Releases) -> None:
    assert releases.list_all("hpc") == ()
    fence = lock(releases)
    releases.record(release("hpc-r2"), fence)
    releases.record(release("hpc-r1"), fence)
    other = releases.acquire("lab", "run-1", NOON, NOON + HOUR)
    releases.record(release("lab-r1", cluster="lab"), other)
    assert [one.name for one in releases.list_all("hpc")] == ["hpc-r1", "hpc-r2"]


def test_the_lock_has_one_owner(releases: Releases) -> None:
    lock(releases, "run-1")
    with pytest.raises(Refused, match="run-1"):
        lock(releases, "run-2")


def test_the_owner_may_take_the_lock_again_and_keeps_its_fence(releases: Releases) -> None:
    assert lock(releases) == lock(releases)


def test_taking_it_again_holds_it_longer(releases: Releases) -> None:
    lock(releases, "run-1", NOON)
    lock(releases, "run-1", NOON + HOUR / 2)
    with pytest.raises(Refused):
        lock(releases, "run-2", NOON + HOUR)


def test_an_owner_that_comes_back_late_keeps_a_lock_that_nobody_took(releases: Releases) -> None:
    assert lock(releases, "run-1", NOON) == lock(releases, "run-1", NOON + 2 * HOUR)


def test_a_lock_expires_on_its_second(releases: Releases) -> None:
    fence = lock(releases, "run-1", NOON)
    with pytest.raises(Refused):
        lock(releases, "run-2", NOON + HOUR - timedelta(seconds=1))
    assert lock(releases, "run-2", NOON + HOUR) > fence


def test_a_freed_lock_goes_to_the_next_with_a_higher_fence(releases: Releases) -> None:
    first = lock(releases, "run-1")
    assert releases.free("hpc", "run-1")
    assert lock(releases, "run-2") > first


def test_the_fence_grows_for_the_same_owner_too_once_it_was_freed(releases: Releases) -> None:
    first = lock(releases, "run-1")
    releases.free("hpc", "run-1")
    assert lock(releases, "run-1") > first


def test_only_its_owner_frees_a_lock_and_only_once(releases: Releases) -> None:
    assert not releases.free("hpc", "run-1")
    lock(releases, "run-1")
    assert not releases.free("hpc", "run-2")
    assert releases.free("hpc", "run-1")
    assert not releases.free("hpc", "run-1")


def test_the_lock_names_its_owner_until_it_is_freed(releases: Releases) -> None:
    assert releases.owner("hpc", NOON) == ""
    lock(releases, "run-1")
    assert releases.owner("hpc", NOON) == "run-1"
    assert releases.owner("lab", NOON) == ""
    releases.free("hpc", "run-1")
    assert releases.owner("hpc", NOON) == ""


def test_a_lock_that_has_lapsed_has_no_owner_from_that_second_on(releases: Releases) -> None:
    lock(releases, "run-1", NOON)
    assert releases.owner("hpc", NOON + HOUR - timedelta(seconds=1)) == "run-1"
    assert releases.owner("hpc", NOON + HOUR) == ""


def test_who_holds_the_lock_can_prove_it(releases: Releases) -> None:
    releases.assert_held("hpc", lock(releases))


def test_without_a_lock_nothing_is_held(releases: Releases) -> None:
    with pytest.raises(Conflict):
        releases.assert_held("hpc", 1)


def test_a_freed_lock_is_not_held(releases: Releases) -> None:
    fence = lock(releases)
    releases.free("hpc", "run-1")
    with pytest.raises(Conflict):
        releases.assert_held("hpc", fence)


def test_a_run_that_lost_its_lock_writes_nothing(releases: Releases) -> None:
    lost = lock(releases, "run-1", NOON)
    lock(releases, "run-2", NOON + HOUR)
    with pytest.raises(Conflict, match="lost"):
        releases.assert_held("hpc", lost)
    with pytest.raises(Conflict, match="lost"):
        releases.record(release(), lost)
    assert releases.list_all("hpc") == ()


def test_releases_change_their_roles_together(releases: Releases) -> None:
    fence = lock(releases)
    old, new = release("hpc-r1"), release("hpc-r2", role=Role.CANDIDATE)
    releases.record_all((old, new), fence)
    releases.record_all((old.as_(Role.PREVIOUS), new.as_(Role.LIVE)), fence)
    assert [one.role for one in releases.list_all("hpc")] == [Role.PREVIOUS, Role.LIVE]


def test_all_are_recorded_or_none(releases: Releases) -> None:
    fence = lock(releases)
    foreign = release("lab-r1", cluster="lab")
    with pytest.raises(Conflict):
        releases.record_all((release("hpc-r1"), foreign), fence)
    assert releases.list_all("hpc") == ()
    assert releases.list_all("lab") == ()
