"""One pass over an export finds the same as looking at the whole directory."""

import io
from pathlib import Path

import pytest

from changeover.identities import directories, scope
from changeover.identities.audit import inspect
from changeover.identities.directories import read_directory
from changeover.identities.rules.checker import Checker
from changeover.ldap import ldif
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4
from rehearsal.actors.sample_directory import BOOTSTRAP, write_directory
from rehearsal.actors.soca_entries import group, line, user

TREE = (Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif").read_bytes()
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("sample") / "live.ldif"
    write_directory(path, users=300)
    return path.read_bytes()


@pytest.mark.parametrize("leave_out", [(), (BOOTSTRAP,), (BOOTSTRAP, "nobody")])
def test_it_counts_and_digests_what_moves(sample: bytes, leave_out: tuple[str, ...]) -> None:
    inspection = inspect(io.BytesIO(sample), SOCA_2_6, leave_out)
    movable = scope.movable(read_directory(io.BytesIO(sample)), SOCA_2_6, leave_out)
    assert inspection.entries == len(movable)
    assert inspection.counts == directories.count(movable)
    assert inspection.digest == directories.digest(movable)


ODD_ACCOUNTS = {
    "a group of another gid": user("jane", 5009, HASH)
    + group("jane", 7000).replace("gidNumber", "siteBadge: 7\ngidNumber"),
    "a group with others": user("jane", 5009, HASH) + group("jane", 5009, ["mary", "jane"]),
    "a group and nobody": group("jane", 5009),
    "a role for others": user("jane", 5009, HASH)
    + group("jane", 5009)
    + f"dn: cn=jane,{SOCA_2_6.sudoers}\nobjectClass: sudoRole\ncn: jane\n"
    + "sudoUser: jane\nsudoUser: nobody\n\n",
}


@pytest.mark.parametrize("odd", ODD_ACCOUNTS.values(), ids=ODD_ACCOUNTS)
@pytest.mark.parametrize("leave_out", [("jane",), ("JANE",), ("jane", "JANE")])
def test_what_is_judged_is_what_moves_however_odd_an_account_is(odd: str, leave_out) -> None:
    text = TREE + b"\n" + odd.encode()
    inspection = inspect(io.BytesIO(text), SOCA_2_6, leave_out)
    movable = scope.movable(read_directory(io.BytesIO(text)), SOCA_2_6, leave_out)
    checker = Checker(SOCA_2_6)
    checker.look_at_all({name: entry.row() for name, entry in movable.items()})
    assert inspection.digest == directories.digest(movable)
    assert inspection.counts == directories.count(movable)
    assert inspection.findings.by_rule == checker.findings().by_rule


PASSWORDS = {
    "none": [],
    "empty": [b""],
    "as it is typed": [b"Spring#2021"],
    "one that is damaged": [b"{SSHA}AAAA"],
    "of a foreign scheme": [b"{ARGON2}$argon2id$x"],
    "no text": [b"\xff\xfe"],
    "a hash beside another": [b"Spring#2021", HASH.encode()],
    "two that are none": [b"Spring#2021", b"{SSHA}AAAA"],
    "a hash": [HASH.encode()],
}


@pytest.mark.parametrize("passwords", PASSWORDS.values(), ids=PASSWORDS)
def test_only_a_hash_is_counted_as_one(passwords: list[bytes]) -> None:
    lines = "".join(line("userPassword", each) for each in passwords)
    text = TREE + b"\n" + user("jane", 5009, "").replace("userPassword:\n", lines).encode()
    counts = inspect(io.BytesIO(text), SOCA_2_6).counts
    assert counts == directories.count(
        scope.movable(read_directory(io.BytesIO(text)), SOCA_2_6, ())
    )
    assert counts.password_hashes == 4 + (HASH.encode() in passwords)


def test_the_same_checks_run_on_a_directory_in_memory(sample: bytes) -> None:
    checker = Checker(SOCA_2_6)
    movable = scope.movable(read_directory(io.BytesIO(sample)), SOCA_2_6, [BOOTSTRAP])
    for name, entry in movable.items():
        checker.look(name, *entry.row())
    found = checker.findings()
    assert found.by_rule
    assert found == inspect(io.BytesIO(sample), SOCA_2_6, [BOOTSTRAP]).findings
    assert checker.findings() == found


def test_the_order_of_an_export_does_not_matter(sample: bytes) -> None:
    records = sample.strip().split(b"\n\n")
    backwards = inspect(io.BytesIO(b"\n\n".join(reversed(records))), SOCA_2_6)
    forwards = inspect(io.BytesIO(sample), SOCA_2_6)
    assert backwards.digest == forwards.digest
    assert backwards.findings.by_rule == forwards.findings.by_rule


@pytest.mark.parametrize("entry", [b"dn: uid=mary,", b"dn: ou=People,"])
def test_an_entry_that_comes_twice_is_refused(entry: bytes) -> None:
    begin = TREE.index(entry)
    again = TREE[begin : TREE.index(b"\n\n", begin)].replace(b"dc=soca", b"DC=SOCA", 1)
    with pytest.raises(ldif.Malformed, match="comes twice"):
        inspect(io.BytesIO(TREE + b"\n" + again + b"\n"), SOCA_2_6)


def test_an_entry_that_comes_again_much_later_is_refused(sample: bytes) -> None:
    early = sample.split(b"\n\n")[20]
    with pytest.raises(ldif.Malformed, match="comes twice"):
        inspect(io.BytesIO(sample.rstrip() + b"\n\n" + early + b"\n"), SOCA_2_6)


def test_the_installers_own_accounts_stay_where_the_dialect_knows_them() -> None:
    base = "dc=edh-blue,dc=local"
    ours = TREE.replace(b"dc=soca,dc=local", base.encode()).replace(b"socaboot", b"edhadmin")
    inspection = inspect(io.BytesIO(ours), SOCA_26_4.at(base))
    assert inspection.counts.users == 3
    assert "outside-base" not in inspection.findings.by_rule
