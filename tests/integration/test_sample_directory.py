"""The generated directory is deterministic, has odd entries, and is accepted by slapd."""

import re
from pathlib import Path

import pytest

from changeover.identities import directories, scope
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.sample_directory import BOOTSTRAP, PROBE, password_of, write_directory
from rehearsal.actors.sign_in_trial import try_out
from tests.integration.scheduler_hosts import binds, directory_of, scheduler_host, scratch_folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("directory") / "tree.ldif"
    write_directory(path)
    return path


def read(tree: Path) -> dict[str, Entry]:
    with tree.open("rb") as stream:
        return directories.read_directory(stream)


def numbers(tree: Path) -> list[int]:
    found = re.findall(rb"^uidNumber: (\d+)$", tree.read_bytes(), re.MULTILINE)
    return [int(number) for number in found]


def test_the_same_seed_gives_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    write_directory(tmp_path / "again.ldif")
    assert (tmp_path / "again.ldif").read_bytes() == tree.read_bytes()
    write_directory(tmp_path / "other.ldif", seed="other")
    assert (tmp_path / "other.ldif").read_bytes() != tree.read_bytes()


def test_users_count_the_probe_and_not_the_bootstrap_account(tree: Path) -> None:
    counts = directories.count(read(tree))
    assert counts.users == counts.password_hashes == 201
    movable = scope.movable(read(tree), SOCA_2_6, (BOOTSTRAP,))
    assert directories.count(movable).users == 200
    assert f"uid={PROBE},{SOCA_2_6.people}".lower() in movable


def test_slapd_takes_it_and_gives_the_same_identities_back(tree: Path) -> None:
    with scheduler_host(tree) as host:
        assert directories.digest(directory_of(host)) == directories.digest(read(tree))
        for user in (PROBE, BOOTSTRAP):
            assert binds(host, user, password_of(user))


def test_every_password_opens_its_own_account(tmp_path: Path) -> None:
    tree = tmp_path / "tree.ldif"
    passwords = write_directory(tree, users=50)
    assert len(set(passwords.values())) == len(passwords) == 50
    shifted = zip(passwords, [*list(passwords.values())[1:], "x"], strict=True)
    with scratch_folder() as work:
        assert try_out(tree, passwords, work / "trial").web == tuple(passwords)
        assert try_out(tree, dict(shifted), work / "trial").shut == tuple(passwords)


def test_numbers_stay_in_socas_range_as_long_as_there_is_room(tmp_path: Path) -> None:
    write_directory(tmp_path / "full.ldif", users=60_000)
    _, *users = numbers(tmp_path / "full.ldif")
    assert len(set(users)) == 60_000
    assert 5002 <= min(users) <= max(users) <= 65_532


def test_it_has_what_real_directories_surprise_with(tree: Path) -> None:
    entries = read(tree)
    users = [entry for entry in entries.values() if entry.is_a("posixAccount")]
    groups = [entry for entry in entries.values() if entry.is_a("posixGroup")]
    assert any(b"." in user.first("uid") for user in users)
    assert any(not user.first("cn").isascii() for user in users)
    assert any("mail" not in user.attributes for user in users)
    assert any("jpegphoto" in user.attributes for user in users)
    assert any("description;lang-de" in user.attributes for user in users)
    assert any(user.first("description").endswith(b" ") for user in users)
    assert {group.first("cn") for group in groups} >= {
        *(b"cfdteam", b"Wind Tunnel", b"CFD, thermal", b"C++ developers", b"#1 solver"),
        "Matériaux".encode(),
    }
    private = [group for group in groups if int(group.first("gidnumber")) < 6000]
    assert {len(group.attributes.get("memberuid", ())) for group in private} == {0, 1}
    assert any(group.first("memberuid").startswith(b"uid=") for group in groups)
    roles = [entry for entry in entries.values() if entry.is_a("sudoRole")]
    assert any(role.first("sudouser") == b"%cfdteam" for role in roles)


def test_a_hash_has_socas_shape() -> None:
    hashed = hash_password("Spring#2021", salt=bytes(16))
    assert re.fullmatch(r"\{SSHA\}[A-Za-z0-9+/]{48}", hashed)
