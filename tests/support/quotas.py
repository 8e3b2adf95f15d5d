"""How long policies become in the worst case, as AWS counts them against its quotas."""

import json
import re
from typing import Any

from tests.support.templates import Template

# The longest value of each name that policies use, whether or not these occur together.
LONGEST = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::AccountId": "1" * 12,
    "AWS::URLSuffix": "amazonaws.com.cn",
    "AWS::StackName": "s" * 128,
    "ClusterName": "c" * 15,
    "EvidenceBucketName": "b" * 63,
    "VpcId": "vpc-" + "0" * 17,
}
# Anything else is an ARN, of another resource or in a parameter. No ARN here is longer.
UNKNOWN = "u" * 160
# How many ARNs a parameter may list here. A site that lists more has to count for itself.
MANY = 10


def longest(node: Any) -> Any:
    """`node` as CloudFormation would resolve it, with the longest text where there is a choice."""
    match node:
        case {"Ref": str()}:
            return _named(node)
        case dict() if any(key.startswith("Fn::") for key in node):
            return _computed(node)
        case dict():
            return {key: longest(value) for key, value in node.items()}
        case list():
            return [one for value in node for one in _spread(value)]
    return node


def _named(reference: Template) -> Any:
    name = reference["Ref"]
    if name.endswith("Arns"):
        return [UNKNOWN] * MANY
    return "" if name == "AWS::NoValue" else LONGEST.get(name, UNKNOWN)


def _computed(node: Template) -> Any:
    match node:
        case {"Fn::Sub": [str(text), dict()]} | {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(!?)([^}]+)\}", _substituted, text)
        case {"Fn::If": [_, one, other]}:
            return max(longest(one), longest(other), key=characters)
        case {"Fn::GetAtt": _} | {"Fn::Select": _}:
            return UNKNOWN
    raise NotImplementedError(node)


def _spread(value: Any) -> list[Any]:
    """A list that stands for one element, as a parameter's, becomes its elements."""
    made = longest(value)
    return made if isinstance(made, list) and not isinstance(value, list) else [made]


def _substituted(found: re.Match[str]) -> str:
    literal, name = found.groups()
    return f"${{{name}}}" if literal else LONGEST.get(name, UNKNOWN)


def characters(document: Any) -> int:
    """IAM counts without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def inline(role: Template) -> int:
    """All inline policies of a role together."""
    policies = [each["PolicyDocument"] for each in role.get("Policies", [])]
    return sum(characters(longest(document)) for document in policies)
