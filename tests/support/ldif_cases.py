"""Cases of RFC 2849: texts with what they say, and texts with where and why they are refused.

Each that is not refused holds one entry, `cn=a`, unless it says otherwise.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """`says` holds every entry's dn and values; `first` marks what may only begin a file."""

    text: bytes
    says: list[tuple[bytes, list[bytes]]]
    first: bool = False


class Fault(NamedTuple):
    text: bytes
    line: int
    reason: str
    first: bool = False


def _a(text: bytes, *values: bytes, first: bool = False) -> Case:
    return Case(text, [(b"cn=a", list(values))], first)


_TWO = [(b"cn=a", [b"a"]), (b"cn=b", [b"b"])]

SAID = {
    "a record": _a(b"dn: cn=a\ncn: a\n", b"a"),
    "two records": Case(b"dn: cn=a\ncn: a\n\ndn: cn=b\ncn: b\n", _TWO),
    "many empty lines": Case(b"\n\ndn: cn=a\ncn: a\n\n\n\ndn: cn=b\ncn: b\n\n\n", _TWO),
    "no end of the last line": _a(b"dn: cn=a\ncn: a", b"a"),
    "line ends of Windows": Case(b"dn: cn=a\r\ncn: a\r\n\r\ndn: cn=b\r\ncn: b\r\n", _TWO),
    "line ends of both kinds": Case(b"dn: cn=a\r\ncn: a\n\r\ndn: cn=b\ncn: b\r\n", _TWO),
    "half a line end at the end": _a(b"dn: cn=a\r\ncn: a\r", b"a"),
    "nothing": Case(b"", []),
    "only empty lines": Case(b"\n\r\n\n", []),
    "only a comment": Case(b"# dn: cn=a", []),
    "a version": _a(b"version: 1\ndn: cn=a\ncn: a\n", b"a", first=True),
    "a version apart": _a(b"version: 1\n\ndn: cn=a\ncn: a\n", b"a", first=True),
    "a version without a blank": _a(b"version:1\ndn: cn=a\ncn: a\n", b"a", first=True),
    "a version in capitals": _a(b"VERSION: 1\r\ndn: cn=a\r\ncn: a\r\n", b"a", first=True),
    "a folded version": _a(b"ver\n sion: 1\ndn: cn=a\ncn: a\n", b"a", first=True),
    "a version in base64": _a(b"version:: MQ==\ndn: cn=a\ncn: a\n", b"a", first=True),
    "a version below comments": _a(b"# x\n\nversion: 1\ndn: cn=a\ncn: a\n", b"a", first=True),
    "version as an attribute": _a(b"dn: cn=a\nversion: 2\n", b"2"),
    "comments": _a(b"# one\ndn: cn=a\n# two\ncn: a\n# three\n", b"a"),
    "a comment apart": Case(b"dn: cn=a\ncn: a\n\n# b:\n\ndn: cn=b\ncn: b\n", _TWO),
    "a folded comment": _a(b"dn: cn=a\n# no: value\n at: all\ncn: a\n", b"a"),
    "a comment that was an attribute": _a(b"dn: cn=a\n#cn: b\n#cn:: %\ncn: a\n", b"a"),
    "a comment with a bare return": _a(b"# a\rb\ndn: cn=a\ncn: a\n", b"a"),
    "a folded value": _a(b"dn: cn=a\ncn: one\n two\n", b"onetwo"),
    "a fold at a blank": _a(b"dn: cn=a\ncn: one\n  two\ncn: one \n two\n", b"one two", b"one two"),
    "a fold at every letter": _a(b"d\n n\n :\n  \n c\n n\n =\n a\nc\n n\n :\n a\n", b"a"),
    "a fold of nothing": _a(b"dn: cn=a\ncn: a\n \n \n b\n", b"ab"),
    "a fold in a name": _a(b"dn: cn=a\ndescri\n ption: x\n", b"x"),
    "a fold in the dn's name": _a(b"d\n n: cn=a\ncn: a\n", b"a"),
    "a fold in the dn": _a(b"dn: cn\n =a\ncn: a\n", b"a"),
    "a fold in base64": _a(b"dn: cn=a\ncn:: YW\n Jj\n", b"abc"),
    "a fold between the colons": _a(b"dn: cn=a\ncn:\n : YWJj\n", b"abc"),
    "a fold after the colon": _a(b"dn: cn=a\ncn:\n a\ncn:\n    b\ncn: \n  c\n", b"a", b"b", b"c"),
    "a fold with Windows' line ends": _a(b"dn: cn=a\r\ncn: one\r\n two\r\n", b"onetwo"),
    "a fold inside a character": _a(b"dn: cn=a\ncn: \xc3\n \xbc\n", "ü".encode()),
    "no blank after the colon": _a(b"dn:cn=a\ncn:a\n", b"a"),
    "many blanks after the colon": _a(b"dn:   cn=a\ncn:    a\n", b"a"),
    "a blank at the end": _a(b"dn: cn=a\ncn: a \nsn: b  ", b"a ", b"b  "),
    "a tab ahead of the value": _a(b"dn: cn=a\ncn:\ta\n", b"\ta"),
    "base64": _a(b"dn: cn=a\ncn:: YWJj\n", b"abc"),
    "base64 of blanks": _a(b"dn: cn=a\ncn:: IGEg\n", b" a "),
    "base64 without a blank": _a(b"dn: cn=a\ncn::YWJj\n", b"abc"),
    "base64 among blanks": _a(b"dn: cn=a\ncn::   YWJj  \n", b"abc"),
    "base64 of nothing": _a(b"dn: cn=a\ncn::\nsn:: \n", b"", b""),
    "base64 of binary": _a(b"dn: cn=a\njpegPhoto:: AA0K/w==\n", b"\0\r\n\xff"),
    "nothing as a value": _a(b"dn: cn=a\ncn:\nsn: \ncn: a\n", b"", b"", b"a"),
    "nothing as the last value": _a(b"dn: cn=a\ncn:", b""),
    "a dn in base64": _a(b"dn:: Y249YQ==\ncn: a\n", b"a"),
    "a dn of UTF-8 in base64": Case(b"dn:: Y249w7w=\ncn: a\n", [("cn=ü".encode(), [b"a"])]),
    "a dn of UTF-8": Case("dn: cn=ü\ncn: a\n".encode(), [("cn=ü".encode(), [b"a"])]),
    "a dn with escapes": Case(b"dn: cn=a\\,b\\2Bc\ncn: a\n", [(b"cn=a\\,b\\2Bc", [b"a"])]),
    "a dn in capitals": _a(b"DN: cn=a\ncn: a\n", b"a"),
    "an empty dn": Case(b"dn:\ncn: a\n", [(b"", [b"a"])]),
    "a value of UTF-8": _a("dn: cn=a\ncn: Größe\n".encode(), "Größe".encode()),
    "UTF-8 in base64": _a(b"dn: cn=a\ncn:: w7w=\n", "ü".encode()),
    "a value that is no text": _a(b"dn: cn=a\ncn: \xff\xfe\n", b"\xff\xfe"),
    "controls": _a(b"dn: cn=a\ncn: a\x01\x0b\x7fb\n", b"a\x01\x0b\x7fb"),
    "an option": _a(b"dn: cn=a\ncn;lang-de: a\n", b"a"),
    "options": _a(b"dn: cn=a\nuserCertificate;binary;x-1:: AA==\n", b"\0"),
    "an OID": _a(b"dn: cn=a\n2.5.4.3: a\n2.5.4.3;lang-de: b\n", b"a", b"b"),
    "values of one attribute": _a(b"dn: cn=a\ncn: b\nsn: s\nCN: a\n", b"b", b"s", b"a"),
    "colons in values": _a(b"dn: cn=a\ncn: a: b:: c: \nsn: :x\nuid::\n", b"a: b:: c: ", b":x", b""),
    "a colon at the end": _a(b"dn: cn=a\ncn: a:\nsn: b:", b"a:", b"b:"),
    "a bracket that is no URL": _a(b"dn: cn=a\ncn: <file:///x\n", b"<file:///x"),
    "a hash that is no comment": _a(b"dn: cn=a\ncn: #a\n", b"#a"),
    "a long value": _a(b"dn: cn=a\ncn: " + b"x" * 5000 + b"\n", b"x" * 5000),
}

REFUSED = {
    "version 2": Fault(b"version: 2\ndn: cn=a\ncn: a\n", 1, "only LDIF version 1", first=True),
    "a folded version 2": Fault(b"#\nver\n sion: 2\n", 2, "only LDIF version 1", first=True),
    "two versions": Fault(b"version: 1\nversion: 1\n", 2, "begins with 'dn:'", first=True),
    "a late version": Fault(b"dn: cn=a\ncn: a\n\nversion: 1\n", 4, "begins with 'dn:'"),
    "a change": Fault(
        b"dn: cn=a\nchangetype: delete\n", 2, "change records, which are not accepted"
    ),
    "a folded change": Fault(b"dn: cn=a\nChange\n Type: add\ncn: a\n", 2, "change records"),
    "a control": Fault(b"dn: cn=a\ncontrol: 1.2.3 true\nchangetype: delete\n", 2, "change records"),
    "a dash": Fault(b"dn: cn=a\ncn: a\n-\n", 3, "is the file cut off?"),
    "a URL": Fault(b"dn: cn=a\njpegPhoto:< file:///etc/shadow\n", 2, "by URL"),
    "a URL as the dn": Fault(b"dn:< file:///etc/shadow\ncn: a\n", 1, "by URL"),
    "two dns": Fault(b"dn: cn=a\ncn: a\ndn: cn=b\ncn: b\n", 3, "an empty line between"),
    "two dns in a row": Fault(b"dn: cn=a\nDN:: Y249YQ==\ncn: a\n", 2, "an empty line between"),
    "a blank for an empty line": Fault(
        b"dn: cn=a\ncn: a\n \ndn: cn=b\ncn: b\n", 4, "an empty line"
    ),
    "no dn": Fault(b"cn: a\ndn: cn=a\n", 1, "begins with 'dn:', not with 'cn'"),
    "a dn that is no UTF-8": Fault(b"dn: cn=\xff\ncn: a\n", 1, "not UTF-8"),
    "a dn in base64 that is no UTF-8": Fault(b"dn:: gICA\ncn: a\n", 1, "not UTF-8"),
    "base64 with a stranger": Fault(b"dn: cn=a\nuserPassword:: e1NT=EF9\n", 2, "bad base64"),
    "base64 with a blank": Fault(b"dn: cn=a\ncn:: YW Jj\n", 2, "bad base64"),
    "base64 with a word more": Fault(b"dn: cn=a\ncn:: YQ==YQ==\n", 2, "bad base64"),
    "base64 without its padding": Fault(b"dn: cn=a\ncn:: YQ\n", 2, "bad base64"),
    "base64 with too much padding": Fault(b"dn: cn=a\ncn:: YWJj=\n", 2, "bad base64"),
    "base64 of one letter": Fault(b"dn: cn=a\ncn:: Y\n", 2, "bad base64"),
    "base64 of padding": Fault(b"dn: cn=a\ncn:: ====\n", 2, "bad base64"),
    "base64 with a bare return": Fault(b"dn: cn=a\ncn:: YW\rJj\n", 2, "bad base64"),
    "a dn in bad base64": Fault(b"dn:: Y24*\ncn: a\n", 1, "bad base64"),
    "base64 cut off": Fault(b"dn: cn=a\ncn: a\nuserPassword:: e1NTSEF9OTRhaDha\n W", 3, "cut off?"),
    "a tab that continues": Fault(b"dn: cn=a\ncn: a\n\tb\n", 3, "neither 'name: value'"),
    "a tab that continues with a colon": Fault(
        b"dn: cn=a\ncn: a\n\tb: c\n", 3, "no attribute name"
    ),
    "a NUL": Fault(b"dn: cn=a\ncn: a\0b\n", 2, "must be encoded in base64"),
    "a NUL in the dn": Fault(b"dn: cn=a\0\ncn: a\n", 1, "must be encoded in base64"),
    "a NUL in a name": Fault(b"dn: cn=a\nc\0n: a\n", 2, "no attribute name"),
    "a bare return": Fault(b"dn: cn=a\ncn: a\rsn: b\n", 2, "must be encoded in base64"),
    "a return too many": Fault(b"dn: cn=a\r\ncn: a\r\r\n", 2, "must be encoded in base64"),
    "returns alone": Fault(b"dn: cn=a\rcn: a\r\rdn: cn=b\rcn: b\r", 1, "must be encoded in base64"),
    "a fold of an empty line": Fault(b"dn: cn=a\ncn: a\n\n more\n", 4, "continuation line without"),
    "a fold of Windows' empty line": Fault(
        b"dn: cn=a\r\ncn: a\r\n\r\n b\r\n", 4, "continuation line without"
    ),
    "a fold of nothing at all": Fault(b" dn: cn=a\ncn: a\n", 1, "continuation line without"),
    "a fold of the first line": Fault(b"\n dn: cn=a\ncn: a\n", 2, "continuation line without"),
    "a blank in a name": Fault(b"dn: cn=a\nc n: a\n", 2, "no attribute name"),
    "a blank after a name": Fault(b"dn: cn=a\ncn : a\n", 2, "no attribute name"),
    "a line in a name": Fault(b"dn: cn=a\nc_n: a\n", 2, "no attribute name"),
    "no name": Fault(b"dn: cn=a\n: a\n", 2, "no attribute name"),
    "a name that begins with a digit": Fault(b"dn: cn=a\n1a: a\n", 2, "no attribute name"),
    "an option of nothing": Fault(b"dn: cn=a\ncn;: a\n", 2, "no attribute name"),
    "an OID that ends in a dot": Fault(b"dn: cn=a\n2.5.: a\n", 2, "no attribute name"),
    "no attribute": Fault(b"dn: cn=a\n\ndn: cn=b\ncn: b\n", 1, "has no attributes"),
    "no attribute at the end": Fault(b"dn: cn=a\ncn: a\n\ndn: cn=b\n", 4, "has no attributes"),
    "no attribute but a comment": Fault(b"dn: cn=a\n# cn: a\n\n", 1, "has no attributes"),
    "a name cut off": Fault(b"dn: cn=a\ncn: a\nuserPass", 3, "is the file cut off?"),
    "a dn cut off": Fault(b"dn: cn=a\ncn: a\n\nd", 4, "is the file cut off?"),
}
