"""Rules about values that contain hosts or the old base DN, which the move changes."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from changeover.identities.findings import Rule
from changeover.identities.renaming import unmoved
from changeover.identities.rules import netgroups
from changeover.identities.rules.collector import Notes, some
from changeover.identities.rules.entries import Check
from changeover.ldap import dn, ldap_urls, schema
from changeover.ldap.entry_layout import Layout, Values
from changeover.soca.dialect import Dialect

# Attributes that other rules check, that `convert` changes, or that are never text.
_NO_TEXT = frozenset(
    (
        *("objectclass", "uid", "uidnumber", "gidnumber", "userpassword", "homedirectory", "cn"),
        *("loginshell", "sn", "mail", "jpegphoto", "memberuid", "photo", "audio", "dc", "ou"),
        *("shadowlastchange", "shadowmin", "shadowmax", "shadowwarning", "shadowinactive"),
        *("shadowexpire", "shadowflag", "usercertificate", "usersmimecertificate", "userpkcs12"),
    )
)
# Attributes whose values are hosts, unless a value is empty or a pattern.
_MACHINES = frozenset(
    ("sudohost", "host", "iphostnumber", "arecord", "cnamerecord", "mxrecord", "nsrecord")
)
_PATTERN = re.compile(rb"[*?\[]|/(?!32$|128$|255\.255\.255\.255$)")
_NOBODY = frozenset((b"", b"-", b"ALL", b"localhost", b"127.0.0.1", b"::1"))
_MOUNT = re.compile(rb"(?:-\S+\s+)?([A-Za-z0-9][\w.-]*):/\S*")
_OF_MOUNTS = frozenset(("nismapentry", "automountinformation"))
_OF_LINKS = ldap_urls.ATTRIBUTES


class Places:
    def __init__(self, notes: Notes, dialect: Dialect) -> None:
        self._note = notes.note
        self._base = dn.normal(dialect.base_dn)
        self._old = _in_text(self._base)

    def check_of(self, layout: Layout, _values: Values) -> Check | None:
        """Return a check for every entry of the layout, or None if none is needed."""
        names = sorted(name for name in layout.names if _first(name) not in _NO_TEXT)
        if not names:
            return None

        def check(entry: str, values: Values) -> None:
            for name in names:
                own = layout.all(values, name)
                if own == (b"ALL",):
                    continue
                if machines := [each for value in own for each in _machines(name, value)]:
                    self._note(Rule.HOST_NAME, entry, schema.spelled(name), some(machines))
                if left := [value for value in own if self._holds_base(name, value)]:
                    self._note(Rule.OLD_PLACE, entry, schema.spelled(name), some(left))

        return check

    def _holds_base(self, name: str, value: bytes) -> bool:
        if b"=" not in value and b"%" not in value:
            return False
        rest = unmoved(name, value, self._base)
        return bool(self._old.search(unquote_to_bytes(rest) if b"%" in rest else rest))


def _in_text(name: str) -> re.Pattern[bytes]:
    """Return a pattern that finds a DN in text, in any spelling that servers accept."""
    rdns = rb"\s*[,;]\s*".join(map(_rdn_in_text, dn.parts(name)))
    return re.compile(rb"(?<![\w-])" + rdns + rb"(?![\w.-]*\w)", re.IGNORECASE)


def _rdn_in_text(rdn: str) -> bytes:
    name, _, value = rdn.partition("=")
    *names, number = map(re.escape, schema.names_of(name))
    kinds = rf"(?:oid\.)?(?:{'|'.join(names)})" if names else ""
    kinds += rf"{'|' if kinds else ''}(?:oid\.|(?<!\.)){number}"
    letters = b"".join(map(_letter_in_text, value.encode()))
    return rf"(?:{kinds})\s*=\s*".encode() + b'"?' + letters + b'"?'


def _letter_in_text(byte: int) -> bytes:
    """Return a pattern for a byte, or for its escape in hex."""
    return rb"(?:%s|\\%02x)" % (re.escape(bytes([byte])), byte)


def _machines(name: str, value: bytes) -> Iterator[bytes]:
    """Yield the hosts in a value."""
    name = _first(name)
    machine = b""
    if name in _MACHINES:
        machine = value.strip().removeprefix(b"!").strip().rpartition(b" ")[2]
    elif name == "nisnetgrouptriple":
        machine = netgroups.machine_of(value)
    elif name in _OF_MOUNTS:
        found = _MOUNT.match(value)
        machine = found[1] if found else b""
    elif name in _OF_LINKS:
        machine = ldap_urls.host_of(value)
    netgroup = machine.startswith(b"+")
    if machine not in _NOBODY and not netgroup and not _PATTERN.search(machine):
        yield machine


def _first(description: str) -> str:
    return description.partition(";")[0]
