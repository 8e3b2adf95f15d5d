"""An import replaces the directory as a whole, or leaves it as it was, whatever happens to it."""

import gzip
import threading
from pathlib import Path

import pytest

from changeover.identities import identity
from rehearsal.host.folder import BASE_DN, HostFolder
from rehearsal.people.directory import PROBE, password_of, write_directory
from tests.integration.documents.trees import ONE, TWO, assert_serves, assert_tidy, entries_of
from tests.integration.scheduler_hosts import (
    KEY,
    Aws,
    binds,
    described,
    directory_of,
    modify,
    run,
    suffering,
    tool,
)


def test_an_import_makes_the_directory_what_was_exported(
    candidate: HostFolder, aws: Aws, tree: bytes
) -> None:
    expected = entries_of(tree)
    assert run("import_identities", candidate, aws, **aws.put(tree)).answer == {
        "entries": len(expected)
    }
    assert identity.digest(directory_of(candidate)) == identity.digest(expected)
    assert binds(candidate, PROBE, password_of(PROBE))
    assert not binds(candidate, PROBE, "wrong")
    assert_tidy(candidate)


def test_an_import_can_be_done_twice(candidate: HostFolder, aws: Aws, tree: bytes) -> None:
    source = aws.put(tree)
    first = run("import_identities", candidate, aws, **source).answer
    assert run("import_identities", candidate, aws, **source).answer == first
    assert_tidy(candidate)


def test_what_slapcat_wrote_comes_back_byte_by_byte(
    candidate: HostFolder, aws: Aws, live: HostFolder
) -> None:
    exported = {"Destination": "s3://evidence/live.gz", "KmsKeyArn": KEY}
    sha256 = run("export_identities", live, aws, **exported).answer["sha256"]
    run("import_identities", candidate, aws, Source="s3://evidence/live.gz", Sha256=sha256)
    exported["Destination"] = "s3://evidence/candidate.gz"
    assert run("export_identities", candidate, aws, **exported).answer["sha256"] == sha256


def test_a_new_database_belongs_to_whom_the_old_one_did(candidate: HostFolder, aws: Aws) -> None:
    before = candidate.database.stat()
    run("import_identities", candidate, aws, **aws.put(ONE))
    for path in (candidate.database, *candidate.database.iterdir()):
        assert (path.stat().st_uid, path.stat().st_gid) == (before.st_uid, before.st_gid)
    assert candidate.database.stat().st_mode == before.st_mode


def test_how_hdb_is_tuned_stays(candidate: HostFolder, aws: Aws) -> None:
    (candidate.database / "DB_CONFIG").write_text("set_cachesize 0 268435456 1\n")
    run("import_identities", candidate, aws, **aws.put(ONE))
    assert (candidate.database / "DB_CONFIG").read_text() == "set_cachesize 0 268435456 1\n"


def test_a_new_database_is_labelled_for_selinux_and_so_is_one_that_comes_back(
    candidate: HostFolder, aws: Aws
) -> None:
    labelled = candidate.root / "labelled"
    restorecon = candidate.tools / "restorecon"
    restorecon.write_text(f'#!/bin/sh\necho "$*" $(ls "$2") >> {labelled}\n')
    restorecon.chmod(0o755)
    assert run("import_identities", candidate, aws, **aws.put(ONE)).code == 0
    new = f"-R {candidate.database} data.mdb lock.mdb"
    assert labelled.read_text().splitlines() == [new]
    with suffering(candidate, "import-drops-entry"):
        assert run("import_identities", candidate, aws, **aws.put(TWO)).code == 1
    assert labelled.read_text().splitlines() == [new, new, new]


def test_a_database_that_cannot_be_labelled_is_not_taken(candidate: HostFolder, aws: Aws) -> None:
    before = directory_of(candidate)
    (candidate.tools / "restorecon").symlink_to("/bin/false")
    complaint = run("import_identities", candidate, aws, **aws.put(ONE)).complaint
    assert "restorecon cannot label" in complaint
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_a_map_that_is_too_small_is_enlarged_first(
    candidate: HostFolder, aws: Aws, tmp_path: Path
) -> None:
    """2,500 users do not fit into mdb's default of 10 MiB."""
    shrink = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcDbMaxSize\n"
    external = ("-Q", "-Y", "EXTERNAL")
    modify(candidate, f"{shrink}olcDbMaxSize: 10485760\n", *external)
    write_directory(tmp_path / "many.ldif", users=3000)
    source = aws.put((tmp_path / "many.ldif").read_bytes())
    assert run("import_identities", candidate, aws, **source).answer["entries"] > 6000
    size = tool(
        candidate, "ldapsearch", *external, "-H", "ldapi:///", "-LLL", "-b", "cn=config",
        f"(olcSuffix={BASE_DN})", "olcDbMaxSize",
    )  # fmt: skip
    assert "olcDbMaxSize: 1073741824" in size.stdout


def test_another_snapshot_than_the_one_meant_does_not_even_stop_slapd(
    candidate: HostFolder, aws: Aws
) -> None:
    before, pids = directory_of(candidate), described(candidate)["pids"]
    source = aws.put(ONE) | {"Sha256": "0" * 64}
    complaint = run("import_identities", candidate, aws, **source).complaint
    assert "is not what was exported" in complaint
    assert described(candidate)["pids"] == pids
    assert directory_of(candidate) == before
    assert_tidy(candidate)


def test_a_snapshot_that_was_cut_off_is_refused(candidate: HostFolder, aws: Aws) -> None:
    before = directory_of(candidate)
    source = aws.put(ONE)
    torn = gzip.compress(ONE)[:-20]
    aws.client("s3").put_object(Bucket="evidence", Key="tree.ldif.gz", Body=torn)
    assert "cannot read" in run("import_identities", candidate, aws, **source).complaint
    assert directory_of(candidate) == before


def test_a_snapshot_that_is_not_there_is_refused(candidate: HostFolder, aws: Aws) -> None:
    away = {"Source": "s3://evidence/no-such-key", "Sha256": "0" * 64}
    complaint = run("import_identities", candidate, aws, **away).complaint
    assert "cannot read s3://evidence/no-such-key" in complaint


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"dn: cn=x,dc=soca,dc=local\nobjectClass: noSuchClass\ncn: x\n", id="class"),
        pytest.param(
            b"dn: cn=x,dc=soca,dc=local\nobjectClass: device\nnoSuch: x\n", id="attribute"
        ),
        pytest.param(b"dn: ou=People,dc=soca,dc=local\nobjectClass: device\n", id="duplicate"),
        pytest.param(b"dn: cn=x,dc=else,dc=local\nobjectClass: device\ncn: x\n", id="suffix"),
        pytest.param(b"no LDIF at all\n", id="syntax"),
    ],
)
def test_the_old_directory_comes_back_when_slapadd_refuses(
    damage: bytes, candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    outcome = run("import_identities", candidate, aws, **aws.put(ONE + damage))
    assert outcome.complaint == (
        "import_identities: slapadd refuses the LDIF, see above; the old database stays"
    )
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_the_old_directory_comes_back_when_an_entry_is_lost(
    candidate: HostFolder, aws: Aws
) -> None:
    before = directory_of(candidate)
    with suffering(candidate, "import-drops-entry"):
        complaint = run("import_identities", candidate, aws, **aws.put(ONE)).complaint
    assert "8 of 9 entries arrived" in complaint
    assert_serves(candidate, before)
    assert_tidy(candidate)


def test_an_import_shows_no_secret(candidate: HostFolder, aws: Aws) -> None:
    damage = b"userPassword: {SSHA}verysecret\nnoSuchAttribute: x\n"
    outcome = run("import_identities", candidate, aws, **aws.put(ONE.rstrip() + b"\n" + damage))
    assert outcome.code == 1
    assert "verysecret" not in outcome.stderr
    assert "SSHA" not in outcome.stderr


def test_two_imports_at_once_come_one_after_the_other(candidate: HostFolder, aws: Aws) -> None:
    answers: list[object] = []
    sources = [aws.put(ONE, "one.gz"), aws.put(TWO, "two.gz")]
    imports = [
        threading.Thread(
            target=lambda s=source: answers.append(
                run("import_identities", candidate, aws, **s).answer
            )
        )
        for source in sources
    ]
    for each in imports:
        each.start()
    for each in imports:
        each.join()
    assert answers == [{"entries": 9}, {"entries": 9}]
    assert directory_of(candidate) in (entries_of(ONE), entries_of(TWO))
    assert_tidy(candidate)
