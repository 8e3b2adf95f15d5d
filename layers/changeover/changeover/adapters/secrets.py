"""Secrets Manager. The functions check only whether a secret exists."""

from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@translated
class SecretsManagerSecrets:
    def __init__(self, secretsmanager: "SecretsManagerClient") -> None:
        self._secretsmanager = secretsmanager

    def exists(self, name: str) -> bool:
        """See the port. A secret that is scheduled for deletion cannot be read."""
        with ignoring("ResourceNotFoundException"):
            return "DeletedDate" not in self._secretsmanager.describe_secret(SecretId=name)
        return False
