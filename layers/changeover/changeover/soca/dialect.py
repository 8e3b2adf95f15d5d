"""The dialects: names, paths, tags and accounts of each family of SOCA releases, as data.

Source: awslabs/scale-out-computing-on-aws, cited as TAG:path:line where the source is not obvious.
"""

import re
from dataclasses import replace

from changeover.soca.crypt_methods import EVERY_HOST, Libcrypt
from changeover.soca.dialect_fields import Dialect
from changeover.soca.directory_provider import Provider
from changeover.soca.sign_in import WEB_2_6, WEB_24_10, WEB_25_8

__all__ = (
    "DIALECTS",
    "SOCA_2_6",
    "SOCA_2_7",
    "SOCA_24_10",
    "SOCA_25_8",
    "SOCA_26_4",
    "Dialect",
    "dialect_of",
)

# 2.6.1:source/scripts/Scheduler.sh:181-287 (directory), SchedulerPostReboot.sh:191-246 (marks in
# /etc/motd), source/templates/Scheduler.template:83 (tag). The person who installs it chooses the
# name of its first account.
SOCA_2_6 = Dialect(
    name="2.6",
    first=(2, 6),
    last=(2, 6),
    brand="soca",
    base="dc=soca,dc=local",
    people_unit="ou=People",
    group_unit="ou=Group",
    sudoers_unit="ou=Sudoers",
    further_units=("ou=admins",),
    private_group_suffix="",
    bootstrap_accounts=(),
    password_file="/root/OpenLdapAdminPassword.txt",  # noqa: S106 - where it is, not what it is
    scheduler_tag=("soca:NodeType", "scheduler"),
    ready_mark="Cluster: {cluster_id}",
    failure_marks=("ERROR WHILE CREATING ALIGO HPC", "FATAL ERROR: Checksum"),
    providers=(Provider.OPENLDAP,),
    default_provider=Provider.OPENLDAP,
    web=WEB_2_6,
    hosts=frozenset({Libcrypt.GLIBC}),  # 2.6.1:source/scale-out-computing-on-aws.template:66-70
)

# 2.7.0:source/soca/cluster_web_ui/config.py:174 (suffix), 2.7.0:installer/default_config.yml:82
# (providers), 2.7.5:source/scripts/SchedulerPostReboot.sh:407 (mark). A scheduler host has a Name
# tag, but no NodeType tag (2.7.5:installer/resources/src/cdk_construct.py:1439).
SOCA_2_7 = replace(
    SOCA_2_6,
    name="2.7",
    first=(2, 7),
    last=(2, 7),
    private_group_suffix="socagroup",
    scheduler_tag=("Name", "{cluster_id}-Scheduler"),
    failure_marks=("ERROR WHILE CREATING SOCA HPC", "FATAL ERROR: Checksum"),
    providers=(Provider.OPENLDAP, Provider.ACTIVE_DIRECTORY),
    hosts=EVERY_HOST,  # 2.7.5:installer/resources/src/cdk_construct.py:145-155
)

# 24.10.0:installer/resources/src/cdk_construct.py:537-570 (base), 2097 (secret), 3041 (tag),
# default_config.yml:11 (account), 210-215 (providers), openldap_server.sh.j2:16-18, 116-144
# (scaffold). motd.sh.j2:38 still writes to /etc/motd on success. It writes nothing on failure.
SOCA_24_10 = replace(
    SOCA_2_7,
    name="24.10",
    first=(24, 10),
    last=(25, 7),
    base="dc={cluster_id},dc=local",
    people_unit="ou=people",
    group_unit="ou=group",
    sudoers_unit="ou=sudoers",
    further_units=(),
    bootstrap_accounts=("socaadmin",),
    password_file="",
    scheduler_tag=("soca:NodeType", "controller"),
    failure_marks=(),
    providers=(
        Provider.OPENLDAP,
        Provider.EXISTING_OPENLDAP,
        Provider.SIMPLE_AD,
        Provider.MANAGED_AD,
        Provider.EXISTING_AD,
    ),
    default_provider=Provider.MANAGED_AD,
    web=WEB_24_10,
)

# Differs from 24.10 only in its web interface, which accepts fewer names at sign-in.
SOCA_25_8 = replace(SOCA_24_10, name="25.8", first=(25, 8), last=(26, 3), web=WEB_25_8)

# 26.4.0:installer/default_config.yml:10 (account), 285-289 (providers),
# installer/resources/src/install_soca.py:1385 (prefix), cdk_construct.py:5706 (tag), 5726 (secret).
SOCA_26_4 = replace(
    SOCA_25_8,
    name="26.4",
    first=(26, 4),
    last=None,
    brand="edh",
    bootstrap_accounts=("edhadmin",),
    scheduler_tag=("edh:NodeType", "controller"),
    providers=tuple(each for each in SOCA_24_10.providers if each is not Provider.SIMPLE_AD),
)

_ALL = (SOCA_2_6, SOCA_2_7, SOCA_24_10, SOCA_25_8, SOCA_26_4)
DIALECTS = {each.name: each for each in _ALL}
"""The dialects by name, oldest first."""


def dialect_of(version: str) -> Dialect:
    """Return the dialect of a SOCA version such as `2.7.5`.

    Raises ValueError if the version is unknown. The message lists the known dialects.
    """
    numbers = re.fullmatch(r"(\d+)\.(\d+)(?:[.-].*)?", version)
    if numbers:
        wanted = int(numbers[1]), int(numbers[2])
        for dialect in DIALECTS.values():
            if dialect.first <= wanted and (dialect.last is None or wanted <= dialect.last):
                return dialect
    raise ValueError(f"{version!r} is not a known SOCA version: give one of {', '.join(DIALECTS)}")
