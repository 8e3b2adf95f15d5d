"""Configurations in Parameter Store: one SSM parameter per cluster."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from changeover.adapters.aws_errors import translated, when
from changeover.adapters.validation_errors import problems
from changeover.cluster.configuration import ClusterConfiguration
from changeover.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


@translated
class SsmConfigurations:
    def __init__(self, ssm: "SSMClient", prefix: str) -> None:
        self._ssm = ssm
        self._prefix = prefix

    def read(self, cluster: str) -> ClusterConfiguration:
        name = f"{self._prefix}/{cluster}"
        unknown = f"cluster {cluster} has no configuration: create the SSM parameter {name}"
        with when("ParameterNotFound", then=Refused, says=unknown):
            text = self._ssm.get_parameter(Name=name)["Parameter"].get("Value", "")
        try:
            configuration = ClusterConfiguration.model_validate_json(text)
        except ValidationError as error:
            raise Refused(f"SSM parameter {name}: {problems(error)}") from error
        if configuration.cluster != cluster:
            raise Refused(
                f"SSM parameter {name} configures cluster {configuration.cluster}: set its field"
                f" cluster to {cluster}"
            )
        return configuration
