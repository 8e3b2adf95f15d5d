"""LDIF of the entries that SOCA 2.6.1 makes: its scaffold, users, groups and sudo roles."""

import re
from collections.abc import Iterable

from changeover.ldap import ldif
from rehearsal.host.folder import BASE_DN

SCAFFOLD = f"""\
dn: {BASE_DN}
dc: soca
objectClass: top
objectClass: domain

dn: cn=admin,{BASE_DN}
objectClass: organizationalRole
cn: admin
description: LDAP Manager

dn: ou=People,{BASE_DN}
objectClass: organizationalUnit
ou: People

dn: ou=Group,{BASE_DN}
objectClass: organizationalUnit
ou: Group

dn: ou=Sudoers,{BASE_DN}
objectClass: organizationalUnit
ou: Sudoers

dn: ou=admins,{BASE_DN}
objectClass: organizationalUnit
ou: Group
ou: admins

"""


def line(name: str, value: str | bytes) -> str:
    """One attribute as slapcat writes it: folded, and in base64 where LDIF requires it."""
    return ldif.line(name, value if isinstance(value, bytes) else value.encode()).decode()


def user(
    name: str, number: int, hashed: str, names: tuple[str, str] | None = None, extra: str = ""
) -> str:
    """`names` are cn and sn, which SOCA fills with the uid; `extra` holds further lines."""
    cn, sn = names or (name, name)
    return f"""\
dn: uid={name},ou=People,{BASE_DN}
objectClass: top
objectClass: person
objectClass: posixAccount
objectClass: shadowAccount
objectClass: inetOrgPerson
objectClass: organizationalPerson
uid: {name}
uidNumber: {number}
gidNumber: {number}
{line("cn", cn)}{line("sn", sn)}loginShell: /bin/bash
homeDirectory: /data/home/{name}
{line("userPassword", hashed.encode())}{extra}
"""


def group(cn: str, number: int, members: Iterable[str] = ()) -> str:
    member_lines = "".join(line("memberUid", member) for member in members)
    return f"""\
{line("dn", f"cn={_escape(cn)},ou=Group,{BASE_DN}")}objectClass: top
objectClass: posixGroup
gidNumber: {number}
{line("cn", cn)}{member_lines}
"""


def sudo_role(cn: str, who: str) -> str:
    return f"""\
dn: cn={cn},ou=Sudoers,{BASE_DN}
objectClass: top
objectClass: sudoRole
sudoHost: ALL
sudoUser: {who}
sudoCommand: ALL
cn: {cn}

"""


def account(name: str, number: int, hashed: str) -> str:
    """SOCA's command line makes these for an administrator: user, private group, sudo role."""
    return user(name, number, hashed) + group(name, number) + sudo_role(name, name)


def _escape(value: str) -> str:
    """Escape a value for a DN (RFC 4514)."""
    return re.sub(r'(^[ #]|[,+"\\<>;]| $)', r"\\\1", value)
