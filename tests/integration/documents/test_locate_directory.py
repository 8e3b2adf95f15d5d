"""The source of a host's users is read from sssd's configuration and from the directory."""

import re
from typing import Any

import pytest

from rehearsal.host.folder import BASE_DN, LDAP_PORT, LDAPS_PORT, HostFolder
from tests.integration.scheduler_hosts import Aws, described, export, run


def test_a_fresh_host_uses_its_own_directory(candidate: HostFolder, aws: Aws) -> None:
    assert located(candidate, aws) == {
        "uri": f"ldap://{described(candidate)['address']}:{LDAP_PORT}",
        "base": BASE_DN,
        "root": root_of(candidate),
    }


def test_two_hosts_with_one_directory_name_the_same_root(
    live: HostFolder, candidate: HostFolder, aws: Aws
) -> None:
    assert located(candidate, aws)["root"] != located(live, aws)["root"]
    candidate.sssd_configuration.write_text(live.sssd_configuration.read_text())
    assert located(candidate, aws) == located(live, aws)


def test_a_directory_is_found_over_tls(candidate: HostFolder, aws: Aws) -> None:
    uri = f"ldaps://{described(candidate)['address']}:{LDAPS_PORT}"
    configure(candidate, f"ldap_uri = {uri}\nldap_id_use_start_tls = True")
    assert located(candidate, aws) == {"uri": uri, "base": BASE_DN, "root": root_of(candidate)}


@pytest.mark.parametrize(
    ("options", "secured"),
    [
        ("ldap_uri = ldap://localhost\nldap_id_use_start_tls = True", True),
        ("ldap_uri = ldap://localhost\nldap_id_use_start_tls = false", False),
        ("ldap_uri = ldap://localhost", False),
        ("ldap_uri = ldaps://localhost\nldap_id_use_start_tls = True", False),
    ],
)
def test_start_tls_is_used_where_sssd_uses_it(
    options: str, secured: bool, candidate: HostFolder, aws: Aws
) -> None:
    search = candidate.tools / "ldapsearch"
    search.rename(candidate.root / "whole-ldapsearch")
    note, go_on = f'echo "$@" > {candidate.root}/asked', f'{candidate.root}/whole-ldapsearch "$@"'
    search.write_text(f"#!/bin/sh\n{note}\nexec {go_on}\n")
    search.chmod(0o755)
    configure(candidate, options)
    located(candidate, aws)
    assert ("-ZZ" in (candidate.root / "asked").read_text().split()) == secured


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("ldap_uri=ldap://localhost", id="tight"),
        pytest.param("ldap_uri  =  ldap://localhost  ", id="wide"),
        pytest.param("ldap_uri = ldap://localhost, ldap://127.0.0.1:1", id="first of several"),
        pytest.param("#ldap_uri = ldap://127.0.0.1:1\nldap_uri = ldap://localhost", id="comment"),
        pytest.param("ldap_backup_uri = ldap://x\nldap_uri = ldap://localhost", id="other name"),
    ],
)
def test_the_first_address_counts(options: str, candidate: HostFolder, aws: Aws) -> None:
    configure(candidate, options)
    assert located(candidate, aws) == {
        "uri": "ldap://localhost",
        "base": BASE_DN,
        "root": root_of(candidate),
    }


def test_a_search_base_may_have_a_scope_and_a_filter(candidate: HostFolder, aws: Aws) -> None:
    configure(candidate, "ldap_uri = ldap://localhost", base=f"{BASE_DN}?subtree?(uid=*)")
    assert located(candidate, aws)["base"] == BASE_DN


def test_only_a_domains_options_count(candidate: HostFolder, aws: Aws) -> None:
    candidate.sssd_configuration.write_text(
        f"[sssd]\nldap_uri = ldap://other\n\n[domain/one]\nldap_uri = ldap://localhost\n"
        f"ldap_search_base = {BASE_DN}\n[nss]\nldap_uri = ldap://another\n"
        "[domain/two]\nldap_uri = ldap://third\n"
    )
    assert located(candidate, aws)["uri"] == "ldap://localhost"
    assert located(candidate, aws)["root"] == root_of(candidate)


def test_an_active_directory_is_known_by_its_guid(candidate: HostFolder, aws: Aws) -> None:
    search = candidate.tools / "ldapsearch"
    search.write_text("#!/bin/sh\necho dn: DC=corp,DC=example\necho objectGUID:: pL+/Uq8+0UA==\n")
    assert located(candidate, aws)["root"] == "pL+/Uq8+0UA=="


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[domain/corp.example]\nid_provider = ad\n", id="Active Directory"),
        pytest.param("[domain/x]\nldap_uri = _srv_\n", id="looked up in the DNS"),
        pytest.param('[domain/x]\nldap_uri = ldap://"x\nldap_search_base = "\n', id="quotes"),
    ],
)
def test_what_sssd_is_not_told_is_empty(text: str, candidate: HostFolder, aws: Aws) -> None:
    candidate.sssd_configuration.write_text(text)
    assert located(candidate, aws) == {"uri": "", "base": "", "root": ""}


def test_a_host_without_sssd_is_an_answer(candidate: HostFolder, aws: Aws) -> None:
    candidate.sssd_configuration.unlink()
    assert located(candidate, aws) == {"uri": "", "base": "", "root": ""}


def test_a_directory_that_does_not_answer_has_no_root(candidate: HostFolder, aws: Aws) -> None:
    configure(candidate, "ldap_uri = ldap://127.0.0.1:1")
    assert located(candidate, aws) == {"uri": "ldap://127.0.0.1:1", "base": BASE_DN, "root": ""}


def configure(host: HostFolder, options: str, base: str = BASE_DN) -> None:
    host.sssd_configuration.write_text(f"[domain/x]\n{options}\nldap_search_base = {base}\n")


def located(host: HostFolder, aws: Aws) -> dict[str, Any]:
    return run("locate_directory", host, aws).answer


def root_of(host: HostFolder) -> str:
    (found,) = re.findall(rb"^dn: dc=soca,dc=local\n(?:.+\n)*?entryUUID: (.+)\n", export(host))
    return str(found.decode())
