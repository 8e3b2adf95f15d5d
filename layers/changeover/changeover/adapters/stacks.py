"""CloudFormation stacks, made with the deploy role: its rights, not the functions'."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from changeover.adapters.translation import ignoring, translated, when
from changeover.errors import Unhealthy
from changeover.neighbours import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

# DescribeStacks and DescribeStackEvents answer this for a name that no stack has.
NO_SUCH_STACK = "ValidationError"
REFUSALS = ("ValidationError", "InsufficientCapabilitiesException", "LimitExceededException")
HIDDEN = "****"
NESTED = "AWS::CloudFormation::Stack"


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
        failed = self._first_failed(name)
        if failed and failed.get("ResourceType") == NESTED:
            failed = self._first_failed(failed.get("PhysicalResourceId", "")) or failed
        return _told(failed) if failed else ""

    def _first_failed(self, name: str) -> "StackEventTypeDef | None":
        """Everything after the cause is cancelled: the oldest failure tells most."""
        failures: list[StackEventTypeDef] = []
        with ignoring(NO_SUCH_STACK):
            pages = self._cloudformation.get_paginator("describe_stack_events").paginate(
                StackName=name
            )
            failures = [e for page in pages for e in page["StackEvents"] if _is_failure(e)]
        return failures[-1] if failures else None

    def declared(self, template_url: str) -> Mapping[str, bool]:
        unreadable = f"the template {template_url} cannot be used"
        with when(*REFUSALS, then=Unhealthy, says=unreadable):
            summary = self._cloudformation.get_template_summary(TemplateURL=template_url)
        return {p["ParameterKey"]: "DefaultValue" in p for p in summary.get("Parameters", [])}

    def create(
        self, name: str, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        refused = f"stack {name} cannot be made from {template_url}"
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
    )


def _is_failure(event: "StackEventTypeDef") -> bool:
    cancelled = "cancelled" in event.get("ResourceStatusReason", "").lower()
    return event.get("ResourceStatus", "").endswith("_FAILED") and not cancelled


def _told(event: "StackEventTypeDef") -> str:
    reason = event.get("ResourceStatusReason", "no reason given")
    return f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {reason}"
