"""Live's entries, judged by the rules of the release that they move to."""

import io
from pathlib import Path

import pytest

from changeover.identities.audit import Inspection, inspect
from changeover.identities.findings import Finding, Rule, Severity
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, SOCA_24_10, SOCA_25_8, SOCA_26_4, Dialect
from changeover.soca.sign_in import WEB_2_6, WEB_24_10, WEB_25_8, AdministratorRule, Refusal
from rehearsal.actors.soca_entries import group, sudo_role, user

TREE = (Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif").read_text()
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"
BASE = "dc=soca,dc=local"
GAINED, LOST = Rule.ADMINISTRATOR_GAINED, Rule.ADMINISTRATOR_LOST
BEFORE_25_8 = [SOCA_2_6, SOCA_2_7, SOCA_24_10]
FROM_24_10 = [SOCA_24_10, SOCA_25_8, SOCA_26_4]
FROM_25_8 = [SOCA_25_8, SOCA_26_4]
BESIDE = (*(GAINED, LOST, Rule.NO_ADMINISTRATOR, Rule.REFUSED_NAME, Rule.CAPITAL_NAME),)
BESIDE += (Rule.UNKNOWN_TO_HOST, Rule.PERSON_WITHOUT_ACCOUNT, Rule.UNLISTED_USER)
BESIDE += (Rule.UNLISTED_GROUP,)


def judged(*more: str, to: Dialect = SOCA_26_4, here: Dialect = SOCA_2_6) -> Inspection:
    text = "\n".join([TREE, *more])
    target = to.at(BASE)
    return inspect(io.BytesIO(text.encode()), here.at(BASE), ["socaboot"], None, target)


def found(*more: str, to: Dialect = SOCA_26_4, here: Dialect = SOCA_2_6) -> list[Finding]:
    kept = judged(*more, to=to, here=here).findings.kept
    return [finding for finding in kept if finding.rule in BESIDE]


def told(*more: str, to: Dialect = SOCA_26_4, here: Dialect = SOCA_2_6) -> list[tuple[Rule, str]]:
    return [(f.rule, f.entry.partition(",")[0]) for f in found(*more, to=to, here=here)]


def person(name: str, number: int = 7000) -> str:
    return user(name, number, HASH) + group(name, number)


def role(cn: str, *users: str, place: str = "ou=Sudoers", command: str = "ALL") -> str:
    lines = "".join(f"sudoUser: {each}\n" for each in users)
    return (
        f"dn: cn={cn},{place},{BASE}\nobjectClass: top\nobjectClass: sudoRole\ncn: {cn}\n"
        f"{lines}sudoHost: ALL\nsudoCommand: {command}\n\n"
    )


def entry(name: str, *lines: str) -> str:
    return "\n".join([f"dn: {name},{BASE}", *lines, "", ""])


def everybody() -> list[str]:
    found = judged().administration
    assert found
    return [*found.before.first]


def test_soca_s_own_directory_breaks_no_rule_of_any_release() -> None:
    assert all(not told(to=target) for target in (SOCA_2_6, SOCA_2_7, *FROM_24_10))
    administration = judged().administration
    assert administration
    assert administration.before == administration.after
    assert administration.before.number == 1


def test_without_a_release_to_come_nobody_is_compared() -> None:
    inspection = inspect(io.BytesIO((f"{TREE}\n" + role("backup", "mary")).encode()), SOCA_2_6)
    assert inspection.administration is None
    assert GAINED not in inspection.findings.by_rule


# Who administers.


@pytest.mark.parametrize("target", FROM_24_10, ids=lambda each: each.name)
def test_a_role_for_one_command_makes_an_administrator_from_24_10_on(target: Dialect) -> None:
    rsync = role("backup", "web11", command="/usr/bin/rsync")
    (finding,) = found(person("web11"), rsync, to=target)
    assert (finding.rule, finding.severity) == (GAINED, Severity.ERROR)
    assert finding.entry == f"uid=web11,ou=people,{BASE}"
    assert f"cn=backup,ou=sudoers,{BASE} alone has it as sudoUser" in finding.reason
    administration = judged(person("web11"), rsync, to=target).administration
    assert administration
    assert "web11" not in administration.before.first
    assert "web11" in administration.after.first


@pytest.mark.parametrize("target", [SOCA_2_6, SOCA_2_7], ids=lambda each: each.name)
def test_up_to_2_7_it_does_not(target: Dialect) -> None:
    assert not told(person("web11"), role("backup", "web11"), to=target)


@pytest.mark.parametrize(
    "roles",
    [
        role("boss", "boss") + role("docker", "boss"),  # two roles, and exactly one must be
        role("boss", "%cfdteam"),
        role("boss", "ALL"),
        role("boss", "!boss"),
        role("boss", "#7000"),
        role("boss"),
        role("Boss", "BOSS"),  # administers as BOSS, which nobody would think of typing
        entry(
            "cn=boss,ou=Sudoers", "objectClass: device", "cn: boss"
        ),  # up to 2.7, any entry of that name is enough
    ],
)
def test_who_is_no_administrator_any_more_is_told(roles: str) -> None:
    assert (LOST, "uid=boss") in told(person("boss"), roles)


def test_one_role_of_another_name_keeps_an_administrator() -> None:
    assert not told(person("boss"), role("boss", "%cfdteam"), role("docker", "boss", "mary2"))


@pytest.mark.parametrize(
    "roles",
    [
        role("backup", "web11", place="ou=cae,ou=Sudoers"),
        role("backup", "Web11"),  # by typing it like that
        role("backup", " web11 "),
        role("backup", "web12", "web11"),
        role("one", "WEB11") + role("two", "Web11", "web12"),
        role("backup", "web11").replace("ou=Sudoers", "OU=sudoers"),
    ],
)
def test_every_way_to_become_an_administrator_is_found(roles: str) -> None:
    assert (GAINED, "uid=web11") in told(person("web11"), roles)


@pytest.mark.parametrize(
    "roles",
    [
        role("backup", "web11", place="ou=cae"),
        role("backup", "web111", "%web11", "!web11", "+web11"),
        role("one", "web11") + role("two", "web11"),
    ],
)
def test_what_makes_nobody_an_administrator_is_no_error(roles: str) -> None:
    assert not told(person("web11"), roles)


def test_a_role_of_somebody_who_does_not_exist_makes_no_administrator() -> None:
    assert not told(role("backup", "nobody-here"))


def test_the_last_administrator_must_not_be_lost() -> None:
    (name,) = everybody()
    more = role("docker", name)
    assert told(more) == [(Rule.NO_ADMINISTRATOR, ""), (LOST, f"uid={name}")]


def test_a_person_without_an_account_administers_too() -> None:
    """Up to 25.7 a password is all that the login form asks for."""
    odd = entry(
        "uid=ghost,ou=People",
        *("objectClass: inetOrgPerson", "uid: ghost", "cn: ghost", "sn: ghost"),
        f"userPassword: {HASH}",
    )
    assert (GAINED, "uid=ghost") in told(odd, role("backup", "ghost"), to=SOCA_24_10)


def test_a_role_s_name_is_advice_only_where_names_count() -> None:
    odd = role("operators", "%cfdteam")
    assert Rule.SUDO_ROLE_NAME in judged(odd, to=SOCA_2_7).findings.by_rule
    assert Rule.SUDO_ROLE_NAME not in judged(odd, to=SOCA_26_4).findings.by_rule


def test_between_releases_of_one_rule_nobody_gains_or_loses() -> None:
    roles = role("backup", "web11") + role("boss", "boss") + role("docker", "boss")
    assert not told(person("web11"), person("boss", 7001), roles, here=SOCA_24_10, to=SOCA_24_10)


def test_where_the_last_administrator_is_as_doubtful_as_before_nothing_is_lost() -> None:
    """The role spells the name in another way, on live as on the release to come."""
    (name,) = everybody()
    tree = person("kim") + role("admins", "Kim") + role("docker", name)
    for release in (SOCA_24_10, SOCA_26_4):
        assert Rule.NO_ADMINISTRATOR not in judged(tree, here=release, to=release).findings.by_rule
    assert Rule.NO_ADMINISTRATOR in judged(tree, here=SOCA_2_7).findings.by_rule


def test_of_many_administrators_some_are_named() -> None:
    many = "".join(person(f"u{n}", n) + sudo_role(f"u{n}", f"u{n}") for n in range(7000, 7100))
    administration = judged(many).administration
    assert administration
    assert administration.after.number == 101
    assert str(administration.after).endswith(" and 81 more)")
    assert len(administration.after.first) == 20


# Who can log in.


@pytest.mark.parametrize("name", ["JSmith", "jSmith", "X"])
def test_from_25_8_on_nobody_logs_in_by_a_name_with_capitals(name: str) -> None:
    assert not any(told(person(name), to=target) for target in BEFORE_25_8)
    for target in FROM_25_8:
        (finding,) = found(person(name), to=target)
        assert (finding.rule, finding.severity) == (Rule.CAPITAL_NAME, Severity.ERROR)
        assert f"nobody can log in as {name} at" in finding.reason


@pytest.mark.parametrize("name", ["_svc", "a" * 40, "bob smith", "-x", "Größe", "a@b", "a*"])
def test_from_25_8_on_nobody_logs_in_by_a_name_that_breaks_the_rule(name: str) -> None:
    assert not any(told(person(name), to=target) for target in BEFORE_25_8)
    for target in FROM_25_8:
        inspection = judged(person(name), to=target)
        assert inspection.findings.by_rule[Rule.REFUSED_NAME] == 1
        named = [f for f in inspection.findings.kept if f.rule is Rule.UNUSUAL_NAME]
        assert [f.entry[:3] for f in named] == ["cn="]  # its group alone is a warning still


@pytest.mark.parametrize("numbers", [(0, 0), (0, 7000), (7000, 0), (2**32, 7000), (-1, 7000)])
def test_from_25_8_on_nobody_logs_in_whom_the_host_cannot_know(numbers: tuple[int, int]) -> None:
    uid, gid = numbers
    text = person("toor").replace("uidNumber: 7000", f"uidNumber: {uid}")
    text = text.replace("gidNumber: 7000", f"gidNumber: {gid}")
    assert not told(text, to=SOCA_24_10)
    assert told(text) == [(Rule.UNKNOWN_TO_HOST, "uid=toor")]


def test_an_alias_with_capitals_locks_nobody_out() -> None:
    alias = person("jsmith").replace("uid: jsmith\n", "uid: JS\nuid: jsmith\n")
    assert not told(alias)


def test_who_cannot_log_in_administers_nothing() -> None:
    there = told(person("JSmith"), sudo_role("JSmith", "JSmith"))
    assert (Rule.CAPITAL_NAME, "uid=jsmith") in there
    assert (LOST, "uid=jsmith") in there


def test_what_live_refuses_already_is_a_warning() -> None:
    odd = person("JSmith") + person("_svc", 7001)
    severities = {f.rule: f.severity for f in found(odd, here=SOCA_25_8)}
    assert severities == dict.fromkeys((Rule.REFUSED_NAME, Rule.CAPITAL_NAME), Severity.WARNING)


# Who is listed, and whether anybody can be.


CONTACT = ("objectClass: inetOrgPerson", "cn: contact", "sn: contact")


@pytest.mark.parametrize("target", FROM_24_10, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("odd", "lacks"),
    [
        (entry("cn=contact,ou=People", *CONTACT), "lacks uid, uidNumber:"),
        (entry("cn=contact,ou=cae,ou=People", *CONTACT), "lacks uid, uidNumber:"),
        (entry("uid=scanner,ou=People", *CONTACT, "uid: scanner"), "lacks uidNumber:"),
        (entry("uid=scanner,ou=People", *CONTACT), "lacks uidNumber:"),  # a server adds the uid
        (
            entry("cn=x,ou=People", "objectClass: person", "cn: x", "sn: x"),
            "lacks uid, uidNumber:",
        ),
        (
            entry("cn=x,ou=People", "objectClass: residentialPerson", "cn: x", "sn: x", "l: x"),
            "lacks uid, uidNumber:",
        ),
    ],
)
def test_a_person_who_is_no_user_stops_user_management(
    odd: str, lacks: str, target: Dialect
) -> None:
    (finding,) = found(odd, to=target)
    assert (finding.rule, finding.severity) == (Rule.PERSON_WITHOUT_ACCOUNT, Severity.ERROR)
    assert lacks in finding.reason
    assert not found(odd, to=SOCA_2_7)


@pytest.mark.parametrize(
    "odd",
    [
        entry("cn=contact,ou=contacts", *CONTACT),
        entry("cn=x,ou=People", "objectClass: device", "cn: x"),
        entry("ou=cae,ou=People", "objectClass: organizationalUnit", "ou: cae"),
        entry("cn=x,ou=People", "objectClass: applicationProcess", "cn: x"),
    ],
)
def test_who_is_no_person_of_the_people_s_unit_stops_nothing(odd: str) -> None:
    assert not found(odd)


ACCOUNT = """\
dn: uid=acct,ou=People,dc=soca,dc=local
objectClass: account
objectClass: posixAccount
uid: acct
cn: acct
uidNumber: 9003
gidNumber: 9003
homeDirectory: /data/home/acct
userPassword: {SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY

"""


@pytest.mark.parametrize("target", FROM_24_10, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (ACCOUNT, "is not a person"),
        (person("ann").replace("ou=People", "ou=cae"), f"is not below ou=people,{BASE}"),
        (person("ann").replace("ou=People", "ou=Group"), "is not below ou=people"),
    ],
)
def test_who_is_not_counted_is_told(odd: str, why: str, target: Dialect) -> None:
    (finding,) = found(odd, to=target)
    assert (finding.rule, finding.severity) == (Rule.UNLISTED_USER, Severity.WARNING)
    assert finding.reason.startswith(f"{why}")
    assert not found(odd, to=SOCA_2_7)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (group("lab", 6001).replace("ou=Group", "ou=cae"), "is not below ou=group"),
        (
            entry(
                "cn=lab,ou=Group",
                *("objectClass: groupOfNames", "cn: lab", f"member: uid=mary,ou=People,{BASE}"),
            ),
            "is not a posixGroup",
        ),
    ],
)
def test_a_group_that_is_not_listed_is_told(odd: str, why: str) -> None:
    (finding,) = found(odd)
    assert (finding.rule, finding.severity) == (Rule.UNLISTED_GROUP, Severity.WARNING)
    assert finding.reason.startswith(why)
    assert ("gidNumber" in finding.reason) == ("gidNumber" in odd)
    assert not found(odd, to=SOCA_2_7)


def test_the_rules_are_data_of_each_release() -> None:
    assert [d.web for d in (SOCA_2_6, SOCA_2_7)] == [WEB_2_6, WEB_2_6]
    assert [d.web for d in FROM_24_10] == [WEB_24_10, WEB_25_8, WEB_25_8]
    assert WEB_25_8.administrators is AdministratorRule.SUDO_USER
    assert WEB_25_8.refuses("bob smith", 5002) is Refusal.NAME
    assert WEB_24_10.refuses("bob smith", 0) is None
