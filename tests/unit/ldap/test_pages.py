"""What is too long is refused before it is read; the rest costs what its size costs."""

import io

import pytest

from changeover.ldap import fast_reader, ldif, pages

_GROUP = b"dn: cn=all,ou=Group,dc=soca,dc=local\ncn: all\n"
_MIB = 1 << 20


class _Endless:
    """A beginning, and then the same again and again, counted."""

    def __init__(self, beginning: bytes, unit: bytes, size: int) -> None:
        self._beginning = io.BytesIO(beginning)
        self._text = unit * (_MIB // len(unit))
        self._left = size
        self.given = 0

    def read(self, size: int) -> bytes:
        part = self._beginning.read(size) or self._text[: min(size, self._left)]
        self._left -= len(part)
        self.given += len(part)
        return part


@pytest.mark.parametrize(
    ("beginning", "unit", "reason"),
    [
        pytest.param(
            b"# all\n" + _GROUP + b"description: ",
            b"x",
            "line 2: the entry 'cn=all,ou=Group,dc=soca,dc=local' is longer than 32 MiB, the"
            " limit: remove its largest value from the directory, or divide the group, and"
            " export again",
            id="one line",
        ),
        pytest.param(
            _GROUP + b"\n# ", b"\n x", "line 4: no entry ends within 32 MiB", id="folded comment"
        ),
        pytest.param(b"", b"\0", "line 1: no entry ends within 32 MiB", id="zeros"),
        pytest.param(b"", b"\n", "line 1: no entry ends within 32 MiB", id="empty lines"),
        pytest.param(
            _GROUP, b"memberUid: a\n", "line 1: the entry 'cn=all,ou=Group,d", id="members"
        ),
    ],
)
def test_an_entry_of_more_than_32_mib_is_refused_before_more_is_read(
    beginning: bytes, unit: bytes, reason: str
) -> None:
    endless = _Endless(beginning, unit, 4 << 30)
    with pytest.raises(ldif.Malformed) as refused:
        list(fast_reader.rows(endless))
    assert str(refused.value).startswith(reason)
    assert endless.given < 33 * _MIB


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("ahead", [b"", b"dn: cn=b\ncn: b\n\n"])
@pytest.mark.parametrize("end", [b"", b"\n\n", b"\r\n\r\n", b"\n\ndn: cn=c\ncn: c\n"])
def test_the_limit_is_the_same_wherever_an_entry_stands(
    more: int, ahead: bytes, end: bytes, monkeypatch
) -> None:
    monkeypatch.setattr(pages, "MOST_OF_A_RECORD", _MIB)
    head = b"dn: cn=a\ncn: "
    newline = b"\r" * end.startswith(b"\r")
    value = b"x" * (pages.MOST_OF_A_RECORD - len(head) - len(newline) + more)
    if more > 0:
        with pytest.raises(ldif.Malformed, match="the entry 'cn=a' is longer than 1 MiB"):
            list(fast_reader.rows(io.BytesIO(ahead + head + value + end)))
    else:
        rows = list(fast_reader.rows(io.BytesIO(ahead + head + value + end)))
        assert value in [values[1] for _, values in rows]


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"#\n\n"])
def test_empty_lines_and_comments_are_no_entries_however_many(line: bytes) -> None:
    assert len(list(fast_reader.rows(_Endless(_GROUP + b"\n", line, 4 * _MIB)))) == 1
