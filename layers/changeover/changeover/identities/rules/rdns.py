"""Whether slapd accepts the DNs of entries."""

from collections.abc import Iterator, Sequence

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Notes
from changeover.ldap import dn, dn_syntax, syntaxes
from changeover.ldap.dn_syntax import Naming
from changeover.ldap.entry_layout import Values
from changeover.ldap.schema_lookup import Schema

# mdb stores the first RDN twice, folded and as spelled, in one key of 511 bytes.
_LONGEST_TWICE = 490
# A simple DN up to this length always fits, because it contains no escapes.
_SHORT = _LONGEST_TWICE // 2
_ESCAPED = frozenset(b',+"\\<>;=')


class Names:
    """Checks DNs against a schema."""

    def __init__(self, known: Schema, notes: Notes) -> None:
        self._syntaxes = syntaxes.of(known)
        self._note = notes.note

    def judge(self, entries: Sequence[str], rows: Sequence[Values]) -> None:
        """Note the DNs that slapd refuses. `entries` are the normalized DNs of `rows`."""
        spelled = [values[0] for values in rows]
        plain = dn.are_plain(spelled)
        if plain and max(map(len, spelled)) <= _SHORT:
            return
        for entry, name in zip(entries, spelled, strict=True):
            if reason := self._fault(name):
                self._note(Rule.BAD_NAME, entry, reason)

    def _fault(self, name: bytes) -> str:
        if len(name) > dn_syntax.LONGEST:
            return f"its DN is longer than {dn_syntax.LONGEST} bytes"
        if not name or not self._syntaxes.is_dn(name):
            return "the text after dn: is not a valid DN for slapd"
        first = next(dn_syntax.parts(name, self._syntaxes.naming))
        if _written_length(first) > _LONGEST_TWICE:
            return "its RDN is too long for slapd's database, whose limit is about 240 bytes"
        return ""


def _written_length(pairs: Sequence[tuple[Naming, bytes]]) -> int:
    return sum(_lengths(pairs))


def _lengths(pairs: Sequence[tuple[Naming, bytes]]) -> Iterator[int]:
    for naming, value in pairs:
        name = len(naming.attribute.name) + 2  # = before the value, + or , after it
        folded = dn.folded_value(naming.attribute.name, value)
        yield 2 * name + _escaped_length(value) + _escaped_length(folded)
    yield -2


def _escaped_length(value: bytes) -> int:
    """Return the length in bytes as slapd writes it: an escaped character takes three."""
    inner = sum(3 if byte in _ESCAPED or byte < ord(" ") else 1 for byte in value)
    edges = (value[:1] in (b" ", b"#")) + (value[-1:] == b" " and len(value) > 1)
    return inner + 2 * edges
