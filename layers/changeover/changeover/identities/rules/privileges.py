"""Ways to root that one entry alone gives: by its number, name, home directory, shell or group."""

import posixpath
import re
from typing import NamedTuple

# Images allow these accounts to use sudo without a password.
SUDOERS = frozenset(
    (
        *(b"root", b"ec2-user", b"centos", b"rocky", b"ubuntu", b"fedora", b"cloud-user"),
        *(b"almalinux", b"debian", b"admin", b"ssm-user"),
    )
)
# These groups may use sudo, read password hashes or raw disks, or start containers as root.
GROUPS = frozenset(
    (
        *(b"root", b"wheel", b"sudo", b"admin", b"adm", b"docker", b"podman", b"lxd", b"incus"),
        *(b"libvirt", b"microk8s", b"disk", b"shadow", b"kmem", b"mem", b"sys", b"bin", b"daemon"),
        *(b"staff", b"sssd", b"ldap", b"openldap", b"ssm-user", b"ec2-user", b"centos", b"rocky"),
        *(b"ubuntu", b"pbsdata", b"postgres", b"munge", b"slurm", b"polkitd", b"tty", b"video"),
    )
)
# Fixed by distributions: the Red Hat family, and Ubuntu where it differs.
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
# The owner of such a directory controls root's programs, keys or settings.
_SYSTEM_PLACES = re.compile(
    r"/(?:(?:root|etc|usr|bin|sbin|lib\w*|boot|var|dev|proc|sys|run|apps)(?:/.*)?"
    r"|data|home)?",
    re.DOTALL,
)
_SHELL = re.compile(
    rb"/(?:usr/)?(?:local/)?s?bin/[A-Za-z0-9_.+-]+|/(?:opt|apps|usr/lib\w*)/[A-Za-z0-9_./+-]+"
)
_ROOTS_PROGRAMS = frozenset((b"sudo", b"su", b"doas", b"pkexec", b"run0"))


# Groups in the sudoers files of images. sudo ignores case there.
SUDO_GROUPS = frozenset((b"wheel", b"sudo", b"admin"))


class Privilege(NamedTuple):
    """Users who are or can become root, the entry that allows it, and the way.

    `ordinary`: SOCA's own way to create an administrator.
    """

    entry: str
    names: tuple[bytes, ...]
    way: str
    ordinary: bool = False


def of_number(number: int) -> str:
    """Return the way to root that a uidNumber gives, or an empty string."""
    if number in _UIDS:
        return f"its uidNumber {number} is that of {_UIDS[number]}"
    return _of_width("uidNumber", number)


def of_gid(number: int) -> str:
    """Return the way to root that a gidNumber of a user or group gives, or an empty string."""
    if number in GIDS:
        return f"its gidNumber {number} is that of {GIDS[number]}"
    return _of_width("gidNumber", number)


def _of_width(attribute: str, number: int) -> str:
    """Programs truncate a number to 32 bits, at worst to 0. They read -1 as `do not change`."""
    if 0 <= number < _TOO_LARGE:
        return ""
    return f"its {attribute} {number} does not fit; programs may truncate it, at worst to root's"


def of_name(name: bytes) -> str:
    if name.lower() not in SUDOERS:  # sudo ignores case in names of users and groups
        return ""
    return f"its name is {name.decode()}, which may use sudo without a password on hosts"


def of_home(home: bytes) -> str:
    """Return the way to root of a home that is a system directory, in any spelling."""
    if _CONTROL.search(home):
        return "its home contains a control character"
    written = home.decode(errors="surrogateescape")
    place = posixpath.normpath(f"/{written.strip()}").replace("//", "/")
    if _SYSTEM_PLACES.fullmatch(place) or place == HOMES.rstrip("/"):
        return f"its home leads to {place.encode(errors='replace').decode()}"
    climbs = ".." in written.split("/") and not place.startswith(HOMES)
    return f"its home leads out of {HOMES.rstrip('/')}" if climbs else ""


def of_shell(shell: bytes) -> str:
    """Return the way to root of a shell that others can replace, or that is not only a program."""
    parts = shell.split(b"/")
    if parts[-1] in _ROOTS_PROGRAMS:
        return f"its loginShell is {parts[-1].decode()}"
    if not shell or (_SHELL.fullmatch(shell) and b".." not in parts):
        return ""
    if re.search(rb"\s", shell):
        return "its loginShell has arguments"
    if _CONTROL.search(shell):
        return "its loginShell contains a control character"
    return "its loginShell is outside the folders for programs, so others may replace it"
