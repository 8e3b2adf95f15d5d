"""A new host's directory is the one that SOCA's installer creates."""

import re
from collections.abc import Iterator

import pytest

from changeover.soca.dialect import SOCA_2_6
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import (
    binds,
    directory_of,
    modify,
    password_change,
    scheduler_host,
    tool,
)

EXTERNAL = ("-Q", "-Y", "EXTERNAL", "-H", "ldapi:///")
SEARCH = ("ldapsearch", "-LLL", "-o", "ldif-wrap=no")


@pytest.fixture(scope="module")
def host() -> Iterator[HostFolder]:
    with scheduler_host("socaboot") as host:
        yield host


def test_a_fresh_host_has_the_installers_entries_and_no_others(host: HostFolder) -> None:
    account = SOCA_2_6.account_entries("socaboot")
    assert {entry.dn for entry in directory_of(host).values()} == {*SOCA_2_6.scaffold, *account}


def test_the_bootstrap_account_is_made_as_by_the_command_line(host: HostFolder) -> None:
    user, group, role = (
        directory_of(host)[name.lower()] for name in SOCA_2_6.account_entries("socaboot")
    )
    assert (user.first("uidnumber"), user.first("gidnumber")) == (b"5001", b"5001")
    assert "mail" not in user.attributes
    assert "memberuid" not in group.attributes
    assert role.first("sudouser") == b"socaboot"


def test_two_hosts_have_two_passwords_for_one_bootstrap_account(host: HostFolder) -> None:
    name = SOCA_2_6.account_entries("socaboot")[0].lower()
    with scheduler_host("socaboot") as other:
        mine, theirs = (directory_of(each)[name].first("userpassword") for each in (host, other))
    assert mine != theirs


def test_root_sees_neither_hashes_nor_what_the_database_is_for_the_rootdn(host: HostFolder) -> None:
    assert "userPassword" not in tool(host, *SEARCH, *EXTERNAL, "-b", BASE_DN).stdout
    as_anybody = tool(host, *SEARCH, "-x", "-H", "ldap://localhost", "-b", BASE_DN)
    assert "userPassword" not in as_anybody.stdout
    assert "uid: socaboot" in as_anybody.stdout


def test_users_change_their_own_password_and_no_other(host: HostFolder) -> None:
    modify(host, password_change("socaboot", "first"))
    own = ("-x", "-D", SOCA_2_6.account_entries("socaboot")[0], "-w", "first")
    assert modify(host, password_change("socaboot", "second"), *own).returncode == 0
    assert binds(host, "socaboot", "second")
    own = (*own[:-1], "second")
    rename = f"dn: {SOCA_2_6.account_entries('socaboot')[0]}\nchangetype: modify\nreplace: sn\n"
    assert modify(host, f"{rename}sn: other\n", *own).returncode == 50


def test_schemas_are_loaded_as_soca_loads_them(host: HostFolder) -> None:
    found = tool(host, *SEARCH, *EXTERNAL, "-b", "cn=schema,cn=config", "-s", "one", "cn").stdout
    names = re.findall(r"^cn: \{\d+\}(\w+)$", found, re.MULTILINE)
    assert names == ["core", "sudo", "cosine", "nis", "inetorgperson"]


def test_root_manages_the_configuration_over_ldapi_only(host: HostFolder) -> None:
    assert tool(host, *SEARCH, *EXTERNAL, "-b", "cn=config", "-s", "base").returncode == 0
    anybody = ("-x", "-H", "ldap://localhost", "-b", "cn=config", "-s", "base")
    assert tool(host, *SEARCH, *anybody).returncode == 32
