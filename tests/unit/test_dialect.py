"""SOCA 2.6 as data."""

import pytest

from changeover.dialect import DIALECTS, SOCA_2_6
from changeover.identities import dn


@pytest.mark.parametrize(
    ("stack", "cluster_id"),
    [("hpc-r2", "soca-hpc-r2"), ("HPC", "soca-hpc"), ("soca-old", "soca-old")],
)
def test_soca_prefixes_a_stack_once_and_lowers_it(stack: str, cluster_id: str) -> None:
    assert SOCA_2_6.cluster_id(stack) == cluster_id


def test_an_account_is_a_user_a_group_and_a_sudo_role() -> None:
    assert SOCA_2_6.account_entries("mary") == (
        "uid=mary,ou=People,dc=soca,dc=local",
        "cn=mary,ou=Group,dc=soca,dc=local",
        "cn=mary,ou=Sudoers,dc=soca,dc=local",
    )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
def test_every_place_is_scaffold_below_the_base(dialect) -> None:
    scaffold = {dn.normal(name) for name in dialect.scaffold}
    places = {dn.normal(place) for place in (dialect.people, dialect.groups, dialect.sudoers)}
    assert places < scaffold
    assert all(dn.under(name, dialect.base_dn) for name in scaffold - {dialect.base_dn})
