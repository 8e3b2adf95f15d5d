"""Field cases 04 to 07: entries that slapd refuses, and attributes that slapd itself writes."""

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from changeover import cli
from changeover.identities import directories
from tests.support.slapd import BASE, PASSWORD, ROOT_DN, TOOLS, Slapd

FIELD = Path(__file__).parent
BEFORE, AFTER = FIELD / "06-last-login-before.ldif", FIELD / "06-last-login-after.ldif"

Said = tuple[int, str, str]


@pytest.fixture
def identities(capfd) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        status = cli.main(["identities", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="slapd-", dir="/tmp") as name:
        yield Path(name)


def entries(text: str) -> list[bytes]:
    return [f"{each}\n".encode() for each in text.strip().split("\n\n")]


def digest(text: bytes) -> str:
    return directories.digest(directories.read_directory(io.BytesIO(text)))


@pytest.mark.parametrize(
    ("file", "rule", "reason"),
    [
        ("04-two-structural-classes.ldif", "class-chain", "groupofnames and posixgroup"),
        ("05-latin-1.ldif", "bad-value", "description, which must be UTF-8 text"),
    ],
)
def test_what_slapd_refuses_is_an_error(identities, folder, file, rule, reason) -> None:
    status, said, _ = identities("check", FIELD / file)
    assert status == 1
    assert rule in said
    assert reason in said
    assert Slapd(folder).slapadd(entries((FIELD / file).read_text()), "-u")


def test_a_referral_is_what_slapd_takes(identities, folder) -> None:
    file = FIELD / "07-referral.ldif"
    status, said, _ = identities("check", file)
    assert status == 0
    assert "error" not in said
    assert not Slapd(folder).slapadd(entries(file.read_text()), "-u")


def test_who_only_logged_in_did_not_change(identities, tmp_path: Path) -> None:
    plan = tmp_path / "plan.ldif"
    assert identities("diff", BEFORE, AFTER, "--ldif", plan)[0] == 0
    assert plan.read_bytes() == b""
    status, said, _ = identities("check", BEFORE)
    assert status == 0
    assert "pwdLastSuccess is written by live's slapd" in said


def test_a_change_beside_a_login_is_applied_by_slapd(identities, folder, tmp_path: Path) -> None:
    after, plan = tmp_path / "after.ldif", tmp_path / "plan.ldif"
    after.write_text(AFTER.read_text().replace("loginShell: /bin/bash", "loginShell: /bin/zsh"))
    assert identities("diff", BEFORE, after, "--ldif", plan)[0] in (0, 1)
    assert b"pwd" not in plan.read_bytes()
    slapd = Slapd(folder)
    url = f"ldapi://{str(slapd.socket).replace('/', '%2F')}"
    command = ["ldapmodify", "-x", "-H", url, "-D", ROOT_DN, "-w", PASSWORD, "-f", plan]
    with slapd.running(BEFORE.read_text()):
        subprocess.run(command, check=True, capture_output=True, env={"PATH": TOOLS})
    assert slapd.slapcat().count(b"loginShell: /bin/zsh") == 2


def test_logins_on_a_read_only_server_change_no_digest(folder: Path) -> None:
    """An overlay writes them although the server is read-only."""
    slapd = Slapd(folder, "lastbind on", "readonly on")
    tree = BEFORE.read_text().replace("pwdLastSuccess: 20260101080000Z\n", "")
    hashed = "userPassword: secret"
    lines = [hashed if line.startswith("userPassword") else line for line in tree.splitlines()]
    url = f"ldapi://{str(slapd.socket).replace('/', '%2F')}"
    user = f"uid=kim,ou=People,{BASE}"
    with slapd.running("\n".join(lines)):
        before = slapd.slapcat()
        subprocess.run(
            ["ldapwhoami", "-x", "-H", url, "-D", user, "-w", "secret"],
            check=True,
            capture_output=True,
            env={"PATH": TOOLS},
        )
        after = slapd.slapcat()
    assert b"pwdLastSuccess" in after
    assert b"pwdLastSuccess" not in before
    assert digest(before) == digest(after)
