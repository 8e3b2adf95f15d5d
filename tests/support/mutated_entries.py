"""Entries as slapd takes them, and what may go wrong with them; the same for the same seed."""

from collections.abc import Callable
from random import Random

from changeover.ldap import ldif, schema
from tests.support.slapd import BASE

PEOPLE = f"ou=People,{BASE}"
HASH = b"{SSHA}FTtLy4UHGF6CE6rK0obse+lIYuYwMTIzNDU2Nzg5YWJjZGVm"
# The outline of a certificate, as short as slapd takes it.
CERTIFICATE = bytes.fromhex("301b3014020101300030003000300030000500300003020000")

Attributes = list[tuple[str, bytes]]

# Each is `class class…; attribute=value; …`, named by the first attribute.
_TEMPLATES = """
    top person posixAccount shadowAccount inetOrgPerson organizationalPerson; uid=u; cn=u;
    sn=u; uidNumber=5002; gidNumber=5002; homeDirectory=/data/home/u; loginShell=/bin/bash;
    mail=u@example.com

    account posixAccount; uid=u; cn=u; uidNumber=5002; gidNumber=5002;
    homeDirectory=/data/home/u

    top posixGroup; cn=g; gidNumber=6000; memberUid=u; memberUid=v

    top groupOfNames; cn=g; member=uid=u,ou=People,dc=soca,dc=local;
    member=cn=v,dc=soca,dc=local

    groupOfUniqueNames; cn=g; uniqueMember=uid=u,ou=People,dc=soca,dc=local

    top sudoRole; cn=s; sudoHost=ALL; sudoUser=u; sudoCommand=ALL

    organizationalUnit; ou=x; description=A unit; telephoneNumber=+49 30 1234

    organizationalRole; cn=r; roleOccupant=uid=u,ou=People,dc=soca,dc=local

    device ipHost; cn=h; ipHostNumber=10.0.0.1; serialNumber=42

    top nisNetgroup; cn=n; nisNetgroupTriple=(h,u,d)

    domain; dc=d; associatedDomain=example.com

    country; c=DE; description=Deutschland

    applicationProcess extensibleObject; cn=e; seeAlso=cn=x; uid=e;
    labeledURI=http://example.com

    referral extensibleObject; ou=f; ref=ldap://example.com/ou=x

    alias extensibleObject; uid=a; aliasedObjectName=uid=u,ou=People,dc=soca,dc=local

    organization dcObject simpleSecurityObject; o=o; dc=o; userPassword=x; postalAddress=a$b

    locality uidObject labeledURIObject; l=y; uid=y; st=z

    residentialPerson; cn=p; sn=p; l=p; preferredDeliveryMethod=mhs $ telephone

    documentSeries; cn=t; description;lang-de=Reihe

    pilotOrganization organization organizationalUnit; ou=p; o=p
"""

VALUES = (
    *(
        b"",
        b" ",
        b"  ",
        b"x",
        b"X",
        b"a b",
        b"a  b",
        b" a",
        b"a ",
        b"0",
        b"42",
        b"-1",
        b"-0",
        b"007",
    ),
    *(b"1" * 400, b"TRUE", b"true", b"FALSE", b"\xff", b"M\xfcller", "Müller".encode(), b"a\0b"),
    *(
        "MÜLLER".encode(),
        "ﬁ".encode(),
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xc0\x80",
        b"\n",
    ),
    *(b"uid=u,dc=soca", b"UID=U, DC=soca", b"uid=u;dc=soca", b"cn=a+uid=b,dc=c", b"cn=a+cn=b,dc=c"),
    *(b"foo=bar,dc=c", b"cn=,dc=c", b"cn= ,dc=c", b"cn=\\20,dc=c", b"mail=\\20,dc=c", b"cn=a\\,b"),
    *(
        b"cn=a\\2cb",
        b"cn=\\zz",
        b"cn=a\\",
        b'cn="a,b",dc=c',
        b'cn=a"b',
        b"cn=a<b",
        b"cn=a=b",
        b"cn=#0401",
    ),
    *(
        b"cn=\xc3\xbc",
        b"cn=\\c3\\bc",
        b"cn=\\ff",
        b"2.5.4.3=a",
        b"oid.2.5.4.3=a",
        b"cn;lang-de=a",
        b"cn",
    ),
    *(
        b"=a",
        b",",
        b"cn=a,",
        b"cn=a,,dc=b",
        b"cn=a+",
        b"uidNumber=x",
        b"uidNumber=1,cn=b",
        b"c=DEU",
    ),
    *(
        b"cn=a,dc=b#'01'B",
        b"#'01'B",
        b"cn=a#'2'B",
        b"'01'B",
        b"'0'b",
        b"1.2.3",
        b"1..2",
        b"01.2",
        b"cn",
    ),
    *(
        b"20260101080000Z",
        b"2026010108Z",
        b"20260230080000Z",
        b"20260101080000",
        b"20260101080060.5+0130",
    ),
    *(
        b"(a,b,c)",
        b"(,,)",
        b"(a,b)",
        b"a=b:c",
        b"any",
        b"ANY$mhs",
        b"fax",
        b"a$b",
        b"a$$b",
        b"$",
        b"a\\24b",
    ),
    *(
        b"a\\5cb",
        b"a\\b",
        b"DE",
        b"D",
        b"de",
        b"+49 (0)30-1",
        b"a_b",
        b"a*b",
        b"a@b",
        b"\x30\x00",
        CERTIFICATE,
    ),
    *(
        CERTIFICATE[:-1],
        b"dn:cn=a",
        b"u:x",
        b"ldap:///dc=x??sub?(cn=a)",
        b"*",
        b"a" * 300,
        b"b" * 3000,
    ),
)
NAMES = (
    *(
        "uid={u}",
        "UID={u}",
        "userid={u}",
        "0.9.2342.19200300.100.1.1={u}",
        "cn={u}",
        "cn={u}+uid=u",
    ),
    *(
        "uid={u}+cn=u",
        "cn={u}+sn={u}",
        "uidNumber={n}",
        "cn={u}+cn=v",
        "cn={u} ",
        "cn= {u}",
        "cn=\\20{u}",
    ),
    *(
        "cn={u}\\20",
        "cn={u}\\,x",
        "cn={u}\\2cx",
        "cn={u}\\+x",
        'cn="{u},x"',
        "cn={u}<x",
        "cn={u}=x",
        "cn=#04{u}",
    ),
    *(
        "cn={u};x",
        "uid=;",
        "ou=>",
        "foo={u}",
        "mail={u}@x",
        "mail={u}ü",
        "jpegPhoto={u}",
        "userPassword={u}",
    ),
    *(
        "entryUUID={u}",
        "ref={u}",
        "description={u}",
        "telephoneNumber={n}",
        "telephoneNumber=_{u}",
        "c=DE",
    ),
    *(
        "dc={u}",
        "o={u}",
        "seeAlso=cn\\={u}",
        "member=cn\\={u}\\,dc\\=x",
        "cn;lang-de={u}",
        "cn={u}\\zz",
        "cn=\\ff{u}",
    ),
    *(
        "cn={u}ü",
        "cn={u}" + "a" * 230,
        "cn={u}" + "a" * 250,
        "cn={u}" + "ü" * 115,
        "cn={u}" + "\\," * 78,
    ),
    *(
        "cn={u}" + "x" * 600,
        "objectClass=top",
        "labeledURI={u}",
        "sudoUser={u}",
        "sudoUser={u}x y",
        "gecos={u}",
    ),
)
OPTIONS = (
    "binary",
    "lang-de",
    "lang-en-us",
    "lang-",
    "lang",
    "x-foo",
    "range=0-1",
    "LANG-DE",
    "binary;lang-de",
)


def templates() -> list[Attributes]:
    """Sound entries: the classes first, then the attribute that names the entry."""
    return [_template(" ".join(text.split())) for text in _TEMPLATES.strip().split("\n\n")]


def _template(line: str) -> Attributes:
    classes, *others = line.split("; ")
    pairs = (each.strip().split("=", 1) for each in others)
    return [
        *(("objectClass", name.encode()) for name in classes.split()),
        *((name, value.encode()) for name, value in pairs),
    ]


class Mutator:
    """Makes entries of its seed, each with a name of its own."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._number = 0
        known = schema.load()
        self._attributes = sorted(known.attributes)
        self._classes = sorted(known.classes)
        self._kinds: tuple[Callable[[Attributes], object], ...] = (
            *(self._add_attribute, self._add_attribute, self._replace_value, self._replace_value),
            *(self._drop, self._repeat_value, self._add_class, self._drop_class, self._add_option),
        )

    def entry(self) -> ldif.Record:
        """A sound entry with up to three things changed, and perhaps another name."""
        attributes = [*self._chance.choice(templates())]
        named_by, _ = next(pair for pair in attributes if pair[0] != "objectClass")
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 3))):
            self._chance.choice(self._kinds)(attributes)
        return ldif.Record(f"{self._name(named_by)},{PEOPLE}", attributes)

    def _name(self, named_by: str) -> str:
        self._number += 1
        own = f"u{self._number}"
        if named_by == "c" or self._chance.random() < 0.25:
            number = f"{self._number:06}"
            rdn = self._chance.choice(NAMES).replace("{u}", own).replace("{n}", number)
            # What holds no number of its own would come twice.
            return rdn if own in rdn or number in rdn else f"{rdn},ou={own}"
        return f"{named_by}={own}"

    def _add_attribute(self, attributes: Attributes) -> None:
        name = self._chance.choice(self._attributes)
        for _ in range(self._chance.choice((1, 1, 1, 2))):
            attributes.append((name, self._chance.choice(VALUES)))

    def _replace_value(self, attributes: Attributes) -> None:
        at = self._chance.randrange(len(attributes))
        if attributes[at][0] != "objectClass":
            attributes[at] = attributes[at][0], self._chance.choice(VALUES)

    def _drop(self, attributes: Attributes) -> None:
        if len(attributes) > 1:
            attributes.pop(self._chance.randrange(len(attributes)))

    def _repeat_value(self, attributes: Attributes) -> None:
        name, value = self._chance.choice(attributes)
        changed = (
            value,
            value.upper(),
            value + b" ",
            b" " + value,
            value.replace(b" ", b"-"),
            value + b"x",
        )
        attributes.append((name, self._chance.choice(changed)))

    def _add_class(self, attributes: Attributes) -> None:
        name = self._chance.choice(self._classes)
        attributes.insert(0, ("objectClass", self._chance.choice((name, name.upper())).encode()))

    def _drop_class(self, attributes: Attributes) -> None:
        classes = [pair for pair in attributes if pair[0] == "objectClass"]
        if classes:
            attributes.remove(self._chance.choice(classes))

    def _add_option(self, attributes: Attributes) -> None:
        at = self._chance.randrange(len(attributes))
        name, value = attributes[at]
        attributes[at] = f"{name};{self._chance.choice(OPTIONS)}", value
