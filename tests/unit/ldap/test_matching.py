"""Strings are folded as slapd folds them; tests/integration/identities asks slapd itself."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.ldap.matching import folded, squeezed
from tests.support.equal_strings import ALIKE, APART

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.one_of(texts.map(str.encode), st.binary()))
def test_what_is_folded_stays_as_it_is(value: bytes) -> None:
    assert folded(folded(value)) == folded(value)


@given(st.text("abzäöéñçøåžł ,=#"))
def test_case_does_not_count(text: str) -> None:
    assert folded(text.upper().encode()) == folded(text.encode())


@given(st.text("aB ü"))
def test_needless_blanks_do_not_count(text: str) -> None:
    assert folded(f"  {text.replace(' ', '   ')} ".encode()) == folded(text.encode())


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_two_spellings_of_one_string_are_equal(one: str, other: str) -> None:
    assert folded(one.encode()) == folded(other.encode())


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_what_a_directory_tells_apart_stays_apart(one: str, other: str) -> None:
    assert folded(one.encode()) != folded(other.encode())


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_letters_are_folded_alike_whatever_stands_beside_them(text: str) -> None:
    beside = "日".encode()
    assert folded(f"{text}|".encode()) + beside == folded(f"{text}|".encode() + beside)


def test_every_letter_of_europe_is_folded_alike_whatever_stands_beside_it() -> None:
    beside = "日".encode()
    for letter in map(chr, range(0x250)):
        assert folded(f"{letter}|".encode()) + beside == folded(f"{letter}|".encode() + beside)


@pytest.mark.parametrize("text", [" é b", "é b ", "é  b", " é  b "])
def test_needless_blanks_do_not_count_beside_letters_of_europe(text: str) -> None:
    assert folded(text.upper().encode()) == "é b".encode()


def test_what_is_no_text_is_lowered_and_no_more() -> None:
    assert folded(b"\xffA  B") == b"\xffa  b"


def test_blanks_go_where_case_counts() -> None:
    assert squeezed(b"  A  b ") == b"A b"


@given(st.text("aé\u0301\u0323\u0327\u0344\u1100\u1161\u11a8ﬁ\uff9e", min_size=201, max_size=300))
def test_many_accents_are_ordered_as_few_are(text: str) -> None:
    assert folded(text.encode()).decode() == unicodedata.ucd_3_2_0.normalize("NFKC", text)


def test_a_million_accents_on_one_letter_are_folded() -> None:
    """In seconds, where Python's own way to sort them takes an hour."""
    accents = "\u0301\u0323" * 500_000
    in_order = "ạ" + "\u0323" * 499_999 + "\u0301" * 500_000
    assert folded(f"a{accents}".encode()).decode() == in_order
