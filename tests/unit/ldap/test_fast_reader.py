"""Reading by the page says what reading by the line says, value for value and fault for fault."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from changeover.ldap import canonical, fast_reader, ldif, pages
from tests.support.ldif_cases import REFUSED, SAID, Case, Fault
from tests.support.ldif_text import Dripping, Refused, broken_texts, by_line, by_page, records

# Two pages' worth: what follows stands in the second.
_AHEAD = b"".join(b"dn: cn=%d\ncn: %s\n\n" % (number, b"x" * 600_000) for number in (1, 2))
_AHEAD_LINES = _AHEAD.count(b"\n")
drops = st.one_of(st.integers(1, 40), st.none())


def parametrized(cases: dict[str, Case] | dict[str, Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


def later(cases: dict[str, Case]) -> dict[str, Case]:
    return {name: case for name, case in cases.items() if not case.first}


def said(text: bytes, drop: int | None = None) -> list[tuple[bytes, list[bytes]]]:
    outcome = by_page(text, drop)
    assert not isinstance(outcome, Refused), outcome
    return [(seen.dn, seen.values) for seen in outcome]


def refusal(text: bytes, drop: int | None = None) -> Refused:
    outcome = by_page(text, drop)
    assert isinstance(outcome, Refused), outcome
    return outcome


@parametrized(SAID)
def test_a_text_says_what_the_standard_says(case: Case) -> None:
    assert said(case.text) == case.says


@parametrized(SAID)
def test_it_says_so_also_when_it_comes_byte_by_byte(case: Case) -> None:
    assert said(case.text, drop=1) == case.says


@parametrized(later(SAID))
def test_it_says_so_also_in_a_later_page(case: Case) -> None:
    _, _, *rest = said(_AHEAD + case.text)
    assert rest == case.says


@parametrized(REFUSED)
@pytest.mark.parametrize("drop", [None, 1])
def test_a_fault_is_refused_with_its_line_and_reason(case: Fault, drop: int | None) -> None:
    fault = refusal(case.text, drop)
    assert fault.line == case.line
    assert case.reason in fault.reason


@parametrized({name: case for name, case in REFUSED.items() if not case.first})
def test_a_fault_in_a_later_page_is_refused_with_its_line_in_the_file(case: Fault) -> None:
    fault = refusal(_AHEAD + case.text)
    assert fault.line == _AHEAD_LINES + case.line
    assert case.reason in fault.reason


@given(st.lists(records, max_size=5), drops)
@settings(deadline=None)
def test_what_is_written_is_read_in_both_ways(written: list[ldif.Record], drop: int | None) -> None:
    text = b"".join(ldif.write(written))
    outcome = by_page(text, drop)
    assert outcome == by_line(text)
    assert said(text, drop) == [
        (record.dn.encode(), [value for _, value in record.attributes]) for record in written
    ]


@given(st.lists(records, max_size=3), drops)
@settings(deadline=None)
def test_windows_line_ends_change_nothing(written: list[ldif.Record], drop: int | None) -> None:
    text = b"".join(ldif.write(written))
    assert by_page(text.replace(b"\n", b"\r\n"), drop) == by_page(text)


@given(broken_texts, drops)
@settings(max_examples=600, deadline=None)
@example(b"dn: cn=z\n\n ", None)
@example(b"\n\nver\n sion: 1", 1)
def test_whatever_comes_both_ways_agree(text: bytes, drop: int | None) -> None:
    assert by_page(text, drop) == by_line(text)


@given(st.binary(), drops)
@settings(deadline=None)
def test_on_arbitrary_bytes_both_ways_agree(text: bytes, drop: int | None) -> None:
    assert by_page(text, drop) == by_line(text)


@given(st.lists(records, max_size=5), drops)
@settings(deadline=None)
def test_every_entry_has_the_digest_of_the_book(
    written: list[ldif.Record], drop: int | None
) -> None:
    _assert_digests(b"".join(ldif.write(written)), drop)


@given(broken_texts, drops)
@settings(max_examples=300, deadline=None)
@example(b"dn: cn=a\nobjectClass: top\nCN: D\ncommonName: d\nmail: x\n", None)
@example(b"dn: cn=a\nobjectClass: top\ncn:: //9B\n", None)
@example(b"dn: cn=a\nobjectClass: top\ncn: x ", None)
def test_every_entry_of_a_strange_text_has_the_digest_of_the_book(
    text: bytes, drop: int | None
) -> None:
    if not isinstance(by_line(text), Refused):
        _assert_digests(text, drop)


def _assert_digests(text: bytes, drop: int | None) -> None:
    for layout, values in fast_reader.rows(Dripping(text, drop or len(text) + 1)):
        assert layout.digest(values) == canonical.digest(layout.attributes(values))


@given(st.lists(records, max_size=5), st.integers(1, 200))
@settings(deadline=None)
def test_pages_are_the_whole_text_numbered(written: list[ldif.Record], drop: int) -> None:
    text = b"".join(ldif.write(written))
    found = list(pages.pages(Dripping(text, drop)))
    assert b"".join(page for _, page in found) == text
    ahead = b""
    for number, page in found:
        assert number == ahead.count(b"\n") + 1
        ahead += page


def test_entries_that_look_alike_share_a_layout() -> None:
    text = b"".join(b"dn: cn=%d\nobjectClass: top\ncn: %d\n\n" % (n, n) for n in range(9))
    assert len({id(layout) for layout, _ in fast_reader.rows(io.BytesIO(text))}) == 1


OWN = b"".join(
    b"%s: 1\n" % name
    for name in (
        *(b"entryUUID", b"creatorsName", b"createTimestamp", b"entryCSN", b"modifiersName"),
        b"modifyTimestamp",
    )
)


@pytest.mark.parametrize(
    "text",
    [
        b"dn: cn=a\n" + OWN,
        b"dn: cn=a\n" + OWN + b" folded\n",
        b"dn: cn=a\ncn: a\n" + OWN.replace(b"1", b"\xff"),
        b"dn: cn=a\ncn: a\n" + OWN.replace(b"1", b" <: 1 "),
        b"dn: cn=a\ncn: a\n" + OWN.replace(b"1", b"\r1"),
        b"dn: cn=a\ncn: a\n" + OWN.replace(b"1", b"\0"),
    ],
)
def test_what_the_server_added_is_no_less_strictly_read(text: bytes) -> None:
    by_the_line = by_line(text)
    outcome = by_page(text)
    if isinstance(by_the_line, Refused) or isinstance(outcome, Refused):
        assert outcome == by_the_line
    else:
        assert [seen.attributes for seen in outcome] == [seen.attributes for seen in by_the_line]


def test_rows_of_a_page_come_together() -> None:
    text = b"dn: cn=a\ncn: a\n\ndn: cn=b\ncn: b\n\ndn: cn=c\ncn: c\n"
    pages = [[values for _, values in rows] for rows in fast_reader.rows_by_page(io.BytesIO(text))]
    assert pages == [[[b"cn=a", b"a"], [b"cn=b", b"b"]], [[b"cn=c", b"c"]]]


def test_a_file_is_read_gzipped_or_not(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "plain.ldif", tmp_path / "gzipped"
    plain.write_bytes(b"dn: cn=a\ncn: a\n")
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, zipped):
        with path.open("rb") as file:
            for _ in range(2):
                rows = fast_reader.rows(fast_reader.unzipped(file))
                assert [values for _, values in rows] == [[b"cn=a", b"a"]]


def test_an_empty_file_holds_no_entry(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open("rb") as file:
        assert list(fast_reader.rows(fast_reader.unzipped(file))) == []
