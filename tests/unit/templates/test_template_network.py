"""Nobody is let in unasked, file systems know two groups, every part is either made or given."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support.template_choices import Choice
from tests.support.templates import ROOT, Template, of_type, resolved, strings, template, translated

NETWORK = ROOT / "prerequisites/network.yaml"
OPEN = {"0.0.0.0/0", "::/0"}
# What an operator leaves empty: a condition of the root, and what answers for it then.
SOURCES = {
    "SchedulerSecurityGroup": ("MakesScheduler", "Network.Outputs.SchedulerSecurityGroup"),
    "ComputeSecurityGroup": ("MakesCompute", "Network.Outputs.ComputeSecurityGroup"),
    "AppsFileSystem": ("MakesApps", "Storage.Outputs.AppsDnsName"),
    "DataFileSystem": ("MakesData", "Storage.Outputs.DataDnsName"),
}
CHOICES = [
    dict(zip(SOURCES, made, strict=True)) for made in product([False, True], repeat=len(SOURCES))
]


def test_what_hosts_are_reached_by_stays_when_this_goes() -> None:
    made = template(NETWORK)["Resources"]
    assert len(made) >= 20
    for name, each in made.items():
        assert each["DeletionPolicy"] == "RetainExceptOnCreate", name
        hosts_are_in_it = name in ("SchedulerGroup", "ComputeGroup", "FileSystemGroup")
        # Who was let in by a rule that was changed is not let in for ever.
        assert each["UpdateReplacePolicy"] == ("Retain" if hosts_are_in_it else "Delete"), name


def decided(within: Template, given: dict[str, bool]) -> dict[str, bool]:
    """Every condition of a template with these ones given, and the defaults of its parameters."""
    found = dict(given)

    def holds(rule: Template) -> bool:
        match rule:
            case {"Condition": name}:
                return found[name]
            case {"Fn::Or": parts}:
                return any(holds(part) for part in parts)
            case {"Fn::And": parts}:
                return all(holds(part) for part in parts)
            case {"Fn::Not": [part]}:
                return not holds(part)
            case {"Fn::Equals": [{"Ref": parameter}, value]}:
                return bool(within["Parameters"][parameter].get("Default") == value)
        raise ValueError(rule)

    for name, rule in within["Conditions"].items():
        if name not in found:
            found[name] = holds(rule)
    return found


def within(made: dict[str, bool]) -> dict[str, bool]:
    """The conditions of the network's template where these parts are left empty."""
    files = made["AppsFileSystem"] or made["DataFileSystem"]
    given = {
        "MakesScheduler": made["SchedulerSecurityGroup"],
        "MakesCompute": made["ComputeSecurityGroup"],
        "MakesFileSystemGroup": files,
        "LetsNatIn": made["SchedulerSecurityGroup"],
        "MakesEndpoints": False,
        "MakesS3Endpoint": False,
    }
    return decided(template(NETWORK), given)


def made_by(conditions: dict[str, bool]) -> dict[str, Template]:
    """What the network's template makes then: logical id to resource."""
    return {
        name: resolved(resource, conditions)
        for name, resource in template(NETWORK)["Resources"].items()
        if conditions.get(resource.get("Condition", ""), True)
    }


def ingress(resources: dict[str, Template]) -> list[Template]:
    inline = [
        rule
        for resource in resources.values()
        for rule in resource["Properties"].get("SecurityGroupIngress", [])
    ]
    kind = "AWS::EC2::SecurityGroupIngress"
    return inline + [r["Properties"] for r in resources.values() if r["Type"] == kind]


def test_by_default_the_world_is_let_in_nowhere() -> None:
    parameters = {**template(NETWORK)["Parameters"], **template()["Parameters"]}
    for rule in ingress(made_by(within(dict.fromkeys(SOURCES, True)))):
        source = rule.get("CidrIp", {})
        if isinstance(source, dict):
            source = parameters.get(source.get("Ref", ""), {}).get("Default", "")
        assert source not in OPEN, rule["Description"]


@pytest.mark.parametrize("name", ["ClientCidr", "EndpointIngressCidr"])
@pytest.mark.parametrize("path", [NETWORK, ROOT / "template.yaml"], ids=lambda path: path.stem)
def test_nobody_can_let_the_world_in_to_hosts(name: str, path: Path) -> None:
    pattern = template(path)["Parameters"][name]["AllowedPattern"]
    assert not re.fullmatch(pattern, "0.0.0.0/0")
    assert re.fullmatch(pattern, "10.20.0.0/16")


def test_every_subnet_is_asked_whether_it_is_in_the_vpc() -> None:
    asked = template()["Rules"]["SubnetsAreInTheVpc"]["Assertions"]
    subnets = [a["Assert"]["Fn::EachMemberEquals"][0]["Fn::ValueOf"][0] for a in asked]
    kind = "List<AWS::EC2::Subnet::Id>"
    parameters = template()["Parameters"].items()
    assert subnets == [name for name, each in parameters if each["Type"] == kind]


def test_the_rules_reach_cloudformation() -> None:
    assert translated(ROOT / "template.yaml")["Rules"] == template()["Rules"]


@pytest.mark.parametrize("made", CHOICES, ids=str)
def test_file_systems_let_in_schedulers_and_nodes_and_nobody_else(made: dict[str, bool]) -> None:
    resources = made_by(within(made))
    wanted = made["AppsFileSystem"] or made["DataFileSystem"]
    assert ("FileSystemGroup" in resources) == wanted
    if wanted:
        rules = resources["FileSystemGroup"]["Properties"]["SecurityGroupIngress"]
        assert {(r["IpProtocol"], r["FromPort"], r["ToPort"]) for r in rules} == {
            ("tcp", 2049, 2049)
        }
        assert [r["SourceSecurityGroupId"] for r in rules] == [
            {"Fn::GetAtt": ["SchedulerGroup", "GroupId"]}
            if made["SchedulerSecurityGroup"]
            else {"Ref": "SchedulerSecurityGroup"},
            {"Fn::GetAtt": ["ComputeGroup", "GroupId"]}
            if made["ComputeSecurityGroup"]
            else {"Ref": "ComputeSecurityGroup"},
        ]


@pytest.mark.parametrize("made", CHOICES, ids=str)
def test_nothing_refers_to_a_group_that_is_not_made(made: dict[str, bool]) -> None:
    conditions = within(made)
    resources = made_by(conditions)
    outputs = {
        name: resolved(output["Value"], conditions)
        for name, output in template(NETWORK)["Outputs"].items()
        if conditions.get(output.get("Condition", ""), True)
    }
    for text in strings([*resources.values(), *outputs.values()]):
        if text in template(NETWORK)["Resources"]:
            assert text in resources, text


def test_groups_that_were_given_are_left_as_they_are() -> None:
    files_only = dict.fromkeys(SOURCES, False) | {"AppsFileSystem": True}
    assert made_by(within(files_only)).keys() == {"FileSystemGroup"}


def test_what_scheduler_and_nodes_say_to_each_other_is_let_in() -> None:
    rules = ingress(made_by(within(dict.fromkeys(SOURCES, True))))
    between = {
        (rule["SourceSecurityGroupId"]["Fn::GetAtt"][0], rule["GroupId"]["Fn::GetAtt"][0]): (
            rule["IpProtocol"],
            rule.get("FromPort"),
            rule.get("ToPort"),
        )
        for rule in rules
        if "GroupId" in rule and "SourceSecurityGroupId" in rule and rule.get("FromPort") != 443
    }
    assert between == {
        ("SchedulerGroup", "SchedulerGroup"): ("tcp", 8443, 8443),
        ("ComputeGroup", "SchedulerGroup"): ("tcp", 0, 65535),
        ("SchedulerGroup", "ComputeGroup"): ("tcp", 0, 65535),
        ("ComputeGroup", "ComputeGroup"): ("-1", None, None),
    }


def test_no_group_of_ours_bears_the_tag_that_lets_candidates_change_it() -> None:
    for name, properties in of_type("AWS::EC2::SecurityGroup", template(NETWORK)).items():
        assert [tag["Key"] for tag in properties["Tags"]] == ["Name"], name


def descriptions(node: Any) -> Iterator[Any]:
    """Of a group and its rules, also of those that a condition chooses."""
    match node:
        case dict():
            yield from (node[key] for key in ("Description", "GroupDescription") if key in node)
            yield from (said for value in node.values() for said in descriptions(value))
        case list():
            yield from (said for value in node for said in descriptions(value))


def test_descriptions_hold_only_what_ec2_takes() -> None:
    for path in (ROOT / "prerequisites").glob("*.yaml"):
        resources = template(path)["Resources"].values()
        groups = [each for each in resources if "::SecurityGroup" in each["Type"]]
        said = [each for group in groups for each in descriptions(group["Properties"])]
        assert len(said) >= len(groups)
        for each in said:
            pattern = each if isinstance(each, str) else each["Fn::Sub"]
            text = re.sub(r"\$\{\w+\}", "hpc", pattern)
            assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", text), text


def test_what_only_the_owner_of_a_vpc_may_make_is_off_by_default() -> None:
    for name, resource in template(NETWORK)["Resources"].items():
        if resource["Type"] == "AWS::EC2::VPCEndpoint":
            assert resource["Condition"] in ("MakesEndpoints", "MakesS3Endpoint"), name
    for parameters in (template()["Parameters"], template(NETWORK)["Parameters"]):
        assert parameters["MakeVpcEndpoints"]["Default"] == "false"
        assert parameters["EndpointRouteTables"]["Default"] == ""
    made = {resource["Type"] for resource in template(NETWORK)["Resources"].values()}
    assert not made & {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::Route"}


@pytest.mark.parametrize("made", CHOICES, ids=str)
def test_every_part_has_exactly_one_source(made: dict[str, bool]) -> None:
    given = {SOURCES[name][0]: chosen for name, chosen in made.items()}
    conditions = decided(template(), given)
    assert conditions["MakesNetwork"] == any(made.values())
    assert conditions["MakesFileSystems"] == (made["AppsFileSystem"] or made["DataFileSystem"])
    _, lists = of_type("AWS::SSM::Parameter")["Configuration"]["Value"]["Fn::Sub"]
    applications = of_type("AWS::Serverless::Application")
    for name, (_, output) in SOURCES.items():
        nested, _, attribute = output.partition(".")
        expected = {"Fn::GetAtt": [nested, attribute]} if made[name] else {"Ref": name}
        assert resolved(lists[f"{name}InUse"], conditions) == expected
        if made[name]:
            assert conditions[template()["Resources"][nested]["Condition"]]
            # It is told to make that one, by the empty answer itself.
            assert applications[nested]["Parameters"][name] == {"Ref": name}
    door = resolved(applications["FrontDoor"], conditions)["Parameters"]["SchedulerSecurityGroup"]
    assert door == resolved(lists["SchedulerSecurityGroupInUse"], conditions)


@pytest.mark.parametrize("name", SOURCES)
def test_every_part_may_be_left_out(name: str) -> None:
    parameter = template()["Parameters"][name]
    assert parameter["Default"] == ""
    assert re.fullmatch(parameter["AllowedPattern"], "")


IN_CHINA = {"region": "cn-north-1", "MonthlyBudget": 0}


@pytest.mark.parametrize(
    ("chosen", "refused"),
    [
        (IN_CHINA, []),
        (IN_CHINA | {"MakeVpcEndpoints": "true"}, ["MakeVpcEndpoints to false"]),
        (IN_CHINA | {"region": "cn-northwest-1", "SignIn": "new-saml"}, ["Set SignIn to none"]),
        (IN_CHINA | {"MonthlyBudget": 100}, ["Set MonthlyBudget to 0"]),
        ({"region": "eu-west-1", "MakeVpcEndpoints": "true", "MonthlyBudget": 100}, []),
    ],
)
def test_what_aws_does_not_have_in_china_is_refused_there(
    chosen: dict[str, Any], refused: list[str]
) -> None:
    refusals = [
        each for each in Choice(ROOT / "template.yaml", **chosen).refusals() if "China" in each
    ]
    assert len(refusals) == len(refused)
    assert all(end in each for end, each in zip(refused, refusals, strict=True))
