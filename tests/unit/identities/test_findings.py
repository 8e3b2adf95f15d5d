"""Every rule, on SOCA 2.6.1's own directory with one thing wrong in it."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from changeover.identities.audit import inspect
from changeover.identities.findings import Findings, Rule, Severity
from changeover.identities.rules.catalog import WORDING
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, Dialect
from rehearsal.actors.soca_entries import group, sudo_role, user

TREE = (Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif").read_text()
MARYS_HASH = (
    "userPassword:: e1NTSEF9OTRhaDhaWnlJZnFKN0diSUQxOUUxUUN6TE81eHBOWXRnWWRFTnB3VGFBekpnVVJZ"
)
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"

Edit = Callable[[str], str]


def findings(text: str, dialect: Dialect = SOCA_2_6) -> Findings:
    return inspect(io.BytesIO(text.encode()), dialect, ["socaboot"]).findings


def within(entry: str, old: str, new: str) -> Edit:
    """In the record whose DN begins so."""

    def edit(text: str) -> str:
        head, begin, rest = text.partition(f"dn: {entry},")
        record, end, tail = rest.partition("\n\n")
        assert old in record
        return head + begin + record.replace(old, new, 1) + end + tail

    return edit


mary, team = partial(within, "uid=mary"), partial(within, "cn=cfdteam")


def password(value: str) -> Edit:
    return mary(MARYS_HASH, f"userPassword: {value}")


def members(*names: str) -> Edit:
    lines = "\n".join(f"memberUid: {name}" for name in names)
    return team("memberUid: mary\nmemberUid: jdoe", lines)


def more(*entries: str) -> Edit:
    return lambda text: f"{text}\n{''.join(entries)}"


def newcomer(number: int = 5009) -> Edit:
    return more(user("zed", number, HASH), group("zed", number))


def vpn(cn: str, user: str) -> str:
    """A role that is no way to root."""
    return sudo_role(cn, user).replace("Command: ALL", "Command: /usr/bin/systemctl restart vpn")


def everywhere(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new)


YESCRYPT = "$y$j75$abcd$WCLkjwyk0cxEiDVKmjHNvyiWgB3PcA/vQw0USERV5f0"
BASE = "dc=soca,dc=local"
MARY, JDOE, ZED = (f"uid={name},ou=people,{BASE}" for name in ("mary", "jdoe", "zed"))
TEAM, TUNNEL, PRIVATE, RESERVED = (
    f"cn={name},ou=group,{BASE}" for name in ("cfdteam", "wind tunnel", "mary", "marysocagroup")
)
OPERATORS, GHOST = (f"cn={name},ou=sudoers,{BASE}" for name in ("operators", "ghost"))


CASES = [
    (Rule.NO_PASSWORD, MARY, mary(f"\n{MARYS_HASH}", ""), "has no password"),
    (Rule.NO_PASSWORD, MARY, password(""), "has no password"),
    (Rule.FOREIGN_SCHEME, MARY, password("{ARGON2}$v=19$m"), "{ARGON2} is not a scheme"),
    (Rule.FOREIGN_SCHEME, MARY, password("{PBKDF2-SHA512}1"), "{PBKDF2-SHA512} is not a scheme"),
    (Rule.FOREIGN_SCHEME, MARY, password("{hush}hush"), "its hash's scheme is not a scheme"),
    (Rule.FOREIGN_SCHEME, MARY, password("{CLEARTEXT}Spring#2021"), "{CLEARTEXT} is not a scheme"),
    (Rule.DAMAGED_HASH, MARY, password("{SSHA}94ah8Z~"), "its {SSHA} hash is damaged"),
    (Rule.LOCKED_ACCOUNT, MARY, password("{SSHA}!94ah8Z"), "is locked"),
    (Rule.OPEN_LOCK, MARY, password("!"), "is locked by a text"),
    (
        Rule.CRYPT_METHOD,
        MARY,
        password(f"{{CRYPT}}{YESCRYPT}"),
        "yescrypt, which works only on Amazon",
    ),
    (Rule.CLEAR_TEXT, MARY, password("Spring#2021"), "in clear text"),
    (Rule.NO_NUMBER, MARY, mary("uidNumber: 5002", "uidNumber: abc"), "uidNumber is abc"),
    (Rule.NO_NUMBER, MARY, mary("uidNumber: 5002", "uidNumber: 05002"), "uidNumber is 05002"),
    (Rule.NO_NUMBER, MARY, mary("gidNumber: 5002", "gidNumber: 5002.0"), "gidNumber is 5002.0"),
    (Rule.NO_NUMBER, TEAM, team("gidNumber: 6000", "gidNumber: six"), "gidNumber is six"),
    (Rule.UNKNOWN_ATTRIBUTE, TEAM, team("\ncn:", "\neyes;lang-de: blau\ncn:"), "eyes is in no"),
    (Rule.CLASS_CHAIN, TEAM, team("top", "groupOfNames\nmember: cn=x"), "two structural"),
    (Rule.NOT_ALLOWED, TEAM, team("\ncn:", "\nuidNumber: 5\ncn:"), "allow it uidNumber"),
    (Rule.NOT_ALLOWED, TEAM, team("\ncn:", "\naliasedObjectName: cn=x\ncn:"), "class alias have"),
    (Rule.BAD_OPTION, MARY, mary("\nsn:", "\nsn;x-new: x\nsn:"), "the option ;x-new here"),
    (Rule.BAD_VALUE, MARY, mary("\nsn:", "\ndescription:: TfxsbGVy\nsn:"), "UTF-8 text"),
    (Rule.BAD_VALUE, MARY, mary("\nsn:", "\nmanager: Mary\nsn:"), "the DN of an entry"),
    (
        Rule.BAD_NAME,
        f"cn={'x' * 250},{BASE}",
        more(f"dn: cn={'x' * 250},{BASE}\nobjectClass: device\n"),
        "240",
    ),
    (
        Rule.SEVERAL_VALUES,
        MARY,
        mary("\nsn:", "\ndisplayName: a\ndisplayName: b\nsn:"),
        "displayName",
    ),
    (Rule.POLICY_LOCK, MARY, mary("\nsn:", "\npwdAccountLockedTime: 000001010000Z\nsn:"), "locks"),
    (Rule.POLICY_RESET, MARY, mary("\nsn:", "\npwdReset: TRUE\nsn:"), "at the next login"),
    (Rule.POLICY_STATE, "", mary("\nsn:", "\npwdHistory: 2026\nsn:"), "pwdHistory of a password"),
    (Rule.SERVERS_OWN, "", mary("\nsn:", "\nmemberOf: cn=x\nsn:"), "memberOf is written by live"),
    (Rule.UNKNOWN_CLASS, MARY, mary("objectClass: top", "objectClass: unicorn"), "class unicorn"),
    (Rule.INCOMPLETE, MARY, mary("sn: mary\n", ""), "lacks sn,"),
    (Rule.INCOMPLETE, MARY, mary("uidNumber: 5002\n", ""), "lacks uidNumber,"),
    (Rule.INCOMPLETE, TEAM, team("gidNumber: 6000\n", ""), "lacks gidNumber,"),
    (Rule.TWIN_VALUES, MARY, mary("\ncn: mary", "\ncn: mary\ncn: Mary"), "values of cn"),
    (Rule.TWIN_VALUES, MARY, mary("objectClass: top", "objectClass: Person"), "of objectClass"),
    (Rule.TWIN_VALUES, TEAM, members("jdoe", "mary", "jdoe"), "of memberUid"),
    (Rule.OUTSIDE_BASE, "cn=x", more("dn: cn=x\nobjectClass: device\ncn: x\n"), f"below {BASE}"),
    (
        Rule.NO_PARENT,
        f"cn=x,ou=gone,{BASE}",
        more(f"dn: cn=x,ou=gone,{BASE}\nobjectClass: device\ncn: x\n"),
        f"below ou=gone,{BASE}, which does not move",
    ),
    (Rule.DUPLICATE_UID, JDOE, within("uid=jdoe", "uidNumber: 5003", "uidNumber: 5002"), MARY),
    (Rule.DUPLICATE_GID, TEAM, team("6000", "5002"), f"gidNumber 5002, the same as {PRIVATE}"),
    (Rule.GID_WITHOUT_GROUP, MARY, mary("gidNumber: 5002", "gidNumber: 100"), "its gidNumber 100"),
    (Rule.PRIVATE_GROUP, MARY, mary("gidNumber: 5002", "gidNumber: 6000"), "other gidNumber than"),
    (Rule.PRIVATE_GROUP, ZED, more(user("zed", 5009, HASH), group("z", 5009)), "does not exist"),
    (Rule.RESERVED_NAME, RESERVED, more(group("marysocagroup", 6001)), "private group of mary"),
    (Rule.MEMBER_BY_DN, TEAM, members("uid=mary,ou=People,dc=soca,dc=local"), "uid=mary,ou=People"),
    (Rule.STRAY_MEMBER, TEAM, members("mary", "ghost", "spook"), "who move: ghost, spook"),
    (Rule.STRAY_MEMBER, TEAM, members("socaboot"), "who move: socaboot"),
    (
        Rule.MEMBER_CASE,
        TEAM,
        members("Mary", "JDOE"),
        "lists Mary, JDOE, but the names are mary, jdoe",
    ),
    (Rule.UNUSUAL_NAME, TUNNEL, more(group("Wind Tunnel", 6001)), "its name Wind Tunnel violates"),
    *(
        (Rule.HOME_OUTSIDE, MARY, mary("Directory: /data/home/mary", f"Directory: {home}"), told)
        for home, told in (
            ("/data/home/$USER", "special characters"),
            ('/data/home/an"n;reboot', "special characters"),
            ("/data/home/a b", "special characters"),
            ("/data/home/~root", "special characters"),
        )
    ),
    (Rule.HOME_OUTSIDE, MARY, mary("/data/home/mary", "/home/mary"), "its home /home/mary is not"),
    (Rule.SHARED_HOME, MARY, mary("/data/home/mary", "/data/home/jdoe"), f"also that of {JDOE}"),
    (Rule.MAIL_OF_ANOTHER_NAME, MARY, mary("mail: mary@", "mail: jdoe@"), "the account jdoe"),
    (Rule.UID_OUT_OF_RANGE, ZED, newcomer(4999), "4999 is outside the range 5000 to 65532"),
    (Rule.UID_OUT_OF_RANGE, ZED, newcomer(65533), "65533 is outside the range 5000 to 65532"),
    (Rule.INSTALLER_ACCOUNT, ZED, newcomer(5001), "has uidNumber 5001"),
    (Rule.SUDO_ROLE_NAME, OPERATORS, more(vpn("operators", "%cfdteam")), "lets %cfdteam use"),
    (Rule.STRAY_SUDO_USER, GHOST, more(sudo_role("ghost", "ghost")), "who move: ghost"),
]


def test_a_directory_as_soca_makes_it_has_no_finding() -> None:
    assert findings(TREE) == Findings(kept=(), by_rule={})


@pytest.mark.parametrize(("rule", "entry", "edit", "reason"), CASES)
def test_a_rule_finds_what_it_is_for_and_no_other_does(
    rule: Rule, entry: str, edit: Edit, reason: str
) -> None:
    found = findings(edit(TREE))
    assert found.by_rule == {rule: 1}
    (finding,) = found.kept
    assert (finding.rule, finding.entry) == (rule, entry)
    assert reason in finding.reason
    assert (finding.severity, finding.remedy) == (WORDING[rule].severity, WORDING[rule].remedy)


@pytest.mark.parametrize(
    "edit",
    [
        newcomer(5000),
        newcomer(65532),
        more(group("early", 6001, ["zed"]), user("zed", 5009, HASH), group("zed", 5009)),
        within("cn=mary,ou=Sudoers", "\ncn: mary", ""),
        mary("\nmail: mary@", "\nmail: m@corp.example\nmail: mary@"),
        mary(MARYS_HASH, f"userPassword: {{ARGON2}}x\n{MARYS_HASH}"),
        within("cn=mary", "cn: mary", "cn: her own\ncn: mary"),
        everywhere("userPassword:: ", "userpassword:: "),
        everywhere("\nobjectClass: sudoRole", "\nobjectClass: SUDOROLE"),
        mary("/data/home/mary", "/data/home/mary/"),
        mary("/data/home/mary", "/data/home/cfd/.mary"),
        mary("loginShell: /bin/bash", "loginShell: /usr/local/bin/fish-3.1"),
        mary("loginShell: /bin/bash", "loginShell: /sbin/nologin"),
        more(vpn("cfdteam", "%cfdteam").replace("sudoUser: %cfdteam\n", "")),
        within("cn=mary,ou=Sudoers", "sudoUser: mary", "sudoUser: !ALL\nsudoUser: mary"),
    ],
)
def test_what_soca_and_linux_do_not_mind_is_no_finding(edit: Edit) -> None:
    assert findings(edit(TREE)).kept == ()


def test_a_member_by_dn_may_be_nobody_as_well() -> None:
    found = findings(members(f"uid=ghost,ou=People,{BASE}")(TREE))
    assert found.by_rule == {Rule.MEMBER_BY_DN: 1, Rule.STRAY_MEMBER: 1}


@pytest.mark.parametrize(
    "home", ["/data/home/jdoe/", "/data/home/./jdoe", "/data/home//jdoe", "//data/home/x/../jdoe"]
)
def test_a_home_is_anothers_however_its_path_is_spelled(home: str) -> None:
    found = findings(mary("/data/home/mary", home)(TREE))
    shared = [each for each in found.kept if each.rule is Rule.SHARED_HOME]
    assert [(each.entry, each.reason.endswith(f"that of {JDOE}")) for each in shared] == [
        (MARY, True)
    ]
    own = home.replace("jdoe", "mary")
    assert Rule.SHARED_HOME not in findings(mary("/data/home/mary", own)(TREE)).by_rule


@pytest.mark.parametrize(("one", "other"), [("us", "us/"), ("a/../us", "./us"), ("us//x", "us/x/")])
def test_a_home_is_shared_however_its_path_is_spelled(one: str, other: str) -> None:
    there = TREE.replace("/data/home/mary", f"/data/home/{one}")
    found = findings(there.replace("/data/home/jdoe", f"/data/home/{other}"))
    assert found.by_rule[Rule.SHARED_HOME] == 1


def test_who_spells_a_home_oddly_still_lives_there() -> None:
    """The home's owner lives in it with a slash behind it; so does somebody else."""
    there = TREE.replace("/data/home/mary", "/data/home/mary/")
    found = findings(there.replace("/data/home/jdoe", "/data/home/mary"))
    assert [(each.rule, each.entry) for each in found.kept] == [(Rule.SHARED_HOME, JDOE)]


def test_two_may_share_a_home_that_is_called_after_neither() -> None:
    there = TREE.replace("/data/home/mary", "/data/home/us")
    (finding,) = findings(there.replace("/data/home/jdoe", "/data/home/us")).kept
    assert (finding.rule, finding.entry) == (Rule.SHARED_HOME, JDOE)
    assert f"that of {MARY}" in finding.reason


def test_a_name_can_be_taken_in_another_place_in_the_same_or_in_other_letters() -> None:
    place = f"dn: ou=Guests,{BASE}\nobjectClass: organizationalUnit\nou: Guests\n\n"
    for name in ("mary", "Mary"):
        guest = user(name, 5009, HASH).replace("ou=People", "ou=Guests")
        own_group = group("Mary", 5009).replace("ou=Group", "ou=Guests")
        found = findings(more(place, guest, own_group)(TREE))
        twins = {each.entry for each in found.kept if each.rule is Rule.TWIN_NAMES}
        assert twins == {f"uid=mary,ou=guests,{BASE}", f"cn=mary,ou=guests,{BASE}"}


def test_a_directory_without_users_is_no_export() -> None:
    (finding,) = findings(TREE.partition("dn: uid=socaboot")[0] + group("staff", 6000)).kept[:1]
    assert (finding.rule, finding.entry) == (Rule.NO_USER, "")


def test_whoever_is_left_out_must_exist() -> None:
    found = inspect(io.BytesIO(TREE.encode()), SOCA_2_6, ["socaboot", "socabot"]).findings
    assert found.by_rule == {Rule.NOBODY_LEFT_OUT: 1}
    assert "socabot" in found.kept[0].reason


def test_later_releases_call_private_groups_otherwise() -> None:
    found = findings(TREE, SOCA_2_7)
    assert found.by_rule == {Rule.PRIVATE_GROUP: 3}
    assert "marysocagroup" in found.kept[0].reason


def test_of_many_alike_a_thousand_are_kept_and_all_are_counted() -> None:
    people = [user(f"u{number}", number, "") for number in range(6000, 7200)]
    groups = [group(f"u{number}", number) for number in range(6000, 7200)]
    found = findings(more(*people, *groups)(TREE.replace("gidNumber: 6000", "gidNumber: 5999")))
    assert found.by_rule == {Rule.NO_PASSWORD: 1200}
    assert found.count(Severity.WARNING) == 1200
    assert found.count(Severity.ERROR) == 0
    assert len(found.kept) == 1000


def test_no_finding_tells_a_password_or_its_hash() -> None:
    secrets = ("Spring#2021", "94ah8Z", "WCLkjw", "hush}hush", "v=19$m", "2}1")
    texts = [edit(TREE) for _, _, edit, _ in CASES]
    said = [findings(text).model_dump_json() for text in texts]
    assert all(any(secret in text for text in texts) for secret in secrets)
    assert not [secret for secret in secrets if any(secret in each for each in said)]


def test_errors_stand_ahead_of_warnings() -> None:
    severities = [WORDING[rule].severity for rule in Rule]
    assert severities == sorted(severities)
    found = findings(password("Spring#2021")(team("6000", "six")(TREE)))
    assert [each.rule for each in found.kept] == [Rule.NO_NUMBER, Rule.CLEAR_TEXT]
