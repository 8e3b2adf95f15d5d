"""SOCA takes the first uid and cn for a name: values keep their order, the naming one ahead."""

import io

import pytest

from changeover.identities import change_plan
from changeover.identities.conversion import convert, convert_back
from changeover.identities.directories import read_directory, write_directory
from changeover.ldap import dn, ldif
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4, Dialect
from rehearsal.actors.soca_entries import SCAFFOLD

HERE, THERE = SOCA_2_6, SOCA_26_4.at("dc=edh-green,dc=local")


def person(name: str, *lines: str) -> str:
    return "\n".join(
        [
            f"dn: {name},ou=People,dc=soca,dc=local",
            *("objectClass: inetOrgPerson", "objectClass: posixAccount", "sn: z", "sn: a"),
            *("uidNumber: 5002", "gidNumber: 5002", "homeDirectory: /data/home/z"),
            *(*lines, "", ""),
        ]
    )


def values(text: bytes, attribute: str) -> list[str]:
    """In the order of the text."""
    (record,) = ldif.read(io.BytesIO(text))
    return [value.decode() for name, value in record.attributes if name == attribute]


def written(text: str, target: Dialect = HERE) -> bytes:
    """What an import of the export would load."""
    directory = read_directory(io.BytesIO((SCAFFOLD + text).encode()))
    return b"".join(write_directory(convert(directory, HERE, target).values()))


@pytest.mark.parametrize("target", [HERE, THERE], ids=["2.6", "26.4"])
@pytest.mark.parametrize(
    ("name", "attribute", "given", "wanted"),
    [
        ("uid=zmary", "uid", ["zmary", "amary"], ["zmary", "amary"]),
        ("uid=zmary", "uid", ["b", "amary", "zmary", "a"], ["zmary", "b", "amary", "a"]),
        ("uid=ZMary", "uid", ["amary", "zmary"], ["zmary", "amary"]),
        ("uid=z\\2Cmary", "uid", ["a", "z,mary"], ["z,mary", "a"]),
        ("0.9.2342.19200300.100.1.1=zmary", "uid", ["a", "zmary"], ["zmary", "a"]),
        ("uid=zmary+cn=Z  Team", "cn", ["A Team", "z team"], ["z team", "A Team"]),
        ("uid=zmary+cn=Z Team", "uid", ["a", "zmary"], ["zmary", "a"]),
        ("uid=zmary", "mail", ["z@x", "a@x", "m@x"], ["z@x", "a@x", "m@x"]),
        ("cn=z", "uid", ["z", "a"], ["z", "a"]),
    ],
)
def test_an_import_keeps_the_order(
    name: str, attribute: str, given: list[str], wanted: list[str], target: Dialect
) -> None:
    more = [] if attribute == "cn" or name.startswith("cn=") else ["cn: z"]
    more += ["cn: z"] if name.startswith("cn=") else []
    uids = [] if attribute == "uid" else ["uid: zmary"]
    lines = [f"{attribute}: {value}" for value in given]
    text = written(person(name, *more, *uids, *lines), target)
    assert values(text, attribute) == wanted


def test_a_delta_adds_and_replaces_in_order() -> None:
    def read(*lines: str) -> dict[str, Entry]:
        return read_directory(io.BytesIO(person("uid=zmary", "cn: z", *lines).encode()))

    before, after = read("uid: zmary"), read("uid: c", "uid: zmary", "uid: a", "mail: z", "mail: a")
    added = b"".join(change_plan.to_ldif(change_plan.plan({}, after)))
    assert added.index(b"uid: zmary") < added.index(b"uid: c\n") < added.index(b"uid: a\n")
    changed = b"".join(change_plan.to_ldif(change_plan.plan(before, after)))
    assert b"replace: uid\nuid: zmary\nuid: c\nuid: a\n-\n" in changed
    assert b"replace: mail\nmail: z\nmail: a\n-\n" in changed


def test_members_that_come_keep_their_order() -> None:
    def group(*members: str) -> dict[str, Entry]:
        lines = "".join(f"memberUid: {each}\n" for each in members)
        text = f"dn: cn=g,dc=x\nobjectClass: posixGroup\ncn: g\ngidNumber: 1\n{lines}"
        return read_directory(io.BytesIO(text.encode()))

    plan = change_plan.plan(group("b"), group("z", "b", "a"))
    assert b"add: memberUid\nmemberUid: z\nmemberUid: a\n-\n" in b"".join(change_plan.to_ldif(plan))


def test_the_way_back_keeps_the_order() -> None:
    text = (SCAFFOLD + person("uid=zmary", "cn: z", "uid: amary", "uid: zmary")).encode()
    there = convert(read_directory(io.BytesIO(text)), HERE, THERE)
    scaffold = {dn.normal(name): Entry(name, {}) for name in THERE.scaffold}
    back = convert_back(scaffold | there, scaffold | there, THERE, HERE)
    changes = b"".join(change_plan.to_ldif(change_plan.plan({}, back.entries)))
    assert changes.index(b"uid: zmary") < changes.index(b"uid: amary")
