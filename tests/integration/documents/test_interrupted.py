"""A document that was ended leaves no password hash on the disk, or not for long."""

import json
from pathlib import Path

import pytest

from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import copied_to
from tests.integration.documents.interrupt import ENDED, Sabotage
from tests.integration.documents.trees import ONE
from tests.integration.scheduler_hosts import Aws, export, leftovers, run

COPYING = ["apply_delta", "export_identities", "freeze_directory"]
AT_WORK = [*COPYING, "import_identities", "probe_release"]
# The import has its own tests. The others call many commands.
STRIDES = dict.fromkeys(COPYING, 2) | {"probe_release": 7}


def offered(sabotage: Sabotage, name: str) -> dict[str, str]:
    match name:
        case "export_identities" | "freeze_directory":
            return copied_to()
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
        begin_afresh(name, candidate, aws)
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
        begin_afresh(name, candidate, aws)
        with sabotage.killing(step):
            assert run(name, candidate, aws, **given).killed
        left |= {path.name for path in scratch(candidate).glob("*")}
        succeed(name, candidate, aws, given)
        assert leftovers(candidate) == ["lock"]
    assert left


@pytest.mark.parametrize("name", COPYING)
@pytest.mark.parametrize("act", ["ending", "failing", "killing", "killing_script"])
def test_a_document_that_is_interrupted_stores_a_whole_copy_or_none(
    name: str, act: str, candidate: HostFolder, aws: Aws
) -> None:
    """If only the script is killed, the upload may be empty, which does not count as a copy."""
    sabotage = Sabotage(candidate)
    given = offered(sabotage, name)
    steps = sabotage.count(lambda: succeed(name, candidate, aws, given))
    whole, no_copy = sabotage.stored(), [b""] if act == "killing_script" else []
    assert whole == export(candidate)
    for step in range(2, steps + 1, 4):
        sabotage.forget()
        begin_afresh(name, candidate, aws)
        with getattr(sabotage, act)(step):
            run(name, candidate, aws, **given)
        assert not sabotage.has_stored() or sabotage.stored() in (whole, *no_copy)


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


def begin_afresh(name: str, host: HostFolder, aws: Aws) -> None:
    """Thaw first, because a freeze of a frozen directory has fewer steps."""
    if name == "freeze_directory":
        succeed("thaw_directory", host, aws, {})


def succeed(name: str, host: HostFolder, aws: Aws, given: dict[str, str]) -> None:
    outcome = run(name, host, aws, **given)
    assert outcome.code == 0, outcome


def scratch(host: HostFolder) -> Path:
    return host.root / "var/lib/changeover/scratch"
