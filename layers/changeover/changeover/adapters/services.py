"""All adapters of one Lambda function, built from its settings."""

import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from changeover.adapters.approvals import DynamoApprovals
from changeover.adapters.builds import CodeBuildBuilds
from changeover.adapters.configurations import SsmConfigurations
from changeover.adapters.evidence import S3Evidence
from changeover.adapters.executions import StepFunctionsExecutions
from changeover.adapters.front_door import AlbFrontDoor, Place
from changeover.adapters.hosts import SsmHosts
from changeover.adapters.images import AwsImages
from changeover.adapters.notifications import SnsNotifications
from changeover.adapters.parameters import SsmPointers
from changeover.adapters.releases import DynamoReleases
from changeover.adapters.secrets import SecretsManagerSecrets
from changeover.adapters.settings import Settings
from changeover.adapters.stacks import CloudFormationStacks
from changeover.adapters.task_tokens import StepFunctionsCallbacks
from changeover.adapters.web_acl import WafWebAcl

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class AwsServices:
    """Implements `ports.Services`. A boto3 client is created when a step first uses its port."""

    settings: Settings

    @property
    def default_cluster(self) -> str:
        return self.settings.cluster

    @property
    def front_door_url(self) -> str:
        return self.settings.front_door_url

    @cached_property
    def configurations(self) -> SsmConfigurations:
        return SsmConfigurations(self._ssm, self.settings.configuration_prefix)

    @cached_property
    def releases(self) -> DynamoReleases:
        return DynamoReleases(self._table)

    @cached_property
    def approvals(self) -> DynamoApprovals:
        return DynamoApprovals(self._table)

    @cached_property
    def evidence(self) -> S3Evidence:
        settings = self.settings
        s3 = self._session.client("s3")
        return S3Evidence(s3, settings.evidence_bucket, settings.evidence_key_arn)

    @cached_property
    def hosts(self) -> SsmHosts:
        return SsmHosts(self._ec2, self._ssm, self.settings.document_prefix)

    @cached_property
    def builds(self) -> CodeBuildBuilds:
        return CodeBuildBuilds(self._session.client("codebuild"), self.settings.build_project)

    @cached_property
    def stacks(self) -> CloudFormationStacks:
        cloudformation = self._session.client("cloudformation")
        return CloudFormationStacks(cloudformation, self.settings.deploy_role_arn)

    @cached_property
    def front_door(self) -> AlbFrontDoor:
        settings = self.settings
        elbv2 = self._session.client("elbv2")
        host_name = urlsplit(settings.front_door_url).hostname or ""
        place = Place(
            settings.listener_arn, settings.preview_listener_arn, settings.vpc_id, host_name
        )
        return AlbFrontDoor(elbv2, place)

    @cached_property
    def web_acl(self) -> WafWebAcl:
        settings, wafv2 = self.settings, self._session.client("wafv2")
        return WafWebAcl(wafv2, settings.listener_arn, settings.web_acl_arn)

    @cached_property
    def images(self) -> AwsImages:
        imagebuilder = self._session.client("imagebuilder")
        inspector = self._session.client("inspector2")
        return AwsImages(self._ec2, imagebuilder, self._ssm, inspector, self.settings.cluster)

    @cached_property
    def pointers(self) -> SsmPointers:
        settings = self.settings
        prefix = f"{settings.configuration_prefix}/{settings.cluster}/image"
        return SsmPointers(self._ssm, prefix)

    @cached_property
    def executions(self) -> StepFunctionsExecutions:
        return StepFunctionsExecutions(self._stepfunctions, self.settings.machine_prefix)

    @cached_property
    def callbacks(self) -> StepFunctionsCallbacks:
        return StepFunctionsCallbacks(self._stepfunctions)

    @cached_property
    def mail(self) -> SnsNotifications:
        return SnsNotifications(self._session.client("sns"), self.settings.topic_arn)

    @cached_property
    def secrets(self) -> SecretsManagerSecrets:
        return SecretsManagerSecrets(self._session.client("secretsmanager"))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_secret(self, length: int) -> str:
        letters = string.ascii_letters
        rest = (secrets.choice(letters + string.digits) for _ in range(length - 1))
        return secrets.choice(letters) + "".join(rest)

    @cached_property
    def _session(self) -> "Session":
        # Imported here, so that tests with fakes do not load boto3.
        import boto3  # noqa: PLC0415 - see above
        from botocore.config import Config  # noqa: PLC0415 - see above
        from botocore.session import get_session  # noqa: PLC0415 - see above

        session = get_session()
        session.set_default_client_config(
            Config(
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "total_max_attempts": 4},
            )
        )
        return boto3.Session(botocore_session=session)

    @cached_property
    def _ec2(self) -> "EC2Client":
        return self._session.client("ec2")

    @cached_property
    def _ssm(self) -> "SSMClient":
        return self._session.client("ssm")

    @cached_property
    def _stepfunctions(self) -> "SFNClient":
        return self._session.client("stepfunctions")

    @cached_property
    def _table(self) -> "Table":
        return self._session.resource("dynamodb").Table(self.settings.releases_table)
