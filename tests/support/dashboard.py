"""Our own metrics as the dashboard and the alarms use them, and as rehearsals emit them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from changeover.runtime import NAMESPACE
from changeover.upgrade.finish import Outcome
from tests.support.templates import ROOT, Template, of_type, template

OPERATIONS = ROOT / "prerequisites/operations.yaml"
ANSWERS = {
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::AccountId": "111122223333",
    "ClusterName": "hpc",
    "LoadBalancerFullName": "app/changeover-hpc/0a1b2c3d",
    "UpgradeStateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:upgrade",
    "RefreshImageStateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:refresh",
    "FreezeCeilingSeconds": "60",
    "AppsId": "fs-0a",
    "DataId": "fs-0d",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:changeover-hpc-",
}

Metric = tuple[str, frozenset[tuple[str, str]]]
"""Its name and its dimensions but for the cluster; a value * stands for any."""


@cache
def dashboard(alarms: str = "") -> Template:
    """The body as CloudWatch gets it; `alarms` are those that not every cluster has."""
    properties = of_type("AWS::CloudWatch::Dashboard", template(OPERATIONS))["Dashboard"]
    text, _ = properties["DashboardBody"]["Fn::Sub"]
    values = ANSWERS | {"OptionalAlarms": alarms}
    body: Template = json.loads(re.sub(r"\$\{([\w:]+)\}", lambda name: values[name[1]], text))
    return body


def rows(widget: Template) -> Iterator[tuple[list[str], Template]]:
    """A widget's metrics, what is repeated written out, each with its options."""
    before: list[str] = []
    for row in widget["properties"].get("metrics", []):
        options = row[-1] if isinstance(row[-1], dict) else {}
        parts = [part for part in row if not isinstance(part, dict)]
        if parts[:1] == ["..."]:
            parts = [*before[: -len(parts[1:])], *parts[1:]]
        before = parts
        yield parts, options


def shown() -> set[Metric]:
    """All that people are shown or told of in our own namespace."""
    found = set()
    for widget in dashboard()["widgets"]:
        for parts, options in rows(widget):
            if parts and parts[0] == NAMESPACE:
                found.add(metric(parts[1], dict(zip(parts[2::2], parts[3::2], strict=True))))
            elif f"{{{NAMESPACE}," in options.get("expression", ""):
                found.add(_searched(options["expression"]))
    for alarm in of_type("AWS::CloudWatch::Alarm", template(OPERATIONS)).values():
        if alarm.get("Namespace") == NAMESPACE:
            dimensions = {each["Name"]: "*" for each in alarm["Dimensions"]}
            found.add(metric(alarm["MetricName"], dimensions))
        for query in alarm.get("Metrics", []):
            if f'SCHEMA("{NAMESPACE}",' in str(query.get("Expression")):
                found.add(_asked_for(query["Expression"]["Fn::Sub"]))
    return found


def _searched(expression: str) -> Metric:
    schema = re.search(r"\{(.+?)\}", expression)
    name = re.search(r'MetricName="(\w+)"', expression)
    assert schema, expression
    assert name, expression
    return metric(name[1], dict.fromkeys(schema[1].split(",")[1:], "*"))


def _asked_for(query: str) -> Metric:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html"""
    name = re.search(r"SELECT \w+\((\w+)\)", query)
    schema = re.search(r"SCHEMA\((.+?)\)", query)
    assert name, query
    assert schema, query
    keys = [key.strip('"') for key in schema[1].split(", ")[1:]]
    return metric(name[1], dict.fromkeys(keys, "*"))


def metric(name: str, dimensions: Mapping[str, str]) -> Metric:
    """Every metric of ours has the cluster as a dimension."""
    assert "Cluster" in dimensions, name
    return name, frozenset((k, v) for k, v in dimensions.items() if k != "Cluster")


def emitted(report: Mapping[str, Any]) -> set[Metric]:
    """What CloudWatch would have after a rehearsal."""
    assert {each["namespace"] for each in report["metrics"]} <= {NAMESPACE}
    return {metric(each["name"], each["dimensions"]) for each in report["metrics"]}


def is_one_of(one: Metric, several: Iterable[Metric]) -> bool:
    """Whether it is among them, where * matches any value."""
    name, dimensions = one
    values = dict(dimensions)
    return any(
        name == other
        and dict(wanted).keys() == values.keys()
        # One that matches any value may stand on either side.
        and all("*" in (value, values[key]) or value == values[key] for key, value in wanted)
        for other, wanted in several
    )


def _of(name: str, **dimensions: str) -> Metric:
    return name, frozenset(dimensions.items())


def _ended(outcome: Outcome) -> Metric:
    return _of("UpgradesEnded", Outcome=outcome)


# What a rehearsal of a scenario is to emit. All of them together emit all that is shown.
EMITTED: dict[str, set[Metric]] = {
    "completed": {
        _of("UpgradesStarted"),
        _of("IdentitiesMoved"),
        _of("FailedProbes", Stage="validate-candidate"),
        _of("ApprovalWaitSeconds"),
        _of("LateChanges"),
        _of("FreezeSeconds"),
        _of("FailedProbes", Stage="watch-candidate"),
        _ended(Outcome.COMPLETED),
    },
    "locked": {
        _of("StepsFailed", Stage="plan-upgrade", Error="Refused"),
        _ended(Outcome.REFUSED),
    },
    "candidate-unhealthy": {
        _of("StepsFailed", Stage="validate-candidate", Error="Unhealthy"),
        _of("FailedProbes", Stage="validate-candidate"),
        _ended(Outcome.DISCARDED),
    },
    "silence": {_ended(Outcome.REJECTED)},
    "bake-fails": {
        _of("StepsFailed", Stage="watch-candidate", Error="Unhealthy"),
        _of("FailedProbes", Stage="watch-candidate"),
        _of("ChangesReturned"),
        _ended(Outcome.ROLLED_BACK),
    },
    "new-image": {_of("ImagesJudged", Verdict="good")},
    "image-with-cve": {_of("ImagesJudged", Verdict="bad")},
    "event-lost": {_of("DriftFindings"), _of("EventsMadeUpFor")},
}
