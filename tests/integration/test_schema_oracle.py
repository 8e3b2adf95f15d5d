"""`identities check` judges an entry's schema as a real slapd does.

An entry counts as refused if slapadd or ldapadd refuses it. The import runs slapadd, but later
changes go over LDAP, where slapd also refuses non-numbers and values that differ in case only.
Operational attributes never move to the candidate, but count here as the file has them.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from changeover.identities import directories
from changeover.identities.findings import Finding, Rule, Severity
from changeover.identities.rules.checker import Checker
from changeover.ldap import fast_reader, ldif, schema
from changeover.soca.dialect import SOCA_2_6
from tests.support.mutated_entries import HASH, NAMES, OPTIONS, PEOPLE, VALUES, Mutator, templates
from tests.support.slapd import NO_SUCH_OBJECT, REFERRAL, Slapd, text_of

OF_THE_SCHEMA = {
    *(Rule.UNKNOWN_ATTRIBUTE, Rule.UNKNOWN_CLASS, Rule.INCOMPLETE, Rule.CLASS_CHAIN),
    *(Rule.NOT_ALLOWED, Rule.BAD_OPTION, Rule.BAD_VALUE, Rule.BAD_NAME, Rule.SEVERAL_VALUES),
    *(Rule.TWIN_VALUES, Rule.NO_NUMBER),
}


@pytest.fixture
def slapd() -> Iterator[Slapd]:
    with TemporaryDirectory(prefix="slapd-", dir="/tmp") as folder:
        yield Slapd(Path(folder))


def judged(records: Sequence[ldif.Record]) -> list[list[Finding] | None]:
    """Return the errors of each record, or None if the reader refuses the record."""
    checker = Checker(SOCA_2_6, None)
    names: list[str | None] = []
    for record in records:
        try:
            ((layout, values),) = fast_reader.rows(io.BytesIO(text_of(record)))
            name = directories.name_of(values[0].decode())
        except ldif.Malformed:
            names.append(None)
        else:
            checker.look(name, layout, values)
            names.append(name)
    found: dict[str, list[Finding]] = {}
    for finding in checker.findings().kept:
        if finding.severity is Severity.ERROR:
            found.setdefault(finding.entry, []).append(finding)
    return [None if name is None else found.get(name, []) for name in names]


def grouped(record: ldif.Record) -> dict[str, list[bytes]]:
    """Return the part of an entry that moves, as a client sends it."""
    attributes: dict[str, list[bytes]] = {}
    for description, value in record.attributes:
        name = schema.canonical_name(description)
        if not schema.stays(name):
            attributes.setdefault(name, []).append(value)
    return attributes


def refusals(records: Sequence[ldif.Record], slapd: Slapd) -> dict[int, str]:
    """Return slapd's reasons by the position of the refused entries."""
    refused: dict[int, str] = {}
    with slapd.running() as client:
        for at, record in enumerate(records):
            code, said = client.add(record.dn, [*grouped(record).items()])
            if code not in (0, NO_SUCH_OBJECT, REFERRAL):
                refused[at] = f"{code} {said}"
    for at, record in enumerate(records):
        # slapadd refuses nothing more, except values that a client could not send.
        own = any(schema.stays(_type(pair)) for pair in record.attributes)
        if own and at not in refused and (said := slapd.slapadd([text_of(record)], "-u")):
            refused[at] = f"slapadd: {said}"
    return refused


def _type(pair: tuple[str, bytes]) -> str:
    return schema.canonical_name(pair[0])


def disagreements(records: Sequence[ldif.Record], slapd: Slapd) -> Iterator[str]:
    refused = refusals(records, slapd)
    for at, (record, errors) in enumerate(zip(records, judged(records), strict=True)):
        if errors is None:
            continue
        if at in refused and not errors:
            yield f"passes, but slapd: {refused[at]}\n{text_of(record)!r}"
        if at not in refused and (of_schema := [e for e in errors if e.rule in OF_THE_SCHEMA]):
            yield f"slapd takes it, but {of_schema}\n{text_of(record)!r}"


def by_hand() -> list[ldif.Record]:
    """Return one entry for each template, each value, each option and each name."""
    whole = [*templates()]
    unit = [("objectClass", b"organizationalUnit"), ("objectClass", b"extensibleObject")]
    texts = ("description", "mail", "telephoneNumber", "seeAlso", "c", "uniqueMember")
    for name in texts:
        whole += [[*unit, ("ou", b"x"), (name, value)] for value in VALUES]
    whole += [[*unit, ("ou", b"x"), (f"cn;{option}", b"x")] for option in OPTIONS]
    whole += [[*unit, (f"userCertificate;{option}", b"x")] for option in OPTIONS]
    records = [ldif.Record(f"ou=u{at},{PEOPLE}", entry) for at, entry in enumerate(whole)]
    for at, name in enumerate(NAMES):
        rdn = name.replace("{u}", f"n{at}").replace("{n}", f"{900_000 + at}")
        records.append(ldif.Record(f"{rdn},{PEOPLE}", [("objectClass", b"device"), ("cn", b"x")]))
        records.append(ldif.Record(f"{rdn},ou=of,{PEOPLE}", [*unit, ("cn", b"x")]))
    return records


def test_check_says_of_entries_by_hand_what_slapd_does(slapd: Slapd) -> None:
    records = by_hand()
    assert len(records) > 200
    assert [*disagreements(records, slapd)] == []


GLUE = [
    [("objectClass", b"glue")],
    [("objectClass", b"top"), ("objectClass", b"glue"), ("structuralObjectClass", b"glue")],
    [("objectClass", b"1.3.6.1.4.1.4203.666.3.4"), ("description", b"x")],
    [("objectClass", b"GLUE"), ("objectClass", b"extensibleObject"), ("dc", b"y")],
    [("objectClass", b"glue"), ("objectClass", b"organizationalUnit"), ("ou", b"x")],
    [("objectClass", b"glue"), ("objectClass", b"posixGroup"), ("cn", b"x")],
]


def test_check_says_of_glue_what_slapd_does(slapd: Slapd) -> None:
    """slapcat writes such entries for missing parents. They lack their naming attributes."""
    records = []
    for kind, entry in enumerate(GLUE):
        for at, name in enumerate((*NAMES, "dc={u}", "ou={u}")):
            rdn = name.replace("{u}", f"g{kind}x{at}").replace("{n}", f"{kind}{at:03}")
            records.append(ldif.Record(f"{rdn},ou=of{kind},{PEOPLE}", entry))
    units = [("objectClass", b"organizationalUnit")]
    of = [ldif.Record(f"ou=of{kind},{PEOPLE}", units) for kind in range(len(GLUE))]
    records[:0] = of
    assert [*disagreements(records, slapd)] == []


def mutated(seed: int, number: int) -> list[ldif.Record]:
    mutator = Mutator(seed)
    return [mutator.entry() for _ in range(number)]


def test_check_says_of_some_mutated_entries_what_slapd_does(slapd: Slapd) -> None:
    records = mutated(seed=1, number=500)
    assert [*disagreements(records, slapd)] == []
    passing = [errors for errors in judged(records) if errors == []]
    assert 50 < len(passing) < 400


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_check_says_of_mutated_entries_what_slapd_does(slapd: Slapd, seed: int) -> None:
    assert [*disagreements(mutated(seed, 2_000), slapd)] == []


def test_a_directory_as_slapcat_prints_it_breaks_no_rule_of_the_schema(slapd: Slapd) -> None:
    """slapcat prints all operational attributes that the server added."""
    user = [*templates()[0], ("userPassword", HASH)]
    record = ldif.Record(f"uid=u,{PEOPLE}", user)
    with slapd.running() as client:
        assert client.add(record.dn, [*grouped(record).items()])[0] == 0
    dumped = slapd.slapcat()
    assert b"entryCSN" in dumped
    checker = Checker(SOCA_2_6)
    for layout, values in fast_reader.rows(io.BytesIO(dumped)):
        checker.look(directories.name_of(values[0].decode()), layout, values)
    assert not OF_THE_SCHEMA & checker.findings().by_rule.keys()
