"""`changeover identities diff`: what changed, for people, programs and ldapmodify."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover import cli
from changeover.identities.directories import read_directory
from rehearsal.actors.soca_entries import SCAFFOLD, user
from tests.support.directory import apply_changes

TREE = Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif"
OLD = TREE.read_text()
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"
MEMBERS = "memberUid: mary\nmemberUid: jdoe"
MARYS_ROLE = OLD[OLD.index("dn: cn=mary,ou=Sudoers") :]
NEW = OLD.replace(MARYS_ROLE, user("zed", 5009, HASH)).replace(MEMBERS, "memberUid: zed")
SUMMARY = """\
  old  17 entries
  new  17 entries

gone: 1
  cn=mary,ou=Sudoers,dc=soca,dc=local  sudo for mary

new: 1
  uid=zed,ou=People,dc=soca,dc=local  user 5009, /data/home/zed

changed: 1
  cn=cfdteam,ou=Group,dc=soca,dc=local  memberUid (+ zed; - jdoe, mary)

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
    assert told["changes"][2]["came"] == {"memberuid": ["zed"]}
    assert told["changes"][2]["went"] == {"memberuid": ["jdoe", "mary"]}
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


def test_an_empty_file_is_no_export(diff, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for files in ((TREE, empty), (empty, TREE), (empty, empty)):
        status, said, complaint = diff(*files)
        assert (status, said) == (2, "")
        assert complaint.startswith(f"changeover: {empty}: has no entry")


def test_an_entry_that_comes_twice_is_told(diff, tmp_path: Path) -> None:
    twice = tmp_path / "twice.ldif"
    twice.write_text(f"{OLD}\n{user('zed', 5009, HASH)}{user('zed', 5010, HASH)}")
    status, _, complaint = diff(TREE, twice)
    assert status == 2
    assert complaint.startswith(f"changeover: {twice}: the entry ")


def test_a_second_spelling_of_a_name_is_no_new_entry(diff, tmp_path: Path) -> None:
    twice = tmp_path / "twice.ldif"
    twice.write_text(f"{OLD}\n{user('MARY', 5002, HASH)}")
    for files in [(TREE, twice), (twice, TREE), (twice, twice)]:
        status, said, complaint = diff(*files)
        assert (status, said) == (2, "")
        assert complaint.startswith(f"changeover: {twice}: ")
        assert "twice" in complaint


@pytest.mark.parametrize("content", [b"\x93\x07\n\n", OLD.encode("utf-16"), OLD[:2000].encode()])
def test_a_file_is_equal_to_itself_only_if_it_is_an_export(diff, tmp_path, content) -> None:
    path = tmp_path / "export"
    path.write_bytes(content)
    status, said, complaint = diff(path, path)
    assert (status, said) == (2, "")
    assert complaint.startswith(f"changeover: {path}: line ")


def test_an_entry_that_is_spelled_anew_is_made_anew(diff, tmp_path: Path) -> None:
    (tmp_path / "new").write_text(OLD.replace("dn: uid=mary,", "dn: uid=Mary,"))
    status, said, _ = diff(TREE, tmp_path / "new")
    assert status == 1
    assert said.endswith("""
deleted and added again, because LDAP cannot change their kind or spelling: 1
  uid=Mary,ou=People,dc=soca,dc=local  was uid=mary,ou=People,dc=soca,dc=local

Different: 2 changes.
""")


CAE = "dn: ou=cae,ou=People,dc=soca,dc=local\nobjectClass: organizationalUnit\nou: cae\n\n"


def test_an_entry_of_another_kind_takes_along_what_stands_below_it(diff, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    ann = user("ann", 5009, HASH).replace("ou=People", "ou=cae,ou=People")
    old.write_text(f"{OLD}\n{CAE}{ann}")
    new.write_text(f"{OLD}\n{CAE.replace('izationalUnit', 'ization')}{ann}")
    status, said, _ = diff(old, new)
    assert status == 1
    anew = said.partition("kind or spelling: 2\n")[2]
    assert "  ou=cae,ou=People,dc=soca,dc=local          another kind\n" in anew
    assert "  uid=ann,ou=cae,ou=People,dc=soca,dc=local  is below such an entry\n" in anew


def test_what_the_installer_made_is_told_and_never_planned(diff, tmp_path: Path) -> None:
    new, plan = tmp_path / "new", tmp_path / "plan"
    new.write_text(OLD.replace("ou: People\n", "ou: People\ndescription: staff\n"))
    status, said, _ = diff(TREE, new, "--ldif", plan)
    assert status == 1
    assert (
        "entries of SOCA's installer, which no plan changes: 1\n"
        "  ou=People,dc=soca,dc=local  description" in said
    )
    assert plan.read_bytes() == b""
    told = json.loads(diff(TREE, new, "--json")[1])
    assert [each["entry"] for each in told["own"]] == ["ou=people,dc=soca,dc=local"]


def test_a_plan_that_looks_like_a_disaster_takes_force(diff, tmp_path: Path) -> None:
    old, few, plan = tmp_path / "old", tmp_path / "few", tmp_path / "plan"
    (tmp_path / "empty").write_text(SCAFFOLD)
    old.write_text(OLD + "\n" + "".join(user(f"u{n}", n, HASH) for n in range(6000, 6040)))
    few.write_text(OLD)
    for new, why in [
        (few, "40 of 51 identities would be deleted"),
        ("empty", "has no users"),
    ]:
        status, said, complaint = diff(old, tmp_path / new, "--ldif", plan)
        assert (status, said) == (2, "")
        assert why in complaint
        assert "--force" in complaint
        assert not plan.exists()
    assert diff(old, few, "--ldif", plan, "--force")[0] == 1
    assert plan.read_bytes().count(b"changetype: delete\n") == 40


def test_what_stays_must_be_known_for_a_plan(diff, new: Path, tmp_path: Path) -> None:
    corp = ["--base-dn", "dc=corp,dc=local"]
    assert diff(TREE, new, *corp)[0] == 1
    status, said, complaint = diff(TREE, new, *corp, "--ldif", tmp_path / "plan")
    assert (status, said) == (2, "")
    assert f"{TREE}: the base of this directory is dc=soca,dc=local, not dc=corp" in complaint
    assert "give --dialect and --base-dn" in complaint
    assert not (tmp_path / "plan").exists()


def test_a_plan_between_two_bases_is_refused(diff, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(OLD.replace("dc=soca,dc=local", "dc=corp,dc=local"))
    status, _, complaint = diff(TREE, elsewhere, "--ldif", tmp_path / "plan", "--force")
    assert status == 2
    assert f"{elsewhere}: the base of this directory is dc=corp,dc=local" in complaint


def test_what_was_converted_twice_can_be_compared_and_planned(diff, new, tmp_path: Path) -> None:
    """It has no base entry: the scaffold is the release's own."""
    there = ["--to", "26.4", "--base-dn", "dc=edh-green,dc=local"]
    for path, name in ((TREE, "one"), (new, "two")):
        command = ["identities", "convert", str(path), *there, "-o", str(tmp_path / name)]
        assert cli.main(command) == 0
    plan = tmp_path / "plan"
    dialect = ["--dialect", "26.4", "--base-dn", "dc=edh-green,dc=local"]
    assert diff(tmp_path / "one", tmp_path / "two", *dialect, "--ldif", plan)[0] == 1
    assert plan.read_bytes().startswith(b"dn: cn=mary,ou=sudoers,dc=edh-green,dc=local\nchangetype")


def test_a_plan_that_is_write_protected_is_not_replaced(diff, new: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan"
    plan.touch(mode=0o400)
    status, said, complaint = diff(TREE, new, "--ldif", plan)
    assert (status, said) == (2, "")
    assert f"{plan} is write-protected" in complaint
    assert plan.stat().st_size == 0


def test_neither_export_is_ever_overwritten(diff, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, text in [(old, OLD), (new, NEW)]:
        path.write_text(text)
    for path in (old, new):
        status, said, complaint = diff(old, new, "--ldif", path)
        assert (status, said) == (2, "")
        assert f"{path} is the same file as the input {path}" in complaint
    assert (old.read_text(), new.read_text()) == (OLD, NEW)


def test_stdin_can_be_read_but_once(diff) -> None:
    status, _, complaint = diff("-", "-")
    assert status == 2
    assert "only one of the two can be read from stdin" in complaint
