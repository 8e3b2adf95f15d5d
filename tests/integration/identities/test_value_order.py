"""A real slapd keeps the order of values that an import, a delta and a rollback write."""

import io
import subprocess
from pathlib import Path

import pytest

from changeover import cli
from changeover.identities import change_plan, directories
from changeover.identities.conversion import convert
from changeover.ldap import ldif
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from rehearsal.actors.soca_entries import SCAFFOLD
from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder
from tests.integration.scheduler_hosts import directory_of, export, scheduler_host

PEOPLE = f"""\
dn: uid=zmary,ou=People,{BASE_DN}
objectClass: inetOrgPerson
objectClass: posixAccount
uid: zmary
uid: amary
uid: mmary
uidNumber: 5002
gidNumber: 5002
homeDirectory: /data/home/zmary
cn: Mary Z
cn: A Mary
sn: Z
mail: z@corp.example
mail: a@corp.example

dn: cn=zteam,ou=Group,{BASE_DN}
objectClass: posixGroup
cn: A Team
cn: zteam
gidNumber: 6000
memberUid: zmary
memberUid: amary

"""
WANTED = {
    "uid": ["zmary", "amary", "mmary"],
    "cn": ["Mary Z", "A Mary", "zteam", "A Team"],  # the naming value comes first
    "mail": ["z@corp.example", "a@corp.example"],
    "memberUid": ["zmary", "amary"],
}


def read(text: str) -> dict[str, Entry]:
    return directories.read_directory(io.BytesIO(text.encode()))


def order(host: HostFolder) -> dict[str, list[str]]:
    """Return the values of each attribute in slapcat's order: of the person, then of the group."""
    records = {record.dn[:8]: record for record in ldif.read(io.BytesIO(export(host)))}
    seen = [*records["uid=zmar"].attributes, *records["cn=zteam"].attributes]
    return {kind: [v.decode() for name, v in seen if name == kind] for kind in WANTED}


def modify(host: HostFolder, changes: tuple[change_plan.Change, ...]) -> None:
    bind = ("-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", "ldapi:///")
    text = b"".join(change_plan.to_ldif(changes))
    subprocess.run([host.tools / "ldapmodify", *bind], input=text, check=True, capture_output=True)


def test_what_is_imported_stands_in_the_same_order(tmp_path: Path) -> None:
    live = convert(read(SCAFFOLD + PEOPLE), SOCA_2_6, SOCA_2_6)
    tree = tmp_path / "tree.ldif"
    tree.write_bytes(SCAFFOLD.encode() + b"".join(directories.write_directory(live.values())))
    with scheduler_host(tree) as host:
        assert order(host) == WANTED


def test_what_a_delta_adds_and_replaces_stands_in_the_same_order(host: HostFolder) -> None:
    present = directory_of(host)
    modify(host, change_plan.plan(present, present | read(PEOPLE)))
    assert order(host) == WANTED
    anew = PEOPLE.replace("uid: mmary", "uid: bmary").replace("mail: z@", "mail: y@")
    now = directory_of(host)
    modify(host, change_plan.plan(now, now | read(anew)))
    assert order(host)["uid"] == ["zmary", "amary", "bmary"]
    assert order(host)["mail"] == ["y@corp.example", "a@corp.example"]


def orders(exported: bytes) -> dict[tuple[str, str], list[bytes]]:
    """Return the values of each attribute with several values, by entry, in the export's order."""
    found: dict[tuple[str, str], list[bytes]] = {}
    for record in ldif.read(io.BytesIO(exported)):
        for name, value in record.attributes:
            found.setdefault((record.dn.lower(), name.lower()), []).append(value)
    return {key: values for key, values in found.items() if len(values) > 1}


def named_first(entry: str, values: list[bytes]) -> list[bytes]:
    """A plan's order: first the naming value, which SOCA uses as the name, then the others."""
    name = entry.partition(",")[0].partition("=")[2].encode()
    return sorted(values, key=lambda value: value.lower() != name)


# Changes to live's export.
EDITS = {
    "a value ahead": ("mail: z@corp.example", "mail: new@corp.example\nmail: z@corp.example"),
    "a value between": ("uid: amary", "uid: between\nuid: amary"),
    "a value behind": ("uid: mmary", "uid: mmary\nuid: last"),
    "a value less": ("mail: z@corp.example\n", ""),
    "another value": ("memberUid: zmary", "memberUid: jdoe"),
    "another name": ("cn: A Team", "cn: Team of A"),
    "many members": (
        "memberUid: amary",
        "\n".join(f"memberUid: m{number}" for number in (30, 4, 500, 1, 77)) + "\nmemberUid: amary",
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_plan_of_diff_brings_a_real_directory_to_the_new_order(
    edit: tuple[str, str], tmp_path: Path
) -> None:
    """Run `identities diff --ldif` and then the real ldapmodify, as operators do by hand."""
    old, new, plan = (tmp_path / name for name in ("old.ldif", "new.ldif", "plan.ldif"))
    source, wanted = SCAFFOLD + PEOPLE, SCAFFOLD + PEOPLE.replace(*edit)
    assert source != wanted
    for text, path in ((source, old), (wanted, new)):
        path.write_text(text)
        with scheduler_host(path) as host:
            path.write_bytes(export(host))
    assert cli.main(["identities", "diff", str(old), str(new), "--ldif", str(plan)]) == 1
    with scheduler_host(old) as host:
        bind = ("-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", "ldapi:///")
        subprocess.run(
            [host.tools / "ldapmodify", *bind, "-f", plan], check=True, capture_output=True
        )
        found = orders(export(host))
    before, after = orders(old.read_bytes()), orders(new.read_bytes())
    for (entry, attribute), values in after.items():
        if attribute == "memberuid":  # the first member has no meaning for SOCA
            assert {*found[entry, attribute]} == {*values}
        elif before.get((entry, attribute)) == values:
            assert found[entry, attribute] == values
        else:
            assert found[entry, attribute] == named_first(entry, values)
    assert found.keys() == after.keys()
