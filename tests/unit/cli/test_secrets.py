"""No command of `changeover identities` prints any part of a password, whatever it is asked."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from changeover import cli
from changeover.ldap import ldif
from tests.support.stored_passwords import BY_KIND

FIELD = sorted((Path(__file__).parents[2] / "field").glob("*.ldif"))
TREE = Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif"
TO = ("--to", "26.4", "--to-base-dn", "dc=edh,dc=local")
VALUES = [value for values in BY_KIND.values() for value in values]
LEAST = 8  # characters that are a leak


def person(number: int, value: bytes) -> bytes:
    text = (
        f"\ndn: uid=p{number},ou=People,dc=soca,dc=local\nobjectClass: inetOrgPerson\n"
        f"objectClass: posixAccount\nuid: p{number}\ncn: p\nsn: p\nuidNumber: {5100 + number}\n"
        f"gidNumber: {5100 + number}\nhomeDirectory: /data/home/p{number}\n"
    )
    return text.encode() + ldif.line("userPassword", value)


def broken(folder: Path) -> Iterator[Path]:
    """Files that cannot be read, each with a fault where a password stands."""
    tree = TREE.read_text()
    line = next(each for each in tree.splitlines() if each.startswith("userPassword"))
    secret = line.removeprefix("userPassword:: ")
    plain = base64.b64decode(secret).decode()
    for at, (old, new) in enumerate(
        [
            (line, f"userPassword: {plain[:20]}\n{plain[20:]}"),  # cut without a blank ahead
            (line, f"userPassword:: {secret[:-5]}!!"),
            (line, f"userPassword {plain}"),
            (line, f"userPassword:< file:///{plain}"),
            (line, f"userPassword\\: {plain}: x"),
            (line, f": {plain}"),
            (line, f"{plain}: x"),
            (line, plain),
            (line, f"{line}\ndn: {plain}"),
            (line, f"changetype: modify\nreplace: userPassword\nuserPassword: {plain}"),
            (line, f"userPassword;x-{plain[6:]}: x"),
            (line, f"userPassword: {plain}\0\xff"),
        ]
    ):
        path = folder / f"broken-{at}.ldif"
        path.write_text(tree.replace(old, new, 1))
        yield path


def passwords_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [
            value
            for record in ldif.read(file)
            for name, value in record.attributes
            if name.lower() == "userpassword"
        ]


def leaks(said: str, values: list[bytes]) -> set[str]:
    """Parts of values behind their schemes, also in base64, that were said."""
    told = set(_parts(said))
    return {
        part
        for value in values
        for text in (
            (value.partition(b"}")[2] if value.startswith(b"{") else value).decode(
                errors="replace"
            ),
            base64.b64encode(value).decode(),
        )
        for part in _parts(text)
        if part in told
    }


def _parts(text: str) -> Iterator[str]:
    return (text[at : at + LEAST] for at in range(len(text) - LEAST + 1))


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds") / "every-kind.ldif"
    people = (person(number, value) for number, value in enumerate(VALUES))
    path.write_bytes(b"".join((TREE.read_bytes(), *people)))
    return path


def commands(one: Path, other: Path, folder: Path) -> Iterator[list[str]]:
    for more in ((), TO):
        for manner in ((), ("--all",), ("--json",), ("--accept", "damaged-hash")):
            yield ["check", str(one), *more, *manner]
    yield ["convert", str(one), *TO, "-o", str(folder / "out.ldif")]
    for before, after in ((one, other), (other, one)):
        for manner in ((), ("--all",), ("--json",)):
            yield ["diff", str(before), str(after), *manner]
        yield ["diff", str(before), str(after), "--ldif", str(folder / "plan.ldif")]


def said_by(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    with suppress(SystemExit):
        cli.main(["identities", *arguments])
    out, err = capfd.readouterr()
    assert out or err
    return out + err


@pytest.mark.parametrize("path", FIELD, ids=lambda path: path.stem)
def test_no_command_prints_a_password_of_a_field_case(path, capfd, tmp_path: Path) -> None:
    values = _known(path)
    for arguments in commands(path, TREE, tmp_path):
        assert not leaks(said_by(arguments, capfd), values), arguments


def test_no_command_prints_a_password_of_any_kind(every_kind, capfd, tmp_path: Path) -> None:
    for arguments in commands(every_kind, TREE, tmp_path):
        assert not leaks(said_by(arguments, capfd), VALUES), arguments


def test_no_complaint_about_a_file_prints_a_password(capfd, tmp_path: Path) -> None:
    values = passwords_of(TREE)
    for path in broken(tmp_path):
        for arguments in commands(path, TREE, tmp_path):
            assert not leaks(said_by(arguments, capfd), values), (path.read_text(), arguments)


def _known(path: Path) -> list[bytes]:
    try:
        return passwords_of(path)
    except ldif.Malformed:
        return passwords_of(TREE)
