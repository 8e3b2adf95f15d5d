"""A real slapd accepts a login for each hash that the package calls usable, and for no other."""

import asyncio
import base64
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from changeover.identities.passwords import Kind, judge
from changeover.ldap import ldif
from changeover.soca.crypt_methods import Libcrypt
from rehearsal.host.folder import LDAP_PORT
from rehearsal.host.ldap_bind import SUCCESS, bind
from tests.integration.scheduler_hosts import described, scheduler_host
from tests.support.stored_passwords import (
    BY_KIND,
    CLEAR_TEXT,
    HOST_DEPENDENT,
    OPEN_LOCK,
    OTHER_CLEAR_TEXT,
    PASSWORD,
    USABLE,
    mutated,
)

OPENS = {*USABLE, *HOST_DEPENDENT, *CLEAR_TEXT}
# The tests run Debian's slapd, which uses libxcrypt.
HERE = frozenset({Libcrypt.LIBXCRYPT})
PEOPLE = "ou=People,dc=soca,dc=local"


def opened(values: Iterable[bytes], folder: Path, *, by_itself: bool = False) -> set[bytes]:
    """Return the values that accept a login, with the password or with the value's own text."""
    known = list(dict.fromkeys(values))
    tree = folder / "people.ldif"
    with tree.open("wb") as file:
        file.write((Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif").read_bytes())
        file.writelines(_person(number, value) for number, value in enumerate(known))
    with scheduler_host(tree) as host:
        address = described(host)["address"]
        found = asyncio.run(_bind_all(address, known, by_itself=by_itself))
    return {value for value, opens in zip(known, found, strict=True) if opens}


def _person(number: int, value: bytes) -> bytes:
    text = (
        f"\ndn: uid=p{number},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: p{number}\ncn: p\nsn: p\n"
    )
    return text.encode() + ldif.line("userPassword", value)


async def _bind_all(address: str, values: list[bytes], *, by_itself: bool) -> list[bool]:
    return [
        await bind(
            address,
            LDAP_PORT,
            f"uid=p{number},{PEOPLE}",
            value.decode() if by_itself else PASSWORD,
        )
        == SUCCESS
        for number, value in enumerate(values)
    ]


def test_a_real_slapd_opens_what_is_usable_and_nothing_else(tmp_path: Path) -> None:
    values = [value for values in BY_KIND.values() for value in values]
    assert opened(values, tmp_path) == OPENS


def test_what_has_no_scheme_is_opened_by_its_own_text_and_nothing_else_is(tmp_path: Path) -> None:
    values = [value for values in BY_KIND.values() for value in values if value.isascii()]
    own = opened((value for value in values if value), tmp_path, by_itself=True)
    judged = {value for value in values if judge(value).kind in (Kind.CLEAR_TEXT, Kind.OPEN_LOCK)}
    raw = {value for value in BY_KIND[Kind.DAMAGED] if not value.startswith(b"{")}
    assert own == judged | raw
    assert judged == {v for v in CLEAR_TEXT + OTHER_CLEAR_TEXT + OPEN_LOCK if v.isascii()}


@pytest.mark.parametrize(
    ("seed", "number"),
    [(1, 300), *(pytest.param(n, 4_000, marks=pytest.mark.long) for n in (2, 3))],
)
def test_values_that_chance_damaged_are_judged_as_slapd_does(
    tmp_path: Path, seed: int, number: int
) -> None:
    random = Random(seed)
    values = {mutated(random) for _ in range(number)} - {b""}
    opens = opened(values, tmp_path)
    usable = {value for value in values if judge(value, HERE).kind is Kind.USABLE}
    assert opens - usable == ({PASSWORD.encode()} & values)
    # A hash with a changed salt or digest is a valid hash of another password.
    others = usable - opens
    assert len(others) < len(usable) or not others
    assert all(_is_another_hash(value) for value in others)


def _is_another_hash(value: bytes) -> bool:
    """The digest has the length that its scheme needs, so it is a hash of an unknown password."""
    scheme, _, text = value.partition(b"}")
    if scheme.upper() == b"{CRYPT":
        return True
    size = {b"{SHA": 20, b"{SSHA": 21, b"{MD5": 16, b"{SMD5": 17}[scheme.upper()]
    text = text.partition(b"\0")[0].translate(None, b"\t\n\v\f\r ")
    return len(base64.b64decode(text, validate=True)) >= size
