"""LDIF for tests, read in both ways, by the line and by the page, so that they can be compared."""

import io
from typing import NamedTuple

from hypothesis import strategies as st

from changeover.ldap import fast_reader, ldif, schema


class Seen(NamedTuple):
    """One entry as a reader gave it."""

    dn: bytes
    values: list[bytes]
    attributes: dict[str, frozenset[bytes]]


class Refused(NamedTuple):
    line: int | None
    reason: str


Outcome = list[Seen] | Refused


class Dripping:
    """A stream that gives few bytes at a time, so that there are many pages."""

    def __init__(self, text: bytes, size: int) -> None:
        self._stream = io.BytesIO(text)
        self._size = size

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._size))


def by_line(text: bytes) -> Outcome:
    try:
        return [_seen(record) for record in ldif.read(io.BytesIO(text))]
    except ldif.Malformed as fault:
        return Refused(fault.line, fault.reason)


def by_page(text: bytes, drop: int | None = None) -> Outcome:
    """`drop` is how many bytes come at a time."""
    try:
        rows = list(fast_reader.rows(Dripping(text, drop or len(text) + 1)))
    except ldif.Malformed as fault:
        return Refused(fault.line, fault.reason)
    return [Seen(dn, values, layout.attributes([dn, *values])) for layout, (dn, *values) in rows]


def _seen(record: ldif.Record) -> Seen:
    attributes: dict[str, frozenset[bytes]] = {}
    for name, value in record.attributes:
        canonical = schema.canonical_name(name)
        if not schema.stays(canonical):
            attributes[canonical] = attributes.get(canonical, frozenset()) | {value}
    return Seen(record.dn.encode(), [value for _, value in record.attributes], attributes)


# What a program might write, and what it might break; strung together by chance.
_PIECES = (
    *(b": ", b":: ", b":", b":<", b"\n", b"\n\n", b"\n ", b"\r\n", b"\r", b" ", b"  ", b"\t"),
    *(b"#", b"\n#", b"# com\n ment\n", b"-", b"=", b"\0", b"\x0b", b"\xff", b"\xc3\xbc"),
    *(b"version: 1", b"version: 2\n", b"ver\n sion: 1", b"changetype: add\n", b"control", b"dn"),
    *(b"dn: cn=a", b"dn: cn=b\n", b"DN: cn=c\n", b"dn:: Y249w7w=\n", b"dn: \xff\ncn: x\n"),
    *(b"cn", b"cn: a", b"cn: A\n", b"cn:\n   x\n", b"cn: \n  x", b"cn: x \n", b"cn: x ", b"cn:\n"),
    *(b"cn:: Y249w7w=\n", b"cn:: gICA", b"cn:: //9B\n", b"cn:: IGEg\n", b"Y249w7w=", b"cn:< x\n"),
    *(b"cn;lang-de: x\n", b"2.5.4.3: x\n", b"commonName: a\n", b"mail: M@x\n", b"entryUUID: 1\n"),
    *(b"memberUid: a\nmemberUid: A\n", b"member: CN=A, dc=b\n", b"userPassword:: e1NTSEF9\n"),
    *(b"objectClass: top\n", b"objectClass: TOP\n", b"objectclass:: dG9w\n", b"objectClass: a b\n"),
    b"dn: cn=d\nobjectClass: top\ncn: D  d\nmail: x\n\n",
    b"dn: cn=\xc3\xbc\nobjectClass: top\ncn: \xc3\x9c X \xef\xac\x81\n\n",
)
broken_texts = st.builds(
    lambda head, pieces: head + b"".join(pieces),
    st.sampled_from([b"", b"dn: cn=z\n", b"dn: cn=z\nobjectClass: top\ncn: Z\n\n"]),
    st.lists(st.sampled_from(_PIECES), max_size=14),
)

names = st.sampled_from(
    [
        *("cn", "CN", "commonName", "2.5.4.3", "sn", "uid", "mail", "memberUid", "userPassword"),
        *("jpegPhoto", "description;lang-de", "DESCRIPTION;Lang-DE", "userCertificate;binary"),
        *("objectClass", "objectclass", "member", "seeAlso", "entryUUID", "modifyTimestamp"),
        *("x-unheard-of", "1.2.3.4;a;b", "version", "a"),
    ]
)
values = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"", b" ", b"a", b"A", b"a  b", b" a ", b"top", b"TOP", b"x" * 300]),
    st.sampled_from([b"cn=a,dc=b", b"CN=A, dc=B", b"\xff\xffA", "Größe ﬁ".encode(), b": ", b"#"]),
)
dns = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=90),
    st.sampled_from(["uid=a,ou=People", "UID=A, ou=people", "cn=a\\,b+uid=c,dc=d", "cn=Ü,dc=x"]),
)
records = st.builds(ldif.Record, dns, st.lists(st.tuples(names, values), min_size=1, max_size=8))
