"""What follows from an entry's layout is what follows from its attributes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from changeover.ldap import canonical
from changeover.ldap.entry_layout import Layout

TOP = "objectClass"
lines = st.lists(
    st.sampled_from([TOP, "cn", "commonName", "uid", "mail", "memberUid", "userPassword", "member"])
)
tidy = st.from_regex(rb"[A-Za-z0-9]{0,4}( [A-Za-z0-9]{1,4})?", fullmatch=True).filter(
    lambda value: not value.startswith(b" ")
)
untidy = st.one_of(
    st.binary(max_size=6), st.sampled_from([b" A", b"a  b", "Ü ﬁ".encode(), b"\xffA", b"top"])
)


@st.composite
def entries(draw: st.DrawFn) -> tuple[Layout, list[bytes]]:
    """Layouts learned of the columns that may be untidy, or of nothing, and values to suit."""
    names = draw(lines)
    columns = draw(st.none() | st.frozensets(st.integers(1, len(names) or 1)))
    values = [
        draw(st.sampled_from([b"top", b"TOP", b"person"]) if name == TOP else tidy | untidy)
        if columns is None or (column in columns and name != TOP)
        else draw(st.sampled_from([b"top", b"TOP", b"person"]) if name == TOP else tidy)
        for column, name in enumerate(names, 1)
    ]
    classes = [value for name, value in zip(names, values, strict=True) if name == TOP]
    return Layout(names, classes, columns), [b"cn=a", *values]


def laid_out(*pairs: tuple[str, bytes], neat: bool = True) -> tuple[Layout, list[bytes]]:
    classes = [value for name, value in pairs if name.lower() == "objectclass"]
    layout = Layout([name for name, _ in pairs], classes, frozenset() if neat else None)
    return layout, [b"cn=a", *(value for _, value in pairs)]


@given(entries())
@example(laid_out((TOP, b"top"), ("cn", b"D"), ("commonName", b"d"), ("mail", b"x")))
@example(laid_out((TOP, b"top"), ("cn", b"a"), ("cn", b"a"), ("memberUid", b"b")))
@example(laid_out((TOP, b"top"), (TOP, b"TOP"), ("memberUid", b"b"), ("memberUid", b"b")))
def test_the_short_cut_leads_to_the_digest_of_the_book(entry) -> None:
    layout, values = entry
    assert layout.digest(values) == canonical.digest(layout.attributes(values))


@given(entries())
def test_names_are_those_of_the_attributes(entry) -> None:
    layout, values = entry
    assert layout.names == layout.attributes(values).keys()


@given(entries())
def test_all_values_of_an_attribute_are_found_in_their_order(entry) -> None:
    layout, values = entry
    for name, several in layout.attributes(values).items():
        assert frozenset(layout.all(values, name)) == several
        assert layout.first_of(name)(values) == layout.all(values, name)[:1]


def test_a_layout_of_many_serves_them_all() -> None:
    layout, _ = laid_out((TOP, b"top"), ("cn", b"a"), ("memberUid", b"b"))
    for cn, member in [(b"Mary", b"Mary"), (b"MARY", b"Mary"), (b"mary", b"mary")]:
        attributes = {"objectclass": [b"top"], "cn": [cn], "memberuid": [member]}
        assert layout.digest([b"cn=b", b"top", cn, member]) == canonical.digest(attributes)


def test_what_a_server_adds_by_itself_has_no_part_in_it() -> None:
    layout, values = laid_out((TOP, b"top"), ("cn", b"a"), ("entryUUID", b"1"), ("ENTRYCSN", b"2"))
    without, others = laid_out(("cn", b"A"), (TOP, b"TOP"))
    assert layout.names == {"objectclass", "cn"}
    assert layout.digest(values) == without.digest(others)


def test_attributes_that_no_schema_knows_are_named() -> None:
    layout, _ = laid_out(("cn;lang-de", b"a"), ("x-new", b"1"), ("memberOf", b"2"))
    assert layout.strange == ("x-new",)


def test_what_a_server_keeps_for_itself_is_no_attribute_of_the_entry() -> None:
    layout, values = laid_out(("cn", b"a"), ("memberOf", b"2"), ("PWDLASTSUCCESS", b"3"))
    assert layout.names == {"cn"}
    assert layout.excluded == {"memberof": (2,), "pwdlastsuccess": (3,)}
    assert layout.attributes(values) == {"cn": {b"a"}}


@pytest.mark.parametrize("neat", [True, False])
def test_classes_are_known_whatever_their_case(*, neat: bool) -> None:
    layout, _ = laid_out((TOP, b"TOP"), (TOP, b"posixAccount"), neat=neat)
    assert layout.classes == {"top", "posixaccount"}


def test_an_attribute_that_is_missing_is_none() -> None:
    layout, values = laid_out((TOP, b"top"), ("cn", b"a"), ("cn", b"b"))
    assert layout.first_of("cn", "mail")(values) == (b"a", None)
    assert layout.first_of("mail")(values) == (None,)
    assert layout.all(values, "mail") == ()
