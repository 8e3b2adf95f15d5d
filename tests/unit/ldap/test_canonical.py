"""A digest is blind to how an entry is spelled, and to nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.ldap import canonical

IGNORING = st.sampled_from(["cn", "mail", "objectclass", "description;lang-de", "gecos"])
MINDING = st.sampled_from(["memberuid", "userpassword", "homedirectory", "jpegphoto", "x-unheard"])
words = st.from_regex(r"[a-z]{1,8}", fullmatch=True).map(str.encode)
values = st.frozensets(st.binary(max_size=12), min_size=1, max_size=4)
bodies = st.dictionaries(st.one_of(IGNORING, MINDING, st.just("member")), values, max_size=5)


def digest(**attributes: bytes | list[bytes]) -> bytes:
    return canonical.digest(
        {
            name: [values] if isinstance(values, bytes) else values
            for name, values in attributes.items()
        }
    )


def respelled(body: dict[str, frozenset[bytes]]) -> dict[str, frozenset[bytes]]:
    """What is left of the differences that count."""
    return {
        name: frozenset(canonical.same(name, value) for value in values)
        for name, values in body.items()
    }


@given(bodies, bodies)
def test_digests_are_equal_when_the_entries_are_and_only_then(one, other) -> None:
    equal = canonical.digest(one) == canonical.digest(other)
    assert equal == (respelled(one) == respelled(other))


@given(bodies, st.randoms())
def test_the_order_of_attributes_and_values_does_not_count(body, chance) -> None:
    items = [(name, [*values, *values]) for name, values in body.items()]
    chance.shuffle(items)
    for _, values in items:
        chance.shuffle(values)
    assert canonical.digest(dict(items)) == canonical.digest(body)


@given(IGNORING, words)
def test_case_does_not_count_where_the_schema_says_so(name: str, word: bytes) -> None:
    one, other = {name: [word.upper()]}, {name: [b"  " + word + b" "]}
    assert canonical.digest(one) == canonical.digest(other)


@given(MINDING, words)
def test_case_counts_everywhere_else(name: str, word: bytes) -> None:
    assert canonical.digest({name: [word.upper()]}) != canonical.digest({name: [word]})


@given(MINDING, words)
def test_a_blank_counts_where_case_does(name: str, word: bytes) -> None:
    assert canonical.digest({name: [word + b" "]}) != canonical.digest({name: [word]})


@given(st.one_of(IGNORING, MINDING), st.one_of(IGNORING, MINDING), words)
def test_a_value_that_moved_to_another_attribute_counts(one: str, other: str, word: bytes) -> None:
    equal = canonical.digest({one: [word]}) == canonical.digest({other: [word]})
    assert equal == (one == other)


@given(st.lists(st.binary(min_size=1, max_size=3), min_size=2, max_size=4, unique=True))
def test_values_that_are_joined_count(parts: list[bytes]) -> None:
    assert digest(memberuid=parts) != digest(memberuid=b"".join(parts))
    assert digest(memberuid=parts) != digest(memberuid=b"".join(sorted(parts)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [b"b", b"c"]}, {"a": [b"b"], "c": []}),
        ({"a": [b"ab", b"c"]}, {"a": [b"a", b"bc"]}),
        ({"a": [b"x"], "b": [b"y"]}, {"a": [b"y"], "b": [b"x"]}),
        ({"a": [b""]}, {"a": []}),
        ({"a": []}, {}),
        ({"a": [b"\0\0\0\1x"]}, {"a": [b"x"]}),
        ({"cn": [b"x"], "uid": [b"y"]}, {"cn": [b"xy"], "uid": [b""]}),
    ],
)
def test_no_play_with_lengths_makes_two_entries_one(one, other) -> None:
    assert canonical.digest(one) != canonical.digest(other)


@pytest.mark.parametrize("name", ["member", "seealso", "manager"])
def test_names_of_entries_are_compared_as_names(name: str) -> None:
    spelled = [b"UID=Mary, OU=People", b"0.9.2342.19200300.100.1.1=#04046d617279,ou=people"]
    one, other = ({name: [each]} for each in spelled)
    assert canonical.digest(one) == canonical.digest(other)
    assert canonical.digest({name: [b"uid=mary"]}) != canonical.digest(one)


@pytest.mark.parametrize("value", [b"Mary", b"uid=\xff", b"uid=a\\"])
def test_what_should_be_a_name_and_is_none_counts_as_it_is(value: bytes) -> None:
    assert canonical.same("member", value) == value


def test_twins_that_fold_to_one_value_are_one() -> None:
    assert digest(cn=[b"Mary", b"mary", b" MARY"]) == digest(cn=b"mary")


def test_letters_that_only_look_different_are_one() -> None:
    assert digest(cn="Gro\u0308\ufb01".encode()) == digest(cn="GRÖFI".encode())


def test_what_is_no_text_is_told_apart() -> None:
    assert digest(cn=b"\xff\xfe") != digest(cn=b"\xfe\xff")


@pytest.mark.parametrize("name", ["cn", "mail", "objectclass", "gecos", "member", "manager"])
def test_an_option_does_not_change_how_values_compare(name: str) -> None:
    value = b"CN=Mary, OU=People"
    assert canonical.same(f"{name};lang-de", value) == canonical.same(name, value) != value
