"""CloudFormation: user pools and what belongs to them, which moto has but makes for no template."""

from typing import Any, Self

from moto.backends import get_backend
from moto.core.common_models import CloudFormationModel

from rehearsal.control_plane.hooks import resources
from rehearsal.control_plane.hooks.resources import Properties, Resource


def install() -> None:
    # Why: moto does not know these types in templates, reports CREATE_COMPLETE, and has nothing to
    # refer to.
    resources.install()


class UserPool(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Cognito::UserPool"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        rest = {name: value for name, value in given.items() if name != "UserPoolName"}
        pool = _pools(account, region).create_user_pool(given["UserPoolName"], rest)
        return cls(pool.id, Arn=pool.arn)


class Domain(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Cognito::UserPoolDomain"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        pool, rest = _of_pool(given)
        _pools(account, region).create_user_pool_domain(pool, rest["Domain"])
        return cls(rest["Domain"])


class Provider(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Cognito::UserPoolIdentityProvider"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        pool, rest = _of_pool(given)
        name = rest.pop("ProviderName")
        _pools(account, region).create_identity_provider(pool, name, rest)
        return cls(name)


class Group(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Cognito::UserPoolGroup"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        pool, rest = _of_pool(given)
        name = rest["GroupName"]
        _pools(account, region).create_group(pool, name, rest["Description"], "", 0)
        return cls(name)


class Client(Resource, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::Cognito::UserPoolClient"

    @classmethod
    def create(cls, _name: str, given: Properties, account: str, region: str, /) -> Self:
        pool, rest = _of_pool(given)
        secret = rest.pop("GenerateSecret")
        return cls(_pools(account, region).create_user_pool_client(pool, secret, rest).id)


def _pools(account: str, region: str) -> Any:
    """Load moto's Cognito on first use: most rehearsals do not need it."""
    return get_backend("cognito-idp")[account][region]


def _of_pool(given: Properties) -> tuple[str, dict[str, Any]]:
    rest = dict(given)
    return rest.pop("UserPoolId"), rest
