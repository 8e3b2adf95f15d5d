"""Everything that all templates make, whoever added it: kept, closed, encrypted, bounded, told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.support.templates import (
    BOUNDARY,
    ROOT,
    TEMPLATES,
    Template,
    every,
    listed,
    statements_of,
    template,
    translated,
)
from tests.unit.templates.test_template_roles import UNNAMED

EVERYBODY = {"0.0.0.0/0", "::/0"}
# What waits for its function's answer; whoever else invokes one leaves it alone with its event.
WAIT = {
    *("elasticloadbalancing.amazonaws.com", "apigateway.amazonaws.com"),
    *("cognito-idp.amazonaws.com", "secretsmanager.amazonaws.com"),
}


def resources(*kinds: str) -> Iterator[tuple[str, Template, Template]]:
    """Of these kinds, or all: where it stands, the resource, and the template around it."""
    for path in TEMPLATES:
        around = translated(path)
        for name, resource in around["Resources"].items():
            if not kinds or resource["Type"] in kinds:
                yield f"{path.stem}/{name}", resource, around


def test_every_template_is_walked() -> None:
    assert {*TEMPLATES} == {ROOT / "template.yaml", *(ROOT / "prerequisites").rglob("*.yaml")}


STORES = (
    *(
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::EFS::MountTarget",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::EFS::FileSystem",
    ),
    *("AWS::FSx::FileSystem", "AWS::Cognito::UserPool", "AWS::Backup::BackupVault"),
    *("AWS::RDS::DBInstance", "AWS::DirectoryService::MicrosoftAD"),
)


def test_what_holds_data_is_never_deleted_with_its_stack() -> None:
    found = list(resources(*STORES))
    assert found
    for where, resource, _ in found:
        assert resource.get("DeletionPolicy", "").startswith("Retain"), where
        assert resource.get("UpdateReplacePolicy") == "Retain", where


ENCRYPTED: dict[str, Callable[[Template], Any]] = {
    "AWS::S3::Bucket": lambda p: p["BucketEncryption"]["ServerSideEncryptionConfiguration"],
    "AWS::DynamoDB::Table": lambda p: p["SSESpecification"]["SSEEnabled"] is True,
    "AWS::KMS::Key": lambda p: p["EnableKeyRotation"] is True,
    "AWS::EFS::FileSystem": lambda p: p["Encrypted"] is True,
    "AWS::FSx::FileSystem": lambda p: p["KmsKeyId"],
    "AWS::Backup::BackupVault": lambda p: p["EncryptionKeyArn"],
    "AWS::SNS::Topic": lambda p: p["KmsMasterKeyId"],
    "AWS::SQS::Queue": lambda p: p.get("SqsManagedSseEnabled") is True or p["KmsMasterKeyId"],
    "AWS::SecretsManager::Secret": lambda p: p["KmsKeyId"],
    "AWS::EC2::Volume": lambda p: p["Encrypted"] is True,
    "AWS::ImageBuilder::ImageRecipe": lambda p: all(
        each["Ebs"]["Encrypted"] is True for each in p["BlockDeviceMappings"]
    ),
}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_what_can_be_encrypted_is(kind: str) -> None:
    for where, resource, _ in resources(kind):
        assert ENCRYPTED[kind](resource["Properties"]), where


def test_what_goes_over_a_network_is_encrypted_or_sent_to_where_it_is() -> None:
    for where, resource, around in resources("AWS::ElasticLoadBalancingV2::Listener"):
        properties = resource["Properties"]
        if properties["Protocol"] != "HTTPS":
            (action,) = properties["DefaultActions"]
            assert action["RedirectConfig"]["Protocol"] == "HTTPS", where
        else:
            for policy in possible(properties["SslPolicy"], around):
                assert "TLS13" in policy, where


def let_in() -> Iterator[tuple[str, Template, Template]]:
    """Every rule about who may come in, and the template whose parameters it may name."""
    for where, resource, around in resources("AWS::EC2::SecurityGroup"):
        for given in resource["Properties"].get("SecurityGroupIngress", []):
            for rule in given["Fn::If"][1:] if "Fn::If" in given else [given]:
                if rule != {"Ref": "AWS::NoValue"}:
                    yield where, rule, around
    for where, resource, around in resources("AWS::EC2::SecurityGroupIngress"):
        yield where, resource["Properties"], around


def possible(value: Any, around: Template) -> set[str]:
    """What it says: itself, a parameter's default and all that it allows, both ways of a choice."""
    match value:
        case {"Ref": str(name)} if name in around.get("Parameters", {}):
            parameter = around["Parameters"][name]
            return {str(parameter.get("Default", "")), *parameter.get("AllowedValues", [])} - {""}
        case {"Fn::If": [_, *ways]}:
            return {each for way in ways for each in possible(way, around)}
        case str():
            return {value}
    return set()


def test_no_door_is_open_to_the_world() -> None:
    assert list(let_in())
    for where, rule, around in let_in():
        for place in ("CidrIp", "CidrIpv6"):
            assert not possible(rule.get(place), around) & EVERYBODY, where
    for path in TEMPLATES:
        for name, parameter in translated(path).get("Parameters", {}).items():
            assert parameter.get("Default") not in EVERYBODY, f"{path.stem}/{name}"


def test_every_rule_about_who_may_come_in_says_why() -> None:
    for where, rule, _ in let_in():
        assert rule.get("Description"), where


def test_every_log_forgets() -> None:
    for where, resource, _ in resources("AWS::Logs::LogGroup"):
        assert resource["Properties"]["RetentionInDays"], where


def test_every_call_can_be_traced() -> None:
    functions = every("AWS::Lambda::Function")
    assert functions
    for where, properties in functions.items():
        assert properties["TracingConfig"] == {"Mode": "Active"}, where
    machines = every("AWS::StepFunctions::StateMachine")
    assert machines
    for where, properties in machines.items():
        assert properties["TracingConfiguration"] == {"Enabled": True}, where


def test_nothing_runs_for_ever() -> None:
    for where, properties in every("AWS::Lambda::Function").items():
        assert 0 < properties["Timeout"] <= 900, where
    for where, properties in every("AWS::CodeBuild::Project").items():
        assert properties["TimeoutInMinutes"] <= 60, where
        assert properties["QueuedTimeoutInMinutes"] <= 60, where
    for definition in (ROOT / "statemachine").glob("*.yaml"):
        assert yaml.safe_load(definition.read_text())["TimeoutSeconds"] > 0, definition.name


def function_of(permission: Template) -> str:
    match permission["FunctionName"]:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
    return ""


def test_an_event_that_a_function_cannot_deal_with_is_kept() -> None:
    left_alone = [
        (where.partition("/")[0], function_of(resource["Properties"]), around)
        for where, resource, around in resources("AWS::Lambda::Permission")
        if resource["Properties"]["Principal"] not in WAIT
    ]
    assert left_alone
    for stem, name, around in left_alone:
        function = function_named(name, stem, around)
        assert function["Properties"]["DeadLetterConfig"]["TargetArn"], f"{stem}/{name}"


def function_named(name: str, stem: str, around: Template) -> Template:
    """A function by its logical id, or by the parameter with which the root names it."""
    if name in around["Resources"]:
        own: Template = around["Resources"][name]
        return own
    stacks = template()["Resources"].values()
    location = f"prerequisites/{stem}.yaml"
    (given,) = (
        each["Properties"]["Parameters"]
        for each in stacks
        if each.get("Properties", {}).get("Location") == location
    )
    function: Template = translated(ROOT / "template.yaml")["Resources"][
        given[name]["Fn::GetAtt"][0]
    ]
    return function


def permissions() -> Iterator[tuple[str, Template]]:
    kinds = (
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::RolePolicy",
    )
    for where, resource, _ in resources(*kinds):
        properties = resource["Properties"]
        if where.endswith(f"/{BOUNDARY}"):  # it allows nothing by itself
            continue
        for statement in statements_of(properties):
            yield where, statement
        for statement in properties.get("PolicyDocument", {}).get("Statement", []):
            yield where, statement


def test_nobody_may_do_everything() -> None:
    assert list(permissions())
    for where, statement in permissions():
        if statement["Effect"] == "Allow":
            assert "NotAction" not in statement, where
            assert "NotResource" not in statement, where
            actions = listed(statement["Action"])
            assert not [each for each in actions if each in ("*", "*:*")], where
            if "*" in listed(statement["Resource"]) and "Condition" not in statement:
                assert all(UNNAMED.match(each) for each in actions), where


def test_what_lets_everybody_in_says_who_everybody_is() -> None:
    for where, resource, _ in resources():
        properties = resource.get("Properties", {})
        for place in ("KeyPolicy", "PolicyDocument", "AccessPolicy", "FileSystemPolicy"):
            document = properties.get(place)
            if not isinstance(document, dict):
                continue
            for statement in document["Statement"]:
                anybody = statement.get("Principal") in ("*", {"AWS": "*"})
                if anybody and statement["Effect"] == "Allow":
                    assert statement.get("Condition"), where


def test_a_role_is_for_a_service_or_says_whom_it_trusts() -> None:
    for where, properties in every("AWS::IAM::Role").items():
        for statement in properties["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Principal"] not in ("*", {"AWS": "*"}), where
