"""The whole app with a sign-in: approvers sign in before the page, users in SOCA."""

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.account import answers
from rehearsal.control_plane import ControlPlane
from rehearsal.control_plane.deploy import deploy
from tests.support.templates import ROOT

OIDC = {
    "SignIn": "new-oidc",
    "SignInDomainPrefix": "hpc-example",
    "OidcIssuer": "https://login.example.com",
    "OidcClientId": "hpc",
    "OidcClientSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc-AbCdEf",
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


@pytest.fixture(scope="module")
def app(aws: ControlPlane) -> dict[str, str]:
    given = answers(aws, "http://127.0.0.1") | {"FrontDoorHostName": "hpc.example.com"}
    return deploy(ROOT / "template.yaml", given | OIDC, aws)


def client(aws: ControlPlane, app: dict[str, str], client_id: str) -> dict[str, Any]:
    answer = aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=app["SignInPoolId"], ClientId=client_id
    )
    return dict(answer["UserPoolClient"])


def review_rule(aws: ControlPlane, app: dict[str, str]) -> dict[str, Any]:
    rules = aws.client("elbv2").describe_rules(ListenerArn=app["UsersListenerArn"])["Rules"]
    (rule,) = [rule for rule in rules if rule["Priority"] == "1"]
    return dict(rule)


def test_an_approver_signs_in_with_the_pool_before_the_page(
    aws: ControlPlane, app: dict[str, str]
) -> None:
    sign_in, forward = review_rule(aws, app)["Actions"]
    assert (sign_in["Type"], forward["Type"]) == ("authenticate-cognito", "forward")
    asked = sign_in["AuthenticateCognitoConfig"]
    pool = aws.client("cognito-idp").describe_user_pool(UserPoolId=app["SignInPoolId"])["UserPool"]
    assert (asked["UserPoolArn"], asked["UserPoolDomain"]) == (pool["Arn"], "hpc-example")
    used = client(aws, app, asked["UserPoolClientId"])
    assert used["CallbackURLs"] == ["https://hpc.example.com/oauth2/idpresponse"]


def test_soca_signs_users_in_with_a_client_of_its_own(
    aws: ControlPlane, app: dict[str, str]
) -> None:
    used = client(aws, app, app["SocaClientId"])
    assert used["CallbackURLs"] == ["https://hpc.example.com/oauth"]
    assert used["SupportedIdentityProviders"] == ["company"]
    assert used["ClientSecret"]
    asked = review_rule(aws, app)["Actions"][0]["AuthenticateCognitoConfig"]
    assert asked["UserPoolClientId"] != app["SocaClientId"]


def test_the_outputs_say_what_to_tell_the_provider_and_soca(app: dict[str, str]) -> None:
    domain = "https://hpc-example.auth.us-east-1.amazoncognito.com"
    assert app["SignInUrl"] == domain
    assert app["SignInReplyUrl"] == f"{domain}/oauth2/idpresponse"
    settings = dict(line.split(" = ", 1) for line in app["SocaSettings"].splitlines())
    assert settings["COGNITO_APP_ID"] == f'"{app["SocaClientId"]}"'
    assert settings["COGNITO_OAUTH_TOKEN_ENDPOINT"] == f'"{domain}/oauth2/token"'
    keys = (
        f"https://cognito-idp.us-east-1.amazonaws.com/{app['SignInPoolId']}/.well-known/jwks.json"
    )
    assert settings["COGNITO_JWS_KEYS_ENDPOINT"] == f'"{keys}"'


def test_users_come_through_without_being_asked_by_the_load_balancer(
    aws: ControlPlane, app: dict[str, str]
) -> None:
    listener = aws.client("elbv2").describe_listeners(ListenerArns=[app["UsersListenerArn"]])
    actions = listener["Listeners"][0]["DefaultActions"]
    assert [action["Type"] for action in actions] == ["fixed-response"]
