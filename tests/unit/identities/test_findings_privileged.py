"""Every way to root is told by its name; what SOCA itself makes is none to be told in a check."""

import pytest

from changeover.identities.findings import Findings, Rule, Severity
from changeover.identities.rules import root_commands
from rehearsal.actors.soca_entries import group, sudo_role, user
from tests.unit.identities.test_findings import (
    HASH,
    MARY,
    TEAM,
    TREE,
    Edit,
    findings,
    mary,
    more,
    within,
)

ZED = user("zed", 5009, HASH) + group("zed", 5009)


def privileged(edit: Edit) -> list[tuple[str, str]]:
    """Entries and reasons."""
    found = findings(edit(TREE))
    return [(each.entry, each.reason) for each in found.kept if each.rule is Rule.PRIVILEGED]


def numbered(number: str) -> Edit:
    return mary("uidNumber: 5002", f"uidNumber: {number}")


def home(place: str) -> Edit:
    return mary("homeDirectory: /data/home/mary", f"homeDirectory:{place}")


def shell(program: str) -> Edit:
    return mary("loginShell: /bin/bash", f"loginShell:{program}")


def named(name: str) -> Edit:
    return more(user(name, 5009, HASH), group(name, 5009))


@pytest.mark.parametrize("number", ["0", "10", "-7"])
def test_nobody_is_advised_to_make_a_group_that_leads_to_root(number: str) -> None:
    found = findings(mary("gidNumber: 5002", f"gidNumber: {number}")(TREE))
    assert Rule.PRIVILEGED in found.by_rule
    assert Rule.GID_WITHOUT_GROUP not in found.by_rule


OF_USERS = [
    (numbered("0"), "its uidNumber 0 is that of root"),
    (numbered("4294967296"), "its uidNumber 4294967296 does not fit"),
    (numbered("8589934592"), "does not fit"),
    (numbered("4294967295"), "does not fit"),
    (numbered("2147483648"), "does not fit"),
    (numbered("-1"), "its uidNumber -1 does not fit"),
    (numbered("-4294967296"), "does not fit"),
    (numbered("1000"), "the image's own account"),
    (mary("gidNumber: 5002", "gidNumber: 0"), "its gidNumber 0 is that of root"),
    (mary("gidNumber: 5002", "gidNumber: 10"), "its gidNumber 10 is that of wheel"),
    (mary("gidNumber: 5002", "gidNumber: 6"), "that of disk"),
    (mary("gidNumber: 5002", "gidNumber: 4294967296"), "its gidNumber 4294967296 does not fit"),
    (home(" /data/home/../../root"), "its home leads to /root"),
    (home(" /root"), "its home leads to /root"),
    (home(" //root/.ssh"), "its home leads to /root/.ssh"),
    (home(" /data/home/.."), "its home leads to /data"),
    (home(" /data/home/."), "its home leads to /data/home"),
    (home(" /data/home/"), "its home leads to /data/home"),
    (home(" /data/home/./"), "its home leads to /data/home"),
    (home(" /data/home/../lab/mary"), "its home leads out of /data/home"),
    (home(" /etc"), "its home leads to /etc"),
    (home(" /"), "its home leads to /"),
    (home(" /apps/soca/x"), "its home leads to /apps/soca/x"),
    (home(": L2RhdGEvaG9tZS9tYXJ5Cg=="), "its home contains a control character"),
    (home(": L2RhdGEvaG9tZS9tYXIJeQ=="), "its home contains a control character"),
    (shell(" /bin/bash -c id"), "its loginShell has arguments"),
    (shell(" /data/home/jdoe/sh"), "outside the folders for programs"),
    (shell(" /tmp/sh"), "outside the folders for programs"),
    (shell(" bash"), "outside the folders for programs"),
    (shell(" /usr/bin/../../data/home/jdoe/sh"), "outside the folders for programs"),
    (shell(" /usr/bin/sudo"), "its loginShell is sudo"),
    (shell(": L2Jpbi9iYXNoCg=="), "its loginShell has arguments"),
]


@pytest.mark.parametrize(("edit", "way"), OF_USERS, ids=range(len(OF_USERS)))
def test_a_user_is_privileged_by_what_its_entry_says(edit: Edit, way: str) -> None:
    ((entry, reason),) = privileged(edit)
    assert entry == MARY
    assert reason.startswith("gives mary a way to root: ")
    assert way in reason


@pytest.mark.parametrize("name", ["root", "ec2-user", "ubuntu", "centos", "rocky", "ssm-user"])
def test_a_name_that_may_use_sudo_on_hosts_is_a_way_to_root(name: str) -> None:
    reasons = [reason for _, reason in privileged(named(name))]
    assert any(f"its name is {name}" in reason for reason in reasons)


@pytest.mark.parametrize(
    "name", ["wheel", "root", "sudo", "docker", "adm", "disk", "shadow", "kmem", "lxd"]
)
def test_members_of_a_privileged_group_are_named(name: str) -> None:
    ((entry, reason),) = privileged(more(group(name, 6001, ["mary", "jdoe"])))
    assert entry == f"cn={name},ou=group,dc=soca,dc=local"
    assert reason == f"gives mary, jdoe a way to root: member of {name}"
    ((_, alone),) = privileged(more(group(name, 6001, ["mary"])))
    assert "gives mary a way" in alone


@pytest.mark.parametrize(("number", "whose"), [(0, "root"), (10, "wheel"), (27, "sudo")])
def test_a_group_with_the_number_of_a_privileged_one_is_one(number: int, whose: str) -> None:
    ((_, reason),) = privileged(more(group("harmless", number, ["mary"])))
    assert f"member of harmless: its gidNumber {number} is that of {whose}" in reason


def test_an_empty_group_makes_nobody_root() -> None:
    assert privileged(more(group("docker", 6001))) == []


def test_who_has_a_privileged_group_for_his_own_is_its_member_too() -> None:
    docker = more(group("docker", 6001))
    reasons = [
        r for _, r in privileged(lambda t: docker(mary("Number: 5002\ncn", "Number: 6001\ncn")(t)))
    ]
    assert reasons == ["gives mary a way to root: member of docker"]


def role(cn: str, *lines: str) -> Edit:
    text = sudo_role(cn, "somebody").replace("sudoUser: somebody\n", "")
    return more(
        text.replace("sudoCommand: ALL\n", "").rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    )


ROLES = [
    (["sudoUser: ALL", "sudoCommand: ALL"], ["ALL"]),
    (["sudoUser: #5002", "sudoCommand: ALL"], ["mary"]),
    (["sudoUser: #4711", "sudoCommand: ALL"], ["#4711"]),
    (["sudoUser: %cfdteam", "sudoCommand: ALL"], ["mary, jdoe"]),
    (["sudoUser: %#6000", "sudoCommand: ALL"], ["mary, jdoe"]),
    (["sudoUser: %jdoe", "sudoCommand: ALL"], ["jdoe"]),
    (["sudoUser: %local", "sudoCommand: ALL"], ["%local"]),
    (["sudoUser: +admins", "sudoCommand: ALL"], ["+admins"]),
    (["sudoUser: mary", "sudoUser: jdoe", "sudoCommand: ALL"], ["mary", "jdoe"]),
    (["sudoUser: jdoe", "sudoUser: !mary", "sudoCommand: ALL"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: ALL", "sudoCommand: !/bin/su"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: /bin/bash"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: /usr/bin/vim /etc/motd"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: sudoedit /etc/motd"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAsUser: root"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAs: ALL"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAsUser: #0"], ["jdoe"]),
    (["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAsGroup: cfdteam"], ["jdoe"]),
    (
        ["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAsUser: mary", "sudoRunAsGroup: wheel"],
        ["jdoe"],
    ),
    *(
        (["sudoUser: jdoe", "sudoCommand: /usr/bin/id", f"sudoOption: {option}"], ["jdoe"])
        for option in (
            *("setenv", "!env_reset", "! env_reset", "env_keep+=LD_PRELOAD", "env_keep=LD_PRELOAD"),
            *("secure_path=/data/home/mary:/bin", "!secure_path", "editor=/tmp/x", "SETENV"),
        )
    ),
    *(
        (["sudoUser: jdoe", f"sudoCommand: {command}"], ["jdoe"])
        for command in (
            *("/bin/chmod u+s /bin/bash", "/bin/chmod 4755 /bin/bash", "/bin/chmod +s /bin/dash"),
            *("/bin/cp /srv/x /etc/sudoers", "/bin/cp /srv/x /etc/sudoers.d/x"),
            *("/usr/bin/systemctl edit httpd", "/usr/bin/tee -a /etc/passwd"),
        )
    ),
]


@pytest.mark.parametrize(("lines", "names"), ROLES, ids=range(len(ROLES)))
def test_a_sudo_role_names_those_whom_it_makes_root(lines: list[str], names: list[str]) -> None:
    found = privileged(role("r2", *lines))
    assert {entry for entry, _ in found} == {"cn=r2,ou=sudoers,dc=soca,dc=local"}
    assert [reason.partition(" a way")[0] for _, reason in found] == [f"gives {n}" for n in names]
    assert all("sudo role r2: " in reason for _, reason in found)


@pytest.mark.parametrize(
    "lines",
    [
        ["sudoUser: jdoe", "sudoCommand: /usr/bin/systemctl restart pbs"],
        ["sudoUser: jdoe", "sudoCommand: ALL", "sudoRunAsUser: operator5"],
        ["sudoUser: jdoe", "sudoCommand: !ALL"],
        ["sudoUser: jdoe", "sudoCommand: !/usr/bin/id", "sudoOption: setenv"],
        ["sudoUser: jdoe", "sudoCommand: /usr/bin/id", "sudoOption: !setenv"],
        ["sudoUser: jdoe", "sudoCommand: /usr/bin/id", "sudoOption: env_keep-=LD_PRELOAD"],
        ["sudoUser: jdoe", "sudoCommand: /bin/chmod 0755 /srv/x"],
        [
            *("sudoUser: jdoe", "sudoCommand: ALL"),
            *("sudoRunAsUser: operator5", "sudoRunAsGroup: cfdteam"),
        ],
        ["sudoUser: !jdoe", "sudoCommand: ALL"],
        ["sudoUser: root", "sudoCommand: ALL"],
        ["sudoUser: jdoe"],
        ["sudoCommand: ALL"],
    ],
)
def test_a_role_that_makes_nobody_root_is_not_privileged(lines: list[str]) -> None:
    assert privileged(role("r2", *lines)) == []


def test_an_own_role_without_a_password_is_more_than_soca_makes() -> None:
    edit = within(
        "cn=mary,ou=Sudoers", "sudoUser: mary", "sudoUser: mary\nsudoOption: !authenticate"
    )
    ((_, reason),) = privileged(edit)
    assert reason.endswith("ALL, without a password")


def test_an_own_role_that_lets_others_in_is_more_than_soca_makes() -> None:
    edit = within("cn=mary,ou=Sudoers", "sudoUser: mary", "sudoUser: mary\nsudoUser: %cfdteam")
    assert len(privileged(edit)) == 2


def test_an_account_may_be_a_sudo_role_itself() -> None:
    edit = mary("\nuid:", "\nobjectClass: sudoRole\nsudoUser: mary\nsudoCommand: ALL\nuid:")
    ((entry, reason),) = privileged(edit)
    assert entry == MARY
    assert "in an account's own entry" in reason


def test_netgroups_name_users_through_others() -> None:
    nets = "".join(
        f"dn: cn={cn},dc=soca,dc=local\nobjectClass: nisNetgroup\ncn: {cn}\n{more}\n"
        for cn, more in (
            ("admins", "memberNisNetgroup: some\nmemberNisNetgroup: admins\n"),
            ("some", "nisNetgroupTriple: (,mary,)\nnisNetgroupTriple: (-, jdoe ,soca)\n"),
        )
    )
    grants = role("r2", "sudoUser: +admins", "sudoCommand: ALL")
    ((_, reason),) = privileged(lambda text: more(nets)(grants(text)))
    assert reason.startswith("gives mary, jdoe a way")


@pytest.mark.parametrize("option", ["!authenticate", "! authenticate", "exempt_group=cfdteam"])
@pytest.mark.parametrize("name", ["defaults", "Defaults"])
def test_defaults_that_ask_nobody_for_a_password_are_told(name: str, option: str) -> None:
    ((_, reason),) = privileged(role(name, f"sudoOption: {option}"))
    assert "all who may use sudo" in reason


@pytest.mark.parametrize("name", ["defaults", "Defaults", "DEFAULTS"])
def test_defaults_of_sudo_hold_options_for_all(name: str) -> None:
    found = findings(role(name, "sudoOption: !env_reset", "sudoOption: ignore_dot")(TREE))
    assert found == Findings(kept=(), by_rule={})


def test_what_live_has_already_is_no_error() -> None:
    (found,) = findings(more(group("docker", 6001, ["mary"]))(TREE)).kept[:1]
    assert found.severity is Severity.WARNING
    assert TEAM not in found.entry


@pytest.mark.parametrize(
    "command",
    [
        *(
            "ALL",
            "/bin/sh",
            "/usr/bin/python3.9",
            "/usr/bin/vim.basic x",
            "/usr/bin/less /var/log/x",
        ),
        *("/usr/bin/", "/usr/bin/*", "/usr/bin/cat /var/log/*", "/data/home/mary/x", "/fsx/x y"),
        *("/usr/bin/rsync", "/usr/bin/systemctl", "/usr/bin/find /tmp -name *", "sudoedit"),
        *("sha256:abc= /bin/bash", "sha256:a=, sha224:b= /bin/bash", "/usr/bin/docker ps"),
        *('/bin/su ""', "/usr/sbin/visudo", "/usr/bin/passwd mary", "/usr/bin/[a-z]*"),
    ],
)
def test_a_command_that_leads_to_a_shell(command: str) -> None:
    assert root_commands.to_root([command.encode()])


@pytest.mark.parametrize(
    "command",
    [
        *("!ALL", "!/bin/sh", "/usr/bin/systemctl restart pbs", "/usr/sbin/pbsnodes", "/bin/true"),
        *("/usr/bin/cat /etc/motd", '/usr/bin/systemctl ""', "/opt/pbs/bin/qdel 1"),
    ],
)
def test_a_command_that_does_one_thing(command: str) -> None:
    assert not root_commands.to_root([command.encode()])


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (named("EC2-User"), "gives EC2-User a way to root: its name is EC2-User"),
        (named("Root"), "gives Root a way to root: its name is Root"),
        (more(group("Wheel", 7000, ["mary"])), "gives mary a way to root: member of Wheel"),
        (more(group("SUDO", 7000, ["mary"])), "gives mary a way to root: member of SUDO"),
    ],
)
def test_sudo_ignores_case_in_the_names_that_images_let_use_it(edit: Edit, reason: str) -> None:
    assert [told for _, told in privileged(edit) if told.startswith(reason)]


def test_other_groups_are_privileged_by_their_exact_name_only() -> None:
    assert privileged(more(group("Docker", 7000, ["mary"]))) == []
