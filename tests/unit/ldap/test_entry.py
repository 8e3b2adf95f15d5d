"""An entry is the same whether it was made of attributes or read."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changeover.ldap import canonical, fast_reader
from changeover.ldap.entry import Entry
from changeover.ldap.ldif import Record, write
from tests.support.ldif_text import Seen, by_line, records

MARY = Entry(
    "uid=mary,ou=People",
    {
        "objectclass": frozenset([b"top", b"POSIXaccount"]),
        "uid": frozenset([b"mary", b"Mary"]),
        "userpassword": frozenset([b"{SSHA}secret"]),
    },
)


@given(records)
@settings(deadline=None)
def test_an_entry_that_was_read_equals_one_that_was_made(record: Record) -> None:
    text = b"".join(write([record]))
    ((layout, values),) = fast_reader.rows(io.BytesIO(text))
    (seen,) = by_line(text)
    assert isinstance(seen, Seen)
    was_read, was_made = Entry(record.dn, row=(layout, values)), Entry(record.dn, seen.attributes)
    assert was_read == was_made
    assert was_read.digest() == was_made.digest() == canonical.digest(seen.attributes)
    assert was_read.same(was_made)
    for name in {*seen.attributes, "mail"}:
        assert was_read.first(name) == was_made.first(name)
        assert was_read.has(name) == was_made.has(name) == (name in seen.attributes)


@given(st.dictionaries(st.sampled_from(["cn", "uid"]), st.frozensets(st.binary(), min_size=1)))
def test_the_attributes_of_an_entry_come_back_from_its_row(attributes) -> None:
    layout, (_, *values) = Entry("cn=a", attributes).row()
    assert layout.attributes([b"cn=a", *values]) == attributes


def test_an_entry_is_of_its_classes_whatever_their_case() -> None:
    assert MARY.is_a("posixAccount")
    assert MARY.is_a("TOP")
    assert not MARY.is_a("posixGroup")


def test_the_first_of_several_values_is_the_same_every_time() -> None:
    assert MARY.first("uid") == b"Mary"


def test_an_attribute_that_is_missing_has_an_empty_first_value() -> None:
    assert MARY.first("mail") == b""
    assert not MARY.has("mail")


def test_an_entry_keeps_its_attributes_by_another_name() -> None:
    renamed = MARY.renamed("uid=mary,ou=Staff")
    assert renamed.dn == "uid=mary,ou=Staff"
    assert renamed.attributes == MARY.attributes
    assert renamed.same(MARY)
    assert renamed != MARY


def test_entries_that_a_directory_holds_equal_may_differ_in_bytes() -> None:
    shouted = Entry(
        MARY.dn, {**MARY.attributes, "objectclass": frozenset([b"TOP", b"posixAccount"])}
    )
    assert shouted.same(MARY)
    assert shouted != MARY


def test_an_entry_shows_no_value() -> None:
    assert repr(MARY) == "Entry('uid=mary,ou=People')"


def test_an_entry_is_no_key() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        {MARY}  # noqa: B018 - making the set is what fails
