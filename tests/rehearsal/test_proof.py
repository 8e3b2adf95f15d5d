"""The verdict's own LDIF reader sees each difference, and the search for secrets finds them."""

import base64

import pytest

from rehearsal.actors.soca_entries import SCAFFOLD, account, sudo_role, user
from rehearsal.outcome import raw_directory

MARY = user("mary", 6000, "{SSHA}abc")


def test_the_scaffold_and_the_bootstrap_account_are_no_identities() -> None:
    whole = SCAFFOLD + account("socaboot", 5001, "{SSHA}x") + MARY
    assert raw_directory.blocks(whole.encode()) == raw_directory.blocks(MARY.encode())


def test_what_a_server_adds_the_order_and_folding_make_no_difference() -> None:
    dumped = "\n".join([*reversed(MARY.strip().splitlines()), "entryUUID: 1", "contextCSN: 2"])
    folded = dumped.replace("homeDirectory: /data", "HOMEDIRECTORY: /da\n ta")
    assert raw_directory.digest(raw_directory.blocks(folded.encode())) == raw_directory.digest(
        raw_directory.blocks(MARY.encode())
    )


@pytest.mark.parametrize(
    "other",
    [
        MARY.replace("/bin/bash", "/bin/sh"),
        MARY + sudo_role("mary", "mary"),
        MARY.replace("6000", "6001"),
        MARY.replace("uid=mary,", "uid=Mary,"),
        "",
    ],
)
def test_every_difference_shows(other: str) -> None:
    assert raw_directory.digest(raw_directory.blocks(other.encode())) != raw_directory.digest(
        raw_directory.blocks(MARY.encode())
    )


def test_identities_are_counted_by_their_classes() -> None:
    whole = SCAFFOLD + account("ana", 6001, "{SSHA}x") + MARY.replace("userPassword", "title")
    assert raw_directory.count(raw_directory.blocks(whole.encode())) == {
        "users": 2,
        "groups": 1,
        "sudo_roles": 1,
        "password_hashes": 1,
    }


def test_a_name_that_ldif_encodes_is_found() -> None:
    place = "uid=zoë,ou=People,dc=soca,dc=local"
    encoded = base64.b64encode(place.encode()).decode()
    entry = f"dn:: {encoded}\nobjectClass: posixAccount\nuid: zoe\n"
    assert raw_directory.places(raw_directory.blocks(entry.encode())) == {"zoe": [place]}
