"""The front door is open to whom it is for, speaks TLS, and remembers who asked for what."""

import re
from itertools import product

import pytest

from changeover.adapters.listener_rules import PRIORITY, deciding_rule
from tests.support.template_choices import Choice
from tests.support.templates import ROOT, Template, every, template

PATH = ROOT / "prerequisites/front-door.yaml"
ELB = "AWS::ElasticLoadBalancingV2"
WORLD = "0.0.0.0/0"
WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/hpc/0a1b"
BASIC = {
    "ClusterName": "hpc",
    "HostName": "hpc.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/0a1b",
    "SchedulerSecurityGroup": "sg-0123",
}
# Root's name of a parameter, the nested template's name of it.
SHARED = {
    "FrontDoorScheme": "Scheme",
    "FrontDoorIngressCidr": "IngressCidr",
    "PreviewIngressCidr": "PreviewIngressCidr",
    "FrontDoorTlsPolicy": "TlsPolicy",
    "FrontDoorHostedZoneId": "HostedZoneId",
    "FrontDoorWebAclArn": "WebAclArn",
    "FrontDoorHostName": "HostName",
    "PreviewHostName": "PreviewHostName",
    "AccessLogDays": "AccessLogDays",
    "CertificateArn": "CertificateArn",
}


def door(**chosen: str | int) -> Choice:
    return Choice(PATH, **BASIC | chosen)


def every_door() -> list[Choice]:
    return [
        door(Scheme=scheme, WebAclArn=acl, HostedZoneId=zone, SignsIn=signs_in)
        for scheme, acl, zone, signs_in in product(
            ("internal", "internet-facing"), ("", WEB_ACL), ("", "Z0123"), ("true", "false")
        )
    ]


def ingress(chosen: Choice) -> dict[int, str]:
    rules = chosen.only("AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    return {rule["FromPort"]: rule["CidrIp"] for rule in rules}


def egress(chosen: Choice) -> dict[int, str]:
    rules = [
        *chosen.only("AWS::EC2::SecurityGroup")["SecurityGroupEgress"],
        *chosen.of_type("AWS::EC2::SecurityGroupEgress").values(),
    ]
    return {
        rule["FromPort"]: rule.get("CidrIp") or rule["DestinationSecurityGroupId"] for rule in rules
    }


def attributes(chosen: Choice) -> dict[str, str]:
    found = chosen.only(f"{ELB}::LoadBalancer")["LoadBalancerAttributes"]
    return {each["Key"]: each["Value"] for each in found}


def test_by_default_nothing_is_open_to_the_world() -> None:
    chosen = door()
    assert chosen.only(f"{ELB}::LoadBalancer")["Scheme"] == "internal"
    assert WORLD not in ingress(chosen).values()
    assert chosen.refusals() == []


@pytest.mark.parametrize("path", [PATH, ROOT / "template.yaml"], ids=lambda path: path.stem)
def test_only_a_door_that_faces_the_internet_may_be_open_to_the_world(path) -> None:
    root = path.name == "template.yaml"
    names = ("FrontDoorScheme", "FrontDoorIngressCidr") if root else ("Scheme", "IngressCidr")

    def refusals(*values: str) -> list[str]:
        return Choice(path, **dict(zip(names, values, strict=True))).refusals()

    assert any(WORLD in refusal for refusal in refusals("internal", WORLD))
    assert refusals("internet-facing", WORLD) == []
    assert refusals("internal", "10.1.0.0/16") == []


@pytest.mark.parametrize(
    ("cidr", "users", "approvers"),
    [
        ("10.0.0.0/8", True, True),
        ("192.168.0.0/16", True, True),
        ("203.0.113.7/32", True, True),
        (WORLD, True, False),
        # The world by another name, or half of it.
        ("10.0.0.0/0", False, False),
        ("0.0.0.0/1", False, False),
        ("10.0.0.0/7", False, False),
        ("10.0.0.0/33", False, False),
    ],
)
def test_a_network_is_no_wider_than_a_private_one(cidr: str, users: bool, approvers: bool) -> None:
    parameters = template(PATH)["Parameters"]
    assert bool(re.fullmatch(parameters["IngressCidr"]["AllowedPattern"], cidr)) is users
    assert bool(re.fullmatch(parameters["PreviewIngressCidr"]["AllowedPattern"], cidr)) is approvers


def test_users_and_approvers_come_from_their_own_networks() -> None:
    chosen = door(IngressCidr="10.1.0.0/16", PreviewIngressCidr="10.2.0.0/16")
    assert ingress(chosen) == {443: "10.1.0.0/16", 80: "10.1.0.0/16", 8443: "10.2.0.0/16"}


def test_the_door_reaches_schedulers_and_for_a_sign_in_cognito() -> None:
    assert egress(door()) == {8443: "sg-0123"}
    assert egress(door(SignsIn="true")) == {8443: "sg-0123", 443: WORLD}


def test_every_https_listener_asks_for_tls_1_2_or_more() -> None:
    policy = template(PATH)["Parameters"]["TlsPolicy"]
    assert policy["Default"] in policy["AllowedValues"]
    for name in policy["AllowedValues"]:
        assert re.match(r"ELBSecurityPolicy-TLS13-1-[23]-", name), name
    for listener in door(TlsPolicy="chosen").of_type(f"{ELB}::Listener").values():
        assert (listener["Protocol"] == "HTTPS") is (listener.get("SslPolicy") == "chosen")


def test_whatever_is_chosen_the_door_cannot_be_deleted_and_its_logs_are_kept() -> None:
    for chosen in every_door():
        assert chosen.refusals() == []
        assert attributes(chosen) == {
            "deletion_protection.enabled": "true",
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": {"Ref": "AccessLogs"},
        }


def test_access_logs_are_closed_versioned_and_end_after_the_days_that_were_asked_for() -> None:
    bucket = door(AccessLogDays=30).only("AWS::S3::Bucket")
    # A load balancer can write with no other encryption.
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule, _) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule.get("Prefix")) == (30, None)
    written = template(PATH)["Resources"]["AccessLogs"]
    assert (written["DeletionPolicy"], written["UpdateReplacePolicy"]) == ("Retain", "Retain")


def log_statements() -> dict[str, Template]:
    policy = door().only("AWS::S3::BucketPolicy")["PolicyDocument"]
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_access_logs_are_written_by_the_load_balancer_alone() -> None:
    (allowed,) = [each for each in log_statements().values() if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert allowed["Action"] == "s3:PutObject"
    assert allowed["Resource"] == {"Fn::Sub": "${AccessLogs.Arn}/AWSLogs/${AWS::AccountId}/*"}
    account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allowed["Condition"]["StringEqualsIfExists"] == account
    (source,) = allowed["Condition"]["ArnLikeIfExists"].values()
    name = door().only(f"{ELB}::LoadBalancer")["Name"]["Fn::Sub"]
    assert source["Fn::Sub"].endswith(f":${{AWS::AccountId}}:loadbalancer/app/{name}/*")


def test_access_logs_are_read_and_written_by_tls_only() -> None:
    denied = log_statements()["OnlyByTls"]
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_lets_the_load_balancer_in_before_it_is_made() -> None:
    written = template(PATH)["Resources"]["LoadBalancer"]
    assert written["DependsOn"] == "AccessLogsPolicy"


def test_a_web_acl_is_put_before_the_door_if_there_is_one() -> None:
    kind = "AWS::WAFv2::WebACLAssociation"
    assert door().of_type(kind) == {}
    association = door(WebAclArn=WEB_ACL).only(kind)
    assert association == {"ResourceArn": {"Ref": "LoadBalancer"}, "WebACLArn": WEB_ACL}


def test_the_host_name_leads_to_the_door_if_its_zone_is_known() -> None:
    kind = "AWS::Route53::RecordSet"
    assert door().of_type(kind) == {}
    record = door(HostedZoneId="Z0123").only(kind)
    assert (record["HostedZoneId"], record["Name"]) == ("Z0123", "hpc.example.com")
    assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["LoadBalancer", "DNSName"]}
    # With no healthy target, the name would lead nowhere.
    assert record["AliasTarget"]["EvaluateTargetHealth"] is False


# ── What stack updates may do, and what they must not ─────────────────────────────────────────────


def test_the_users_listener_is_to_the_letter_what_0_1_0_deployed() -> None:
    """Until adopt_release has made the rule, its default action sends users of 0.1.0 on.

    CloudFormation updates a listener only if its properties change, and would put the 503 page in
    its place. So they never change, not by a space; what else they need comes by rules.
    """
    written = template(PATH)["Resources"]["UsersListener"]
    assert written == {
        "Type": f"{ELB}::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "LoadBalancer"},
            "Port": 443,
            "Protocol": "HTTPS",
            "SslPolicy": {"Ref": "TlsPolicy"},
            "Certificates": [{"CertificateArn": {"Ref": "CertificateArn"}}],
            "DefaultActions": [
                {
                    "Type": "fixed-response",
                    "FixedResponseConfig": {
                        "StatusCode": "503",
                        "ContentType": "text/plain",
                        "MessageBody": "This cluster has not adopted a release yet."
                        " Run the function adopt-release.",
                    },
                }
            ],
        },
    }


def test_what_the_users_listener_is_made_from_comes_as_0_1_0_gave_it() -> None:
    """A default that changes, or another parameter handed on, would update the listener, too."""
    assert template(PATH)["Parameters"]["TlsPolicy"]["Default"] == (
        "ELBSecurityPolicy-TLS13-1-2-2021-06"
    )
    passed = template()["Resources"]["FrontDoor"]["Properties"]["Parameters"]
    assert passed["TlsPolicy"] == {"Ref": "FrontDoorTlsPolicy"}
    assert passed["CertificateArn"] == {"Ref": "CertificateArn"}
    # A load balancer that is replaced takes its listeners with it.
    door = template(PATH)["Resources"]["LoadBalancer"]["Properties"]
    assert door["Name"] == {"Fn::Sub": "changeover-${ClusterName}"}
    assert (door["Type"], door["Scheme"]) == ("application", {"Ref": "Scheme"})
    assert door["Subnets"] == {"Ref": "Subnets"}


def test_no_template_has_a_rule_for_all_users_or_at_the_place_of_ours() -> None:
    root = Choice(ROOT / "template.yaml", FrontDoorHostName="hpc.example.com")
    rules = {
        name: rule
        for chosen in (root, door(HostName="users.example.com"))
        for name, rule in chosen.of_type(f"{ELB}::ListenerRule").items()
    }
    assert len(rules) == len(every(f"{ELB}::ListenerRule"))
    for name, rule in rules.items():
        assert rule["Priority"] < PRIORITY, name
        described = rule | {"IsDefault": False, "Priority": str(rule["Priority"])}
        assert deciding_rule([described], "hpc.example.com") is None, name


# ── The preview ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", "preview.example.com"])
def test_a_candidate_is_never_shown_under_the_name_that_has_users_cookies(name: str) -> None:
    chosen = door(PreviewHostName=name)
    own = {"Fn::GetAtt": ["LoadBalancer", "DNSName"]}
    (rule,) = chosen.of_type(f"{ELB}::ListenerRule").values()
    assert rule["ListenerArn"] == {"Ref": "PreviewListener"}
    (condition,) = rule["Conditions"]
    assert condition["HostHeaderConfig"]["Values"] == ["hpc.example.com"]
    (action,) = rule["Actions"]
    assert action["RedirectConfig"]["Host"] == (name or own)
    assert action["RedirectConfig"]["Port"] == "8443"
    assert chosen.outputs()["PreviewHost"] == (name or own)


@pytest.mark.parametrize("path", [PATH, ROOT / "template.yaml"], ids=lambda path: path.stem)
def test_a_preview_under_the_users_name_would_lead_in_a_circle_and_is_refused(path) -> None:
    name = "FrontDoorHostName" if path.name == "template.yaml" else "HostName"

    def refusals(preview: str) -> list[str]:
        return Choice(path, **{name: "hpc.example.com", "PreviewHostName": preview}).refusals()

    assert any("must differ" in refusal for refusal in refusals("hpc.example.com"))
    assert refusals("preview.example.com") == refusals("") == []


def test_the_preview_has_a_record_if_it_has_a_name_and_the_zone_is_known() -> None:
    kind = "AWS::Route53::RecordSet"
    names = {
        (zone, preview): {
            record["Name"]
            for record in door(HostedZoneId=zone, PreviewHostName=preview).of_type(kind).values()
        }
        for zone in ("", "Z0123")
        for preview in ("", "preview.example.com")
    }
    assert names == {
        ("", ""): set(),
        ("", "preview.example.com"): set(),
        ("Z0123", ""): {"hpc.example.com"},
        ("Z0123", "preview.example.com"): {"hpc.example.com", "preview.example.com"},
    }


def test_the_root_asks_for_the_same_and_hands_it_on() -> None:
    root, nested = template()["Parameters"], template(PATH)["Parameters"]
    passed = template()["Resources"]["FrontDoor"]["Properties"]["Parameters"]
    assert passed.keys() == nested.keys()
    for name, inner in SHARED.items():
        assert passed[inner] == {"Ref": name}
        for said in ("AllowedPattern", "AllowedValues", "Default", "MinValue", "MaxValue"):
            assert root[name].get(said) == nested[inner].get(said), f"{said} of {name}"
