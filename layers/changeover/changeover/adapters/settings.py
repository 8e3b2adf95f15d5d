"""Names and ARNs of the adapters' AWS resources, from the function's environment variables."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from changeover.types import ClusterName

Filled = Annotated[str, StringConstraints(min_length=1)]


class Settings(BaseModel):
    """One field per environment variable: `releases_table` is RELEASES_TABLE.

    Other variables are ignored.
    """

    model_config = ConfigDict(frozen=True, alias_generator=str.upper)

    cluster: ClusterName
    configuration_prefix: Filled
    releases_table: Filled
    evidence_bucket: Filled
    evidence_key_arn: Filled
    build_project: Filled
    deploy_role_arn: Filled
    listener_arn: Filled
    preview_listener_arn: Filled
    vpc_id: Filled
    web_acl_arn: str
    topic_arn: Filled
    front_door_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+$")]
    document_prefix: Filled
    machine_prefix: Filled
    # Powertools reads these two itself.
    powertools_service_name: Filled
    powertools_log_level: Filled
