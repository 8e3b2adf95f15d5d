"""Secrets, of which the functions only ever ask whether they are there."""

from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@translated
class SecretsManagerSecrets:
    def __init__(self, secretsmanager: "SecretsManagerClient") -> None:
        self._secretsmanager = secretsmanager

    def exists(self, name: str) -> bool:
        """A secret that waits for its deletion cannot be read any more."""
        with ignoring("ResourceNotFoundException"):
            return "DeletedDate" not in self._secretsmanager.describe_secret(SecretId=name)
        return False
