"""Documents on an Ubuntu host: another path of slapd.d, and an extra root entry of its package."""

from collections.abc import Iterator

import pytest

from changeover.identities import scope
from changeover.soca.dialect import SOCA_2_6
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to
from tests.integration.documents.trees import ONE, TWO, assert_serves, entries_of
from tests.integration.scheduler_hosts import (
    Aws,
    directory_of,
    modify,
    password_change,
    run,
    scheduler_host,
    tool,
)

EXTERNAL = ("-Q", "-Y", "EXTERNAL")
FOREIGN = """\
dn: dc=nodomain
changetype: add
objectClass: dcObject
objectClass: organization
o: nodomain
"""


@pytest.fixture
def ubuntu() -> Iterator[HostFolder]:
    with scheduler_host() as host:
        assert tool(host, "systemctl", "stop", "slapd").returncode == 0
        (host.root / "etc/ldap").mkdir()
        host.slapd_configuration.rename(host.root / "etc/ldap/slapd.d")
        assert tool(host, "systemctl", "start", "slapd").returncode == 0
        yield host


def add_foreign_root(host: HostFolder) -> None:
    """The state after SOCA's template: the root entry of one suffix in a database with another."""
    set_suffix(host, "dc=nodomain")
    root = ("-x", "-D", "cn=admin,dc=nodomain", "-w", "secret")
    assert modify(host, FOREIGN, *root).returncode == 0
    set_suffix(host, BASE_DN)


def set_suffix(host: HostFolder, suffix: str) -> None:
    text = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
    for name, value in {"olcSuffix": suffix, "olcRootDN": f"cn=admin,{suffix}"}.items():
        text += f"replace: {name}\n{name}: {value}\n-\n"
    if suffix != BASE_DN:
        text += "replace: olcRootPW\nolcRootPW: secret\n"
    assert modify(host, text, *EXTERNAL).returncode == 0


def test_every_document_finds_the_directory(ubuntu: HostFolder, aws: Aws) -> None:
    imported = run("import_identities", ubuntu, aws, **aws.put(ONE), **copied_to()).answer
    assert imported == assert_copied(ubuntu, aws)
    assert_serves(ubuntu, entries_of(ONE))
    exported = run("export_identities", ubuntu, aws, **copied_to()).answer
    assert exported == {"read_only": False, **assert_copied(ubuntu, aws)}
    delta = aws.put(password_change("one", "other").encode())
    assert run("apply_delta", ubuntu, aws, **delta, **copied_to()).answer["changes"] == 1
    assert run("freeze_directory", ubuntu, aws, **copied_to()).answer["read_only"]
    assert not run("thaw_directory", ubuntu, aws).answer["read_only"]
    probed = run("probe_release", ubuntu, aws, SecretId="changeover/hpc/probe").answer
    assert probed["users"] == 1


def test_the_root_that_the_package_made_is_in_the_export_and_does_not_move(
    ubuntu: HostFolder, aws: Aws
) -> None:
    assert run("import_identities", ubuntu, aws, **aws.put(TWO), **copied_to()).code == 0
    add_foreign_root(ubuntu)
    answer = run("export_identities", ubuntu, aws, **copied_to()).answer
    whole = directory_of(ubuntu)
    assert answer["entries"] == len(whole) == len(entries_of(TWO)) + 1
    assert "dc=nodomain" in whole
    movable = scope.movable(whole, SOCA_2_6, ())
    assert movable.keys() == scope.movable(entries_of(TWO), SOCA_2_6, ()).keys()
    # As on AWS, nobody can delete it, so "remove it" would not help.
    gone = modify(ubuntu, "dn: dc=nodomain\nchangetype: delete\n", *EXTERNAL)
    assert gone.returncode != 0
