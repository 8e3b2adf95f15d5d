"""What is known to be right is accepted by rule, or by rule and entry."""

import pytest
from pydantic import TypeAdapter, ValidationError

from changeover.identities.accepted_findings import Acceptance, Acceptances, Accepted
from changeover.identities.findings import Rule

ANA = "uid=ana,ou=people,dc=soca,dc=local"
read = TypeAdapter[tuple[Acceptance, ...]](Acceptances).validate_python


def accepts(given: object, rule: Rule, entry: str) -> bool:
    return bool(Accepted(read([given])).covering(rule, entry))


@pytest.mark.parametrize(
    "given",
    [
        "foreign-scheme",
        "foreign-scheme:ana",
        "foreign-scheme:Ana",
        "foreign-scheme:UID=ana, ou=People,dc=soca,dc=local",
        {"rule": "foreign-scheme"},
        {"rule": "foreign-scheme", "entries": ["bob", "ana"]},
        "unsupported-hash",
        "unsupported-hash:ana",
    ],
)
def test_a_finding_is_accepted_by_rule_and_by_entry(given: object) -> None:
    assert accepts(given, Rule.FOREIGN_SCHEME, ANA)
    assert not accepts(given, Rule.NO_NUMBER, ANA)


def test_other_entries_are_not_accepted() -> None:
    for given in ("foreign-scheme:ana", f"foreign-scheme:{ANA}"):
        assert not accepts(given, Rule.FOREIGN_SCHEME, ANA.replace("ana", "anna"))
        assert not accepts(given, Rule.FOREIGN_SCHEME, "")
    assert not accepts(f"foreign-scheme:{ANA}", Rule.FOREIGN_SCHEME, ANA.replace("people", "lab"))
    assert not accepts("foreign-scheme:people", Rule.FOREIGN_SCHEME, ANA)


def test_a_group_is_named_by_its_cn() -> None:
    assert accepts("stray-member:The Team", Rule.STRAY_MEMBER, "cn=the team,ou=group,dc=x")


@pytest.mark.parametrize(
    "given",
    [*("foreign-scheme:", "foreign-scheme: "), {"rule": "foreign-scheme", "entries": ["ana", ""]}],
)
def test_an_empty_name_does_not_accept_everybody(given: object) -> None:
    with pytest.raises(ValidationError, match="names no entry"):
        read([given])


def test_what_is_not_used_is_told() -> None:
    accepted = Accepted(read(["no-hash", {"rule": "foreign-scheme", "entries": ["ana", "anna"]}]))
    used = accepted.covering(Rule.FOREIGN_SCHEME, ANA)
    assert accepted.besides(used) == ("no-hash", "foreign-scheme:anna")


def test_a_former_rule_is_what_it_became() -> None:
    assert [one.rule for one in read(["unsupported-hash"])] == [
        Rule.FOREIGN_SCHEME,
        Rule.DAMAGED_HASH,
    ]
    assert Rule("unsupported-hash") is Rule.FOREIGN_SCHEME


@pytest.mark.parametrize(
    "given", ["no-such-rule", 5, {"rule": "no-hash", "entry": "ana"}, "", None]
)
def test_what_is_no_acceptance_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        read([given])


def test_it_is_stored_and_read_again() -> None:
    adapter = TypeAdapter[tuple[Acceptance, ...]](Acceptances)
    given = read(["no-hash", "foreign-scheme:ana"])
    assert adapter.validate_json(adapter.dump_json(given)) == given
