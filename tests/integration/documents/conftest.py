"""Hosts on which SSM documents run, and the AWS services that documents call."""

import json
from collections.abc import Iterator

import pytest

from rehearsal.actors.sample_directory import PROBE, password_of, write_directory
from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import Aws, moto_server, scheduler_host


# Not package scope, which is the whole session without an __init__.py. moto in this process is
# emptied when another test starts a new one.
@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """AWS with a bucket, and with the secret of the probe's account."""
    secret = json.dumps({"username": PROBE, "password": password_of(PROBE)})
    with moto_server() as aws:
        secrets = aws.client("secretsmanager")
        secrets.create_secret(Name="changeover/hpc/probe", SecretString=secret)
        yield aws


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostFolder]:
    """A host with more entries than slapd's size limit. Tests must leave it unchanged."""
    tree = tmp_path_factory.mktemp("directory") / "tree.ldif"
    write_directory(tree, users=400)
    with scheduler_host(tree) as host:
        yield host


@pytest.fixture(scope="package")
def tree(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """LDIF of more entries than slapd's size limit."""
    path = tmp_path_factory.mktemp("directory") / "tree.ldif"
    write_directory(path, users=400)
    return path.read_bytes()


@pytest.fixture
def candidate() -> Iterator[HostFolder]:
    with scheduler_host() as host:
        yield host
