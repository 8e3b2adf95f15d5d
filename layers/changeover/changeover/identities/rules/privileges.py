"""Ways to root that an entry gives by itself: number, name, home, shell, or group."""

import posixpath
import re
from typing import NamedTuple

# Images let these use sudo without a password.
SUDOERS = frozenset(
    (
        *(b"root", b"ec2-user", b"centos", b"rocky", b"ubuntu", b"fedora", b"cloud-user"),
        *(b"almalinux", b"debian", b"admin", b"ssm-user"),
    )
)
# Of the groups, some may use sudo, some read passwords or raw disks, some start root's containers.
GROUPS = frozenset(
    (
        *(b"root", b"wheel", b"sudo", b"admin", b"adm", b"docker", b"podman", b"lxd", b"incus"),
        *(b"libvirt", b"microk8s", b"disk", b"shadow", b"kmem", b"mem", b"sys", b"bin", b"daemon"),
        *(b"staff", b"sssd", b"ldap", b"openldap", b"ssm-user", b"ec2-user", b"centos", b"rocky"),
        *(b"ubuntu", b"pbsdata", b"postgres", b"munge", b"slurm", b"polkitd", b"tty", b"video"),
    )
)
# Fixed by distributions: those of Red Hat's kin, and of Ubuntu where they differ.
GIDS = {
    0: "root",
    1: "bin or daemon",
    2: "daemon or bin",
    3: "sys",
    4: "adm",
    5: "tty",
    6: "disk",
    8: "mem",
    9: "kmem",
    10: "wheel",
    15: "kmem",
    27: "sudo",
    42: "shadow",
    50: "staff",
    1000: "the image's own account",
}
_UIDS = {0: "root", 1000: "the image's own account"}
_TOO_LARGE = 2**31

HOMES = "/data/home/"
_CONTROL = re.compile(rb"[\0-\x1f\x7f]")
# Who owns such a place owns root's programs, keys or settings.
_SYSTEM_PLACES = re.compile(
    r"/(?:(?:root|etc|usr|bin|sbin|lib\w*|boot|var|dev|proc|sys|run|apps)(?:/.*)?"
    r"|data|home)?",
    re.DOTALL,
)
_SHELL = re.compile(
    rb"/(?:usr/)?(?:local/)?s?bin/[A-Za-z0-9_.+-]+|/(?:opt|apps|usr/lib\w*)/[A-Za-z0-9_./+-]+"
)
_ROOTS_PROGRAMS = frozenset((b"sudo", b"su", b"doas", b"pkexec", b"run0"))


# Named in sudoers of images, where sudo ignores case.
SUDO_GROUPS = frozenset((b"wheel", b"sudo", b"admin"))


class Privilege(NamedTuple):
    """Names that are root, or can become root, and by which way; `entry` is the one that says so.

    `ordinary`: SOCA's own way to make an administrator.
    """

    entry: str
    names: tuple[bytes, ...]
    way: str
    ordinary: bool = False


def of_number(number: int) -> str:
    """The way to root that a uidNumber is, or nothing."""
    if number in _UIDS:
        return f"its uidNumber {number} is that of {_UIDS[number]}"
    return _of_width("uidNumber", number)


def of_gid(number: int) -> str:
    """The same of a gidNumber, be it a user's or a group's."""
    if number in GIDS:
        return f"its gidNumber {number} is that of {GIDS[number]}"
    return _of_width("gidNumber", number)


def _of_width(attribute: str, number: int) -> str:
    """Programs cut a number to 32 bits, at worst to 0, and take -1 for `stay who you are`."""
    if 0 <= number < _TOO_LARGE:
        return ""
    return f"its {attribute} {number} does not fit, and may be cut to another, at worst to root's"


def of_name(name: bytes) -> str:
    if name.lower() not in SUDOERS:  # sudo ignores case in names of users and groups
        return ""
    return f"it is called {name.decode()}, which may use sudo without a password on hosts"


def of_home(home: bytes) -> str:
    """A home that is a place of the system's, however it is spelled."""
    if _CONTROL.search(home):
        return "its home holds a control character"
    written = home.decode(errors="surrogateescape")
    place = posixpath.normpath(f"/{written.strip()}").replace("//", "/")
    if _SYSTEM_PLACES.fullmatch(place) or place == HOMES.rstrip("/"):
        return f"its home leads to {place.encode(errors='replace').decode()}"
    climbs = ".." in written.split("/") and not place.startswith(HOMES)
    return f"its home leads out of {HOMES.rstrip('/')}" if climbs else ""


def of_shell(shell: bytes) -> str:
    """A shell that others can put something else in place of, or that is more than a program."""
    parts = shell.split(b"/")
    if parts[-1] in _ROOTS_PROGRAMS:
        return f"its loginShell is {parts[-1].decode()}"
    if not shell or (_SHELL.fullmatch(shell) and b".." not in parts):
        return ""
    if re.search(rb"\s", shell):
        return "its loginShell has arguments"
    if _CONTROL.search(shell):
        return "its loginShell holds a control character"
    return "its loginShell is in no folder for programs, so that others may change it"
