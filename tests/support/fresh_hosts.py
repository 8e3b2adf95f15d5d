"""Hosts as SOCA's installer leaves them, with the people who have come since."""

from collections.abc import Sequence

from changeover.cluster.release import bootstrap_account
from changeover.soca.dialect import Dialect
from tests.support.directory import Directory, account, scaffold, shared_group
from tests.support.fake_hosts import PROBE_ACCOUNT, PROBE_PASSWORD, Host


def first_password(user: str) -> str:
    return PROBE_PASSWORD if user == PROBE_ACCOUNT else f"{user}#2021"


def in_use(release: str, users: Sequence[str], dialect: Dialect, site: str) -> Host:
    directory = _installed("socaadmin", "Admin#2021", dialect)
    for number, user in enumerate((*users, PROBE_ACCOUNT), 5002):
        sudo = number == 5002
        directory |= account(user, first_password(user), number, sudo=sudo, dialect=dialect)
    directory |= shared_group("cfdteam", 6000, users, dialect)
    marker = dialect.ready_mark.format(cluster_id=dialect.cluster_id(release))
    return Host("i-live", release, directory, marker, dialect=dialect, site=site)


def brand_new(release: str, says: str, dialect: Dialect, lacks: set[str]) -> Host:
    directory = _installed(bootstrap_account(release), "Boot#2021", dialect)
    marker = says.format(cluster_id=dialect.cluster_id(release))
    return Host(f"i-{release}", release, directory, marker, dialect=dialect, lacks=set(lacks))


def _installed(first: str, password: str, dialect: Dialect) -> Directory:
    """With its first account, and those that a later installer makes by itself."""
    made = scaffold(dialect)
    for number, name in enumerate(dict.fromkeys((first, *dialect.bootstrap_accounts)), 5001):
        made |= account(name, password, number, sudo=True, dialect=dialect)
    return made
