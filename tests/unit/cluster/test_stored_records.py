"""Records that Changeover 0.1.0 stored in DynamoDB, S3 and SSM can still be read.

The files hold one record of each kind, as the code of 0.1.0 wrote it in one whole upgrade.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release
from changeover.images.records import ImageRecord
from changeover.ports.values import ApprovalRecord
from changeover.types import Value
from changeover.upgrade.candidate.evidence import Evidence
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.logins import LostLogins

STORED = Path(__file__).parents[2] / "support/stored_by_0_1_0"
KINDS: dict[str, type[Value]] = {
    "approval": ApprovalRecord,
    "configuration": ClusterConfiguration,
    "evidence": Evidence,
    "image": ImageRecord,
    "lost-logins": LostLogins,
    "plan": UpgradePlan,
    "release-live": Release,
    "release-previous": Release,
}
RENAMED = {
    "customisations": "customizations",
    "customisations_sha256": "customizations_sha256",
    "dialect": "dialect_name",
    "left_at": "users_left_at",
    "live_actions": "saved_actions",
    "took_users": "served_users",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_a_record_of_0_1_0_keeps_every_value(name: str, kind: type[Value]) -> None:
    text = (STORED / f"{name}.json").read_text()
    read = kind.model_validate_json(text)
    assert _lost(json.loads(text), json.loads(read.model_dump_json())) == []


@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_a_record_is_the_same_once_it_is_written_again(name: str, kind: type[Value]) -> None:
    read = kind.model_validate_json((STORED / f"{name}.json").read_text())
    assert kind.model_validate_json(read.model_dump_json()) == read


def test_every_file_is_read_by_a_test() -> None:
    assert {path.stem for path in STORED.glob("*.json")} == KINDS.keys()


def _lost(before: Any, after: Any, path: str = "") -> list[str]:
    """The paths of values that are not in `after`, or are others there."""
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(name, RENAMED.get(name, name), value) for name, value in before.items()]
        return [
            each
            for name, now, value in pairs
            for each in _lost(value, after.get(now if now in after else name), f"{path}.{name}")
        ]
    return [] if before == after else [path]
