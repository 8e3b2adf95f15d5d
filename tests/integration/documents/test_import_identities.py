"""An import replaces the whole directory, or leaves it unchanged, whatever happens."""

import gzip
import threading
from typing import Any

import pytest

from changeover.identities import directories
from rehearsal.actors.sample_directory import PROBE, password_of
from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import assert_copied, copied_to, uploads_refused
from tests.integration.documents.trees import ONE, TWO, assert_serves, assert_tidy, entries_of
from tests.integration.scheduler_hosts import (
    Aws,
    Outcome,
    binds,
    described,
    directory_of,
    run,
    suffering,
)


def bring(host: HostFolder, aws: Aws, tree: bytes, **others: str) -> Outcome:
    return run("import_identities", host, aws, **(aws.put(tree) | copied_to() | others))


def test_an_import_makes_the_directory_what_was_exported(
    candidate: HostFolder, aws: Aws, tree: bytes
) -> None:
    expected = entries_of(tree)
    answer = bring(candidate, aws, tree).answer
    assert answer == assert_copied(candidate, aws)
    assert answer["entries"] == len(expected)
    assert directories.digest(directory_of(candidate)) == directories.digest(expected)
    assert binds(candidate, PROBE, password_of(PROBE))
    assert not binds(candidate, PROBE, "wrong")
    assert_tidy(candidate)


def test_an_import_can_be_done_twice(candidate: HostFolder, aws: Aws, tree: bytes) -> None:
    assert bring(candidate, aws, tree).code == 0
    assert bring(candidate, aws, tree).answer == assert_copied(candidate, aws)
    assert_serves(candidate, entries_of(tree))
    assert_tidy(candidate)


def test_what_slapcat_wrote_comes_back_byte_by_byte(
    candidate: HostFolder, aws: Aws, live: HostFolder
) -> None:
    exported = run("export_identities", live, aws, **copied_to("live.gz")).answer
    brought = bring(candidate, aws, aws.get("live.gz")).answer
    assert exported == {"read_only": False, **brought}


def test_a_new_database_belongs_to_whom_the_old_one_did(candidate: HostFolder, aws: Aws) -> None:
    before = candidate.database.stat()
    bring(candidate, aws, ONE)
    for path in (candidate.database, *candidate.database.iterdir()):
        assert (path.stat().st_uid, path.stat().st_gid) == (before.st_uid, before.st_gid)
    assert candidate.database.stat().st_mode == before.st_mode


def test_how_hdb_is_tuned_stays(candidate: HostFolder, aws: Aws) -> None:
    (candidate.database / "DB_CONFIG").write_text("set_cachesize 0 268435456 1\n")
    bring(candidate, aws, ONE)
    assert (candidate.database / "DB_CONFIG").read_text() == "set_cachesize 0 268435456 1\n"


def test_a_new_database_is_labelled_for_selinux_and_so_is_one_that_comes_back(
    candidate: HostFolder, aws: Aws
) -> None:
    labeled = candidate.root / "labeled"
    restorecon = candidate.tools / "restorecon"
    restorecon.write_text(f'#!/bin/sh\necho "$*" $(ls "$2") >> {labeled}\n')
    restorecon.chmod(0o755)
    assert bring(candidate, aws, ONE).code == 0
    new = f"-R {candidate.database} data.mdb lock.mdb"
    assert labeled.read_text().splitlines() == [new]
    with suffering(candidate, "import-drops-entry"):
        assert bring(candidate, aws, TWO).code == 1
    assert labeled.read_text().splitlines() == [new, new, new]


def test_a_database_that_cannot_be_labelled_is_not_taken(candidate: HostFolder, aws: Aws) -> None:
    before = directory_of(candidate)
    (candidate.tools / "restorecon").symlink_to("/bin/false")
    complaint = bring(candidate, aws, ONE).complaint
    assert "restorecon cannot label" in complaint
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_another_snapshot_than_the_one_meant_does_not_even_stop_slapd(
    candidate: HostFolder, aws: Aws
) -> None:
    before, pids = directory_of(candidate), described(candidate)["pids"]
    outcome = bring(candidate, aws, ONE, Sha256="0" * 64)
    assert "has another sha256 than expected" in outcome.complaint
    assert described(candidate)["pids"] == pids
    assert directory_of(candidate) == before
    assert_tidy(candidate)


def test_a_snapshot_that_was_cut_off_is_refused(candidate: HostFolder, aws: Aws) -> None:
    before = directory_of(candidate)
    torn = gzip.compress(ONE)[:-20]
    aws.client("s3").put_object(Bucket="evidence", Key="releases/torn.gz", Body=torn)
    outcome = bring(candidate, aws, ONE, Source="releases/torn.gz")
    assert "cannot read s3://evidence/releases/torn.gz" in outcome.complaint
    assert directory_of(candidate) == before


def test_a_snapshot_that_is_not_there_is_refused(candidate: HostFolder, aws: Aws) -> None:
    outcome = bring(candidate, aws, ONE, Source="releases/no-such-key")
    assert "cannot read s3://evidence/releases/no-such-key" in outcome.complaint


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"dn: cn=x,dc=soca,dc=local\nobjectClass: noSuchClass\ncn: x\n", id="class"),
        pytest.param(
            b"dn: cn=x,dc=soca,dc=local\nobjectClass: device\nnoSuch: x\n", id="attribute"
        ),
        pytest.param(b"dn: ou=People,dc=soca,dc=local\nobjectClass: device\n", id="duplicate"),
        pytest.param(b"dn: cn=x,dc=else,dc=local\nobjectClass: device\ncn: x\n", id="suffix"),
    ],
)
def test_the_old_directory_comes_back_when_slapadd_refuses(
    damage: bytes, candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    outcome = bring(candidate, aws, ONE + damage)
    assert outcome.complaint == (
        "import_identities: slapadd refuses the LDIF: see its error; the old database stays"
    )
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_the_old_directory_comes_back_when_an_entry_is_lost(
    candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    with suffering(candidate, "import-drops-entry"):
        complaint = bring(candidate, aws, ONE).complaint
    assert "8 of 9 entries arrived" in complaint
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_the_old_directory_comes_back_when_the_read_back_cannot_be_stored(
    candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    with uploads_refused(candidate):
        outcome = bring(candidate, aws, ONE)
    assert "cannot write s3://evidence/releases/copy.ldif.gz" in outcome.complaint
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_an_import_shows_no_secret(candidate: HostFolder, aws: Aws) -> None:
    damage = b"userPassword: {SSHA}verysecret\nnoSuchAttribute: x\n"
    outcome = bring(candidate, aws, ONE.rstrip() + b"\n" + damage)
    assert outcome.code == 1
    assert "verysecret" not in outcome.stderr
    assert "SSHA" not in outcome.stderr


def test_two_imports_at_once_come_one_after_the_other(candidate: HostFolder, aws: Aws) -> None:
    answers: list[dict[str, Any]] = []
    imports = [
        threading.Thread(
            target=lambda key=key, tree=tree: answers.append(
                run("import_identities", candidate, aws, **aws.put(tree, key), **copied_to()).answer
            )
        )
        for key, tree in (("one.gz", ONE), ("two.gz", TWO))
    ]
    for each in imports:
        each.start()
    for each in imports:
        each.join()
    assert [answer["entries"] for answer in answers] == [9, 9]
    assert directory_of(candidate) in (entries_of(ONE), entries_of(TWO))
    assert assert_copied(candidate, aws) in answers
    assert_tidy(candidate)
