"""Five families of SOCA releases as data."""

import pytest

from changeover.ldap import dn
from changeover.soca.crypt_methods import Libcrypt
from changeover.soca.dialect import (
    DIALECTS,
    SOCA_2_6,
    SOCA_2_7,
    SOCA_24_10,
    SOCA_25_8,
    SOCA_26_4,
    Dialect,
    dialect_of,
)

EVERY = [dialect.of("soca-hpc") for dialect in DIALECTS.values()]


@pytest.mark.parametrize("stack", ["hpc-r2", "soca-r1", "soca-hpc-r1"])
def test_soca_prefixes_every_stack_that_is_built_here(stack: str) -> None:
    """install-with-existing-resources.template joins the two, whatever the stack is called."""
    assert SOCA_2_6.cluster_id(stack) == f"soca-{stack}"


@pytest.mark.parametrize(
    ("stack", "cluster_ids"),
    [
        ("hpc-r2", ["soca-hpc-r2"]),
        ("HPC", ["soca-hpc", "soca-HPC"]),
        ("soca-old", ["soca-old", "soca-soca-old"]),
        ("SOCA-Old", ["soca-old", "soca-Old", "soca-soca-old", "soca-SOCA-Old"]),
        ("socaold", ["soca-old", "soca-socaold"]),
        ("soca", ["soca-soca"]),
    ],
)
def test_what_others_deployed_may_have_lost_soca_s_name_or_its_capitals(
    stack: str, cluster_ids: list[str]
) -> None:
    assert [*SOCA_2_6.cluster_ids(stack)] == cluster_ids


def test_from_26_4_on_everything_is_called_edh() -> None:
    assert SOCA_26_4.cluster_id("hpc-r2") == "edh-hpc-r2"
    assert SOCA_26_4.cluster_ids("edh-hpc-r2")[0] == "edh-hpc-r2"
    assert SOCA_26_4.header("TOKEN") == "X-EDH-TOKEN"
    assert SOCA_26_4.apps_directory("edh-hpc") == "/apps/edh/edh-hpc"
    assert SOCA_24_10.header("USER") == "X-SOCA-USER"


@pytest.mark.parametrize(
    ("version", "dialect"),
    [
        ("2.6.1", SOCA_2_6),
        ("2.7.0-hf1", SOCA_2_7),
        ("2.7.5", SOCA_2_7),
        ("24.10.0", SOCA_24_10),
        ("25.5.0", SOCA_24_10),
        ("25.8.0", SOCA_25_8),
        ("25.11.0", SOCA_25_8),
        ("26.3.0", SOCA_25_8),
        ("26.4.0", SOCA_26_4),
        ("27.1", SOCA_26_4),
    ],
)
def test_every_version_has_a_dialect(version: str, dialect: Dialect) -> None:
    assert dialect_of(version) is dialect


@pytest.mark.parametrize("version", ["2.5.0", "2.8.0", "24.9.1", "2", "2.6x", "main", ""])
def test_an_unknown_version_is_refused_and_the_known_are_named(version: str) -> None:
    with pytest.raises(ValueError, match="give one of 2.6, 2.7, 24.10, 25.8, 26.4"):
        dialect_of(version)


def test_a_base_dn_is_spelled_as_its_server_prints_it() -> None:
    there = SOCA_24_10.at("DC=HPC, domainComponent=local,O=Site")
    assert there.people == "ou=people,dc=HPC,dc=local,o=Site"


def test_an_account_is_a_user_a_group_and_a_sudo_role() -> None:
    assert SOCA_2_6.account_entries("mary") == (
        "uid=mary,ou=People,dc=soca,dc=local",
        "cn=mary,ou=Group,dc=soca,dc=local",
        "cn=mary,ou=Sudoers,dc=soca,dc=local",
    )


def test_from_2_7_on_an_accounts_group_has_a_suffix() -> None:
    assert SOCA_26_4.of("edh-green").account_entries("mary") == (
        "uid=mary,ou=people,dc=edh-green,dc=local",
        "cn=marysocagroup,ou=group,dc=edh-green,dc=local",
        "cn=mary,ou=sudoers,dc=edh-green,dc=local",
    )


@pytest.mark.parametrize("dialect", EVERY, ids=lambda dialect: dialect.name)
def test_every_place_is_scaffold_below_the_base(dialect: Dialect) -> None:
    scaffold = {dn.normal(name) for name in dialect.scaffold}
    places = {dn.normal(place) for place in (dialect.people, dialect.groups, dialect.sudoers)}
    assert places < scaffold
    assert all(dn.under(name, dialect.base_dn) for name in scaffold - {dialect.base_dn})


def test_until_2_7_every_cluster_has_the_same_base() -> None:
    assert SOCA_2_7.of("soca-hpc") == SOCA_2_7
    assert SOCA_2_7.base_dn == "dc=soca,dc=local"


def test_from_24_10_on_there_is_no_name_before_the_cluster_is_known() -> None:
    with pytest.raises(ValueError, match="depends on the cluster"):
        _ = SOCA_24_10.people
    assert SOCA_24_10.of("soca-hpc").root_dn == "cn=admin,dc=soca-hpc,dc=local"
    assert SOCA_24_10.at("o=site").people == "ou=people,o=site"


def test_the_directorys_password_is_in_a_file_or_in_a_secret() -> None:
    assert SOCA_2_7.password_file == "/root/OpenLdapAdminPassword.txt"
    assert not SOCA_2_7.password_secret("soca-hpc")
    assert not SOCA_26_4.password_file
    assert SOCA_26_4.password_secret("edh-hpc") == "/edh/edh-hpc/UserDirectoryServiceAccount"


@pytest.mark.parametrize(
    ("dialect", "tags"),
    [
        (SOCA_2_6, {"soca:ClusterId": "c", "soca:NodeType": "scheduler"}),
        (SOCA_2_7, {"soca:ClusterId": "c", "Name": "c-Scheduler"}),
        (SOCA_24_10, {"soca:ClusterId": "c", "soca:NodeType": "controller"}),
        (SOCA_25_8, {"soca:ClusterId": "c", "soca:NodeType": "controller"}),
        (SOCA_26_4, {"edh:ClusterId": "c", "edh:NodeType": "controller"}),
    ],
    ids=DIALECTS,
)
def test_a_scheduler_is_known_by_its_tags(dialect: Dialect, tags: dict[str, str]) -> None:
    assert dialect.scheduler_tags("c") == tags


@pytest.mark.parametrize("dialect", EVERY, ids=lambda dialect: dialect.name)
def test_the_default_directory_is_one_that_can_be_chosen(dialect: Dialect) -> None:
    assert dialect.default_provider in dialect.providers


@pytest.mark.parametrize("base_os", ["", "plan9"])
def test_an_unknown_operating_system_leaves_every_host_that_the_release_runs_on(
    base_os: str,
) -> None:
    assert SOCA_26_4.on(base_os) == SOCA_26_4


def test_a_known_operating_system_says_which_libcrypt_the_host_has() -> None:
    assert SOCA_26_4.on("amazonlinux2").hosts == {Libcrypt.GLIBC}
    assert SOCA_2_6.on("amazonlinux2023").hosts == {Libcrypt.LIBXCRYPT}
