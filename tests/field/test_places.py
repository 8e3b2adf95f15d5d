"""Field cases 08 to 13 and 18: findings that a person reads before a directory moves."""

import io
from pathlib import Path

import pytest

from changeover.identities.audit import inspect
from changeover.identities.conversion import convert
from changeover.identities.directories import read_directory
from changeover.identities.findings import Rule
from changeover.ldap.ldif import Malformed
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4

FIELD = Path(__file__).parent
BASE = "dc=soca,dc=local"


def text(number: str) -> bytes:
    (path,) = FIELD.glob(f"{number}-*.ldif")
    return path.read_bytes()


def reasons(number: str, rule: Rule) -> list[tuple[str, str]]:
    found = inspect(io.BytesIO(text(number)), SOCA_2_6).findings
    return [(each.entry, each.reason) for each in found.kept if each.rule is rule]


def test_a_dynamic_group_follows_its_people() -> None:
    target = SOCA_26_4.at("dc=hpc,dc=local")
    directory = read_directory(io.BytesIO(text("08")))
    moved = convert(directory, SOCA_2_6, target)
    group = moved[f"cn=everybody,{target.groups}".lower()].attributes
    assert group["member"] == {b"uid=mary,ou=people,dc=hpc,dc=local"}
    assert group["labeleduri"] == {
        b"ldap:///ou=People,dc=hpc,dc=local??sub?(objectClass=posixAccount)"
    }
    back = convert(moved, target, SOCA_2_6)
    assert back == {name: directory[name] for name in back}
    assert not reasons("08", Rule.OLD_PLACE)


def test_a_right_on_the_old_host_is_told() -> None:
    ((entry, reason),) = reasons("09", Rule.HOST_NAME)
    assert entry == f"cn=kim,ou=sudoers,{BASE}"
    assert "its sudoHost lists hosts: ip-10-0-1-23, 10.0.1.23" in reason


def test_defaults_of_sudo_are_nothing_to_tell() -> None:
    assert inspect(io.BytesIO(text("10")), SOCA_2_6).findings.kept == ()


def test_the_warnings_of_slapcat_are_called_by_their_name() -> None:
    with pytest.raises(Malformed) as fault:
        inspect(io.BytesIO(text("11")), SOCA_2_6)
    assert fault.value.line == 1
    assert "the file does not begin with LDIF but with a message of slapd" in fault.value.reason
    assert "no 2>&1" in fault.value.reason


@pytest.mark.parametrize("name", ["ec2-user", "munge"])
def test_names_of_the_host_are_told(name: str) -> None:
    entries = dict(reasons("12", Rule.LOCAL_NAME))
    assert f"its name {name} is a local name on hosts" in entries[f"uid={name},ou=people,{BASE}"]
    assert "mary" not in " ".join(entries)


def test_a_member_in_another_case_is_somebody() -> None:
    ((entry, reason),) = reasons("13", Rule.MEMBER_CASE)
    assert entry == f"cn=ksmith,ou=group,{BASE}"
    assert "lists ksmith, but the names are KSmith: Linux is case-sensitive" in reason
    assert not reasons("13", Rule.STRAY_MEMBER)


def test_who_stands_elsewhere_cannot_sign_in() -> None:
    entries = dict(reasons("18", Rule.USER_ELSEWHERE))
    assert {f"cn=may+uid=may,ou=people,{BASE}", f"uid=old,ou=contractors,{BASE}"} <= entries.keys()
    assert not any(entry.startswith("uid=mary,") for entry in entries)
