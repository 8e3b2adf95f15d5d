"""cfn-lint's schema of a definition (E3601), which it applies only inside a template."""

import json
import re
from collections.abc import Iterator
from functools import cache

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner

from tools.asl.graph import Definition, Scope, scopes

ROLE = "arn:aws:iam::111122223333:role/machine"
# cfn-lint fails on its own message inside a branch, so each scope is also checked alone.
SCHEMA, STUMBLED = "E3601", "E1101"


def strangers_to_the_schema(definition: Definition) -> Iterator[str]:
    machines = {
        f"Machine{n}": _machine(definition, each) for n, each in enumerate(scopes(definition))
    }
    template, _ = decode_str(json.dumps({"Resources": machines}))
    matches = _runner().validate_template(template)
    yield from (match.message for match in matches if match.rule.id in (SCHEMA, STUMBLED))


@cache
def _runner() -> Runner:
    return Runner(ConfigMixIn(regions=["us-east-1"]))


def _machine(definition: Definition, scope: Scope) -> Definition:
    body = {**definition, "StartAt": scope.start, "States": scope.states}
    properties = {"RoleArn": ROLE, "DefinitionString": _as_deployed(body)}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def _as_deployed(body: Definition) -> str:
    text = re.sub(r"\$\{\w+\}", "aws", json.dumps(body))
    # cfn-lint's schema allows only numbers where AWS also allows an expression.
    return re.sub(r'("(?:Timeout|Heartbeat)Seconds": )"\{%(?:[^"\\]|\\.)*%\}"', r"\g<1>1", text)
