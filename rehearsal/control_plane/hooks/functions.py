"""Lambda: moto runs no code without Docker; ours runs in processes of the Lambda service."""

import json
from functools import partialmethod
from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion
from moto.awslambda.utils import get_backend

from rehearsal.control_plane.hooks.patch import put, wrap
from rehearsal.control_plane.lambda_service import LambdaService


def install(service: LambdaService) -> None:
    # Why: without Docker moto answers an error message as the function's result.
    put(LambdaFunction, "_invoke_lambda", partialmethod(invoke, service))
    # Why: functions made by CloudFormation lose their layers and the form of their logs, and a
    # Ref to a layer is no ARN.
    wrap(LambdaFunction, "create_from_cloudformation_json", by=create_whole)
    put(LayerVersion, "physical_resource_id", property(lambda self: self.arn))


def invoke(
    self: Any, service: LambdaService, event: str | dict[str, Any] | None = None
) -> tuple[str, bool, str]:
    backend: Any = get_backend(self.account_id, self.region)
    archives = [backend.layers_versions_by_arn(each["Arn"]).code_bytes for each in self.layers]
    body = event if isinstance(event, str) else json.dumps(event)
    answer = service.invoke_and_wait(self, archives, body.encode())
    return answer.payload.decode(), answer.error_type is not None, ""


def create_whole(create: Any, cls: Any, name: str, described: Any, *args: Any, **more: Any) -> Any:
    function = create(cls, name, described, *args, **more)
    given = described["Properties"]
    function.layers = function._get_layers_data(given.get("Layers", []))
    function.logging_config = given.get("LoggingConfig", {})
    return function
