"""An export is the whole directory, or it fails."""

import pytest
from botocore.exceptions import ClientError

from changeover.identities import directories
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to, figures, uploads_refused
from tests.integration.documents.trees import entries_of
from tests.integration.scheduler_hosts import (
    KEY,
    Aws,
    directory_of,
    leftovers,
    run,
    suffering,
    tool,
)


def test_an_export_is_the_whole_directory_with_every_hash(live: HostFolder, aws: Aws) -> None:
    answer = run("export_identities", live, aws, **copied_to("whole.gz")).answer
    assert answer == {"read_only": False, **assert_copied(live, aws, "whole.gz")}
    assert directories.count(directory_of(live)).without_password == 0


def test_an_export_tells_of_a_directory_that_takes_no_change(live: HostFolder, aws: Aws) -> None:
    assert run("freeze_directory", live, aws, **copied_to()).code == 0
    assert run("export_identities", live, aws, **copied_to()).answer["read_only"] is True
    assert run("thaw_directory", live, aws).code == 0
    assert run("export_identities", live, aws, **copied_to()).answer["read_only"] is False


def test_an_export_is_encrypted_with_the_key_of_the_app(live: HostFolder, aws: Aws) -> None:
    assert run("export_identities", live, aws, **copied_to("sealed.gz")).code == 0
    stored = aws.client("s3").head_object(Bucket="evidence", Key="releases/sealed.gz")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", KEY)


def test_an_export_does_not_ask_the_server_as_root(live: HostFolder, aws: Aws) -> None:
    """This shows the risk: over ldapi, root sees only 500 entries and no hash."""
    external = ("-Q", "-Y", "EXTERNAL", "-H", "ldapi:///")
    seen = tool(live, "ldapsearch", *external, "-LLL", "-b", BASE_DN, "*").stdout
    assert seen.count("dn: ") == 500
    assert "userPassword" not in seen
    assert run("export_identities", live, aws, **copied_to("trap.gz")).answer["entries"] > 500


def test_the_same_directory_exports_to_the_same_bytes(live: HostFolder, aws: Aws) -> None:
    first = run("export_identities", live, aws, **copied_to("again.gz")).answer
    assert run("export_identities", live, aws, **copied_to("again.gz")).answer == first


def test_an_export_shows_when_hashes_are_missing(live: HostFolder, aws: Aws) -> None:
    """The document only reports facts. The function refuses this snapshot."""
    with suffering(live, "export-without-hashes"):
        assert run("export_identities", live, aws, **copied_to("bare.gz")).code == 0
    entries = entries_of(aws.get("bare.gz"))
    assert len(entries) == len(directory_of(live))
    assert directories.count(entries).without_password == 401


def test_an_export_of_an_unknown_suffix_fails(live: HostFolder, aws: Aws) -> None:
    outcome = run("export_identities", live, aws, **copied_to("x.gz"), BaseDn="dc=else,dc=local")
    assert "no database has the suffix dc=else,dc=local" in outcome.complaint


def test_an_export_does_not_touch_the_files_of_a_directory_that_is_down(
    candidate: HostFolder, aws: Aws
) -> None:
    tool(candidate, "systemctl", "stop", "slapd")
    (candidate.database / "lock.mdb").unlink()  # slapcat would create it again, as root
    outcome = run("export_identities", candidate, aws, **copied_to("down.gz"))
    assert "slapd is down: start it" in outcome.complaint
    assert not (candidate.database / "lock.mdb").exists()


@pytest.mark.parametrize("after", ["exit 1", "kill -9 $$"])
def test_a_copy_that_slapcat_did_not_end_well_never_reaches_the_bucket(
    after: str, candidate: HostFolder, aws: Aws
) -> None:
    slapcat = candidate.tools / "slapcat"
    slapcat.rename(candidate.root / "whole-slapcat")
    half = f'{candidate.root}/whole-slapcat "$@" | head -c 1000'
    slapcat.write_text(f"#!/bin/sh\n{half}\n{after}\n")
    slapcat.chmod(0o755)
    outcome = run("export_identities", candidate, aws, **copied_to("half.gz"))
    assert f"slapcat cannot read {BASE_DN}" in outcome.complaint
    with pytest.raises(ClientError, match="NoSuchKey"):
        aws.get("half.gz")
    assert leftovers(candidate) == ["lock"]


def tears(host: HostFolder, copies: int) -> None:
    """Let slapcat print an entry without its DN, as hdb's slapcat may during an add or delete."""
    slapcat, whole = host.tools / "slapcat", host.root / "whole-slapcat"
    slapcat.rename(whole)
    torn = f"[ $(wc -l < {host.root}/copied) -gt {copies} ] || printf 'dn:\\nsn: torn\\n\\n'"
    slapcat.write_text(f'#!/bin/sh\necho >> {host.root}/copied\n{whole} "$@"\n{torn}\n')
    slapcat.chmod(0o755)


def test_a_torn_copy_is_made_anew(candidate: HostFolder, aws: Aws) -> None:
    tears(candidate, copies=2)
    outcome = run("export_identities", candidate, aws, **copied_to("third.gz"))
    assert outcome.answer == {"read_only": False, **figures(aws.get("third.gz"))}
    assert b"\ndn:\n" not in aws.get("third.gz")


def test_a_copy_that_is_torn_each_time_never_reaches_the_bucket(
    candidate: HostFolder, aws: Aws
) -> None:
    tears(candidate, copies=3)
    outcome = run("export_identities", candidate, aws, **copied_to("torn.gz"))
    assert f"{BASE_DN} was changed while it was copied" in outcome.complaint
    with pytest.raises(ClientError, match="NoSuchKey"):
        aws.get("torn.gz")


def test_what_somebody_configured_for_root_is_not_asked(candidate: HostFolder, aws: Aws) -> None:
    own = candidate.root / "root/.aws/config"
    own.parent.mkdir(parents=True)
    own.write_text("no such format")
    assert run("export_identities", candidate, aws, **copied_to("own.gz")).code == 0


def test_an_export_that_cannot_be_stored_fails_and_leaves_nothing(
    live: HostFolder, aws: Aws
) -> None:
    with uploads_refused(live):
        outcome = run("export_identities", live, aws, **copied_to("away.gz"))
    assert "cannot write s3://evidence/releases/away.gz" in outcome.complaint
    assert leftovers(live) == ["lock"]


def test_an_export_writes_no_secret_but_to_the_bucket(live: HostFolder, aws: Aws) -> None:
    outcome = run("export_identities", live, aws, **copied_to("silent.gz"))
    assert outcome.stderr == ""
    assert leftovers(live) == ["lock"]
