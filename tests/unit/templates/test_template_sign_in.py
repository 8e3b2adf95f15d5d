"""Approvers and users sign in with the company's provider, and nobody can be somebody else."""

from itertools import product

import pytest

from tests.support.template_choices import Choice
from tests.support.templates import ROOT, Template, every, listed, of_type, template

PATH = ROOT / "prerequisites/identity-provider.yaml"
COGNITO = "AWS::Cognito::UserPool"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:company-oidc-AbCdEf"
POOL = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_AbCdEf123"
NOTHING = {"Ref": "AWS::NoValue"}
SAML = {"SamlMetadataUrl": "https://login.example.com/metadata"}
OIDC = {
    "OidcIssuer": "https://login.example.com",
    "OidcClientId": "hpc",
    "OidcClientSecretArn": SECRET,
}
EXISTING = {
    "ExistingPoolArn": POOL,
    "ExistingClientId": "1example23456789",
    "ExistingSignInDomain": "people",
}
WAYS = {
    "none": {},
    "new-saml": {"SignInDomainPrefix": "hpc-example"} | SAML,
    "new-oidc": {"SignInDomainPrefix": "hpc-example"} | OIDC,
    "existing": EXISTING,
}
by_way = pytest.mark.parametrize("way", WAYS)
by_kind = pytest.mark.parametrize("kind", ["saml", "oidc"])


def root(way: str, **chosen: str) -> Choice:
    return Choice(ROOT / "template.yaml", **{"SignIn": way} | WAYS[way] | chosen)


def pool(kind: str, **chosen: str) -> Choice:
    basic = {"ClusterName": "hpc", "HostName": "hpc.example.com", "DomainPrefix": "hpc-example"}
    basic["PreviewHost"] = "preview.example.com"
    details = SAML if kind == "saml" else OIDC
    return Choice(PATH, **basic | {"Provider": kind} | details | chosen)


def clients(kind: str, **chosen: str) -> dict[str, Template]:
    return pool(kind, **chosen).of_type(f"{COGNITO}Client")


def review_actions(chosen: Choice) -> list[Template]:
    rule = chosen.of_type("AWS::ElasticLoadBalancingV2::ListenerRule")["ReviewUpgradeRule"]
    actions = rule["Actions"]
    return sorted(actions, key=lambda action: int(action.get("Order", 1)))


# ── What is chosen ────────────────────────────────────────────────────────────────────────────────


def test_by_default_nothing_of_it_is_made() -> None:
    chosen = Choice(ROOT / "template.yaml")
    assert "IdentityProvider" not in chosen.of_type("AWS::CloudFormation::Stack")
    assert not chosen.outputs().keys() & {"SignInPoolId", "SocaClientId", "SocaSettings"}


@by_way
def test_whatever_way_is_complete_is_taken(way: str) -> None:
    for scheme, zone in product(("internal", "internet-facing"), ("", "Z0123")):
        chosen = root(way, FrontDoorScheme=scheme, FrontDoorHostedZoneId=zone)
        assert chosen.refusals() == []


@pytest.mark.parametrize(
    ("way", "missing"),
    [(way, each) for way, given in WAYS.items() for each in given],
)
def test_a_way_that_lacks_something_is_refused_at_once(way: str, missing: str) -> None:
    assert len(root(way, **{missing: ""}).refusals()) == 1


def test_metadata_come_from_one_place() -> None:
    assert len(root("new-saml", SamlMetadataDocument="<xml/>").refusals()) == 1
    assert root("new-saml", SamlMetadataUrl="", SamlMetadataDocument="<xml/>").refusals() == []


@by_kind
def test_the_nested_template_refuses_the_same_by_itself(kind: str) -> None:
    assert pool(kind).refusals() == []
    for each in SAML if kind == "saml" else OIDC:
        assert len(pool(kind, **{each: ""}).refusals()) == 1


@pytest.mark.parametrize(("way", "kind"), [("new-saml", "saml"), ("new-oidc", "oidc")])
def test_a_new_pool_is_made_for_the_front_door_s_name(way: str, kind: str) -> None:
    chosen = root(way, FrontDoorHostName="hpc.example.com")
    passed = chosen.of_type("AWS::CloudFormation::Stack")["IdentityProvider"]["Parameters"]
    assert passed.keys() == template(PATH)["Parameters"].keys()
    assert (passed["Provider"], passed["HostName"]) == (kind, "hpc.example.com")


# ── Approvers ─────────────────────────────────────────────────────────────────────────────────────


def test_without_a_sign_in_the_page_is_reached_as_ever() -> None:
    (forward,) = review_actions(root("none"))
    assert forward["Type"] == "forward"


@pytest.mark.parametrize("way", ["new-saml", "new-oidc", "existing"])
def test_an_approver_signs_in_before_the_page(way: str) -> None:
    sign_in, forward = review_actions(root(way))
    assert (sign_in["Type"], forward["Type"]) == ("authenticate-cognito", "forward")
    asked = sign_in["AuthenticateCognitoConfig"]
    assert asked["OnUnauthenticatedRequest"] == "authenticate"
    (_, without) = (forward, review_actions(root("none"))[0])
    assert forward["TargetGroupArn"] == without["TargetGroupArn"]
    given = [asked["UserPoolArn"], asked["UserPoolClientId"], asked["UserPoolDomain"]]
    if way == "existing":
        assert given == list(EXISTING.values())
    else:
        names = ("PoolArn", "FrontDoorClientId", "DomainPrefix")
        assert given == [{"Fn::GetAtt": ["IdentityProvider", f"Outputs.{name}"]} for name in names]


@by_way
def test_the_load_balancer_reaches_cognito_if_it_has_to(way: str) -> None:
    door = root(way).of_type("AWS::CloudFormation::Stack")["FrontDoor"]
    assert door["Parameters"]["SignsIn"] == ("false" if way == "none" else "true")


def test_users_are_signed_in_by_soca_and_not_by_the_listener() -> None:
    for listener in every("AWS::ElasticLoadBalancingV2::Listener").values():
        types = {action["Type"] for action in listener["DefaultActions"]}
        assert types <= {"fixed-response", "redirect"}


def allowed_pool(way: str, policy: str) -> str:
    """The only pool whose app clients somebody with that policy may look at."""
    document = root(way).of_type("AWS::IAM::ManagedPolicy")[policy]["PolicyDocument"]
    (resource,) = [
        statement["Resource"]
        for statement in document["Statement"]
        if listed(statement["Action"]) == ["cognito-idp:DescribeUserPoolClient"]
    ]
    arn, names = resource["Fn::Sub"]
    assert arn.endswith(":userpool/${PoolId}")
    return names["PoolId"]


@pytest.mark.parametrize("policy", ["TrafficPolicy", "PreviewPolicy"])
def test_whoever_changes_a_listener_may_look_at_that_pool_s_clients_and_no_other_s(policy) -> None:
    assert allowed_pool("none", policy) == "none"
    made = {"Fn::GetAtt": ["IdentityProvider", "Outputs.PoolId"]}
    assert allowed_pool("new-saml", policy) == allowed_pool("new-oidc", policy) == made
    # Of its ARN, what stands behind the slash.
    existing = {"Fn::Select": [1, {"Fn::Split": ["/", POOL]}]}
    assert allowed_pool("existing", policy) == existing


# ── The pool ──────────────────────────────────────────────────────────────────────────────────────


@by_kind
def test_nobody_signs_up_and_nobody_finds_out_who_is_there(kind: str) -> None:
    made = pool(kind).only(COGNITO)
    assert made["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert made["DeletionProtection"] == "ACTIVE"
    assert (made["MfaConfiguration"], made["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert made["Policies"]["PasswordPolicy"]["MinimumLength"] >= 14
    assert made["AccountRecoverySetting"]["RecoveryMechanisms"][0]["Name"] == "admin_only"
    for name, client in clients(kind).items():
        assert client["PreventUserExistenceErrors"] == "ENABLED", name


def test_threat_protection_comes_with_the_plan_that_has_it() -> None:
    assert "UserPoolAddOns" not in pool("saml").only(COGNITO)
    plus = pool("saml", FeaturePlan="PLUS").only(COGNITO)
    assert (plus["UserPoolTier"], plus["UserPoolAddOns"]["AdvancedSecurityMode"]) == (
        *("PLUS", "ENFORCED"),
    )


def test_what_soca_signs_people_in_with_outlives_the_app() -> None:
    resources = template(PATH)["Resources"]
    for name in ("Pool", "CompanyProvider", "SocaClient"):
        kept = (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"])
        assert kept == ("Retain", "Retain"), name
    # A region has a prefix once: a first deployment that failed must not keep it.
    assert resources["Domain"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources["Domain"]["UpdateReplacePolicy"] == "Retain"


def test_a_provider_that_speaks_saml_is_known_by_its_metadata() -> None:
    provider = pool("saml").only(f"{COGNITO}IdentityProvider")
    assert provider["ProviderType"] == "SAML"
    # No IDPInit: an answer that nobody asked for is refused.
    assert provider["ProviderDetails"] == {
        "MetadataURL": SAML["SamlMetadataUrl"],
        "RequestSigningAlgorithm": "rsa-sha256",
    }
    given = pool("saml", SamlMetadataUrl="", SamlMetadataDocument="<xml/>")
    details = given.only(f"{COGNITO}IdentityProvider")["ProviderDetails"]
    assert details["MetadataFile"] == "<xml/>"
    assert "MetadataURL" not in details


def test_a_provider_that_speaks_openid_connect_is_known_by_its_issuer() -> None:
    provider = pool("oidc").only(f"{COGNITO}IdentityProvider")
    assert provider["ProviderType"] == "OIDC"
    details = provider["ProviderDetails"]
    assert (details["oidc_issuer"], details["client_id"]) == ("https://login.example.com", "hpc")
    assert details["authorize_scopes"] == "openid email profile"


def test_the_provider_s_secret_is_in_no_parameter_and_no_template() -> None:
    secret = pool("oidc").only(f"{COGNITO}IdentityProvider")["ProviderDetails"]["client_secret"]
    reference = "{{resolve:secretsmanager:${OidcClientSecretArn}:SecretString:client_secret}}"
    assert secret == {"Fn::Sub": reference}
    rotated = pool("oidc", OidcClientSecretVersion="0" * 32)
    details = rotated.only(f"{COGNITO}IdentityProvider")["ProviderDetails"]
    newer = reference.replace("secret}}", "secret::${OidcClientSecretVersion}}}")
    assert details["client_secret"] == {"Fn::Sub": newer}
    assert "OidcClientSecret" not in template()["Parameters"].keys() | template(PATH)["Parameters"]


@pytest.mark.parametrize(
    ("kind", "usual"),
    [
        ("saml", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"),
        ("oidc", "email"),
    ],
)
def test_the_e_mail_address_comes_from_the_provider_or_nobody_comes(kind: str, usual: str) -> None:
    def mapping(**chosen: str) -> Template:
        return pool(kind, **chosen).only(f"{COGNITO}IdentityProvider")["AttributeMapping"]

    assert mapping()["email"] == usual
    assert mapping(EmailAttribute="mail")["email"] == "mail"
    (email,) = pool(kind).only(COGNITO)["Schema"]
    # What a provider sets at each sign-in must be mutable, or the second sign-in fails.
    assert (email["Name"], email["Required"], email["Mutable"]) == ("email", True, True)


@by_kind
def test_only_the_company_s_provider_is_asked(kind: str) -> None:
    made = clients(kind, ProviderName="acme")
    assert made.keys() == {"FrontDoorClient", "SocaClient"}
    for name, client in made.items():
        assert client["SupportedIdentityProviders"] == ["acme"], name
        assert template(PATH)["Resources"][name]["DependsOn"] == "CompanyProvider"


@by_kind
def test_no_token_can_change_its_owner_s_address(kind: str) -> None:
    """SOCA takes what stands before the @ for the user's name."""
    for name, client in clients(kind).items():
        assert client["AllowedOAuthScopes"] == ["openid", "email"], name
        assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"], name
        assert client["WriteAttributes"] == ["email"], name


@by_kind
def test_a_client_has_a_secret_trades_codes_and_can_take_back_its_tokens(kind: str) -> None:
    for name, client in clients(kind).items():
        assert client["GenerateSecret"] is True, name
        assert client["AllowedOAuthFlows"] == ["code"], name
        assert client["EnableTokenRevocation"] is True, name


def test_people_come_back_to_the_front_door_s_name_and_nowhere_else() -> None:
    made = clients("saml")
    host = {"Fn::Sub": "https://${HostName}/oauth2/idpresponse"}
    assert made["FrontDoorClient"]["CallbackURLs"] == [host]
    assert made["SocaClient"]["CallbackURLs"] == [{"Fn::Sub": "https://${HostName}/oauth"}]


def test_at_the_preview_a_release_signs_people_in_only_if_asked() -> None:
    made = clients("saml", PreviewSignsIn="true")
    preview = {"Fn::Sub": "https://${PreviewHost}:8443/oauth"}
    assert made["SocaClient"]["CallbackURLs"][1:] == [preview]


def test_the_session_of_the_load_balancer_ends_before_its_tokens() -> None:
    asked = review_actions(root("new-saml"))[0]["AuthenticateCognitoConfig"]
    client = clients("saml")["FrontDoorClient"]
    assert client["TokenValidityUnits"]["RefreshToken"] == "hours"
    assert int(asked["SessionTimeout"]) < client["RefreshTokenValidity"] * 3600


def test_there_is_a_group_for_users_and_one_for_approvers() -> None:
    groups = of_type(f"{COGNITO}Group", template(PATH)).values()
    assert {group["GroupName"] for group in groups} == {"users", "approvers"}


# ── What is told ──────────────────────────────────────────────────────────────────────────────────


def test_soca_is_told_everything_that_its_configuration_asks_for() -> None:
    text, _ = template(PATH)["Outputs"]["SocaSettings"]["Value"]["Fn::Sub"]
    names = {line.partition(" = ")[0] for line in text.splitlines()}
    # Release 2.6.1, source/soca/cluster_web_ui/config.py
    assert names == {
        "ENABLE_SSO",
        "COGNITO_OAUTH_AUTHORIZE_ENDPOINT",
        "COGNITO_OAUTH_TOKEN_ENDPOINT",
        "COGNITO_JWS_KEYS_ENDPOINT",
        "COGNITO_APP_ID",
        "COGNITO_APP_SECRET",
        "COGNITO_ROOT_URL",
        "COGNITO_CALLBACK_URL",
    }
    callback = clients("saml")["SocaClient"]["CallbackURLs"][0]["Fn::Sub"]
    assert f'COGNITO_CALLBACK_URL = "{callback}"' in text


@pytest.mark.parametrize(
    ("kind", "path"), [("saml", "saml2/idpresponse"), ("oidc", "oauth2/idpresponse")]
)
def test_the_provider_is_told_where_to_send_people_back_to(kind: str, path: str) -> None:
    _, values = pool(kind).outputs()["ProviderReplyUrl"]["Fn::Sub"]
    assert values == {"Kind": "auth", "Path": path}


def test_the_root_hands_on_what_a_new_pool_says() -> None:
    told = root("new-saml").outputs()
    assert {"SignInReplyUrl", "SignInAudience", "SignInUrl", "SocaSettings"} < told.keys()
    assert told["SignInPoolId"] == {"Fn::GetAtt": ["IdentityProvider", "Outputs.PoolId"]}
    existing = root("existing").outputs()
    assert "SocaSettings" not in existing
    assert existing["SignInPoolId"]["Fn::Select"][1] == {"Fn::Split": ["/", POOL]}
