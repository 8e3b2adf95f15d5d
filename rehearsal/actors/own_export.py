"""A person's own export, copied as LDIF that a directory server can load."""

import os
from pathlib import Path

from changeover.cli import exports
from changeover.cli.exit_codes import Unusable
from changeover.errors import Refused
from changeover.identities import directories, scope
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.ldap.pages import Readable
from changeover.soca.dialect import SOCA_2_6

MOST_BYTES = 256 << 20  # about 400,000 users; the hosts' databases hold little more
_PART = 1 << 20


class UnusableError(ValueError):
    """A given file cannot be used. The message names file, place and reason."""


def copy(given: Path, tree: Path) -> dict[str, Entry]:
    """Write the export's LDIF, gzipped or not, to `tree` and return its entries.

    Raises UnusableError unless it is the whole directory of a SOCA 2.6 with users.
    """
    if given.stat().st_size > MOST_BYTES:
        raise UnusableError(f"{given}: {_too_big()}")
    try:
        with exports.opened(given) as export:
            with export.read() as stream:
                torn = _write(stream, tree)
            with export.read() as stream:
                entries = directories.read_directory(stream)
    except Unusable as error:
        raise UnusableError(str(error)) from error
    except ValueError as error:
        raise UnusableError(f"{given}: {error}") from error
    if torn:
        raise UnusableError(f"{given}: line {torn}: the file ends in the middle of this line")
    _check_whole(entries, given)
    return entries


def _write(stream: Readable, tree: Path) -> int:
    """Write a copy that only its owner can read. Return the number of an unterminated last line."""
    size = lines = 0
    last = b"\n"
    with os.fdopen(os.open(tree, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        while part := stream.read(_PART):
            size, lines, last = size + len(part), lines + part.count(b"\n"), part[-1:]
            if size > MOST_BYTES:
                raise ValueError(_too_big())
            file.write(part)
    return 0 if last == b"\n" else lines + 1


def _too_big() -> str:
    return (
        f"more than {MOST_BYTES >> 20} MiB of LDIF, which is too much for a rehearsal on one"
        " machine; `changeover identities check` reads it"
    )


def _check_whole(entries: dict[str, Entry], given: Path) -> None:
    try:
        scope.check_base(entries.keys(), SOCA_2_6)
    except Refused as refused:
        raise UnusableError(
            f"{given}: {refused}. The rehearsal's hosts have {SOCA_2_6.base_dn}: `changeover"
            " identities convert` writes the export for it"
        ) from refused
    if dn.normal(SOCA_2_6.base_dn) not in entries:
        raise UnusableError(f"{given}: the entry {SOCA_2_6.base_dn} is missing: not a whole tree")
    if not directories.count(entries).users:
        raise UnusableError(f"{given}: it contains no user")
