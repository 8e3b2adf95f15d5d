"""The cases: what grows, and the work that is measured."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.growing.texts import chain, group, joined, lines, people, sudo_role, unit, user
from changeover.identities import change_plan, export_diff
from changeover.identities.audit import inspect
from changeover.identities.conversion import convert_back
from changeover.identities.directories import digest, read_directory, write_directory
from changeover.identities.rules.checker import Checker
from changeover.soca.dialect import DIALECTS, SOCA_2_6
from changeover.upgrade.transfer.privileged import summed_up
from changeover.upgrade.transfer.replay import judge_disputed

Texts = tuple[bytes, ...]
_TARGET = DIALECTS["26.4"].at("dc=edh,dc=local")


@dataclass(frozen=True)
class Case:
    """`size` takes about a tenth of a second. `few` is enough to count calls."""

    make: Callable[[int], Texts]
    work: Callable[..., object]
    size: int
    few: int = 200


def check(text: bytes) -> object:
    return inspect(io.BytesIO(text), SOCA_2_6, most=None)


def judge(text: bytes) -> object:
    """Also check with the rules of the target release."""
    return inspect(io.BytesIO(text), SOCA_2_6, most=None, target=_TARGET)


def approve(text: bytes) -> object:
    """List who can become root, as for the approver."""
    checker = Checker(SOCA_2_6, target=_TARGET)
    for name, entry in read_directory(io.BytesIO(text)).items():
        checker.look(name, *entry.row())
    return summed_up(checker.privileges())


def move(text: bytes) -> object:
    """Read, convert, digest and write."""
    made = convert_back(read_directory(io.BytesIO(text)), {}, SOCA_2_6, _TARGET)
    return digest(made.entries), sum(map(len, write_directory(made.entries.values())))


def plan(old: bytes, new: bytes) -> object:
    """Compare two exports, and write the changes between them."""
    found = export_diff.compare(io.BytesIO(old), io.BytesIO(new))
    return sum(map(len, change_plan.to_ldif(change_plan.plan(found.old, found.new))))


def bring_back(text: bytes, other: bytes) -> object:
    """Replay changes. Those in `other` are below an entry that live has lost."""
    parity, made = (read_directory(io.BytesIO(each)) for each in (text, other))
    return judge_disputed(made, parity, {})


def _one(make: Callable[[int], str]) -> Callable[[int], Texts]:
    return lambda size: (make(size).encode(),)


def _many(make: Callable[[int], Iterable[str]]) -> Callable[[int], Texts]:
    return lambda size: (joined(make(size)),)


def _names(size: int) -> list[str]:
    return [f"u{n}" for n in range(size)]


_GROUP = _one(lambda n: group("all", more=lines("memberUid", _names(n))))
_BY_DN = _one(
    lambda n: group(
        "all", more=lines("member", (f"uid=u{at},ou=People,dc=soca" for at in range(n)))
    )
)
_PASSWORDS = _one(lambda n: user("u", 6000, lines("userPassword", (f"x{at}" for at in range(n)))))
_OPTIONS = _one(lambda n: group("all", more="".join(f"description;x-{at}: a\n" for at in range(n))))
_CLASSES = _one(lambda n: group("all", more=lines("objectClass", (f"c{at}" for at in range(n)))))
_NUMBERS = _one(lambda n: group("all", more=lines("gidNumber", range(n))))
_NAMES = _one(lambda n: group("all", more=lines("cn", _names(n))))
_VALUE = _one(lambda n: group("all", more=f"description: {'x' * n}\n"))
_BLANKS = _one(lambda n: group("all", more=f"description: {'x  ' * n}x\n"))
_FOLDED = _one(lambda n: group("all", more="description: x\n" + " xyz\n" * n))
_ACCENTS = _one(lambda n: group("all", more="description: a" + "\u0301\u0323" * n + "\n"))
_COLONS = _one(lambda n: group("all", more=f"description: {'a: ' * n}a\n"))
_COMMENT = _one(lambda n: "# x\n" + " x\n" * n + group("all"))
_COMMENTS = _one(lambda n: f"# x\n\n{group('all')}" + "# y\n\n" * n)
_RDNS = _one(lambda n: unit(",".join(f"ou=u{at}" for at in range(n))))
_MEMBER_OF_RDNS = _one(
    lambda n: (
        group("a", 6000)
        + user("a", 6000)
        + group("all", more=f"member: {','.join(f'ou=u{at}' for at in range(n))},cn=a\n")
    )
)
_CHAIN = _many(chain)
_HOMELESS = _many(lambda n: chain(n, top="ou=nowhere"))
_SHAPES = _many(lambda n: (group(f"g{at}", more=f"x-{at}: a\n") for at in range(n)))
_SIZES = _many(lambda n: (group(f"g{at}", at, lines("memberUid", range(at))) for at in range(n)))
_SUDO = _one(lambda n: sudo_role(lines("sudoUser", _names(n))))
_GROUPS_OF_ONE = _many(
    lambda n: [user("u", 6000), *(group(f"g{at}", at, "memberUid: u\n") for at in range(n))]
)
_ONE_NAME = _many(lambda n: (user(f"u{at}", at, uid="u") + group(f"u{at}", at) for at in range(n)))
_ONE_NUMBER = _many(lambda n: (user(name, 6000) for name in _names(n)))
_ALIKE = _many(lambda n: (user(f"u{at}", at * (2**61 - 1)) for at in range(n)))
_LONG_NAME = _many(
    lambda n: [user("x" * n, 1, uid="u"), *(user(f"u{at}", 1, uid="u") for at in range(n // 10))]
)
_CLASHES = _many(
    lambda n: (
        user(f"u{at}", 6000 + at)
        + group(f"u{at}", 6000 + at)
        + group(f"u{at}{_TARGET.private_group_suffix}", 90_000 + at)
        for at in range(n)
    )
)
_ADMINISTRATORS = _many(
    lambda n: (
        *(user(f"u{at}", 6000 + at) for at in range(n)),
        *(sudo_role(lines("sudoUser", _names(n)), name) for name in ("one", "other")),
    )
)
_ROLES_OF_ONE_GROUP = _many(
    lambda n: (
        group("all", more=lines("memberUid", _names(n))),
        *(sudo_role("sudoUser: %all\nsudoCommand: ALL\n", f"r{at}") for at in range(n)),
    )
)
_DIGESTS = _one(lambda n: sudo_role(f"sudoUser: u\nsudoCommand: {'sha256:' * n}\n"))


def _reversed(size: int) -> Texts:
    entries = [group(f"g{at}", at) for at in range(size)]
    return joined(entries), joined(reversed(entries))


def _joining(size: int) -> Texts:
    return group("all").encode(), group("all", more=lines("memberUid", _names(size))).encode()


def _of_another_kind(size: int) -> Texts:
    """Change a unit to a locality, with all entries below it."""
    below = "".join(user(name, 6000, place="ou=u0") for name in _names(size))
    before = unit("ou=u0") + below
    return before.encode(), before.replace("organizationalUnit", "locality", 1).encode()


def _chain_of_another_kind(size: int) -> Texts:
    (before,) = _CHAIN(size)
    return before, before.replace(b"organizationalUnit", b"locality", 1)


CASES = {
    "members of a group": Case(_GROUP, check, 20_000),
    "members of a group, moved": Case(_GROUP, move, 20_000),
    "members by DN": Case(_BY_DN, check, 10_000),
    "members by DN, moved": Case(_BY_DN, move, 10_000),
    "passwords of a user": Case(_PASSWORDS, check, 20_000),
    "an attribute's options": Case(_OPTIONS, check, 5_000),
    "object classes of an entry": Case(_CLASSES, check, 10_000),
    "numbers of a group": Case(_NUMBERS, move, 20_000),
    "names of a group": Case(_NAMES, move, 10_000),
    "bytes of a value": Case(_VALUE, check, 4_000_000),
    "bytes of a value, moved": Case(_VALUE, move, 4_000_000),
    "blanks of a value": Case(_BLANKS, check, 500_000),
    "folds of a value": Case(_FOLDED, check, 500_000),
    "accents of a letter": Case(_ACCENTS, check, 50_000),
    "colons in a value": Case(_COLONS, check, 200_000),
    "lines of a comment": Case(_COMMENT, check, 1_000_000),
    "comments": Case(_COMMENTS, check, 200_000),
    "parts of a DN": Case(_RDNS, check, 10_000),
    "parts of a DN, moved": Case(_RDNS, move, 10_000),
    "parts of a member's DN": Case(_MEMBER_OF_RDNS, move, 10_000),
    "depth of a tree": Case(_CHAIN, check, 500, few=40),
    "depth of a tree, moved": Case(_CHAIN, move, 400, few=40),
    "depth below nothing, checked": Case(_HOMELESS, judge, 400, few=40),
    "depth below nothing": Case(_HOMELESS, move, 400, few=40),
    "shapes of entries": Case(_SHAPES, check, 3_000),
    "sizes of groups": Case(_SIZES, check, 100, few=40),
    "users of a sudo role": Case(_SUDO, check, 30_000),
    "users of two sudo roles": Case(_ADMINISTRATORS, judge, 2_000),
    "sudo roles of a group": Case(_ROLES_OF_ONE_GROUP, approve, 1_500),
    "digests of a command": Case(_DIGESTS, check, 100_000),
    "groups of a user": Case(_GROUPS_OF_ONE, check, 8_000),
    "users of one name": Case(_ONE_NAME, check, 4_000),
    "users of one name, moved": Case(_ONE_NAME, move, 2_000),
    "users of one number": Case(_ONE_NUMBER, check, 5_000),
    "numbers that hash alike": Case(_ALIKE, check, 3_000),
    "findings that name a long DN": Case(_LONG_NAME, check, 30_000),
    "names that clash": Case(_CLASHES, move, 1_500),
    "entries in another order": Case(_reversed, plan, 50_000),
    "members who join": Case(_joining, plan, 30_000),
    "entries deleted": Case(lambda n: (people(n), b""), plan, 1_500),
    "entries added": Case(lambda n: (b"", people(n)), plan, 1_500),
    "children of what is recreated": Case(_of_another_kind, plan, 2_000),
    "depth of what is recreated": Case(_chain_of_another_kind, plan, 300, few=40),
    "depth of what cannot come back": Case(
        lambda n: (joined(chain(1)), *_CHAIN(n)), bring_back, 500, few=40
    ),
}
