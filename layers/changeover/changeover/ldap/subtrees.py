"""Find the subtree that contains an entry, in time proportional to the length of its DN."""

from collections.abc import Iterable

from changeover.ldap import dn


class _Node:
    """One RDN. `root` is the DN of the subtree's root if one ends here."""

    __slots__ = ("below", "root")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.root = ""


class Subtrees:
    """The subtrees below some entries. `roots` are normalized DNs."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._top = _Node()
        for root in roots:
            node = self._top
            for part in reversed(dn.parts(root)):
                node = node.below.setdefault(part, _Node())
            node.root = root

    def uppermost(self, name: str) -> str:
        """Return the root of the subtree that contains a normalized DN, or an empty string.

        If several subtrees contain it, return the root that is closest to the base DN.
        """
        node: _Node | None = self._top
        for part in reversed(dn.parts(name)):
            assert node is not None
            node = node.below.get(part)
            if node is None or node.root:
                break
        return node.root if node else ""
