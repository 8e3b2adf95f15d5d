"""Rename DNs, and the values that refer to entries, when a directory changes its dialect."""

from collections.abc import Callable
from functools import cache

from changeover.identities.private_groups import Renaming
from changeover.ldap import dn, ldap_urls, schema
from changeover.ldap.entry import Entry
from changeover.soca.dialect import Dialect

# Attributes whose values are sometimes DNs.
_MAY_POINT = frozenset(("memberuid", "uniquemember"))
# Attributes that may contain names of Unix groups, and the prefix of such a name.
_NAMING_GROUPS = {
    "sudouser": b"%",
    "sudorunas": b"%",
    "sudorunasuser": b"%",
    "sudorunasgroup": b"",
}


class Names:
    """Computes new DNs: first the new RDN of a private group, then the new parent DN."""

    def __init__(self, renaming: Renaming, source: Dialect, target: Dialect) -> None:
        self._groups = {name: group.dn for name, group in renaming.groups.items()}
        self._unix_groups = {_folded(group.cn) for group in renaming.groups.values()}
        self._suffixes = source.private_group_suffix.encode(), target.private_group_suffix.encode()
        self._group_depth = dn.depth(dn.normal(source.groups)) + 1
        places = zip(_places(source), _places(target), strict=True)
        self._tails = [(dn.normal(old), new) for old, new in places if old != new]
        self.change = bool(self._groups or self._tails)

    def of_entry(self, name: str, spelled: str) -> str:
        if group := self._groups.get(name):
            return self._moved(group)
        # Only an entry deeper than the groups can be below a group.
        deep = dn.depth(name) > self._group_depth
        return self.of(spelled) if deep else self._moved(spelled)

    def of(self, text: str) -> str:
        """Return the new DN. A text that is not a DN, or is outside the base DN, is unchanged."""
        return self._moved(self._followed(text) if self._groups else text)

    def new_values(self, entry: Entry) -> dict[str, tuple[bytes, ...]]:
        """Return all new values, in order, of the attributes that name entries or Unix groups."""
        layout, values = entry.row()
        pointing = {each: layout.all(values, each) for each in layout.names if _points(each)}
        naming = _NAMING_GROUPS.keys() & layout.names if self._unix_groups else ()
        return {
            each: tuple(map(self._link if _links(each) else self._pointer, own))
            for each, own in pointing.items()
            # Most members are a plain uid, which does not change.
            if _links(each) or b"=" in b"".join(own)
        } | {
            each: tuple(map(self._unix_group(_NAMING_GROUPS[each]), layout.all(values, each)))
            for each in naming
        }

    def _link(self, value: bytes) -> bytes:
        return ldap_urls.moved(value, self.of)

    def _pointer(self, value: bytes) -> bytes:
        try:
            return self.of(value.decode()).encode() if b"=" in value else value
        except UnicodeDecodeError:
            return value

    def _unix_group(self, mark: bytes) -> Callable[[bytes], bytes]:
        old, new = self._suffixes

        def renamed(value: bytes) -> bytes:
            name = value.removeprefix(b"!")
            if name.startswith(mark) and _folded(name[len(mark) :]) in self._unix_groups:
                return value[: len(value) - len(old)] + new
            return value

        return renamed

    def _followed(self, text: str) -> str:
        """Return the DN with the new RDN if it is, or is below, a private group."""
        try:
            parts = dn.parts(dn.normal(text))
        except ValueError:
            return text
        at = len(parts) - self._group_depth
        group = self._groups.get(",".join(parts[at:])) if at >= 0 else None
        return ",".join([*dn.split(text)[:at], group]) if group else text

    def _moved(self, text: str) -> str:
        """Return the DN with its first matching suffix (OU or base DN) replaced."""
        if "\\" not in text:
            folded = text.lower()
            for old, new in self._tails:
                if folded.endswith(old) and folded[-len(old) - 1 : -len(old)] == ",":
                    return text[: -len(old)] + new
        return self._moved_by_parts(text) if self._tails else text

    def _moved_by_parts(self, text: str) -> str:
        """Do the same for a suffix in an unusual spelling."""
        parts = dn.split(text)
        try:
            normal = [dn.normal(part) for part in parts]
        except ValueError:
            return text
        for old, new in self._tails:
            front = len(parts) - dn.depth(old)
            if front >= 0 and ",".join(normal[front:]) == old:
                return ",".join([*parts[:front], new])
        return text


def unmoved(attribute: str, value: bytes, base: str) -> bytes:
    """Return the part of a value that does not change with the base DN (in normal form)."""
    rest, name = b"", value
    if _links(attribute):
        link = ldap_urls.parsed(value)
        if link is None or not link.is_here:
            return value
        rest, name = link.rest, ldap_urls.base_of(link)
    try:
        follows = _points(attribute) and f",{dn.normal(name.decode())}".endswith(f",{base}")
    except ValueError:  # the value is not a DN, or not UTF-8
        return value
    return rest if follows else value


@cache
def _points(description: str) -> bool:
    name = description.partition(";")[0]
    return name in _MAY_POINT | ldap_urls.ATTRIBUTES or schema.names_entries(name)


def _links(description: str) -> bool:
    return description.partition(";")[0] in ldap_urls.ATTRIBUTES


def _places(dialect: Dialect) -> tuple[str, ...]:
    """Return the OUs, then the base DN. It is last because the OUs are below it."""
    return dialect.people, dialect.groups, dialect.sudoers, dialect.base_dn


def _folded(group: bytes) -> str:
    """Fold the case: sudo ignores case in names of groups."""
    return group.decode(errors="replace").casefold()
