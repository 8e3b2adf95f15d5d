"""CloudFormation: what moto's models drop from a template, and a stack that fails on demand."""

import json
import re
from collections.abc import Callable
from functools import partial, partialmethod
from typing import Any

import yaml
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import OutputMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup
from moto.s3.models import s3_backends
from moto.ssm.models import Document
from moto.stepfunctions.models import StateMachine
from moto.utilities.utils import get_partition

from rehearsal.control_plane.hooks.patch import put, wrap

REASON = "Resource handler returned message: the rehearsal lets this stack fail"


def install(failing: frozenset[str]) -> None:
    # Why: moto ignores DefinitionS3Location and DefinitionSubstitutions.
    wrap(StateMachine, "create_from_cloudformation_json", by=create_machine)
    # Why: moto accepts an SSM document's content as text only, and has no default for its format.
    wrap(Document, "create_from_cloudformation_json", by=create_document)
    # Why: moto reads TargetGroupArn only, so that a weighted forward action causes a 500.
    wrap(ELBv2Backend, "convert_and_validate_properties", by=keep_weights)
    # Why: moto drops the targets in a target group's properties.
    wrap(FakeTargetGroup, "create_from_cloudformation_json", by=create_target_group)
    # Why: `Fn::GetAtt` of a nested stack's outputs fails: moto splits the name at the first dot.
    put(Stack, "get_cfn_attribute", output)
    wrap(parsing, "clean_json", by=clean_with_whole_names)
    # Why: moto shows NoEcho parameters, unless the value equals the name of such a parameter.
    put(Stack, "parameter_list", property(shown_parameters))
    # Why: moto has no termination protection.
    install_protection(put)
    # Why: no stack ever fails in moto.
    wrap(Stack, "create_resources", by=partial(create_or_fail, failing))


def install_protection(put_at: Callable[[Any, str, Any], None]) -> None:
    """UpdateTerminationProtection, the flag of a stack, and the refusal to delete it."""
    put_at(CloudFormationResponse, "update_termination_protection", protect)
    delete = CloudFormationBackend.delete_stack
    put_at(CloudFormationBackend, "delete_stack", partialmethod(delete_unprotected, delete))


def protect(self: Any) -> ActionResult:
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def delete_unprotected(self: Any, delete: Any, name: str) -> None:
    for stack in self.stacks.values():
        if name in (stack.name, stack.stack_id) and stack.enable_termination_protection:
            refused = f"Stack [{name}] cannot be deleted while TerminationProtection is enabled"
            raise ValidationError(message=refused)
    delete(self, name)


def create_machine(create: Any, cls: Any, name: str, described: Any, *at: Any, **more: Any) -> Any:
    given = described["Properties"]
    given["DefinitionString"] = json.dumps(_definition(given, *at))
    return create(cls, name, described, *at, **more)


def _definition(given: dict[str, Any], account: str, region: str) -> Any:
    if place := given.get("DefinitionS3Location"):
        bucket: Any = s3_backends[account][get_partition(region)]
        text = bucket.get_object(place["Bucket"], place["Key"]).value.decode()
    else:
        text = given.get("DefinitionString") or json.dumps(given["Definition"])
    substitutions = given.get("DefinitionSubstitutions", {})
    text = re.sub(r"\$\{(\w+)\}", lambda found: str(substitutions.get(found[1], found[0])), text)
    return yaml.safe_load(text)


def create_document(create: Any, cls: Any, name: str, described: Any, *at: Any, **more: Any) -> Any:
    given = described["Properties"]
    given.setdefault("DocumentFormat", "JSON")
    if not isinstance(given["Content"], str):
        given["Content"] = json.dumps(given["Content"])
    return create(cls, name, described, *at, **more)


def keep_weights(convert: Any, self: Any, properties: dict[str, Any]) -> Any:
    actions = properties["DefaultActions"]
    if any("ForwardConfig" in action for action in actions):
        return actions
    return convert(self, properties)


def create_target_group(
    create: Any, cls: Any, name: str, described: Any, *at: Any, **more: Any
) -> Any:
    group = create(cls, name, described, *at, **more)
    group.register(described["Properties"].get("Targets", []))
    return group


def output(self: Any, attribute: str) -> Any:
    return self.output_map[attribute.removeprefix("Outputs.")].value


def clean_with_whole_names(clean: Any, given: Any, resources: Any) -> Any:
    match given:
        case {"Fn::GetAtt": [resource, *names]} if len(names) > 1:
            given = {"Fn::GetAtt": [resource, ".".join(names)]}
    return clean(given, resources)


def shown_parameters(self: Any) -> list[dict[str, Any]]:
    hidden = self.resource_map.no_echo_parameter_keys
    return [
        {"ParameterKey": name, "ParameterValue": "****" if name in hidden else value}
        for name, value in self.resource_map.resolved_parameters.items()
    ]


def create_or_fail(failing: frozenset[str], create: Any, self: Any) -> None:
    create(self)
    if self.name in failing:
        _roll_back(self)


def _roll_back(stack: Any) -> None:
    """Roll back as CloudFormation does by default: delete the resources, keep the stack."""
    name, resource = list(stack.template_dict["Resources"].items())[-1]
    del stack.events[1:]  # the stack never reached CREATE_COMPLETE
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=name,
            physical_resource_id="",
            resource_type=resource["Type"],
            resource_status="CREATE_FAILED",
            resource_status_reason=REASON,
            resource_properties=None,
        )
    )
    why = f"The following resource(s) failed to create: [{name}]. Rollback requested by user."
    stack._add_stack_event("ROLLBACK_IN_PROGRESS", why)
    stack.resource_map.delete()
    # Resources and outputs are lazy: reading them again would make moto create them again.
    stack.resource_map._resource_json_map = {}
    stack.output_map = OutputMap(stack.resource_map, {}, stack.stack_id)
    stack.status, stack.stack_status_reason = "ROLLBACK_COMPLETE", why
    stack._add_stack_event("ROLLBACK_COMPLETE")
