"""What differs between two exports, and the second one's directory from the first one's."""

import io
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changeover.identities import change_plan, directories, export_diff
from changeover.ldap import dn, ldif
from changeover.ldap.entry import Entry
from tests.support import random_directories as odd
from tests.support.directory import (
    Directory,
    account,
    apply_changes,
    entry,
    scaffold,
    shared_group,
    user_dn,
)
from tests.support.ldif_text import Dripping

MARY = account("mary", "Spring#2021", 5002)
CHANGED = account("mary", "Autumn_2021", 5002)
USER = dn.normal(user_dn("mary"))
JDOE = account("jdoe", "Winter@2021", 5003)
CFDTEAM = shared_group("cfdteam", 6000, ["mary", "jdoe"])


def text_of(entries: Iterable[Entry]) -> bytes:
    return b"".join(directories.write_directory(entries))


def read(text: bytes) -> Directory:
    return directories.read_directory(io.BytesIO(text))


def compared(old: bytes, new: bytes, drop: int = 1 << 20) -> export_diff.Comparison:
    return export_diff.compare(Dripping(old, drop), Dripping(new, drop))


@st.composite
def exports(draw: st.DrawFn, directory: Directory) -> bytes:
    """The directory in any order, written in one way or another."""
    shuffled = draw(st.permutations(sorted(directory.values(), key=lambda each: each.dn)))
    text = b"\n".join(b"".join(directories.write_directory([each])) for each in shuffled)
    text = draw(st.sampled_from([b"", b"version: 1\n\n", b"# x\nversion: 1\n"])) + text
    if draw(st.booleans()):
        text = text.replace(b"\n", b"\r\n")
    return text.rstrip() if draw(st.booleans()) else text


@given(odd.random_directories(), odd.random_directories(), st.data())
@settings(deadline=None, max_examples=60)
def test_the_new_directory_follows_from_the_old_one(old, new, data) -> None:
    texts = data.draw(exports(old)), data.draw(exports(new))
    found = compared(*texts, drop=data.draw(st.integers(50, 2000)))
    assert found.onward(read(texts[0])) == read(texts[1]) == new
    assert (found.old_size, found.new_size) == (len(old), len(new))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("lines", [2, 3, 4])
def test_records_may_stand_any_number_of_empty_lines_apart(lines: int, end: bytes) -> None:
    close = text_of((MARY | JDOE).values())
    apart = close.replace(b"\n\n", b"\n" * (lines + 1))
    for texts in ((apart, apart), (close, apart), (apart, close)):
        found = compared(*(text.replace(b"\n", end) for text in texts))
        assert (found.old_size, found.new_size) == (4, 4)
        assert found.onward(read(texts[0])) == read(close)


@given(odd.random_directories(), odd.random_directories())
@settings(deadline=None, max_examples=60)
def test_what_differs_is_among_what_was_parsed(old: Directory, new: Directory) -> None:
    found = compared(text_of(old.values()), text_of(new.values()))
    assert change_plan.differing(found.old, found.new) == change_plan.differing(old, new)


@given(odd.random_directories(), odd.random_directories())
@settings(deadline=None, max_examples=60)
def test_a_plan_by_comparison_is_the_plan_of_the_whole(old: Directory, new: Directory) -> None:
    found = compared(text_of(old.values()), text_of(new.values()))
    among = found.old.keys() | found.new.keys()
    assert change_plan.plan(old, found.onward(old), among) == change_plan.plan(old, new)


def test_nothing_is_parsed_where_nothing_differs() -> None:
    text = text_of((MARY | JDOE).values())
    found = compared(text, text)
    assert (found.old, found.new) == ({}, {})
    assert (found.old_size, found.new_size) == (4, 4)


def test_what_is_equal_is_kept_as_it_was_read() -> None:
    old = read(text_of((MARY | JDOE).values()))
    after = compared(text_of((MARY | JDOE).values()), text_of((MARY | CFDTEAM).values())).onward(
        old
    )
    assert all(after[name] is old[name] for name in MARY)
    assert after == MARY | CFDTEAM


def test_a_unit_that_must_be_made_anew_takes_its_unchanged_people_with_it() -> None:
    """They are equal bytes in both exports, and not parsed; the plan needs them all the same."""
    place = "ou=lab,ou=People,dc=soca,dc=local"
    old = scaffold() | entry(place, objectClass="organizationalUnit", ou="lab")
    new = scaffold() | entry(place, objectClass="organization", ou="lab")
    people = entry(f"uid=mary,{place}", objectClass="person", uid="mary")
    old, new = old | people, new | people
    found = compared(text_of(old.values()), text_of(new.values()))
    assert found.old.keys() == found.new.keys() == {place.lower()}
    there = dict(old)
    plan = change_plan.plan(old, found.onward(old), found.old.keys() | found.new.keys())
    assert apply_changes(b"".join(change_plan.to_ldif(plan)), there) == 4
    assert there == new


def twice(one: Directory, again: Directory) -> bytes:
    return text_of(one.values()) + text_of(again.values())


@pytest.mark.parametrize("drop", [100, 1 << 20])
@pytest.mark.parametrize("again", [MARY, {USER: MARY[USER]}, {USER: CHANGED[USER]}])
@pytest.mark.parametrize("old", [{}, JDOE, MARY])
def test_an_entry_that_comes_twice_in_the_new_export_is_refused(
    old: Directory, again: Directory, drop: int
) -> None:
    before = text_of(old.values())
    with pytest.raises(ldif.Malformed, match="comes twice"):
        compared(before, twice(MARY, again), drop).onward(read(before))


@pytest.mark.parametrize("drop", [100, 1 << 20])
def test_a_second_entry_of_a_name_is_seen_though_its_first_is_the_same_in_both(drop: int) -> None:
    with pytest.raises(ldif.Malformed, match="comes twice"):
        compared(twice(MARY, {USER: CHANGED[USER]}), text_of(MARY.values()), drop)


@pytest.mark.parametrize("drop", [100, 1 << 20])
def test_an_entry_that_comes_twice_in_both_is_refused(drop: int) -> None:
    text = twice(MARY, MARY)
    with pytest.raises(ldif.Malformed, match="comes twice"):
        compared(text, text, drop)


def test_a_version_in_one_export_alone_is_no_difference() -> None:
    text = text_of(MARY.values())
    found = compared(b"# by hand\n\nversion: 1\n" + text, text)
    assert found.onward(MARY) == MARY
    assert (found.old_size, found.new_size) == (2, 2)


def test_an_unknown_version_is_refused() -> None:
    text = text_of(MARY.values())
    with pytest.raises(ldif.Malformed):
        compared(text, b"version: 2\n\n" + text)


def test_comments_are_no_records() -> None:
    text = text_of(MARY.values())
    found = compared(b"# one\n\n" + text + b"\n# two\n folded\n\n# three", text)
    assert found.onward(MARY) == MARY
    assert (found.old_size, found.new_size) == (2, 2)


def test_many_empty_lines_take_no_time_to_pass() -> None:
    text = b"\n" * 100_000 + text_of(MARY.values())
    assert compared(text, b"").old == MARY
