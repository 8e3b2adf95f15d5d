"""What adapters call on AWS, and what a policy has to name so that they may."""

import ast
import inspect
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import get_type_hints

from changeover.adapters.services import AwsServices
from tests.support.templates import ROOT, Template, listed

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
    "_wafv2": "wafv2",
}
# Where IAM's word is not the method's.
OTHERWISE = {
    "dynamodb:TransactWriteItems": {"dynamodb:ConditionCheckItem", "dynamodb:PutItem"},
    "s3:DeleteObjects": {"s3:DeleteObject"},
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "wafv2:GetWebAclForResource": {"wafv2:GetWebACLForResource", "wafv2:GetWebACL"},
}
# CloudFormation reads a template with the rights of whoever names it.
TEMPLATE = {"s3:GetObject", "kms:Decrypt by s3"}
# What ELB looks at in the caller's name, as its table of permissions says.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
NETWORK = {"ec2:DescribeInternetGateways", "ec2:DescribeVpcs"}
TARGETS = {"ec2:DescribeInstances", "ec2:DescribeSubnets", *NETWORK}
# What AWS asks for besides: tags at creation, the role that is handed over, the app client that a
# rule signs people in with, the key behind a store or a topic; and S3 says of nothing that it
# is not there to who may not list.
BESIDES = {
    "cloudformation:CreateStack": {"cloudformation:TagResource", "iam:PassRole", *TEMPLATE},
    "cloudformation:GetTemplateSummary": TEMPLATE,
    "elasticloadbalancing:CreateTargetGroup": {"elasticloadbalancing:AddTags", *NETWORK},
    "elasticloadbalancing:CreateRule": {
        "cognito-idp:DescribeUserPoolClient",
        "elasticloadbalancing:AddTags",
    },
    "elasticloadbalancing:ModifyRule": {"cognito-idp:DescribeUserPoolClient"},
    "elasticloadbalancing:RegisterTargets": TARGETS,
    "imagebuilder:StartImagePipelineExecution": {"imagebuilder:GetImagePipeline"},
    "s3:GetObject": {"s3:ListBucket", "kms:Decrypt by s3"},
    "s3:PutObject": {"kms:GenerateDataKey by s3"},
    "sns:Publish": {"kms:Decrypt by sns", "kms:GenerateDataKey by sns"},
}
# Ways from a client to its methods, and methods that make no call.
NO_CALLS = {"get_paginator", "paginate"}

Methods = dict[str, ast.FunctionDef]
Call = tuple[str, str]
"""A client's attribute, and its method."""


@cache
def adapters() -> dict[str, Methods]:
    """By port, all methods of the adapter that serves it, its private ones too."""
    return {
        port: _methods(get_type_hints(made.func)["return"])
        for port, made in vars(AwsServices).items()
        if isinstance(made, cached_property) and not port.startswith("_")
    }


def _methods(adapter: type) -> Methods:
    """Its own and those of the classes that it is made from."""
    kinds = reversed([kind for kind in adapter.__mro__ if kind is not object])
    return {name: method for kind in kinds for name, method in _own_methods(kind).items()}


def _own_methods(adapter: type) -> Methods:
    tree = ast.parse(Path(inspect.getfile(adapter)).read_text())
    (found,) = (
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == adapter.__name__
    )
    return {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}


def constructors(port: str) -> Iterator[ast.FunctionDef]:
    """Of the port's adapter and of the classes that it is made from."""
    adapter = get_type_hints(getattr(AwsServices, port).func)["return"]
    for kind in adapter.__mro__[:-1]:
        if made := _own_methods(kind).get("__init__"):
            yield made


def calls_in(tree: ast.AST) -> Iterator[Call]:
    """Every method that is called on a client."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="get_paginator", value=client),
                args=[ast.Constant(value=str(method))],
            ):
                yield _attribute(client), method
            case ast.Call(func=ast.Attribute(attr=method, value=client)):
                yield _attribute(client), method


def _attribute(client: ast.expr) -> str:
    """`_table` for self._table and for self._table.meta.client."""
    match client:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=behind):
            return _attribute(behind)
    return ""


def calls_of(port: str, method: str) -> Iterator[Call]:
    """All that the port's method may come to call, by whatever other methods of its adapter."""
    methods, reached, new = adapters()[port], set[str](), {method}
    while new:
        reached |= new
        used = {name for each in new for name in _own(methods[each])}
        new = (used & methods.keys()) - reached
    return (call for each in reached for call in calls_in(methods[each]))


def _own(method: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(method):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield name


def actions(calls: Iterable[Call]) -> set[str]:
    """All that has to be allowed for these calls, as `allowed_by` spells it."""
    called = {
        f"{SERVICES[client]}:{''.join(word.title() for word in method.split('_'))}"
        for client, method in calls
        if client in SERVICES and method not in NO_CALLS
    }
    named = {action for call in called for action in OTHERWISE.get(call, {call})}
    return named | {action for call in named for action in BESIDES.get(call, set())}


def allowed_by(statements: Iterable[Template]) -> set[str]:
    """Actions; `kms:Decrypt by s3` where a key may be used by that service alone."""
    return {
        f"{action} by {service}" if (service := _by(statement)) else action
        for statement in statements
        for action in listed(statement["Action"])
    }


def _by(statement: Template) -> str:
    equal = statement.get("Condition", {}).get("StringEquals", {})
    service: str = equal.get("kms:ViaService", {}).get("Fn::Sub", "").partition(".")[0]
    return service
