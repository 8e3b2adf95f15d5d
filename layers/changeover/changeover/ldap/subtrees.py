"""Which of some entries others stand below, in time that grows with the length of their names."""

from collections.abc import Iterable

from changeover.ldap import dn


class _Node:
    """One part of a name; `root` is set where one of the entries ends here."""

    __slots__ = ("below", "root")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.root = ""


class Subtrees:
    """Entries and all that stands below them. `roots` are normalized DNs."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._top = _Node()
        for root in roots:
            node = self._top
            for part in reversed(dn.parts(root)):
                node = node.below.setdefault(part, _Node())
            node.root = root

    def uppermost(self, name: str) -> str:
        """The root that a normalized DN is or stands below: of several, that next to the base.

        Empty if there is none.
        """
        node: _Node | None = self._top
        for part in reversed(dn.parts(name)):
            assert node is not None
            node = node.below.get(part)
            if node is None or node.root:
                break
        return node.root if node else ""
