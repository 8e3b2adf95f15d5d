"""LDIF text to records and back, without losing or inventing a byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changeover.ldap.ldif import Malformed, Record, line, read, write
from tests.support.ldif_cases import REFUSED, SAID, Case, Fault
from tests.support.ldif_text import Refused, by_line, records


def parsed(text: bytes) -> list[Record]:
    return list(read(text.splitlines(keepends=True)))


def refusal(text: bytes) -> Refused:
    outcome = by_line(text)
    assert isinstance(outcome, Refused), outcome
    return outcome


@pytest.mark.parametrize("case", SAID.values(), ids=SAID.keys())
def test_a_text_says_what_the_standard_says(case: Case) -> None:
    outcome = by_line(case.text)
    assert not isinstance(outcome, Refused), outcome
    assert [(seen.dn, seen.values) for seen in outcome] == case.says


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_fault_is_refused_with_its_line_and_reason(case: Fault) -> None:
    fault = refusal(case.text)
    assert fault.line == case.line
    assert case.reason in fault.reason


@given(st.lists(records, max_size=4))
@settings(deadline=None)
def test_what_is_written_reads_back_byte_for_byte(written: list[Record]) -> None:
    assert parsed(b"".join(write(written))) == written


@given(records)
@settings(deadline=None)
def test_written_text_is_ascii_in_short_lines(record: Record) -> None:
    text = b"".join(write([record]))
    assert text.isascii()
    assert max(map(len, text.split(b"\n"))) <= 76


@given(st.lists(records, min_size=1, max_size=3))
@settings(deadline=None)
def test_windows_line_ends_change_nothing(written: list[Record]) -> None:
    assert parsed(b"".join(write(written)).replace(b"\n", b"\r\n")) == written


@given(st.binary())
def test_arbitrary_bytes_are_read_or_refused_with_a_line_never_a_crash(text: bytes) -> None:
    outcome = by_line(text)
    if isinstance(outcome, Refused):
        assert outcome.line is not None
        assert 1 <= outcome.line <= text.count(b"\n") + 1


@given(st.lists(records, min_size=1, max_size=3), st.data())
@settings(deadline=None)
def test_a_file_that_is_cut_off_never_gives_an_entry_of_its_own(written, data) -> None:
    """Where it is cut inside a value nobody can see that: counts and sha256 tell."""
    text = b"".join(write(written))
    outcome = by_line(text[: data.draw(st.integers(0, len(text)))])
    if isinstance(outcome, Refused):
        assert "has no attributes" in outcome.reason or "cut off" in outcome.reason
    else:
        *whole, last = [(seen.dn, seen.values) for seen in outcome] or [(b"", [])]
        told = [(r.dn.encode(), [value for _, value in r.attributes]) for r in written]
        assert whole == told[: len(whole)]
        assert len(last[1]) <= len(told[len(whole)][1])


@pytest.mark.parametrize(
    "value", [b" ahead", b"behind ", b":", b"<", b"a\nb", b"\ttab", b"\x0b", b"\x7f", "ü".encode()]
)
def test_a_value_that_plain_text_would_change_is_base64(value: bytes) -> None:
    assert line("cn", value).startswith(b"cn:: ")


def test_an_empty_value_has_no_trailing_blank() -> None:
    assert line("description", b"") == b"description:\n"


def test_names_are_kept_as_they_are_spelled() -> None:
    (record,) = parsed(b"dn: cn=a\nCommonName;Lang-DE: a\n2.5.4.3: b\n")
    assert record == Record("cn=a", [("CommonName;Lang-DE", b"a"), ("2.5.4.3", b"b")])


def test_lines_may_be_counted_from_any_number() -> None:
    with pytest.raises(Malformed, match="line 101"):
        list(read([b"cn: a\n", b"-\n"], first_line=101))


def test_a_version_is_known_in_the_first_line_only() -> None:
    with pytest.raises(Malformed, match="begins with 'dn:'"):
        list(read([b"version: 1\n"], first_line=2))


def test_a_fault_does_not_quote_the_value() -> None:
    assert "e1NTSEF9" not in str(refusal(REFUSED["base64 with a stranger"].text))


@pytest.mark.parametrize("name", ["{SSHA}secret", "a+secret/=", "secret=", "_secret"])
def test_a_line_that_begins_with_no_name_is_told_by_its_number_alone(name: str) -> None:
    with pytest.raises(Malformed, match="line 3: no attribute name") as fault:
        parsed(f"dn: cn=a\ncn: a\n{name}: x\n".encode())
    assert "secret" not in str(fault.value)
