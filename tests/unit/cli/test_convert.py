"""`changeover identities convert`: an export for another release, written whole or not at all."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover import cli
from changeover.identities import directories, scope
from changeover.identities.conversion import convert as converted
from changeover.identities.directories import read_directory
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4
from rehearsal.actors.soca_entries import group

TREE = Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif"
TO = ["--to", "26.4", "--base-dn", "dc=edh-green,dc=local"]

Said = tuple[int, str, str]
"""Exit status, stdout and stderr."""


@pytest.fixture
def convert(capfd) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        status = cli.main(["identities", "convert", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


def test_it_writes_what_the_other_release_shall_have(convert, tmp_path: Path) -> None:
    out = tmp_path / "green.ldif"
    assert convert(TREE, *TO, "--leave-out", "socaboot", "-o", out) == (
        0,
        (
            "8 of 17 entries, from SOCA 2.6 (dc=soca,dc=local) to 26.4 (dc=edh-green,dc=local)\n"
            "By default, SOCA 26.4 installs aws_ds_managed_activedirectory, which does not"
            " accept password hashes: install it with openldap.\n"
        ),
        "",
    )
    assert out.stat().st_mode & 0o777 == 0o600
    with TREE.open("rb") as live, out.open("rb") as green:
        there = SOCA_26_4.at("dc=edh-green,dc=local")
        wanted = converted(read_directory(live), SOCA_2_6, there, ["socaboot"])
        assert directories.digest(read_directory(green)) == directories.digest(wanted)


def test_without_a_place_it_writes_to_stdout(convert) -> None:
    status, said, aside = convert(TREE, *TO)
    assert status == 0
    assert "cn=marysocagroup,ou=group,dc=edh-green,dc=local" in said
    assert len(read_directory(io.BytesIO(said.encode()))) == 11
    assert aside.startswith("11 of 17 entries")


def test_there_and_back_is_the_same(convert, tmp_path: Path) -> None:
    there, back = tmp_path / "there.ldif", tmp_path / "back.ldif"
    convert(TREE, *TO, "-o", there)
    status, _, complaint = convert(
        there,
        *("--from", "26.4", "--from-base-dn", "dc=edh-green,dc=local", "--to", "2.6.1"),
        *("-o", back),
    )
    assert (status, complaint) == (0, "")
    with TREE.open("rb") as live, back.open("rb") as again:
        movable = scope.movable(read_directory(live), SOCA_2_6, ())
        assert directories.digest(read_directory(again)) == directories.digest(movable)


def refused(convert: Callable[..., Said], *arguments: object) -> str:
    status, said, complaint = convert(*arguments)
    assert (status, said) == (2, "")
    assert complaint.startswith("changeover: ")
    assert "Traceback" not in complaint
    return complaint


def test_a_name_that_is_taken_is_refused_and_nothing_is_written(convert, tmp_path: Path) -> None:
    taken, out = tmp_path / "taken.ldif", tmp_path / "out.ldif"
    taken.write_text(TREE.read_text() + "\n" + group("marysocagroup", 6001))
    out.write_text("what was there before")
    status, said, complaint = convert(taken, *TO, "-o", out)
    assert (status, complaint) == (1, "")
    assert "cn=marysocagroup,ou=Group,dc=soca,dc=local" in said.partition("\nREFUSED\n")[2]
    assert said.endswith("\nNothing was written: refused, 2 warnings.\n")
    assert out.read_text() == "what was there before"
    assert sorted(tmp_path.iterdir()) == [out, taken]


def test_whoever_is_left_out_must_exist(convert) -> None:
    assert "--leave-out: the account socabot is to be left out but does not exist" in refused(
        convert, TREE, *TO, "--leave-out", "socabot"
    )


@pytest.fixture
def without_hashes(tmp_path: Path) -> Path:
    """What ldapsearch sees without a password of its own."""
    path = tmp_path / "nohash.ldif"
    lines = TREE.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("userPassword")))
    return path


def test_whoever_would_be_locked_out_is_not_written(
    convert, without_hashes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.ldif"
    out.write_text("what was there before")
    status, said, _ = convert(without_hashes, *TO, "-o", out)
    assert status == 1
    assert "no-hash: 1\n  the directory  none of its 4 users has a password hash" in said
    assert "Nothing was written: 1 error, 5 warnings." in said
    assert out.read_text() == "what was there before"
    status, said, aside = convert(without_hashes, *TO)
    assert (status, said) == (1, "")
    assert "Nothing was written" in aside


def test_what_is_known_and_harmless_can_be_accepted(convert, without_hashes: Path) -> None:
    status, said, _ = convert(without_hashes, *TO, "--accept", "no-hash")
    assert status == 0
    assert len(read_directory(io.BytesIO(said.encode()))) == 11


@pytest.mark.parametrize("rule", ["no-such-rule", "nobody-left-out"])  # the latter is a slip
def test_no_other_rule_can_be_accepted(convert, capfd, rule: str) -> None:
    with pytest.raises(SystemExit) as ended:
        convert(TREE, *TO, "--accept", rule)
    assert ended.value.code == 2
    complaint = capfd.readouterr().err
    assert f"--accept: '{rule}' is not a rule that can be accepted; " in complaint
    assert "rules are: no-user, no-hash, " in complaint.lower()


@pytest.mark.parametrize("command", ["check", "convert"])
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("lockedaccount", "did you mean locked-account"),
        ("Damaged_Hash:mary", "did you mean damaged-hash"),
        ("damaged-hashes", "did you mean damaged-hash"),
        ("damaged-hash:", "names no entry"),
        ("damaged-hash: ", "names no entry"),
        (":mary", "is not a rule"),
        ("", "is not a rule"),
    ],
)
def test_a_slip_in_what_is_accepted_is_refused(capfd, command: str, given: str, told: str) -> None:
    to = TO if command == "convert" else ()
    with pytest.raises(SystemExit) as ended:
        cli.main(["identities", command, str(TREE), *to, "--accept", given])
    assert ended.value.code == 2
    assert told in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize("accepted", ["damaged-hash:nobody", "damaged-hash", "no-hash:mary"])
def test_what_is_accepted_for_nothing_is_said(convert, capfd, accepted: str) -> None:
    status, _, aside = convert(TREE, *TO, "--accept", accepted)
    assert (status, f"Accepted, but not found: {accepted}." in aside) == (0, True)
    assert cli.main(["identities", "check", str(TREE), "--accept", accepted]) == 0
    assert f"Accepted, but not found: {accepted}." in capfd.readouterr().out


def test_the_rules_that_can_be_accepted_are_listed(convert, capfd) -> None:
    with pytest.raises(SystemExit):
        convert("--help")
    listed = " ".join(capfd.readouterr().out.split()).partition("may be repeated. Rules: ")[2]
    assert listed.replace("- ", "-").startswith("no-user, no-hash, foreign-scheme, ")
    assert "Rule." not in listed


def test_another_base_dn_is_named(convert) -> None:
    complaint = refused(convert, TREE, *TO, "--from-base-dn", "dc=corp,dc=local")
    assert "the base of this directory is dc=soca,dc=local, not dc=corp,dc=local" in complaint


@pytest.mark.parametrize("attribute", ["memberOf: cn=cfdteam", "pwdChangedTime: 20260101000000Z"])
def test_what_a_server_keeps_for_itself_is_left_out(convert, tmp_path: Path, attribute) -> None:
    tree = tmp_path / "overlay.ldif"
    tree.write_text(TREE.read_text().replace("uid: mary\n", f"uid: mary\n{attribute}\n"))
    assert convert(tree, *TO)[:2] == convert(TREE, *TO)[:2]


def test_what_no_slapd_of_soca_takes_is_not_written(convert, tmp_path: Path) -> None:
    tree = tmp_path / "unknown.ldif"
    tree.write_text(TREE.read_text().replace("uid: mary\n", "uid: mary\nsambaSID: S-1-5\n"))
    status, said, aside = convert(tree, *TO)
    assert (status, said) == (1, "")
    assert "unknown-attribute: 1" in aside


def test_what_a_schema_of_the_sites_own_defines_is_written(convert, tmp_path: Path) -> None:
    tree, own = tmp_path / "own.ldif", tmp_path / "own.schema"
    own.write_text(
        "attributetype ( 1.3.6.1.4.1.7165.2.1.20 NAME 'sambaSID' EQUALITY caseIgnoreIA5Match\n"
        "    SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )\n"
        "objectclass ( 1.3.6.1.4.1.7165.2.2.6 NAME 'sambaSamAccount' SUP top AUXILIARY\n"
        "    MUST ( uid $ sambaSID ) )\n"
    )
    more = "uid: mary\nobjectClass: sambaSamAccount\nsambaSID: S-1-5\n"
    tree.write_text(TREE.read_text().replace("uid: mary\n", more))
    status, said, _ = convert(tree, *TO, "--schema", own)
    assert status == 0
    assert "\nsambasid: S-1-5\n" in said


def test_a_schema_that_is_wrong_is_told_with_its_line(convert, tmp_path: Path) -> None:
    own = tmp_path / "own.schema"
    own.write_text("# ours\nattributetype ( 1.2.3 NAME 'x' SUP nothing )\n")
    complaint = refused(convert, TREE, *TO, "--schema", own)
    assert (
        "own.schema, line 2: the attribute nothing is not defined; define it before this line"
        in complaint
    )


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0), b"\n# nothing\n\n"])
def test_a_file_without_an_entry_replaces_nothing(convert, tmp_path: Path, content: bytes) -> None:
    empty, out = tmp_path / "empty.ldif", tmp_path / "out.ldif"
    empty.write_bytes(content)
    out.write_text("what was there before")
    assert f"{empty}: has no entry" in refused(convert, empty, *TO, "-o", out)
    assert out.read_text() == "what was there before"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--to", "26.4"], "give --base-dn"),
        (["--from", "25.3", *TO], "give --from-base-dn"),
    ],
)
def test_a_base_dn_must_be_known(convert, options: list[str], why: str) -> None:
    assert why in refused(convert, TREE, *options)


def test_a_place_that_cannot_be_written_is_refused(convert, tmp_path: Path) -> None:
    assert "No such file" in refused(convert, TREE, *TO, "-o", tmp_path / "absent" / "out.ldif")
    assert "is a directory" in refused(convert, TREE, *TO, "-o", tmp_path)
    assert "is not a regular file" in refused(convert, TREE, *TO, "-o", "/dev/null")


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o444])
def test_what_is_write_protected_is_not_replaced(convert, tmp_path: Path, mode: int) -> None:
    out = tmp_path / "out.ldif"
    out.write_text("what was there before")
    out.chmod(mode)
    complaint = refused(convert, tmp_path / "absent", *TO, "-o", out)  # before anything is read
    assert complaint == (
        f"changeover: {out} is write-protected: name another file, or remove the protection\n"
    )
    out.chmod(0o600)
    assert out.read_text() == "what was there before"


def test_a_link_is_followed(convert, tmp_path: Path) -> None:
    out, link = tmp_path / "green.ldif", tmp_path / "link.ldif"
    link.symlink_to(out)
    for _ in ("made", "replaced"):
        assert convert(TREE, *TO, "-o", link)[0] == 0
        assert link.is_symlink()
        assert b"marysocagroup" in out.read_bytes()
        out.write_bytes(b"")


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_the_export_is_never_overwritten(convert, tmp_path: Path, make) -> None:
    export, link = tmp_path / "live.ldif", tmp_path / "link.ldif"
    export.write_bytes(TREE.read_bytes())
    make(link, export)
    for source, out in [(export, export), (export, link), (link, export)]:
        complaint = refused(convert, source, *TO, "-o", out)
        assert complaint == (
            f"changeover: {out} is the same file as the input {source}: write to another file\n"
        )
    assert export.read_bytes() == TREE.read_bytes()
