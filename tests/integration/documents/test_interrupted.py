"""What a document that was ended leaves on the disk: no password hash, or not for long."""

import json
from pathlib import Path

import pytest

from rehearsal.host.folder import HostFolder
from tests.integration.documents.sabotage import ENDED, Sabotage
from tests.integration.documents.trees import ONE
from tests.integration.scheduler_hosts import KEY, Aws, leftovers, run

AT_WORK = ["apply_delta", "export_identities", "import_identities", "probe_release"]
# The import has its own tests. The probe calls many commands.
STRIDES = {"apply_delta": 1, "export_identities": 1, "probe_release": 7}


def offered(sabotage: Sabotage, name: str) -> dict[str, str]:
    match name:
        case "export_identities":
            sabotage.offer_secret("")  # the stand-in reads it, and nobody else
            return {"Destination": "s3://evidence/export.gz", "KmsKeyArn": KEY}
        case "probe_release":
            return sabotage.offer_secret(json.dumps({"username": "mary", "password": "secret"}))
        case "apply_delta":
            return sabotage.offer(b"")
        case _:
            return sabotage.offer(ONE)


@pytest.mark.parametrize("name", STRIDES)
def test_a_document_that_is_told_to_end_leaves_nothing(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    given = offered(sabotage, name)
    steps = sabotage.count(lambda: succeed(name, candidate, aws, given))
    for step in range(1, steps, STRIDES[name]):
        with sabotage.ending(step):
            outcome = run(name, candidate, aws, **given)
        assert outcome.code in ENDED, (step, outcome)
        assert outcome.stdout == ""
        assert leftovers(candidate) in ([], ["lock"])


@pytest.mark.parametrize("name", STRIDES)
def test_what_a_killed_document_leaves_goes_with_the_next(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    given = offered(sabotage, name)
    steps = sabotage.count(lambda: succeed(name, candidate, aws, given))
    left = set()
    for step in range(1, steps + 1, STRIDES[name]):
        with sabotage.killing(step):
            assert run(name, candidate, aws, **given).killed
        left |= {path.name for path in scratch(candidate).glob("*")}
        succeed(name, candidate, aws, given)
        assert leftovers(candidate) == ["lock"]
    assert left


@pytest.mark.parametrize("name", AT_WORK)
def test_a_document_removes_what_any_other_left_before_it_begins(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    given = offered(sabotage, name)
    scratch(candidate).mkdir(parents=True)
    (scratch(candidate) / "tree.ldif").write_text("userPassword: {SSHA}secret\n")
    with sabotage.killing_aws():
        assert run(name, candidate, aws, **given).killed
    assert not (scratch(candidate) / "tree.ldif").exists()
    succeed(name, candidate, aws, given)
    assert leftovers(candidate) == ["lock"]


def succeed(name: str, host: HostFolder, aws: Aws, given: dict[str, str]) -> None:
    outcome = run(name, host, aws, **given)
    assert outcome.code == 0, outcome


def scratch(host: HostFolder) -> Path:
    return host.root / "var/lib/changeover/scratch"
