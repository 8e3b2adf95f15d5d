"""CloudFormation: resource types that moto reports as created and does not create.

moto finds its models among the direct subclasses of CloudFormationModel. AWS::S3::BucketPolicy is
left out on purpose: moto enforces a policy without its conditions, so that "deny requests without
TLS" would deny every request.
"""

import json
import secrets
import string
from typing import Any, Self

from moto.backup.models import backup_backends
from moto.cloudformation.parsing import get_model_list, get_model_map, get_name_type_map
from moto.codebuild.models import codebuild_backends
from moto.core.common_models import CloudFormationModel
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends

Properties = dict[str, Any]


def install() -> None:
    # Why: moto reports CREATE_COMPLETE for these types and creates nothing. It caches the classes
    # that it found, and the types below are defined later.
    for found in (get_model_list, get_model_map, get_name_type_map):
        found.cache_clear()


class Resource:
    """Common parts of the types below. They differ in `create`."""

    TYPE = ""
    NAME_PROPERTY = ""

    def __init__(self, physical_id: str, **attributes: str) -> None:
        self.id = physical_id
        self.attributes = attributes

    @classmethod
    def create(cls, name: str, given: Properties, account: str, region: str, /) -> Self:
        raise NotImplementedError

    def delete(self, account: str, region: str) -> None:
        """Delete nothing. Some resources are deleted with their owner."""

    @property
    def physical_resource_id(self) -> str:
        return self.id

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.NAME_PROPERTY

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        return attribute == "Arn"

    def get_cfn_attribute(self, attribute: str) -> str:
        return self.attributes[attribute]

    @classmethod
    def create_from_cloudformation_json(
        cls, name: str, described: Any, account: str, region: str, **_: Any
    ) -> Self:
        return cls.create(name, described["Properties"], account, region)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Self, new_resource_name: str, cloudformation_json: Any, **at: str
    ) -> Self:
        account, region = at["account_id"], at["region_name"]
        original_resource.delete(account, region)
        return cls.create(new_resource_name, cloudformation_json["Properties"], account, region)


class BackupVault(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Backup::BackupVault"
    NAME_PROPERTY = "BackupVaultName"

    @classmethod
    def has_cfn_attr(cls, attribute: str) -> bool:
        return attribute == "BackupVaultArn"

    @classmethod
    def create(cls, name: str, given: Properties, account: str, region: str, /) -> Self:
        vault = backup_backends[account][region].create_backup_vault(
            backup_vault_name=name,
            backup_vault_tags=given.get("BackupVaultTags", {}),
            encryption_key_arn=given.get("EncryptionKeyArn", ""),
            creator_request_id="",
        )
        return cls(name, BackupVaultArn=vault.backup_vault_arn)


class BuildProject(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::CodeBuild::Project"
    NAME_PROPERTY = "Name"

    @classmethod
    def create(cls, name: str, given: Properties, account: str, region: str, /) -> Self:
        project = codebuild_backends[account][region].create_project(
            project_name=name,
            description=given.get("Description"),
            project_source=_as_in_api(given["Source"]),
            artifacts=_as_in_api(given["Artifacts"]),
            environment=_as_in_api(given["Environment"]),
            service_role=given["ServiceRole"],
            tags=_as_in_api(given.get("Tags", [])),
            cache=_as_in_api(given.get("Cache")),
            timeout=given.get("TimeoutInMinutes", 60),
            queued_timeout=given.get("QueuedTimeoutInMinutes", 480),
            source_version=given.get("SourceVersion"),
            logs_config=_as_in_api(given.get("LogsConfig")),
            vpc_config=_as_in_api(given.get("VpcConfig")),
        )
        return cls(name, Arn=project["arn"])

    def delete(self, account: str, region: str) -> None:
        codebuild_backends[account][region].delete_project(self.id)


class Secret(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::SecretsManager::Secret"
    NAME_PROPERTY = "Name"

    @classmethod
    def create(cls, name: str, given: Properties, account: str, region: str, /) -> Self:
        created = secretsmanager_backends[account][region].create_secret(
            name=name,
            secret_string=_secret_string(given),
            secret_binary=None,
            description=given.get("Description"),
            tags=given.get("Tags", []),
            kms_key_id=given.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        arn = json.loads(created)["ARN"]
        return cls(arn, Arn=arn)

    def delete(self, account: str, region: str) -> None:
        secretsmanager_backends[account][region].delete_secret(
            self.id, recovery_window_in_days=None, force_delete_without_recovery=True
        )


class Subscription(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::SNS::Subscription"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        subscription = sns_backends[account][region].subscribe(
            given["TopicArn"], given["Endpoint"], given["Protocol"]
        )
        return cls(subscription.arn, Arn=subscription.arn)


class TopicPolicy(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::SNS::TopicPolicy"

    @classmethod
    def create(cls, name: str, given: Properties, account: str, region: str, /) -> Self:
        for topic in given["Topics"]:
            policy = json.dumps(given["PolicyDocument"])
            sns_backends[account][region].get_topic(topic).policy = policy
        return cls(name)


def _as_in_api(given: Any) -> Any:
    """Convert keys: CloudFormation writes Name, the CodeBuild API name."""
    if isinstance(given, dict):
        return {_api_name(key): _as_in_api(value) for key, value in given.items()}
    return [_as_in_api(value) for value in given] if isinstance(given, list) else given


def _api_name(key: str) -> str:
    return "buildspec" if key == "BuildSpec" else key[0].lower() + key[1:]


def _secret_string(given: Properties) -> str | None:
    rule = given.get("GenerateSecretString")
    if rule is None:
        return given.get("SecretString")
    signs = string.ascii_letters + string.digits
    if str(rule.get("ExcludePunctuation", False)).lower() != "true":
        signs += string.punctuation
    signs = "".join(set(signs) - set(rule.get("ExcludeCharacters", "")))
    length = int(rule.get("PasswordLength", 32))
    password = "".join(secrets.choice(signs) for _ in range(length))
    if "GenerateStringKey" not in rule:
        return password
    return json.dumps(
        json.loads(rule.get("SecretStringTemplate", "{}")) | {rule["GenerateStringKey"]: password}
    )
