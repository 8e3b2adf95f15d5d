"""The dashboard is one, shows what is there, and alarms reach people."""

import re

import pytest

from rehearsal.scenarios import SCENARIOS
from tests.support.dashboard import (
    ANSWERS,
    EMITTED,
    OPERATIONS,
    dashboard,
    is_one_of,
    rows,
    shown,
)
from tests.support.templates import STEPS, Template, of_type, resolved, strings, template

GIVEN = template(OPERATIONS)
ALARMS = of_type("AWS::CloudWatch::Alarm", GIVEN)
WIDGETS = dashboard()["widgets"]
PROPERTIES = {
    "metric": {"title", "region", "view", "stat", "period", "metrics", "annotations"},
    "text": {"markdown"},
    "alarm": {"title", "alarms"},
}
OPTIONS = {"label", "id", "expression", "visible", "stat"}
STATISTICS = {"Sum", "Maximum", "Minimum", "Average", "SampleCount", "p95"}


def titled(title: str) -> Template:
    (found,) = (w for w in WIDGETS if w["properties"].get("title") == title)
    return found


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html


def test_a_dashboard_has_widgets_as_cloudwatch_knows_them() -> None:
    assert dashboard().keys() == {"start", "periodOverride", "widgets"}
    assert dashboard()["periodOverride"] in ("auto", "inherit")
    for widget in WIDGETS:
        assert widget.keys() == {"type", "x", "y", "width", "height", "properties"}
        assert widget["properties"].keys() <= PROPERTIES[widget["type"]]
        if widget["type"] == "metric":
            needed = {"title", "region", "view", "stat", "period", "metrics"}
            assert widget["properties"].keys() >= needed
            assert widget["properties"]["stat"] in STATISTICS
            assert widget["properties"]["period"] % 60 == 0


def test_no_widget_lies_over_another_or_beside_the_grid() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in WIDGETS:
        assert widget["x"] >= 0
        assert widget["x"] + widget["width"] <= 24
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken, widget["properties"].get("title")
        taken |= cells


def test_every_metric_is_a_namespace_a_name_and_pairs_or_an_expression() -> None:
    for widget in WIDGETS:
        for parts, options in rows(widget):
            assert options.keys() <= OPTIONS
            if "expression" in options:
                assert not parts
                assert options["id"][0].islower()
            else:
                assert len(parts) >= 4, parts
                assert len(parts) % 2 == 0, parts
                assert all(isinstance(part, str) for part in parts)


def test_ids_are_unique_in_a_widget() -> None:
    for widget in WIDGETS:
        ids = [options["id"] for _, options in rows(widget) if "id" in options]
        assert len(ids) == len(set(ids))


def test_what_changes_with_a_release_is_searched_for_and_never_named() -> None:
    assert not [text for text in strings(GIVEN["Resources"]) if "targetgroup/" in text]
    searched = [
        options["expression"]
        for widget in WIDGETS
        for _, options in rows(widget)
        if "SEARCH('{AWS/ApplicationELB" in options.get("expression", "")
    ]
    assert len(searched) == 3
    for expression in searched:
        assert f'LoadBalancer="{ANSWERS["LoadBalancerFullName"]}"' in expression
        assert "{AWS/ApplicationELB,LoadBalancer,TargetGroup}" in expression


def test_every_function_s_errors_are_shown() -> None:
    named = {parts[3] for parts, _ in rows(titled("Errors of functions"))}
    assert named == {f"changeover-hpc-{step.replace('_', '-')}" for step in STEPS}


def test_the_alarm_on_functions_is_about_those_that_no_machine_awaits() -> None:
    named = {
        text.removeprefix("changeover-${ClusterName}-").replace("-", "_")
        for query in ALARMS["FunctionsFailedAlarm"]["Metrics"]
        for text in strings(query.get("MetricStat", {}))
        if text.startswith("changeover-")
    }
    machines = of_type("AWS::Serverless::StateMachine").values()
    awaited = {
        name.removesuffix("FunctionArn")
        for machine in machines
        for name in machine["DefinitionSubstitutions"]
    }
    assert named == {
        step for step in STEPS if "".join(w.title() for w in step.split("_")) not in awaited
    }


def test_the_alarm_on_the_page_asks_for_the_stage_that_its_function_fails_as() -> None:
    (query,) = ALARMS["ReviewPageFailedAlarm"]["Metrics"]
    (stage,) = re.findall(r"\"Stage\" = '([^']*)'", query["Expression"]["Fn::Sub"])
    handlers = of_type("AWS::Serverless::Function")
    named = handlers["ReviewUpgradeFunction"]["FunctionName"]["Fn::Sub"]
    assert named == "changeover-${ClusterName}-" + stage


# Metrics Insights has words of its own, cluster and error among them; quoted they are ours.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-reserved-keywords.html
ITS_OWN = {"SELECT", "SUM", "MAX", "FROM", "SCHEMA", "WHERE", "AND"}
UNQUOTED = {"StepsFailed", "UnHealthyHostCount", "LoadBalancer", "TargetGroup"}


def test_a_query_quotes_what_may_be_a_reserved_word() -> None:
    expressions = [q.get("Expression") for a in ALARMS.values() for q in a.get("Metrics", [])]
    queries = [each["Fn::Sub"] for each in expressions if isinstance(each, dict)]
    assert len(queries) == 2
    for query in queries:
        words = {*re.findall(r"""\"[^"]*"|'[^']*'|(\w+)""", query)} - {""}
        assert words <= ITS_OWN | UNQUOTED, query


def test_every_alarm_is_shown_mailed_and_says_what_to_do() -> None:
    optional = [
        f', "{ANSWERS["AlarmArn"]}{name}"'
        for name in ("burst-credits-apps", "burst-credits-data", "backup-failed")
    ]
    (widget,) = (w for w in dashboard("".join(optional))["widgets"] if w["type"] == "alarm")
    names = {arn.removeprefix(ANSWERS["AlarmArn"]) for arn in widget["properties"]["alarms"]}
    prefix = "changeover-${ClusterName}-"
    both = {**ALARMS, **of_type("AWS::CloudWatch::Alarm")}
    assert {prefix + name for name in names} == {
        alarm["AlarmName"]["Fn::Sub"] for alarm in both.values()
    }
    for name, alarm in both.items():
        assert alarm["AlarmActions"] in ([{"Ref": "TopicArn"}], [{"Ref": "Topic"}]), name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert "Cluster ${ClusterName}: " in alarm["AlarmDescription"]["Fn::Sub"]


@pytest.mark.parametrize(
    ("condition", "named"),
    [("HasApps", "burst-credits-apps"), ("HasData", "burst-credits-data"), ("HasVault", "backup")],
)
def test_an_alarm_that_not_every_cluster_has_is_shown_where_it_is(
    condition: str, named: str
) -> None:
    _, given = of_type("AWS::CloudWatch::Dashboard", GIVEN)["Dashboard"]["DashboardBody"]["Fn::Sub"]
    none = dict.fromkeys(("HasApps", "HasData", "HasVault"), False)
    _, without = resolved(given["OptionalAlarms"], none)["Fn::Sub"]
    assert not any(without.values())
    _, shown = resolved(given["OptionalAlarms"], none | {condition: True})["Fn::Sub"]
    (only,) = filter(None, shown.values())
    assert f"changeover-${{ClusterName}}-{named}" in only["Fn::Sub"]


def test_an_alarm_reckons_with_queries_that_are_there() -> None:
    for name, alarm in ALARMS.items():
        queries = alarm.get("Metrics", [])
        if queries:
            answers = [query for query in queries if query["ReturnData"]]
            assert len(answers) == 1, name
            for query in queries:
                if not query["ReturnData"]:
                    assert query["Id"] in answers[0]["Expression"], f"{name} {query['Id']}"


def test_all_that_is_shown_of_ours_is_emitted_by_some_rehearsal() -> None:
    emitted = set().union(*EMITTED.values())
    assert not [one for one in shown() if not is_one_of(one, emitted)]
    assert not [one for one in emitted if not is_one_of(one, shown())]
    assert EMITTED.keys() <= SCENARIOS.keys()


@pytest.mark.parametrize("several", [True, False])
def test_the_budget_counts_what_bears_the_cluster_s_tag_or_one_of_soca_s(several: bool) -> None:
    budget = of_type("AWS::Budgets::Budget", GIVEN)["Budget"]
    assert GIVEN["Resources"]["Budget"]["Condition"] == "HasBudget"
    counted = resolved(budget, {"HasSocaClusterIds": several})["Budget"]["FilterExpression"]
    own = {"Tags": {"Key": "changeover:cluster", "Values": [{"Ref": "ClusterName"}]}}
    more = {"Tags": {"Key": "soca:ClusterId", "Values": {"Ref": "SocaClusterIds"}}}
    assert counted == ({"Or": [own, more]} if several else own)


def test_a_budget_that_mails_to_another_address_can_be_made_beside_the_old_one() -> None:
    """Another address makes CloudFormation replace it, the new one first."""
    assert "BudgetName" not in of_type("AWS::Budgets::Budget", GIVEN)["Budget"]["Budget"]


def test_there_is_no_budget_unless_somebody_says_how_much() -> None:
    assert GIVEN["Parameters"]["MonthlyBudget"]["Default"] == 0
    assert template()["Parameters"]["MonthlyBudget"]["Default"] == 0


def test_alarms_on_what_logs_measure_take_a_late_datapoint() -> None:
    """CloudWatch reads them from a log, and may have judged their period already."""
    measured = {
        name: alarm
        for name, alarm in {**ALARMS, **of_type("AWS::CloudWatch::Alarm")}.items()
        if alarm.get("Namespace") == "Changeover" or '"Changeover"' in str(alarm.get("Metrics"))
    }
    assert measured.keys() == {"FreezeTooLongAlarm", "ReviewPageFailedAlarm"}
    for name, alarm in measured.items():
        assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 1), name
