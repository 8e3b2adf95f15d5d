"""What the end of a call measures, and the line that CloudWatch makes a metric of."""

import ast
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest

from changeover import metrics
from changeover.errors import Conflict, Refused, Transient, Unhealthy
from changeover.identities.directories import Counts
from changeover.metrics import Measure, of_answer, of_failure
from changeover.operations.abort import Aborted
from changeover.operations.reconcile import Reconciled
from changeover.ports.services import Services
from changeover.runtime import Handler, page, step
from changeover.upgrade.cutover.freeze import FrozenDirectory, WritableDirectory
from changeover.upgrade.cutover.rollback import ReplayedChanges, Thawed
from changeover.upgrade.cutover.traffic import Shifted, Watched
from changeover.upgrade.finish import Closed, Outcome
from changeover.upgrade.transfer.migrate import LoadedIdentities
from changeover.upgrade.transfer.shared import Located, SharedDirectory
from rehearsal.emitted_metrics import metrics as emitted
from tests.support.fakes import FakeServices
from tests.support.templates import ROOT, STEPS

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def values(found: list[Measure]) -> dict[str, float]:
    return {each.name: each.value for each in found}


def test_an_answer_is_measured_by_its_fields() -> None:
    counts = Counts(users=40, groups=42, sudo_roles=3, password_hashes=40)
    loaded = LoadedIdentities(counts=counts, digest="0" * 64)
    assert values(of_answer(loaded, "import-identities")) == {"IdentitiesMoved": 85}
    frozen = FrozenDirectory(frozen_at=NOON, changes=7, approval_wait_seconds=90.5)
    assert values(of_answer(frozen, "freeze-directory")) == {
        "ApprovalWaitSeconds": 90.5,
        "LateChanges": 7,
    }
    shifted = Shifted(shifted_at=NOON, freeze_seconds=1.6)
    (freeze,) = of_answer(shifted, "shift-traffic")
    assert (freeze.name, freeze.value, freeze.unit) == ("FreezeSeconds", 1.6, "Seconds")
    thawed = Thawed(release="hpc-r1", freeze_seconds=90)
    assert values(of_answer(thawed, "thaw-directory")) == {"FreezeSeconds": 90}
    aborted = Aborted(outcome="discarded", freeze_seconds=90)
    assert values(of_answer(aborted, "abort-upgrade")) == {
        "UpgradesEnded": 1,
        "FreezeSeconds": 90,
    }
    replayed = ReplayedChanges(changes=2)
    assert values(of_answer(replayed, "replay-changes")) == {"ChangesReturned": 2}
    found = Reconciled(decision="drift", why="", started=(), findings=("one", "two"))
    assert values(of_answer(found, "reconcile")) == {"DriftFindings": 2, "EventsMadeUpFor": 0}


def test_what_was_not_there_to_be_measured_is_left_out() -> None:
    where = Located(uri="ldaps://ldap.site", base="dc=site,dc=org", root="9f1c-aa")
    assert of_answer(SharedDirectory(directory=where), "import-identities") == []
    assert values(of_answer(WritableDirectory(), "freeze-directory")) == {"LateChanges": 0}
    assert of_answer(Thawed(release="hpc-r1"), "thaw-directory") == []
    assert of_answer(Aborted(outcome=""), "abort-upgrade") == []
    assert of_answer({"statusCode": 200}, "review-upgrade") == []


@pytest.mark.parametrize("outcome", Outcome)
def test_an_upgrade_ends_under_its_outcome_whoever_closes_it(outcome: Outcome) -> None:
    ended = [Measure("UpgradesEnded", 1, dimensions={"Outcome": outcome.value})]
    closed = Closed(outcome=outcome, error="", cause="", look=False)
    assert of_answer(closed, "close-upgrade") == ended
    assert of_answer(Aborted(outcome=outcome), "abort-upgrade") == ended


def test_probes_that_pass_are_no_failed_ones_and_those_that_fail_are_counted() -> None:
    stage = {"Stage": "watch-candidate"}
    well = of_answer(Watched(over=False, detail=""), "watch-candidate")
    assert well == [Measure("FailedProbes", 0, dimensions=stage)]
    failed = of_failure(Unhealthy("two things", ["one", "two"]), "watch-candidate")
    assert failed == [
        Measure("StepsFailed", 1, dimensions=stage | {"Error": "Unhealthy"}),
        Measure("FailedProbes", 2, dimensions=stage),
    ]


def test_an_image_is_bad_when_it_was_judged_so_and_not_when_nobody_could_judge() -> None:
    bad = of_failure(Unhealthy("it is old", ["it is old"]), "judge-image")
    assert Measure("ImagesJudged", 1, dimensions={"Verdict": "bad"}) in bad
    assert "ImagesJudged" not in values(of_failure(Transient("busy"), "judge-image"))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Refused("no"), "Refused"),
        (Unhealthy("no"), "Unhealthy"),
        (Transient("no"), "Transient"),
        (Conflict("no"), "Conflict"),
        (KeyError("no"), "Crashed"),
    ],
)
def test_a_step_fails_by_its_error_s_class(failure: Exception, error: str) -> None:
    dimensions = {"Stage": "roll-back", "Error": error}
    assert of_failure(failure, "roll-back") == [Measure("StepsFailed", 1, dimensions=dimensions)]


def answers_of(step: str) -> set[str]:
    """Names of the classes that a step can return: several for a union."""
    found: dict[str, Any] = {}
    text = (ROOT / "functions" / step / "app.py").read_text()
    exec(compile(text, step, "exec"), found)  # noqa: S102 - our own file, loaded as Lambda does
    answer = get_type_hints(found["handler"].step)["return"]
    return {each.__name__ for each in get_args(answer) or (answer,)}


def test_every_class_with_metrics_is_the_answer_of_a_step() -> None:
    """Nobody would ask any other for them."""
    sources = (ROOT / "layers/changeover/changeover").rglob("*.py")
    made = {
        node.name
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name != "Measured"
        for each in node.body
        if isinstance(each, ast.FunctionDef) and each.name == "metrics"
    }
    asked = {name for step in STEPS for name in answers_of(step)}
    assert made
    assert made - asked == set()


def test_the_stages_that_are_measured_by_their_failures_are_steps() -> None:
    stages = {name.replace("_", "-") for name in STEPS}
    assert {*metrics._PROBING, metrics._JUDGING} <= stages


CONTEXT: Any = SimpleNamespace(function_name="changeover-hpc-shift-traffic")


@step
def shift(event: dict[str, Any], services: Services) -> Shifted:
    if event:
        raise Conflict(f"{services.default_cluster}: not as recorded")
    return Shifted(shifted_at=NOON, freeze_seconds=1.6)


def call(made: Handler[Any, Any], event: object = None) -> Any:
    handler = dataclasses.replace(made, services=FakeServices)
    return handler({} if event is None else event, CONTEXT)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return [line for line in read if "_aws" in line]


@pytest.fixture
def _in_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER", "hpc")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "changeover")


@pytest.mark.usefixtures("_in_cluster")
def test_a_measure_is_a_line_as_cloudwatch_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    call(shift)
    (line,) = lines(capsys)
    assert line.pop("_aws")["CloudWatchMetrics"] == [
        {
            "Namespace": "Changeover",
            "Dimensions": [["Cluster"]],
            "Metrics": [{"Name": "FreezeSeconds", "Unit": "Seconds"}],
        }
    ]
    assert line == {"Cluster": "hpc", "FreezeSeconds": [1.6]}


@pytest.mark.usefixtures("_in_cluster")
def test_a_failure_is_measured_and_raised(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Conflict):
        call(shift, {"a": 1})
    (line,) = lines(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Cluster", "Stage", "Error"]]
    assert (line["Stage"], line["Error"], line["StepsFailed"]) == (
        *("shift-traffic", "Conflict"),
        [1],
    )


@pytest.mark.usefixtures("_in_cluster")
def test_a_page_that_fails_is_measured_too(capsys: pytest.CaptureFixture[str]) -> None:
    @page
    def busy(event: dict[str, Any], services: Services) -> dict[str, Any]:
        raise Transient(f"{services.default_cluster}: {event}")

    assert call(busy)["statusCode"] == 503
    assert [line["Error"] for line in lines(capsys)] == ["Transient"]


def test_a_function_that_knows_no_cluster_measures_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTER", raising=False)
    call(shift)
    assert lines(capsys) == []


@pytest.mark.usefixtures("_in_cluster")
def test_a_rehearsal_reads_the_lines_as_cloudwatch_would(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(Conflict):
        call(shift, {"a": 1})
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "changeover-hpc-shift-traffic.log").write_text("START\n" + capsys.readouterr().out)
    (read,) = emitted(tmp_path, since=NOON)
    del read["at"]
    assert read == {
        "namespace": "Changeover",
        "name": "StepsFailed",
        "dimensions": {"Cluster": "hpc", "Stage": "shift-traffic", "Error": "Conflict"},
        "unit": "Count",
        "value": 1,
    }
    assert emitted(tmp_path, since=datetime.now(UTC) + timedelta(seconds=9)) == []
