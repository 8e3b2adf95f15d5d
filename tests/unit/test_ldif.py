"""LDIF text to records and back, without losing or inventing a byte."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.identities.ldif import Malformed, Record, line, read, write

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}(;[a-z]{1,4})?", fullmatch=True).filter(
    lambda name: name.lower() not in ("dn", "changetype", "control")
)
records = st.builds(
    Record,
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.tuples(names, st.binary(max_size=200)), min_size=1, max_size=5),
)


def parsed(text: str) -> list[Record]:
    return list(read(text.encode().splitlines(keepends=True)))


def fault_of(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parsed(text)
    return caught.value


@given(st.lists(records, max_size=4))
def test_what_is_written_reads_back_byte_for_byte(written: list[Record]) -> None:
    text = b"".join(write(written))
    assert list(read(text.splitlines(keepends=True))) == written


@given(records)
def test_written_text_is_ascii_in_short_lines(record: Record) -> None:
    text = b"".join(write([record]))
    assert text.isascii()
    assert max(map(len, text.split(b"\n"))) <= 76


@given(st.lists(records, min_size=1, max_size=3))
def test_windows_line_ends_change_nothing(written: list[Record]) -> None:
    text = b"".join(write(written)).replace(b"\n", b"\r\n")
    assert list(read(text.splitlines(keepends=True))) == written


@given(st.binary())
def test_arbitrary_bytes_are_read_or_refused_never_a_crash(text: bytes) -> None:
    with suppress(Malformed):
        list(read(text.splitlines(keepends=True)))


@pytest.mark.parametrize("value", [b" leading", b"trailing ", b":", b"<", b"a\nb", "ü".encode()])
def test_a_value_that_plain_text_would_change_is_base64(value: bytes) -> None:
    assert line("cn", value).startswith(b"cn:: ")


def test_an_empty_value_has_no_trailing_blank() -> None:
    assert line("description", b"") == b"description:\n"


def test_a_folded_line_is_one_value() -> None:
    assert parsed("dn: cn=a\ncn: one\n  two\n") == [Record("cn=a", [("cn", b"one two")])]


def test_a_folded_comment_is_one_comment() -> None:
    assert parsed("# no: value\n at: all\ndn: cn=a\ncn: a\n") == [Record("cn=a", [("cn", b"a")])]


def test_a_version_line_may_stand_ahead_of_everything() -> None:
    assert parsed("version: 1\n\ndn: cn=a\ncn: a\n") == [Record("cn=a", [("cn", b"a")])]


def test_a_dn_may_be_base64() -> None:
    assert parsed("dn:: Y249w7w=\ncn: u\n")[0].dn == "cn=ü"


def test_many_empty_lines_between_entries_are_one() -> None:
    assert len(parsed("\n\ndn: cn=a\ncn: a\n\n\n\ndn: cn=b\ncn: b\n\n")) == 2


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("version: 2\n", 1, "only LDIF version 1"),
        ("dn: cn=a\ncn: a\ndn: cn=b\ncn: b\n", 3, "an empty line between two entries"),
        ("dn: cn=a\nchangetype: delete\n", 2, "change records are not accepted"),
        ("dn: cn=a\ncontrol: 1.2.3\n", 2, "change records are not accepted"),
        (" cn: a\n", 1, "continues nothing"),
        ("dn: cn=a\ncn: a\n\n more\n", 4, "continues nothing"),
        ("dn: cn=a\ncn\n", 2, "is the file cut off?"),
        ("dn: cn=a\nc n: a\n", 2, "is no attribute name"),
        ("dn: cn=a\njpegPhoto:< file:///etc/shadow\n", 2, "by URL"),
        ("dn: cn=a\nuserPassword:: e1NTSEF9OTRh=aDhaW\n", 2, "bad base64"),
        ("cn: a\ndn: cn=a\n", 1, "begins with 'dn:'"),
        ("dn:: gICA\ncn: a\n", 1, "not UTF-8"),
        ("dn: cn=a\ncn: a\n\ndn: cn=b\n", 4, "has no attributes; is the file cut off?"),
    ],
)
def test_a_fault_is_refused_with_its_line_and_reason(text: str, number: int, reason: str) -> None:
    fault = fault_of(text)
    assert fault.line == number
    assert reason in fault.reason


def test_a_fault_does_not_quote_the_value() -> None:
    assert "e1NTSEF9" not in str(fault_of("dn: cn=a\nuserPassword:: e1NTSEF9OTRh=aDhaW\n"))
