"""Names that hosts have, entries where SOCA does not look, and values that name an old place."""

import pytest

from changeover.identities.findings import Rule
from rehearsal.actors.soca_entries import group, user
from tests.unit.identities.test_findings import (
    BASE,
    HASH,
    MARY,
    TEAM,
    TREE,
    Edit,
    findings,
    mary,
    more,
    team,
)

OFFICE = f"dn: ou=Office,{BASE}\nobjectClass: organizationalUnit\nou: Office\n\n"


def told(rule: Rule, edit: Edit) -> list[tuple[str, str]]:
    """Entries and reasons."""
    return [(each.entry, each.reason) for each in findings(edit(TREE)).kept if each.rule is rule]


def device(*lines: str, kind: str = "device") -> Edit:
    text = "\n".join((f"dn: cn=odd,{BASE}", f"objectClass: {kind}", "cn: odd", *lines))
    return more(text + "\n")


# --- names that hosts have


@pytest.mark.parametrize(
    ("name", "where"),
    [
        *(("root", "every Linux"), ("bin", "every Linux"), ("munge", "packages of SOCA")),
        *(("pbsdata", "packages of SOCA"), ("ec2-user", "the image's own account")),
        *(("postgres", "packages of SOCA"), ("sssd", "Amazon Linux"), ("www-data", "Ubuntu")),
        *(
            ("ldap", "packages of SOCA"),
            ("systemd-network", "every Linux"),
            ("halt", "Amazon Linux"),
        ),
    ],
)
def test_a_user_and_a_group_may_be_called_like_one_of_the_hosts(name: str, where: str) -> None:
    found = told(Rule.LOCAL_NAME, more(user(name, 5009, HASH), group(name, 5009)))
    assert [entry for entry, _ in found] == [
        f"uid={name},ou=people,{BASE}",
        f"cn={name},ou=group,{BASE}",
    ]
    assert all(
        f"its name {name} is a local name on hosts ({where}" in reason for _, reason in found
    )


@pytest.mark.parametrize("name", ["wheel", "docker", "sudo", "adm", "video", "users"])
def test_hosts_have_groups_without_users(name: str) -> None:
    ((_, reason),) = told(Rule.LOCAL_NAME, more(group(name, 6001)))
    assert "files override LDAP" in reason
    assert not told(Rule.LOCAL_NAME, more(user("zed", 5009, HASH), group("zed", 5009)))


@pytest.mark.parametrize("name", ["wheel", "Root", "rooty", "mary.root", "dockers"])
def test_a_user_may_be_called_like_no_user_of_the_hosts(name: str) -> None:
    assert not told(Rule.LOCAL_NAME, more(user(name, 5009, HASH)))


@pytest.mark.parametrize("number", ["0", "1", "27", "999", "65534"])
def test_hosts_number_their_own_accounts(number: str) -> None:
    ((entry, reason),) = told(Rule.LOCAL_NAME, mary("uidNumber: 5002", f"uidNumber: {number}"))
    assert entry == MARY
    assert f"its uidNumber {number} is a system number on hosts" in reason
    ((entry, reason),) = told(Rule.LOCAL_NAME, team("gidNumber: 6000", f"gidNumber: {number}"))
    assert entry == TEAM
    assert f"its gidNumber {number} is" in reason


# --- where SOCA's web interface looks


@pytest.mark.parametrize(
    ("name", "more_units"),
    [
        (f"uid=zed,ou=Office,{BASE}", OFFICE),
        (f"cn=zed,ou=People,{BASE}", ""),
        (f"cn=zed+uid=zed,ou=People,{BASE}", ""),
        (f"uid=zed,cn=cfdteam,ou=Group,{BASE}", ""),
        (f"uid=zed,{BASE}", ""),
        (f"uid=zed,ou=Office,ou=People,{BASE}", OFFICE.replace(BASE, f"ou=People,{BASE}")),
    ],
)
def test_soca_binds_nobody_elsewhere(name: str, more_units: str) -> None:
    zed = user("zed", 5009, HASH).replace(f"uid=zed,ou=People,{BASE}", name)
    ((entry, reason),) = told(Rule.USER_ELSEWHERE, more(more_units, zed, group("zed", 5009)))
    assert (
        f"zed cannot sign in to SOCA's web interface, which binds as uid=zed,ou=people,{BASE}"
        in reason
    )
    assert "zed" in entry


def test_soca_binds_nobody_by_a_second_name() -> None:
    ((entry, reason),) = told(Rule.USER_ELSEWHERE, mary("\nuid: mary", "\nuid: mj\nuid: mary"))
    assert entry == MARY
    assert reason.startswith("mj cannot sign in")


@pytest.mark.parametrize("name", ["KSmith", "jane.doe-2", "a b", "müller", "o'neil", "x+y"])
def test_soca_binds_whoever_stands_in_its_place_however_spelled(name: str) -> None:
    spelled = name.replace("+", "\\+")
    zed = user("zed", 5009, HASH).replace("dn: uid=zed", f"dn: UID={spelled}")
    zed = zed.replace("ou=People,", "OU=people, ").replace("uid: zed", f"uid: {name}")
    assert not told(Rule.USER_ELSEWHERE, more(zed))


# --- members in another case


def test_sudo_users_and_netgroups_may_differ_in_case_as_well() -> None:
    edit = more(
        f"dn: cn=r2,ou=Sudoers,{BASE}\nobjectClass: sudoRole\ncn: r2\nsudoHost: ALL\n"
        "sudoUser: Mary\nsudoUser: !JDOE\nsudoUser: %CFDteam\nsudoUser: ghost\n\n",
        f"dn: cn=net,{BASE}\nobjectClass: nisNetgroup\ncn: net\nnisNetgroupTriple: (,MARY,)\n"
        "nisNetgroupTriple: (,mary,)\nnisNetgroupTriple: (,stranger,)\n",
    )
    reasons = [reason for _, reason in told(Rule.MEMBER_CASE, edit)]
    assert reasons[0].startswith(
        "lists Mary, !JDOE, %CFDteam, but the names are mary, jdoe, %cfdteam:"
    )
    assert reasons[1].startswith("lists MARY, but the names are mary:")
    ((_, stray),) = told(Rule.STRAY_SUDO_USER, edit)
    assert stray.endswith(": ghost")


def test_a_member_in_another_case_stands_beside_strangers() -> None:
    edit = team("memberUid: mary", "memberUid: MARY\nmemberUid: ghost")
    ((_, case),) = told(Rule.MEMBER_CASE, edit)
    ((_, stray),) = told(Rule.STRAY_MEMBER, edit)
    assert "lists MARY, but the names are mary" in case
    assert stray.endswith(": ghost")


# --- the old base DN


@pytest.mark.parametrize(
    "line",
    [
        f"description: below {BASE}",
        f"description: uid=mary,ou=People,{BASE}",
        "description: DC = soca , DC=Local.",
        "description: below dc=soca;dc=local",
        "description: ou=People ; DC=soca ; DC=local, as before",
        "description: 0.9.2342.19200300.100.1.25=soca,0.9.2342.19200300.100.1.25=local",
        "description: OID.0.9.2342.19200300.100.1.25=soca; dc=local",
        "description: domainComponent=soca,domaincomponent=local",
        'description: uid=mary,dc="soca",dc="local"',
        r"description: dc=\73oca,dc=loca\6C",
        r"description: dc=s\6fca;0.9.2342.19200300.100.1.25 = local",
        "description: %64c%3Dsoca%3Bdc%3Dlocal",
        f"labeledURI: https://wiki.example/?base={BASE}",
        "labeledURI: https://wiki.example/?base=dc%3Dsoca%2Cdc%3Dlocal",
        f"labeledURI: ldap://ldap.example/ou=People,{BASE}??sub?",
        f"labeledURI: ldap:///ou=People,{BASE}??sub?(memberOf=cn=x,{BASE})",
        f"labeledURI;x-old: ldap://10.0.0.9/{BASE}",
        f"seeAlso: cn=x\\,{BASE}",
        f"uniqueMember: uid=mary,ou=People,{BASE}#'0101'B",
    ],
)
def test_a_value_that_keeps_the_base_dn_is_told(line: str) -> None:
    ((entry, reason),) = told(Rule.OLD_PLACE, device(line))
    assert entry == f"cn=odd,{BASE}"
    assert f"its {line.partition(':')[0].partition(';')[0]}" in reason


@pytest.mark.parametrize("attribute", ["gecos", "displayName", "info", "roomNumber", "title"])
def test_it_is_looked_for_in_any_attribute(attribute: str) -> None:
    ((entry, _),) = told(Rule.OLD_PLACE, mary("\nuid:", f"\n{attribute}: of {BASE}\nuid:"))
    assert entry == MARY


def test_sudo_commands_may_hold_it() -> None:
    edit = more(
        f"dn: cn=mary2,ou=Sudoers,{BASE}\nobjectClass: sudoRole\ncn: mary2\nsudoUser: mary\n"
        f"sudoCommand: /usr/bin/ldapsearch -b ou=People,{BASE}\n"
    )
    ((_, reason),) = told(Rule.OLD_PLACE, edit)
    assert "its sudoCommand contains the base DN" in reason


@pytest.mark.parametrize(
    "line",
    [
        f"seeAlso: uid=mary, ou=People, {BASE}",
        f"manager: UID=mary,OU=People,{BASE}",
        f"labeledURI: ldap:///ou=People,{BASE}??sub?(objectClass=posixAccount)",
        f"labeledURI: ldapi:///ou=People,{BASE} people of ours",
        f"ref: ldap://localhost:389/ou=People,{BASE}",
        "description: dc=other,dc=local",
        "description: dc=soca,dc=localhost",
        "description: adc=soca,dc=local",
        "description: 1.0.9.2342.19200300.100.1.25=soca,dc=local",
        "description: dc=soca.dc=local",
        "description: dc=soca;dc=other",
        f'seeAlso: cn="a,b",ou=People,{BASE}',
        "seeAlso: cn=a;ou=People;dc=soca;dc=local",
        'manager: uid="mary";ou=People;0.9.2342.19200300.100.1.25="soca",dc=local',
        "labeledURI: ldap:///ou=%22a,b%22,dc=soca;dc=local??sub?",
        "description: a = b",
    ],
)
def test_what_follows_or_is_another_place_is_not_told(line: str) -> None:
    assert not told(Rule.OLD_PLACE, device(line))


# --- machines


@pytest.mark.parametrize(
    ("kind", "line", "machine"),
    [
        ("sudoRole", "sudoHost: ip-10-0-1-23", "ip-10-0-1-23"),
        ("sudoRole", "sudoHost: 10.0.1.23", "10.0.1.23"),
        ("sudoRole", "sudoHost: !scheduler.corp", "scheduler.corp"),
        ("sudoRole", "sudoHost: 10.0.1.23/32", "10.0.1.23/32"),
        ("account", "host: ip-10-0-1-23.ec2.internal", "ip-10-0-1-23.ec2.internal"),
        ("nisNetgroup", "nisNetgroupTriple: (ip-10-0-1-23,-,soca)", "ip-10-0-1-23"),
        ("ipHost", "ipHostNumber: 10.0.1.23", "10.0.1.23"),
        ("nisObject", "nisMapEntry: -fstype=nfs4 10.0.1.23:/data", "10.0.1.23"),
        ("device", "labeledURI: ldap://ip-10-0-1-23:389/dc=x", "ip-10-0-1-23"),
        ("device", "labeledURI: https://hpc.example/wiki a label", "hpc.example"),
        ("dNSDomain", "aRecord: 10.0.1.23", "10.0.1.23"),
        ("dNSDomain", "mXRecord: 10 mail.corp", "mail.corp"),
    ],
)
def test_a_value_that_names_a_machine_is_told(kind: str, line: str, machine: str) -> None:
    ((entry, reason),) = told(Rule.HOST_NAME, device(line, kind=kind))
    assert entry == f"cn=odd,{BASE}"
    assert f"its {line.partition(':')[0]} lists hosts: {machine};" in reason


@pytest.mark.parametrize(
    "line",
    [
        *("sudoHost: ALL", "sudoHost: !ALL", "sudoHost: ip-10-*", "sudoHost: 10.0.0.0/16"),
        *("sudoHost: +nodes", "host: *", "nisNetgroupTriple: (,mary,)", "sudoHost: node?"),
        *("nisNetgroupTriple: (-,mary,-)", "nisMapEntry: localhost:/data", "labeledURI: x y"),
        *(f"labeledURI: ldap:///{BASE}", "labeledURI: file:///data/x", "sudoHost: localhost"),
    ],
)
def test_all_and_patterns_name_no_machine(line: str) -> None:
    assert not told(Rule.HOST_NAME, device(line))
