"""Documents find the database by its suffix, whatever its number and backend are."""

from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import assert_copied, copied_to
from tests.integration.documents.trees import ONE, TWO, assert_serves, entries_of
from tests.integration.scheduler_hosts import Aws, modify, password_change, run

A_CHANGE = password_change("one", "other")
# SOCA 2.6.1 has hdb. The server here has no hdb, so its tools are wrapped to report it.
HERE, THERE = "olcDatabase={1}mdb", "olcDatabase={2}hdb"


def test_documents_work_on_another_number_and_on_hdb(candidate: HostFolder, aws: Aws) -> None:
    say_hdb(candidate)
    imported = run("import_identities", candidate, aws, **aws.put(ONE), **copied_to()).answer
    assert imported == assert_copied(candidate, aws)
    delta = aws.put(A_CHANGE.encode())
    assert run("apply_delta", candidate, aws, **delta, **copied_to()).answer["changes"] == 1
    assert run("freeze_directory", candidate, aws, **copied_to()).answer["read_only"]
    assert modify(candidate, A_CHANGE).returncode == 53
    assert not run("thaw_directory", candidate, aws).answer["read_only"]
    assert modify(candidate, A_CHANGE).returncode == 0
    assert run("import_identities", candidate, aws, **aws.put(TWO), **copied_to()).code == 0
    assert_serves(candidate, entries_of(TWO))
    told = (candidate.root / "told").read_text()
    assert told.count(f"dn: {THERE},cn=config\n") == 2
    assert "olcDbMaxSize" not in told  # hdb does not have this attribute


def say_hdb(host: HostFolder) -> None:
    """Let ldapsearch and ldapmodify report hdb, and set a map size that mdb would have to raise."""
    external = ("-Q", "-Y", "EXTERNAL")
    small = f"dn: {HERE},cn=config\nchangetype: modify\nreplace: olcDbMaxSize\n"
    assert modify(host, f"{small}olcDbMaxSize: 10485760\n", *external).returncode == 0
    for name, script in {
        "ldapsearch": f'OWN "$@" | sed "s/^dn: {HERE}/dn: {THERE}/; /^olcDbMaxSize/d"',
        "ldapmodify": f"tee -a {host.root}/told | sed 's/{THERE}/{HERE}/' | OWN \"$@\"",
    }.items():
        tool, own = host.tools / name, host.root / f"own-{name}"
        tool.rename(own)
        tool.write_text(f"#!/bin/sh\n{script.replace('OWN', str(own))}\n")
        tool.chmod(0o755)
