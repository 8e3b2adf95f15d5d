"""`changeover identities diff`: what changed, for people, programs and ldapmodify."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover import cli
from changeover.identities.identity import read_directory
from rehearsal.people.soca_entries import user
from tests.directory import apply_changes

TREE = Path(__file__).parents[1] / "rehearsal/soca-2.6.1-full-tree.ldif"
OLD = TREE.read_text()
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"
MEMBERS = "memberUid: mary\nmemberUid: jdoe"
MARYS_ROLE = OLD[OLD.index("dn: cn=mary,ou=Sudoers") :]
NEW = OLD.replace(MARYS_ROLE, user("zed", 5009, HASH)).replace(MEMBERS, "memberUid: zed")
SUMMARY = """\
  old  17 entries
  new  17 entries

gone: 1
  cn=mary,ou=sudoers,dc=soca,dc=local

new: 1
  uid=zed,ou=people,dc=soca,dc=local

changed: 1
  cn=cfdteam,ou=group,dc=soca,dc=local  memberuid

Different: 3 changes.
"""

Said = tuple[int, str, str]
"""Exit status, stdout and stderr."""


@pytest.fixture
def diff(capfd) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        status = cli.main(["identities", "diff", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new.ldif.gz"
    path.write_bytes(gzip.compress(NEW.encode(), mtime=0))
    return path


def test_no_difference(diff) -> None:
    status, said, _ = diff(TREE, TREE)
    assert status == 0
    assert said.endswith("\nNo difference.\n")


def test_what_changed_is_told_by_name_only(diff, new: Path) -> None:
    assert diff(TREE, new) == (1, SUMMARY, "")


def test_a_program_is_told_by_name_only(diff, new: Path) -> None:
    status, said, _ = diff(TREE, new, "--json")
    told = json.loads(said)
    assert status == 1
    assert (told["old_entries"], told["new_entries"]) == (17, 17)
    assert [(each["kind"], each["attributes"]) for each in told["changes"]] == [
        ("delete", []),
        ("add", []),
        ("modify", ["memberuid"]),
    ]
    assert "SSHA" not in said


def test_of_many_changes_twenty_are_told_unless_all_are_asked_for(diff, tmp_path: Path) -> None:
    many = tmp_path / "many.ldif"
    many.write_text(OLD + "\n" + "".join(user(f"u{n}", n, HASH) for n in range(6000, 6025)))
    assert diff(TREE, many)[1].endswith("\n  and 5 more\n\nDifferent: 25 changes.\n")
    assert "more" not in diff(TREE, many, "--all")[1]


def test_the_plan_leads_from_old_to_new_and_is_its_owners_alone(diff, new, tmp_path: Path) -> None:
    plan = tmp_path / "plan.ldif"
    assert diff(TREE, new, "--ldif", plan) == (1, SUMMARY, "")
    assert plan.stat().st_mode & 0o777 == 0o600
    directory = read_directory(io.BytesIO(OLD.encode()))
    assert apply_changes(plan.read_bytes(), directory) == 3
    wanted = read_directory(io.BytesIO(NEW.encode()))
    assert {name: entry.digest() for name, entry in directory.items()} == {
        name: entry.digest() for name, entry in wanted.items()
    }


def test_the_plan_can_go_to_stdout(diff, new: Path) -> None:
    status, said, aside = diff(TREE, new, "--ldif", "-")
    assert (status, aside) == (1, SUMMARY)
    assert said.startswith("dn: cn=mary,ou=Sudoers,dc=soca,dc=local\nchangetype: delete\n")


@pytest.mark.parametrize("faulty_is_new", [False, True])
@pytest.mark.parametrize(
    "content", [OLD.encode() + b"\ncut off", gzip.compress(b"dn: x" * 9, mtime=0)[:-9]]
)
def test_a_fault_is_told_of_the_file_that_has_it(
    diff, tmp_path: Path, content: bytes, faulty_is_new: bool
) -> None:
    faulty = tmp_path / "faulty"
    faulty.write_bytes(content)
    files = (TREE, faulty) if faulty_is_new else (faulty, TREE)
    status, said, complaint = diff(*files, "--ldif", tmp_path / "plan.ldif")
    assert (status, said) == (2, "")
    assert complaint.startswith(f"changeover: {faulty}: ")
    assert not (tmp_path / "plan.ldif").exists()


def test_an_entry_that_comes_twice_is_told(diff, tmp_path: Path) -> None:
    twice = tmp_path / "twice.ldif"
    twice.write_text(f"{OLD}\n{user('zed', 5009, HASH)}{user('zed', 5010, HASH)}")
    status, _, complaint = diff(TREE, twice)
    assert status == 2
    assert complaint.startswith(f"changeover: {twice}: the entry ")


def test_an_entry_of_another_kind_takes_along_what_stands_below_it(diff, tmp_path: Path) -> None:
    kind = "dn: ou=People,dc=soca,dc=local\nobjectClass: organizationalUnit\nou: People\n"
    assert kind in OLD
    (tmp_path / "new").write_text(OLD.replace(kind, kind.replace("izationalUnit", "ization", 1)))
    status, said, _ = diff(TREE, tmp_path / "new", "--json")
    kinds = [(each["kind"], each["entry"]) for each in json.loads(said)["changes"]]
    assert status == 1
    assert ("delete", "uid=mary,ou=people,dc=soca,dc=local") in kinds
    assert ("add", "uid=mary,ou=people,dc=soca,dc=local") in kinds
