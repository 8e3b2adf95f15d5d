"""Which values slapd accepts for each syntax, by the same checks as its validators.

Source: OpenLDAP 2.5, servers/slapd/schema_init.c. A test compares them with the installed slapd.
"""

import re
from collections.abc import Mapping
from functools import cache

from changeover.ldap import ber, dn_syntax
from changeover.ldap.dn_syntax import Judge, Naming
from changeover.ldap.generalized_time import is_generalized_time
from changeover.ldap.schema_lookup import Attribute, Schema

# Their syntax requires an OID, but slapd accepts only object classes that it knows.
_NAMING_CLASSES = frozenset(("objectclass", "structuralobjectclass"))
_LDAP = "1.3.6.1.4.1.1466.115.121.1."
DIRECTORY_STRING = f"{_LDAP}15"
IA5_STRING = f"{_LDAP}26"
INTEGER = f"{_LDAP}27"
OCTET_STRING = f"{_LDAP}40"
NAME = f"{_LDAP}12"
_NAME_AND_UID = f"{_LDAP}34"
_AUTHORIZATION = "1.3.6.1.4.1.4203.666.2.7"
BINARY = frozenset(f"{_LDAP}{number}" for number in (1, 8, 9, 10, 49)) | {
    "1.3.6.1.4.1.4203.666.11.10.2.1"
}
"""Syntaxes whose attributes require the option `;binary`."""

# As in slapd: overlong forms are invalid; surrogates and forms of five or six bytes are accepted.
_UTF8 = re.compile(
    rb"(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf7][\x80-\xbf]{3}|\xf8[\x88-\xbf][\x80-\xbf]{3}"
    rb"|[\xf9-\xfb][\x80-\xbf]{4}|\xfc[\x84-\xbf][\x80-\xbf]{4}|\xfd[\x80-\xbf]{5})*+"
)
_PRINTABLE = rb"[A-Za-z0-9'()+,\-./:? =]"
_DELIVERY = rb"(?:any|mhs|physical|telex|teletex|telephone|g3fax|g4fax|ia5|videotex)"
_KEYS = rb"[A-Za-z0-9.;-]*"


def _is_utf8(value: bytes) -> bool:
    return value.isascii() or _UTF8.fullmatch(value) is not None


def _is_directory_string(value: bytes) -> bool:
    return value != b"" and _is_utf8(value)


def _is_postal_address(value: bytes) -> bool:
    return _POSTAL_ESCAPES.fullmatch(value) is not None and all(map(_is_utf8, value.split(b"$")))


_POSTAL_ESCAPES = re.compile(rb"(?:[^\\]|\\(?:24|5[Cc]))*", re.DOTALL)


def _matches(pattern: bytes, flags: int = 0) -> Judge:
    compiled = re.compile(pattern, re.DOTALL | flags)
    return lambda value: compiled.fullmatch(value) is not None


def _anything(_: bytes) -> bool:
    return True


def _nothing(_: bytes) -> bool:
    """Refuse every value: ldapadd does so for a syntax without a validator in slapd."""
    return False


_BIT_STRING = rb"'[01]*'B"
_CSN = rb"\d{14}(?:\.\d{6})?Z#[0-9A-Fa-f]{6}#(?:[0-9A-Fa-f]{2}|[0-9A-Fa-f]{3})#[0-9A-Fa-f]{6}"
_ACI = rb"\d+(?:\.\d+)*#(?i:entry|children|subtree)#[^#]*#[^#]+#.*"
_JUDGES: Mapping[str, Judge] = {
    f"{_LDAP}4": _anything,
    f"{_LDAP}5": _anything,
    f"{_LDAP}6": _matches(_BIT_STRING),
    f"{_LDAP}7": _matches(rb"TRUE|FALSE"),
    f"{_LDAP}8": ber.is_certificate,
    f"{_LDAP}9": ber.is_certificate_list,
    f"{_LDAP}10": _matches(rb"\x30.+"),
    f"{_LDAP}11": _matches(_PRINTABLE + rb"{2}"),
    f"{_LDAP}14": _matches(_DELIVERY + rb"(?: *\$ *" + _DELIVERY + rb")*", re.IGNORECASE),
    DIRECTORY_STRING: _is_directory_string,
    f"{_LDAP}22": _matches(_PRINTABLE + rb"+(?:\$" + _PRINTABLE + rb"+)*"),
    f"{_LDAP}24": is_generalized_time,
    IA5_STRING: bytes.isascii,
    INTEGER: _matches(rb"0|-?[1-9][0-9]*"),
    f"{_LDAP}28": _anything,
    f"{_LDAP}36": _matches(rb"[0-9 ]+"),
    f"{_LDAP}38": _matches(rb"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*"),
    f"{_LDAP}39": bytes.isascii,
    OCTET_STRING: _anything,
    f"{_LDAP}41": _is_postal_address,
    f"{_LDAP}44": _matches(_PRINTABLE + rb"+"),
    f"{_LDAP}45": _is_utf8,
    f"{_LDAP}49": _anything,
    f"{_LDAP}50": _matches(_PRINTABLE + rb"+"),
    f"{_LDAP}52": _matches(_PRINTABLE + rb"+(?:\$" + _PRINTABLE + rb"+)*"),
    "1.3.6.1.1.1.0.0": _matches(rb"\((?:[A-Za-z0-9.;-]*,){2}[A-Za-z0-9.;-]*\)"),
    "1.3.6.1.1.1.0.1": _matches(_KEYS + rb"=" + _KEYS + rb":" + _PRINTABLE + rb"*"),
    "1.3.6.1.1.16.1": _matches(rb"[0-9A-Fa-f-]{36}.*"),  # slapadd ignores the rest
    "1.3.6.1.4.1.4203.666.11.2.1": _matches(_CSN),
    "1.3.6.1.4.1.4203.666.2.1": _matches(_ACI),
    "1.2.840.113549.1.8.1.1": ber.is_private_key,
}


class Syntaxes:
    """The checks that slapd applies to values if it has this schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._judges: dict[str, Judge] = {
            **_JUDGES,
            NAME: self.is_dn,
            _NAME_AND_UID: self._is_dn_and_uid,
            _AUTHORIZATION: self._is_authorization,
        }

    def judge(self, attribute: Attribute) -> Judge:
        """Return the check for an attribute's values.

        It refuses all values if slapd knows the syntax but has no validator for it. It accepts all
        values if slapd does not know the syntax.
        """
        if attribute.name in _NAMING_CLASSES:
            return self._is_class
        unknown = _nothing if attribute.syntax.startswith(_LDAP) else _anything
        return self._judges.get(attribute.syntax, unknown)

    def naming(self, name: str) -> Naming | None:
        """Return an attribute and the check for its values in a DN, or None if it is unknown.

        In a DN, slapd accepts any value of a syntax that has no validator.
        """
        attribute = self._schema.attribute(name)
        if attribute is None:
            return None
        if attribute.name in _NAMING_CLASSES:
            return Naming(attribute, self._is_class)
        return Naming(attribute, self._judges.get(attribute.syntax, _anything))

    def _is_class(self, value: bytes) -> bool:
        return self._schema.object_class(value.decode(errors="replace").lower()) is not None

    def is_dn(self, value: bytes) -> bool:
        """Whether slapd accepts the value as a distinguished name. An empty value is one."""
        return dn_syntax.is_dn(value, self.naming)

    def _is_dn_and_uid(self, value: bytes) -> bool:
        name, mark, uid = value.rpartition(b"#")
        return self.is_dn(name if mark and _IS_BIT_STRING(uid) else value)

    def _is_authorization(self, value: bytes) -> bool:
        """Whether it is an authzTo value: a DN, `u:…`, `dn.scope:…`, `group:…` or a local URL."""
        written = _ORDER.sub(b"", value)
        if pattern := _BY_PATTERN.fullmatch(written):
            return pattern["regex"] is not None or self._is_any_or_dn(pattern["name"])
        if _BY_USER.match(written):
            return b":" in written
        if group := _BY_GROUP.fullmatch(written):
            return self._is_known_group(group) and self.is_dn(group["name"])
        if url := _BY_URL.fullmatch(written):
            return self.is_dn(url["name"])
        return not _DN_PREFIX.match(written) and self._is_any_or_dn(written)

    def _is_any_or_dn(self, value: bytes) -> bool:
        return value == b"*" or self.is_dn(value)

    def _is_known_group(self, group: re.Match[bytes]) -> bool:
        kind, members = ((group[each] or b"").decode().lower() for each in ("kind", "members"))
        known = self._schema
        return (not kind or known.object_class(kind) is not None) and (
            not members or known.attribute(members) is not None
        )


_ORDER = re.compile(rb"\A\{\d+\}")
_DN_PREFIX = re.compile(rb"dn", re.IGNORECASE)
_BY_PATTERN = re.compile(
    rb"dn(?:\.(?:exact|children|subtree|onelevel|(?P<regex>regex)))?: *(?P<name>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BY_USER = re.compile(rb"u[:/.]", re.IGNORECASE)
_BY_GROUP = re.compile(
    rb"group(?:/(?P<kind>[\w.-]+)(?:/(?P<members>[\w.;-]+))?)?:(?P<name>.*)",
    re.IGNORECASE | re.DOTALL,
)
_BY_URL = re.compile(
    rb"ldap:///(?P<name>[^?]*)(?:\?\?(?:base|one|sub(?:tree)?)?(?:\?(?:\(.*\))?)?)?", re.IGNORECASE
)
_IS_BIT_STRING = _matches(_BIT_STRING)


@cache
def of(schema: Schema) -> Syntaxes:
    """Return the syntaxes of one schema, built once."""
    return Syntaxes(schema)
