"""The PyPI package `ldif` reads the same entries from slapcat's output.

Where it differs, the test names the rule of the standard.
"""

import io
from collections.abc import Iterator
from itertools import chain

import ldif as the_package

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import export
from tests.support.ldif_text import Refused, Seen, by_line


def theirs(text: bytes) -> Iterator[tuple[bytes, dict[str, list[bytes]]]]:
    for name, attributes in the_package.LDIFParser(io.BytesIO(text)).parse():
        yield (
            name.encode(),
            {
                attribute.lower(): sorted(
                    value.encode() if isinstance(value, str) else value for value in values
                )
                for attribute, values in attributes.items()
            },
        )


def ours(text: bytes) -> list[Seen]:
    outcome = by_line(text)
    assert not isinstance(outcome, Refused), outcome
    return outcome


def test_both_read_the_same_from_slapcat(loaded: HostFolder) -> None:
    text = export(loaded)
    for seen, (name, attributes) in zip(ours(text), theirs(text), strict=True):
        assert seen.dn == name
        assert sorted(seen.values) == sorted(chain.from_iterable(attributes.values()))
        for attribute, values in seen.attributes.items():
            assert sorted(values) == attributes[attribute]


def test_it_loses_a_blank_at_the_end_which_is_part_of_the_value() -> None:
    text = b"dn: cn=a\ndescription: behind \n"
    assert list(theirs(text)) == [(b"cn=a", {"description": [b"behind"]})]
    assert ours(text)[0].values == [b"behind "]


def test_it_makes_nothing_of_bad_base64_which_must_be_refused() -> None:
    text = b"dn: cn=a\nuserPassword:: !!!!\n"
    assert list(theirs(text)) == [(b"cn=a", {"userpassword": [b""]})]
    outcome = by_line(text)
    assert isinstance(outcome, Refused)
    assert "bad base64" in outcome.reason


def test_it_takes_an_unknown_version_which_must_be_refused() -> None:
    text = b"version: 2\ndn: cn=a\ncn: a\n"
    assert len(list(theirs(text))) == 1
    assert isinstance(by_line(text), Refused)
