"""A real slapd that has SOCA's schema, asked entry by entry what it refuses."""

import re
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from changeover.ldap import ldif

TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
SUDO = Path(__file__).parents[2] / "rehearsal/host/sudo.schema"
FILES = ("core", "cosine", "nis", "inetorgperson")
BASE = "dc=soca,dc=local"
ROOT_DN, PASSWORD = f"cn=admin,{BASE}", "secret"
TREE = f"""\
dn: {BASE}
objectClass: domain
dc: soca

dn: ou=People,{BASE}
objectClass: organizationalUnit
ou: People

"""
NO_SUCH_OBJECT, REFERRAL = 32, 10
_LINE = re.compile(r"\(line=(\d+)\)(.*)")
_PATIENCE_SECONDS = 30


class Slapd:
    """`folder` must be short: a socket's path has at most 107 bytes."""

    def __init__(self, folder: Path, *more: str, modules: Sequence[str] = ()) -> None:
        """`more` are lines for the database, `modules` overlays to load."""
        self.folder = folder
        self.configuration = folder / "slapd.conf"
        self.socket = folder / "i"
        (folder / "db").mkdir()
        includes = [*(f"/etc/ldap/schema/{name}.schema" for name in FILES), str(SUDO)]
        self.configuration.write_text(
            "\n".join(
                [
                    *(f'include "{file}"' for file in includes),
                    "modulepath /usr/lib/ldap",
                    *(f"moduleload {name}" for name in ("back_mdb", *modules)),
                    "database mdb",
                    f"suffix {BASE}",
                    f"rootdn {ROOT_DN}",
                    f"rootpw {PASSWORD}",
                    f"directory {folder / 'db'}",
                    "maxsize 1073741824",
                    "envflags nosync",
                    *more,
                    "",
                ]
            )
        )

    def slapadd(self, entries: Sequence[bytes], *options: str) -> dict[int, str]:
        """Why slapadd refuses entries (LDIF without empty lines), by their position."""
        lines, starts = 1, {}
        for at, entry in enumerate(entries):
            starts[lines] = at
            lines += entry.count(b"\n") + 1
        done = subprocess.run(
            ["slapadd", "-c", "-f", self.configuration, *options],
            input=b"".join(entry + b"\n" for entry in entries),
            capture_output=True,
            check=False,
            env={"PATH": TOOLS},
        )
        text = done.stderr.decode(errors="replace")
        return {starts[int(line)]: text for line, text in _LINE.findall(text)}

    def slapcat(self) -> bytes:
        """The whole directory as LDIF."""
        command = ["slapcat", "-f", str(self.configuration)]
        return subprocess.run(command, check=True, capture_output=True, env={"PATH": TOOLS}).stdout

    @contextmanager
    def running(self, tree: str = TREE) -> Iterator["Client"]:
        """Serve until the end, with the tree loaded: the base and `ou=People`, or another."""
        self.slapadd([(each + "\n").encode() for each in tree.strip().split("\n\n")])
        url = f"ldapi://{str(self.socket).replace('/', '%2F')}"
        process = subprocess.Popen(
            ["slapd", "-f", self.configuration, "-h", url, "-d", "0"],
            env={"PATH": TOOLS},
            stderr=subprocess.DEVNULL,
        )
        try:
            client = Client(self.socket)
            yield client
            client.close()
        finally:
            process.terminate()
            process.wait()


class Client:
    """Adds entries over LDAP (RFC 4511) as the root DN."""

    def __init__(self, path: Path) -> None:
        self._socket = _connected(path)
        self._number = 0
        assert self._ask(b"\x60", _bind(ROOT_DN, PASSWORD)) == (0, "")

    def close(self) -> None:
        self._socket.close()

    def add(self, name: str, attributes: Iterable[tuple[str, Sequence[bytes]]]) -> tuple[int, str]:
        """LDAP's result code and what the server says to it."""
        listed = b"".join(
            _element(
                b"\x30",
                _element(b"\x04", description.encode())
                + _element(b"\x31", b"".join(_element(b"\x04", value) for value in values)),
            )
            for description, values in attributes
        )
        return self._ask(b"\x68", _element(b"\x04", name.encode()) + _element(b"\x30", listed))

    def _ask(self, tag: bytes, content: bytes) -> tuple[int, str]:
        self._number += 1
        number = self._number.to_bytes(4)
        self._socket.sendall(_element(b"\x30", _element(b"\x02", number) + _element(tag, content)))
        return _answer(self._socket)


def _bind(name: str, password: str) -> bytes:
    return (
        _element(b"\x02", b"\x03")
        + _element(b"\x04", name.encode())
        + _element(b"\x80", password.encode())
    )


def _connected(path: Path) -> socket.socket:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except (ConnectionError, FileNotFoundError):
            connection.close()
            assert time.monotonic() < ends, "slapd does not answer"
            time.sleep(0.01)
        else:
            return connection


def _element(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return tag + bytes([128 + len(length)]) + length + content


def _answer(connection: socket.socket) -> tuple[int, str]:
    head = _read(connection, 2)
    size = head[1]
    if size >= 128:
        size = int.from_bytes(_read(connection, size - 128))
    body = _read(connection, size)
    _, _, rest = body[2 + body[1] :].partition(b"\x0a\x01")  # behind the message's number
    code, matched = rest[0], rest[2]
    return code, rest[5 + matched :].decode(errors="replace")


def _read(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        assert part, "slapd hung up"
        parts += part
    return parts


def text_of(record: ldif.Record) -> bytes:
    """A record's LDIF as slapadd takes it."""
    return b"".join(ldif.write([record])).removesuffix(b"\n")
