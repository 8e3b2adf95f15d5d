"""CloudFormation stacks, created with the permissions of the deploy role, not the function's."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from changeover.adapters import stack_failures
from changeover.adapters.aws_errors import ignoring, translated, when
from changeover.adapters.stack_failures import NESTED, Cause
from changeover.errors import Unhealthy
from changeover.ports.values import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

# DescribeStacks and DescribeStackEvents return this code if no stack has the name.
NO_SUCH_STACK = "ValidationError"
REFUSALS = ("ValidationError", "InsufficientCapabilitiesException", "LimitExceededException")
HIDDEN = "****"
_SHOWN = 3


@translated
class CloudFormationStacks:
    def __init__(self, cloudformation: "CloudFormationClient", deploy_role_arn: str) -> None:
        self._cloudformation = cloudformation
        self._deploy_role_arn = deploy_role_arn

    def describe(self, name: str) -> Stack | None:
        with ignoring(NO_SUCH_STACK):
            return _stack(self._cloudformation.describe_stacks(StackName=name)["Stacks"][0])
        return None

    def first_failure(self, name: str) -> str:
        causes = list(self._causes(name))
        more = f"; and {len(causes) - _SHOWN} more" if len(causes) > _SHOWN else ""
        return "; ".join(map(str, causes[:_SHOWN])) + more

    def _causes(self, stack: str, kind: str = "") -> Iterator[Cause]:
        """Yield the causes at any depth: a nested stack fails because of its own resources."""
        for cause in stack_failures.causes(self._events(stack), kind):
            nested = cause.type == NESTED and cause.physical_id not in ("", stack)
            within = list(self._causes(cause.physical_id, cause.kind)) if nested else []
            yield from within or [cause]

    def _events(self, stack: str) -> "list[StackEventTypeDef]":
        """Return the stack's events, newest first. Empty if there is no such stack."""
        with ignoring(NO_SUCH_STACK):
            pages = self._cloudformation.get_paginator("describe_stack_events").paginate(
                StackName=stack
            )
            return [event for page in pages for event in page["StackEvents"]]
        return []

    def declared(self, template_url: str) -> Mapping[str, bool]:
        unreadable = f"the template {template_url} cannot be used"
        with when(*REFUSALS, then=Unhealthy, says=unreadable):
            summary = self._cloudformation.get_template_summary(TemplateURL=template_url)
        return {p["ParameterKey"]: "DefaultValue" in p for p in summary.get("Parameters", [])}

    def create(
        self, name: str, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        refused = f"stack {name} cannot be created from {template_url}"
        with ignoring("AlreadyExistsException"), when(*REFUSALS, then=Unhealthy, says=refused):
            self._cloudformation.create_stack(
                StackName=name,
                TemplateURL=template_url,
                Parameters=[
                    {"ParameterKey": parameter, "ParameterValue": value}
                    for parameter, value in parameters.items()
                ],
                Tags=[{"Key": tag, "Value": value} for tag, value in tags.items()],
                RoleARN=self._deploy_role_arn,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
                ClientRequestToken=name,
                DisableRollback=False,
            )

    def protect(self, name: str) -> None:
        self._cloudformation.update_termination_protection(
            StackName=name, EnableTerminationProtection=True
        )

    def delete(self, name: str) -> None:
        self._cloudformation.delete_stack(StackName=name)


def _stack(found: "StackTypeDef") -> Stack:
    parameters = {
        p["ParameterKey"]: p.get("ParameterValue", "") for p in found.get("Parameters", [])
    }
    return Stack(
        name=found["StackName"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        parameters={name: value for name, value in parameters.items() if value != HIDDEN},
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        protected=found.get("EnableTerminationProtection", False),
    )
