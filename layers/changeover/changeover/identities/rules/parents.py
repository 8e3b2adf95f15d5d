"""The rule about entries that slapadd would refuse at the end, since their parent is missing."""

from collections.abc import Collection, Iterator

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Note
from changeover.ldap import dn
from changeover.soca.dialect import Dialect


def notes_on(names: Collection[str], dialect: Dialect) -> Iterator[Note]:
    """Entries whose parent neither moves nor is made by every installer.

    `names` are the normalized ones of all that move; another rule is about those outside the base.
    """
    base = dn.normal(dialect.base_dn)
    parents = {*map(dn.parent, names)}.difference(map(dn.normal, dialect.scaffold))
    missing = {each for each in parents if dn.under(each, base) and each not in names}
    for name in names if missing else ():
        if (parent := dn.parent(name)) in missing:
            yield Rule.NO_PARENT, name, parent
