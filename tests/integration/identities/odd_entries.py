"""Entries that slapd accepts and that are hard to write as LDIF: names, values, options."""

from changeover.ldap.ldif import Record
from rehearsal.host.folder import BASE_DN

_PEOPLE = f"ou=People,{BASE_DN}"
_NAMES = {
    f"cn=a\\, b,{_PEOPLE}": b"a, b",
    f"cn=c\\2Bd\\3De,{_PEOPLE}": b"c+d=e",
    f'cn=\\#1 \\"x\\" \\<y\\>\\;,{_PEOPLE}': b'#1 "x" <y>;',
    f"cn=back\\\\slash,{_PEOPLE}": b"back\\slash",
    f"cn=\\20blanks\\20,{_PEOPLE}": b" blanks ",
    f"cn=Größe,{_PEOPLE}": "Größe".encode(),
    f"cn=\\e6\\97\\a5本,{_PEOPLE}": "日本".encode(),
    f"CN=Capitals, OU=people,{BASE_DN.upper()}": b"capitals",
    f"2.5.4.3=by oid,{_PEOPLE}": b"by oid",
}
_VALUES = (
    *(b" ahead", b"behind ", b" both  ", b"x" * 300, b"y z" * 100, b"z" * 74 + b"  " * 40),
    *(b":colon", b"<bracket", b"# hash", b"dn: cn=a", b"a\n\ndn: cn=b\n", b"\ttab", b"-", b"\r"),
    *("Größe".encode(), "日本".encode(), b"version: 1", b"add: x", b"\x7f\x01"),
)

RECORDS = [
    *(
        Record(name, [("objectClass", b"device"), ("cn", value), ("CN;Lang-DE", value)])
        for name, value in _NAMES.items()
    ),
    Record(
        f"cn=two+ou=parts,{_PEOPLE}",
        [("objectClass", b"device"), ("cn", b"two"), ("ou", b"parts")],
    ),
    Record(
        f"cn=values,{_PEOPLE}",
        [
            ("objectclass", b"TOP"),
            ("OBJECTCLASS", b"inetorgperson"),
            ("commonName", b"values"),
            ("2.5.4.4", b"Values"),
            *(("description", value) for value in _VALUES),
            *(("jpegPhoto", b"\xff\xd8\xff" + bytes(size)) for size in range(1, 200, 13)),
            ("userPassword", b"\0\xff"),
            ("seeAlso", f"UID=Mary, {_PEOPLE}".encode()),
        ],
    ),
]
