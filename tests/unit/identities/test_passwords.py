"""A userPassword value is judged by what opens. A real slapd says the same in the oracle test."""

import time

import pytest

from changeover.identities.passwords import Kind, chosen, judge
from changeover.soca.crypt_methods import EVERY_HOST, Libcrypt
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4
from tests.support.stored_passwords import (
    BY_KIND,
    CRYPTS,
    HOST_DEPENDENT,
    LATER_CRYPTS,
    LOCKED,
    PASSWORD,
    SSHA,
)

LATER = frozenset({Libcrypt.LIBXCRYPT})


@pytest.mark.parametrize(
    ("value", "kind"), [(value, kind) for kind, values in BY_KIND.items() for value in values]
)
def test_a_value_is_of_its_kind(value: bytes, kind: Kind) -> None:
    assert judge(value).kind is kind


@pytest.mark.parametrize("value", HOST_DEPENDENT)
def test_what_a_later_libcrypt_opens_depends_on_the_host(value: bytes) -> None:
    assert judge(value, SOCA_2_6.hosts).kind is Kind.ELSEWHERE
    assert judge(value, SOCA_26_4.hosts).kind is Kind.HOST_DEPENDENT
    assert judge(value, LATER).kind is Kind.USABLE


@pytest.mark.parametrize(("method", "text"), LATER_CRYPTS.items())
def test_the_method_is_named(method: str, text: str) -> None:
    found = judge(b"{CRYPT}" + text.encode())
    assert method.startswith(found.detail)
    assert found.hosts == LATER


def test_a_salt_that_only_glibc_takes_opens_there() -> None:
    found = judge(b"{CRYPT}" + CRYPTS["MD5"].replace("saltsalt", "s!lt").encode())
    assert (found.kind, found.hosts) == (Kind.HOST_DEPENDENT, {Libcrypt.GLIBC})


def test_a_damaged_text_says_what_it_began_as() -> None:
    text = b"{CRYPT}$y$j9T$abcdefghijklmnop$abcdefghijklmnopqrstuvwxyzabcdefghijklmno"
    assert "begins as yescrypt" in judge(text).detail


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((b"{SASL}x", SSHA), Kind.USABLE),
        ((SSHA, LOCKED[0]), Kind.USABLE),
        ((LOCKED[0], PASSWORD.encode()), Kind.CLEAR_TEXT),
        ((b"{SASL}x", LOCKED[0]), Kind.LOCKED),
        ((b"{SSHA}AAAA", HOST_DEPENDENT[0]), Kind.HOST_DEPENDENT),
        ((), Kind.NONE),
    ],
)
def test_of_several_values_one_that_opens_is_enough(values: tuple[bytes, ...], kind: Kind) -> None:
    assert judge(chosen(values, EVERY_HOST)).kind is kind
    assert judge(chosen(values[::-1], EVERY_HOST)).kind is kind


def test_no_detail_holds_a_part_of_the_value() -> None:
    for values in BY_KIND.values():
        for value in values:
            text = value.partition(b"}")[2][:8].decode(errors="replace")
            assert len(text) < 8 or text not in judge(value).detail


@pytest.mark.parametrize("ahead", [b"", b"{SSHA}", b"{CRYPT}", b"{x", b"!", b"{SASL}"])
@pytest.mark.parametrize("letter", [b"!", b"-", b" ", b"x", b"A", b"$", b"no ", b"=", b"}", b"."])
def test_a_long_value_takes_time_by_its_length(ahead: bytes, letter: bytes) -> None:
    def seconds(size: int) -> float:
        began = time.process_time()
        judge(ahead + letter * size + b"~")
        return time.process_time() - began

    assert seconds(1_000_000) < 2  # what grows with the square takes hours
