"""`changeover identities check`, as a person and as a program use it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover import cli
from changeover.cli import exports
from rehearsal.actors.soca_entries import group, user

TREE = Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif"
DIGEST = "55c0e12caab7d2d0c3189ec09cc7aa7e792d6714b56d0d06ab47bfea89cf89b4"
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"


Said = tuple[int, str, str]
"""Exit status, stdout and stderr."""


@pytest.fixture
def check(capfd) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        status = cli.main(["identities", "check", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


def test_a_directory_that_is_fit_to_move(check) -> None:
    assert check(TREE, "--leave-out", "socaboot") == (
        0,
        f"""\
SOCA 2.6, dc=soca,dc=local; entries that move:

  users       3: 3 can log in by password
  groups      4
  sudo roles  1
  entries     8
  digest      {DIGEST}

Nothing against moving; --to RELEASE also tries the conversion.
""",
        "",
    )


def test_a_warning_stops_nobody(check) -> None:
    status, said, _ = check(TREE)
    assert status == 0
    head, _, warnings = said.partition("\nWARNINGS\n\n")
    assert "entries     11" in head
    assert warnings.startswith(
        "installer-account: 1\n  uid=socaboot,ou=people  has uidNumber 5001,"
    )
    assert warnings.endswith(
        "own.\n\n1 warning against moving; --to RELEASE also tries the conversion.\n"
    )


TO = ["--to", "26.4", "--to-base-dn", "dc=edh-green,dc=local"]


def test_with_the_release_to_come_it_also_tries_the_conversion(check) -> None:
    status, said, _ = check(TREE, "--leave-out", "socaboot", *TO)
    assert status == 0
    assert (
        "SOCA 26.4 installs aws_ds_managed_activedirectory, which does not accept password" in said
    )
    assert said.endswith("\nFit to move to SOCA 26.4, dc=edh-green,dc=local.\n")


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (group("marysocagroup", 6001), "cn=marysocagroup,ou=Group,dc=soca,dc=local"),
        (user("edhadmin", 5009, HASH), "uid=edhadmin,ou=People,dc=soca,dc=local would take"),
        (user("ann", 5009, HASH).replace("ou=People", "ou=cae,ou=People"), "uid=ann,ou=cae,ou="),
    ],
)
def test_what_cannot_be_converted_is_not_fit_to_move(check, tmp_path, odd: str, why: str) -> None:
    tree = tmp_path / "live.ldif"
    tree.write_text(f"{TREE.read_text()}\n{odd}")
    status, said, _ = check(tree, *TO)
    assert status == 1
    assert why in said.partition("\nREFUSED\n")[2]
    assert "\nNot fit to move: refused, " in said
    status, said, _ = check(tree, *TO, "--json")
    assert status == 1
    assert why in json.loads(said)["refused"]


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Many people with a hash that opens nothing, one with a strange mail."""
    path = tmp_path / "faulty.ldif"
    people = [user(f"u{n}", n, "{SSHA}AAAA") + group(f"u{n}", n) for n in range(7000, 7030)]
    unable = "".join(people)
    mailed = user("mj", 7100, HASH, extra="mail: mary.jones@corp.example\n") + group("mj", 7100)
    path.write_text(f"{TREE.read_text()}\n{unable}{mailed}")
    return path


def test_an_error_is_told_with_what_to_do(check, faulty: Path) -> None:
    status, said, _ = check(faulty, "--leave-out", "socaboot")
    assert status == 1
    assert (
        "\nERRORS\n\ndamaged-hash: 30\n  uid=u7000,ou=people  no password works: its {SSHA}" in said
    )
    assert "uid=u7019,ou=people" in said
    assert "uid=u7020,ou=people" not in said
    assert "\n  and 10 more\n  To do: compare the value with the one on live" in said
    assert said.index("ERRORS") < said.index("WARNINGS") < said.index("mail-of-another-name: 1")
    assert "\n30 errors, 1 warning against moving; --to RELEASE" in said
    assert "They do not stop an upgrade, which reads the values from live itself" in said


def test_all_of_them_are_told_when_asked_for(check, faulty: Path) -> None:
    _, said, _ = check(faulty, "--all")
    assert "uid=u7029,ou=people" in said
    assert "more" not in said.partition("To do")[0]


def test_there_is_no_end_to_all(check, tmp_path: Path) -> None:
    crowd = tmp_path / "crowd.ldif"
    people = [user(f"u{n}", n, "").replace("userPassword:\n", "") for n in range(6000, 7200)]
    crowd.write_text(f"{TREE.read_text()}\n{''.join(people)}")
    _, said, _ = check(crowd, "--all")
    assert "uid=u7199,ou=people  has no password," in said
    assert " more\n" not in said
    kept = json.loads(check(crowd, "--json")[1])["findings"]["kept"]
    assert sum(finding["rule"] == "no-password" for finding in kept) == 1_200


def test_a_program_is_told_everything(check, faulty: Path) -> None:
    status, said, _ = check(faulty, "--json", "--leave-out", "socaboot")
    told = json.loads(said)
    assert status == 1
    assert told["counts"] == {
        "users": 34,
        "groups": 35,
        "sudo_roles": 1,
        "password_hashes": 4,
        "clear_text": 0,
        "host_dependent": 0,
        "locked": 0,
        "without_password": 0,
        "unusable": 30,
    }
    assert told["findings"]["by_rule"] == {"damaged-hash": 30, "mail-of-another-name": 1}
    assert len(told["findings"]["kept"]) == 31
    assert told["findings"]["kept"][-1]["entry"] == "uid=mj,ou=people,dc=soca,dc=local"


def test_an_export_may_be_gzipped(check, tmp_path: Path) -> None:
    zipped = tmp_path / "live"
    zipped.write_bytes(gzip.compress(TREE.read_bytes(), mtime=0))
    assert DIGEST in check(zipped, "--leave-out", "socaboot")[1]


def test_a_later_release_needs_its_base_dn(check, tmp_path: Path) -> None:
    later = tmp_path / "later.ldif"
    later.write_text(TREE.read_text().replace("dc=soca,dc=local", "dc=edh-blue,dc=local"))
    status, said, complaint = check(later, "--dialect", "26.4.0")
    assert (status, said) == (2, "")
    assert "names its base DN after the cluster: give --base-dn" in complaint
    status, said, _ = check(later, "--dialect", "26.4.0", "--base-dn", "dc=edh-blue,dc=local")
    assert status == 0
    assert said.startswith("SOCA 26.4, dc=edh-blue,dc=local;")


def test_names_cannot_talk_to_the_terminal(check, tmp_path: Path) -> None:
    tree = tmp_path / "live.ldif"
    tree.write_text(TREE.read_text() + "\n" + group("red\x1b[31m", 6001))
    said = check(tree)[1]
    assert "\x1b" not in said
    assert r"red\x1b[31m" in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            b"\x7fELF\x02\x01",
            "line 1: neither 'name: value' nor a continuation line; is this a text file",
        ),
        (
            b"\x7fELF: \x02\x01",
            "no attribute name before the colon; is this a text file?",
        ),
        (b"\xef\xbb\xbfdn: cn=x\ncn: x\n", "line 1: the file begins with a byte order mark: save"),
        ("dn: cn=x\ncn: x\n".encode("utf-16"), "line 1: the file is UTF-16: save it as plain"),
        (
            b"dn: cn=x\ncn: x\n\n# search result\nsearch: 2\n",
            "line 5: 'search' is output of ldapsearch",
        ),
        (b"dn: cn=x\ncn: x\nuserPassword:: e1N%\n", "line 3: bad base64"),
        (
            b"dn: cn=x\nchangetype: delete\n",
            "line 2: changetype: this LDIF contains change records",
        ),
        (b"dn: nobody\ncn: x\n", "'nobody' is not a DN such as 'uid=mary,ou="),
        (b"dn: cn=#0q\ncn: x\n", "'cn=#0q' is not a DN"),
        (b"dn: cn=\\ff\ncn: x\n", r"'cn=\\ff' is not a DN"),
        (b"dn: cn=x\ncn: x\n\ndn: CN=x\ncn: x\n", "'cn=x' comes twice: remove one of them"),
        (b"", "has no entry: export the whole directory"),
        (b"# nothing\n\n", "has no entry"),
        (gzip.compress(b"", mtime=0), "has no entry"),
        (gzip.compress(TREE.read_bytes(), mtime=0)[:-20], "cannot be read to its end"),
        (gzip.compress(b"x" * 100, mtime=0)[:12] + b"damage" * 9, "cannot be read to its end"),
    ],
)
def test_what_is_no_export_is_refused(check, tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "export"
    path.write_bytes(content)
    for more in ([], TO):
        status, said, complaint = check(path, *more)
        assert (status, said) == (2, "")
        assert complaint.startswith(f"changeover: {path}: ")
        assert why in complaint


def test_what_is_no_file_is_refused(check, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 300)
    for path, why in [
        (tmp_path / "absent", ": No such file or directory"),
        (long, ": File name too long"),
        (tmp_path, " is a directory: name a file"),
        (Path("/dev/null"), " is not a regular file: name a file"),
    ]:
        assert check(path) == (2, "", f"changeover: {path}{why}\n")


def test_whoever_is_left_out_must_exist(check) -> None:
    status, said, complaint = check(TREE, "--leave-out", "socabot")
    assert (status, said) == (2, "")
    assert complaint == (
        "changeover: --leave-out: the account socabot is to be left out but does not exist:"
        " correct the name of the account\n"
    )


def test_another_base_dn_is_named(check, tmp_path: Path) -> None:
    tree = tmp_path / "corp.ldif"
    tree.write_text(TREE.read_text().replace("dc=soca,dc=local", "dc=corp,dc=local"))
    status, said, complaint = check(tree)
    assert (status, said) == (2, "")
    assert "dc=corp,dc=local" in complaint


def test_a_release_that_is_not_known_yet_is_said_to_be_taken_for_another(check) -> None:
    status, _, aside = check(TREE, "--dialect", "99.1", "--base-dn", "dc=soca,dc=local")
    assert status == 0
    assert aside == "changeover: SOCA 99.1 is not known yet: treated as 26.4\n"
    assert check(TREE, "--dialect", "26.4.0", "--base-dn", "dc=soca,dc=local")[2] == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--dialect", "1.0"],
        ["--base-dn"],
        ["--base-dn", ""],
        ["--base-dn", "dc={x}"],
        ["--base-dn", "corp"],
        ["--leave-out"],
        ["--leave-out", "a,b"],
        [str(TREE)],
    ],
)
def test_wrong_usage_is_told(check, capfd, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check(TREE, *arguments)
    assert ended.value.code == 2
    assert "error: " in capfd.readouterr().err


@pytest.mark.parametrize("zipped", [False, True])
def test_no_more_than_a_directory_can_have_is_read(zipped, check, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(exports, "MOST_BYTES", 1 << 20)
    text = TREE.read_bytes()
    for size, ending in ((1 << 20, 0), ((1 << 20) + 1, 2)):
        file = tmp_path / "big.ldif"
        big = text + b"\n" * (size - len(text))
        file.write_bytes(gzip.compress(big) if zipped else big)
        status, _, said = check(file)
        assert status == ending
    assert said == (
        f"changeover: {file}: has more than 1 MiB, which is too much for one"
        " SOCA directory: export one whole directory with slapcat\n"
    )


def test_an_entry_that_is_too_long_is_named(check, tmp_path) -> None:
    file = tmp_path / "long.ldif"
    file.write_bytes(b"dn: cn=all\ndescription: " + b"x" * (33 << 20) + b"\n")
    status, _, said = check(file)
    assert status == 2
    assert said == (
        f"changeover: {file}: line 1: the entry 'cn=all' is longer than 32 MiB, the limit:"
        " remove its largest value from the directory, or divide the group, and export again\n"
    )


def test_no_more_of_a_schema_is_read_than_one_can_have(check) -> None:
    assert check(TREE, "--schema", "/dev/zero") == (
        2,
        "",
        "changeover: --schema: /dev/zero: has more than 4 MiB; name a file of definitions\n",
    )
