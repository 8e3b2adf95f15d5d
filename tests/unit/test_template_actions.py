"""The functions are allowed what the adapters call, and nothing that they do not call."""

import ast
from collections.abc import Iterator

from tests.templates import ROOT, listed, of_type, statements_of

ADAPTERS = ROOT / "layers/changeover/changeover/adapters"
# An adapter's attribute, and what IAM calls the service behind it.
SERVICES = {
    "_cloudformation": "cloudformation",
    "_codebuild": "codebuild",
    "_ec2": "ec2",
    "_elbv2": "elasticloadbalancing",
    "_imagebuilder": "imagebuilder",
    "_inspector2": "inspector2",
    "_s3": "s3",
    "_secretsmanager": "secretsmanager",
    "_sns": "sns",
    "_ssm": "ssm",
    "_stepfunctions": "states",
    "_table": "dynamodb",
}
# Where IAM's word is not the method's.
OTHERWISE = {
    "dynamodb:TransactWriteItems": {"dynamodb:ConditionCheckItem", "dynamodb:PutItem"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
}
# What AWS asks for besides: tags at creation, the role that is handed over, the app client that a
# listener signs people in with, the key behind a store.
BESIDES = {
    "cloudformation:CreateStack": {"cloudformation:TagResource", "iam:PassRole"},
    "elasticloadbalancing:CreateTargetGroup": {"elasticloadbalancing:AddTags"},
    "elasticloadbalancing:ModifyListener": {"cognito-idp:DescribeUserPoolClient"},
    "imagebuilder:StartImagePipelineExecution": {"imagebuilder:GetImagePipeline"},
    "s3:GetObject": {"kms:Decrypt"},
    "s3:PutObject": {"kms:GenerateDataKey"},
}
# Ways from a client to its methods, and methods that make no call.
NO_CALLS = {"get_paginator", "paginate"}


def methods() -> Iterator[tuple[str, str]]:
    """Every method that an adapter calls on a client: the client's attribute, the method."""
    for path in ADAPTERS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="get_paginator", value=client),
                    args=[ast.Constant(value=str(method))],
                ):
                    yield attribute(client), method
                case ast.Call(func=ast.Attribute(attr=method, value=client)):
                    yield attribute(client), method


def attribute(client: ast.expr) -> str:
    """`_table` for self._table and for self._table.meta.client."""
    match client:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=behind):
            return attribute(behind)
    return ""


def needed() -> set[str]:
    called = {
        f"{SERVICES[client]}:{''.join(word.title() for word in method.split('_'))}"
        for client, method in methods()
        if client in SERVICES and method not in NO_CALLS
    }
    named = {action for call in called for action in OTHERWISE.get(call, {call})}
    return named | {action for call in named for action in BESIDES.get(call, set())}


def allowed() -> set[str]:
    functions = of_type("AWS::Serverless::Function").values()
    policies = of_type("AWS::IAM::ManagedPolicy")
    shared = [policies[p["Ref"]] for f in functions for p in f["Policies"] if "Ref" in p]
    return {
        action
        for each in [*functions, *shared]
        for statement in statements_of(each)
        for action in listed(statement["Action"])
    }


def test_every_client_of_an_adapter_is_known() -> None:
    held = {
        node.attr
        for path in ADAPTERS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in SERVICES
    }
    assert held == SERVICES.keys()


def test_what_adapters_call_is_allowed() -> None:
    assert needed() - allowed() == set()


def test_nothing_is_allowed_that_no_adapter_calls() -> None:
    assert allowed() - needed() == set()
