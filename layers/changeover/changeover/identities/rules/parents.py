"""The rule about entries without a parent, which slapadd would refuse at the end of the import."""

from collections.abc import Collection, Iterator

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Note
from changeover.ldap import dn
from changeover.soca.dialect import Dialect


def notes_on(names: Collection[str], dialect: Dialect) -> Iterator[Note]:
    """Yield a note for each entry whose parent does not move and is not part of the scaffold.

    `names` are the normalized DNs of all entries that move. Another rule reports entries outside
    the base DN.
    """
    base = dn.normal(dialect.base_dn)
    parents = {*map(dn.parent, names)}.difference(map(dn.normal, dialect.scaffold))
    missing = {each for each in parents if dn.under(each, base) and each not in names}
    for name in names if missing else ():
        if (parent := dn.parent(name)) in missing:
            yield Rule.NO_PARENT, name, parent
