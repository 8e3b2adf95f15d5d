"""A snapshot is what the host sent, byte for byte, or it is nothing."""

import gzip
import hashlib

import pytest

from changeover.errors import Unhealthy
from changeover.identities import directories
from changeover.identities.accepted_findings import Acceptance
from changeover.identities.findings import Rule
from changeover.ldap.entry import Entry
from changeover.upgrade.transfer import logins, snapshots
from tests.support.directory import account, entry, scaffold, user_dn
from tests.support.world import World

MARY, JDOE = account("mary", "Spring#2021", 5002), account("jdoe", "Winter@2021", 5003)


def taken(world: World) -> snapshots.Snapshot:
    live = world.services.releases.get("hpc", "hpc-r1")
    return snapshots.take(live, "run-1", "export", world.services)


def damaged(content: bytes) -> str:
    world = World()
    sent = taken(world)
    world.services.evidence.write(sent.key, content)
    with pytest.raises(Unhealthy) as caught:
        snapshots.load(sent, world.services.evidence)
    return str(caught.value)


def test_a_snapshot_holds_the_whole_directory() -> None:
    world = World()
    assert snapshots.load(taken(world), world.services.evidence) == world.live.directory


def test_a_snapshot_stands_in_its_releases_own_folder() -> None:
    assert taken(World()).key == "releases/hpc-r1/run-1/export.ldif.gz"


def test_an_answer_that_is_no_manifest_is_refused() -> None:
    world = World()
    world.hosts._export_identities = lambda *_, **__: {"entries": -1, "bytes": 5}
    with pytest.raises(Unhealthy, match="hpc-r1: export_identities answered"):
        taken(world)


def test_nobody_may_announce_more_than_2_gib() -> None:
    world = World()
    answer = {"entries": 1, "sha256": "0" * 64}
    world.hosts._export_identities = lambda *_, **__: answer | {"bytes": (2 << 30) + 1}
    with pytest.raises(Unhealthy, match="hpc-r1: export_identities answered"):
        taken(world)
    world.hosts._export_identities = lambda *_, **__: answer | {"bytes": 2 << 30}
    assert taken(world).bytes == 2 << 30


def test_no_more_of_a_snapshot_is_read_than_was_announced(monkeypatch) -> None:
    """A file of 4 MB can unpack to 4 GiB."""
    given: list[int] = []
    read = gzip.GzipFile.read

    def counted(stream: gzip.GzipFile, size: int | None = -1) -> bytes:
        part = read(stream, size)
        given.append(len(part))
        return part

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    announced = len(World().live.text())
    bomb = gzip.compress(World().live.text() + b"\n" * (64 << 20))
    assert f"it holds more than the {announced} bytes that were expected" in damaged(bomb)
    assert sum(given) == announced + 1


def test_a_snapshot_that_lost_an_entry_on_the_way_is_refused() -> None:
    lines = World().live.text().split(b"\n\n")
    assert "is not what hpc-r1's host exported" in damaged(gzip.compress(b"\n\n".join(lines[:-2])))


def test_a_snapshot_with_one_other_byte_is_refused() -> None:
    text = World().live.text().replace(b"uidnumber: 5002", b"uidnumber: 5003")
    assert "is not what hpc-r1's host exported" in damaged(gzip.compress(text))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip",
        gzip.compress(World().live.text())[:-20],
        gzip.compress(b"dn: cn=a\ncn"),
        gzip.compress(b"dn: nobody\ncn: a\n"),
        gzip.compress(World().live.text())[:30] + bytes(100),
    ],
    ids=["empty", "not gzip", "cut off", "no LDIF", "no name", "damaged inside"],
)
def test_what_cannot_be_read_is_named(content: bytes) -> None:
    assert "releases/hpc-r1/run-1/export.ldif.gz" in damaged(content)


def test_a_directory_with_somebody_who_can_log_in_is_complete() -> None:
    logins.prove_complete(scaffold() | MARY, "hpc-r1")


def test_a_directory_without_anybody_is_not_complete() -> None:
    with pytest.raises(Unhealthy, match="no user at all"):
        logins.prove_complete(scaffold(), "hpc-r1")


def test_users_of_whom_none_can_log_in_are_counted_by_why() -> None:
    people: dict[str, Entry] = {}
    for n, value in enumerate(["{SSHA}!x", "{SASL}x", "{SSHA}AAAA", ""]):
        password = {"userPassword": value} if value else {}
        people |= entry(user_dn(f"u{n}"), objectClass="posixAccount", uid=f"u{n}", **password)
    with pytest.raises(Unhealthy, match=r"hash of 4 of 4 users \(0 can log in by password, 1 lock"):
        logins.prove_complete(people, "hpc-r1")
    logins.prove_complete(people, "hpc-r1", [Acceptance(rule=Rule.NO_HASH)])
    logins.prove_complete(people | MARY, "hpc-r1")


def test_what_is_stored_is_read_back() -> None:
    evidence = World().services.evidence
    text = b"".join(directories.write_directory((scaffold() | MARY).values()))
    sha256 = snapshots.store(text, "releases/hpc-r2/run-1/import.ldif.gz", evidence)
    assert sha256 == hashlib.sha256(text).hexdigest()
    found = snapshots.load_known("releases/hpc-r2/run-1/import.ldif.gz", sha256, evidence)
    assert found == scaffold() | MARY


@pytest.mark.parametrize("sha256", ["0" * 64, None])
def test_what_is_not_known_to_be_what_was_stored_is_not_trusted(sha256: str | None) -> None:
    evidence = World().services.evidence
    snapshots.store(b"dn: cn=a\ncn: a\n", "place", evidence)
    with pytest.raises(Unhealthy, match="place is not what was stored there"):
        snapshots.load_known("place", sha256, evidence)


def test_storing_the_same_again_is_the_same_object() -> None:
    evidence = World().services.evidence
    snapshots.store(b"dn: cn=a\n", "place", evidence)
    first = evidence.read("place")
    snapshots.store(b"dn: cn=a\n", "place", evidence)
    assert evidence.read("place") == first


def test_equal_directories_do_not_differ() -> None:
    assert snapshots.differences(MARY, dict(MARY)) == ""


def test_differences_are_told_by_name() -> None:
    other = account("mary", "Autumn_2021", 5002)
    said = snapshots.differences(JDOE | other, MARY)
    assert "2 not expected: cn=jdoe,ou=Group" in said
    assert "1 different: uid=mary,ou=People" in said
    assert "2 missing" in snapshots.differences({}, MARY)


def test_differences_do_not_tell_what_the_values_are() -> None:
    assert "SSHA" not in snapshots.differences(account("mary", "Autumn_2021", 5002), MARY)
