"""What cannot come back to live without what live's users changed as well."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from changeover.identities.directories import Directory
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.upgrade.transfer.replay import judge_disputed, with_changes

_BELOW = ("ou=c", "ou=d", "ou=e,ou=c", "ou=f,ou=e,ou=c")
_NAMES = ["ou=a", "ou=b", *(f"{below},ou=a" for below in _BELOW)]
_ENTRIES = st.sampled_from([Entry("x", {"ou": frozenset((value,))}) for value in (b"1", b"2")])
directories = st.dictionaries(st.sampled_from(_NAMES), _ENTRIES)
changes = st.dictionaries(st.sampled_from(_NAMES), st.none() | _ENTRIES)


def baseless(changed: Mapping[str, Entry | None], live: Directory, left: set[str]) -> set[str]:
    """By the definition: what would stand below nothing, or leave something below nothing."""
    returning = {name: after for name, after in changed.items() if name not in left}
    meant = with_changes(live, returning)
    parents = {dn.parent(name) for name in meant}
    return {
        name
        for name, after in returning.items()
        if (name in parents if after is None else dn.parent(name) not in meant)
    }


@given(changes, directories, directories)
def test_with_the_disputed_goes_what_is_baseless_without_them(changed, parity, live) -> None:
    left = {
        name
        for name, after in changed.items()
        if live.get(name) != parity.get(name) and live.get(name) != after
    }
    while more := baseless(changed, live, left):
        left |= more
    assert judge_disputed(changed, parity, live) == sorted(left)
