"""Directories by chance, of entries that a real slapd takes: what is ordinary, and what is odd."""

from hypothesis import strategies as st

from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6

Directory = dict[str, Entry]
Attributes = dict[str, frozenset[bytes]]

_NAMES = ("mary", "j.doe", "a, b", "c+d", '#1 "x"', "Größe", "e\\f", "g<h>;=", "i  i")
_TEXTS = tuple(
    text.encode()
    for text in (
        *("Mary", "Größe", " blank ", "two  blanks", "x" * 300, f"{'y' * 70}  {'z' * 80} "),
        *(": colon", "<bracket", "#hash", "tab\tand\nline", "\ufb01", "trailing "),
    )
)
_BINARY = st.binary(min_size=1, max_size=100)
_texts = st.frozensets(st.sampled_from(_TEXTS), max_size=3)
_some_texts = st.frozensets(st.sampled_from(_TEXTS), min_size=1, max_size=3)
_photos = st.frozensets(_BINARY.map(lambda rest: b"\xff\xd8\xff" + rest), max_size=10)
_numbers = st.integers(5000, 5009).map(lambda number: frozenset([b"%d" % number]))
_members = st.builds(
    lambda first, last: frozenset(b"user%d" % number for number in range(first, last)),
    st.integers(0, 5),
    st.integers(0, 300),
)


def _escaped(value: str) -> str:
    return "".join(f"\\{letter}" if letter in ',+"\\<>;=#' else letter for letter in value)


def _in_hex(value: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in value.encode())


_spelled = st.sampled_from([_escaped, _in_hex])


def _one(value: str) -> frozenset[bytes]:
    return frozenset([value.encode()])


def _kinds(*names: str) -> frozenset[bytes]:
    return frozenset(name.encode() for name in names)


@st.composite
def _people(draw: st.DrawFn, name: str, spelled: str) -> Attributes:
    return {
        "objectclass": _kinds("top", "person", "posixAccount", "inetOrgPerson"),
        "uid": _one(spelled) | draw(st.sampled_from([frozenset(), _one(f"{name}2")])),
        "uidnumber": draw(_numbers),
        "gidnumber": draw(_numbers),
        "homedirectory": _one(f"/data/home/{name!a}"),
        "cn": draw(_some_texts),
        "sn": draw(_some_texts),
        "userpassword": draw(st.frozensets(_BINARY, max_size=2)),
        "description": draw(_texts),
        "description;lang-de": draw(_texts),
        "jpegphoto": draw(_photos),
    }


@st.composite
def _groups(draw: st.DrawFn, spelled: str) -> Attributes:
    if draw(st.integers(0, 4)) == 0:
        kind = {"objectclass": _kinds("top", "device")}
    else:
        kind = {
            "objectclass": _kinds("top", "posixGroup"),
            "gidnumber": draw(_numbers),
            "memberuid": draw(_members),
        }
    return kind | {"cn": _one(spelled), "description": draw(_texts)}


@st.composite
def _units(draw: st.DrawFn, spelled: str) -> Attributes:
    kind = draw(st.sampled_from([(), ("extensibleObject",)]))
    return {"objectclass": _kinds("organizationalUnit", *kind), "ou": _one(spelled)}


@st.composite
def random_directories(draw: st.DrawFn) -> Directory:
    """What may stand below the scaffold of SOCA 2.6: people, some in a unit of their own; groups.

    Two of them have much in common, often in another spelling, place or kind.
    """
    made: Directory = {}

    def make(kind: str, spelled: str, parent: str, attributes: Attributes) -> None:
        name = f"{kind}={draw(_spelled)(spelled)},{parent}"
        given = {attribute: values for attribute, values in attributes.items() if values}
        made.setdefault(dn.normal(name), Entry(name, given))

    units = [SOCA_2_6.people]
    if draw(st.booleans()):
        lab = draw(st.sampled_from(["lab", "Lab"]))
        make("ou", lab, SOCA_2_6.people, draw(_units(lab)))
        units.append(next(iter(made.values())).dn)
    for name in draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=4)):
        spelled = draw(st.sampled_from([name, name.replace("m", "M").replace("x", "X")]))
        make("uid", spelled, draw(st.sampled_from(units)), draw(_people(name, spelled)))
    for name in draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=3)):
        make("cn", name, SOCA_2_6.groups, draw(_groups(name)))
    return made
