"""Names that a server holds equal are spelled equal."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from changeover.ldap.dn import as_printed, depth, normal, normal_all, parent, part, split, under
from tests.support.equal_strings import ALIKE, APART

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
attributes = st.sampled_from(["cn", "uid", "ou", "userid", "commonName", "OID.2.5.4.3", "x-y"])


def escaped(value: str) -> str:
    """Every byte as a hex pair: the one way to escape that always works."""
    return "".join(f"\\{byte:02x}" for byte in value.encode())


def attempt(spell: Callable[[], list[str]]) -> list[str] | None:
    try:
        return spell()
    except ValueError:
        return None


names = st.lists(st.tuples(attributes, values), min_size=1, max_size=4).map(
    lambda pairs: ",".join(f"{name}={escaped(value)}" for name, value in pairs)
)


@given(names)
@example("cn=\\0a\\23ab")
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    assert normal(normal(name)) == normal(name)


@given(values)
@example(" a  b ")
@example("#1")
def test_a_part_is_what_a_name_with_that_value_has(value: str) -> None:
    assert part("cn", value.encode()) == normal(f"cn={escaped(value)}")


@given(names)
def test_a_server_prints_the_same_name(name: str) -> None:
    assert normal(as_printed(name)) == normal(name)


def test_a_server_prints_attributes_as_the_schema_has_them_and_values_as_they_are() -> None:
    printed = as_printed("CN=Mary\\, B+UIDNUMBER=1, 2.5.4.11=People,DC=soca")
    assert printed == "cn=Mary\\, B+uidNumber=1,ou=People,dc=soca"


def test_the_parent_is_what_follows_the_first_comma_that_is_not_escaped() -> None:
    assert parent("cn=a\\,b,ou=c,dc=d") == "ou=c,dc=d"
    assert parent("dc=d") == ""


plain_names = st.from_regex(r"((cn|UID|ou|dc)=[A-Za-z0-9_.@ -]{1,8},?){1,3}", fullmatch=True)


@given(st.lists(plain_names | names | st.sampled_from(["cn=a\ncn=b", "cn=a\n", "uid=\u212a", ""])))
@example(["cn=a,", "cn=b"])
@example(["cn=a\ncn=b", "ou=C"])
@example([])
def test_many_names_together_are_spelled_as_one_by_one(several: list[str]) -> None:
    assert attempt(lambda: normal_all([name.encode() for name in several])) == attempt(
        lambda: [normal(name) for name in several]
    )


@given(attributes, st.from_regex(r"[a-z0-9.@_-]{1,12}", fullmatch=True))
def test_an_escape_that_is_not_needed_makes_no_difference(name: str, value: str) -> None:
    assert normal(f"{name}={escaped(value)},ou=People") == normal(f"{name}={value},ou=People")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UID=Mary,OU=People", "uid=mary,ou=people"),
        ("cn=Smith\\, John,ou=x", "cn=smith\\2c john,ou=x"),
        ("cn=a+uid=b,ou=x", "uid=b+cn=a,ou=x"),
        ("cn = a , ou = x", "cn=a,ou=x"),
        ("cn=a  b,ou=x", "cn=a b,ou=x"),
        ("cn=\\ a,ou=x", "cn=a,ou=x"),
        ("2.5.4.3=a,ou=x", "cn=a,ou=x"),
        ("OID.2.5.4.11=x", "ou=x"),
        ("userid=mary,ou=x", "uid=mary,ou=x"),
        ("commonName=a,ou=x", "cn=a,ou=x"),
        ("OID.0.9.2342.19200300.100.1.1=mary", "uid=mary"),
        ("surname=a", "sn=a"),
        ("rfc822Mailbox=A@X", "mail=a@x"),
        ("cn=#040161", "cn=a"),
        ("cn= #040161 ,ou=x", "cn=a,ou=x"),
        ("cn=\\#a", "cn=\\23a"),
        ("cn=a\\\\b", "cn=a\\5Cb"),
        ("cn=a\\ ", "cn=a"),
        ("memberUid= Mary", "memberuid=Mary"),
    ],
)
def test_two_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_what_a_directory_holds_equal_is_one_name(one: str, other: str) -> None:
    assert normal(f"cn={escaped(one)},ou=x") == normal(f"cn={other},ou=x")


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_what_a_directory_tells_apart_are_two_names(one: str, other: str) -> None:
    assert normal(f"cn={escaped(one)},ou=x") != normal(f"cn={other},ou=x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=a,ou=x", "uid=a,ou=y"),
        ("cn=a\\,ou=x", "cn=a,ou=x"),
        ("cn=a+uid=b", "cn=a,uid=b"),
        ("cn=a\\+uid=b", "cn=a+uid=b"),
        ("memberUid=Mary", "memberUid=mary"),
    ],
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    "text",
    ["", "mary", "=mary", "uid=a,", "cn=\\ff", "cn=#zz", "cn=#0405", "cn=a\\", "cn=\\a", "\\="],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller adds where the name stands
        normal(text)


def test_an_escaped_comma_does_not_separate() -> None:
    assert split("cn=a\\,b,ou=x") == ["cn=a\\,b", "ou=x"]


@pytest.mark.parametrize(("name", "parts"), [("dc=local", 1), ("cn=a\\,b,dc=local", 2)])
def test_depth_counts_the_parts(name: str, parts: int) -> None:
    assert depth(name) == parts


def test_a_name_is_under_its_parent_and_not_under_itself() -> None:
    assert under("uid=mary,ou=people", "ou=people")
    assert not under("ou=people", "ou=people")
    assert not under("uid=mary,sou=people", "ou=people")
