"""What is kept is kept closed and encrypted, and the front door opens to nobody unasked."""

import pytest

from tests.support.template_choices import NOTHING, Choice
from tests.support.templates import ROOT, TEMPLATES, Template, every, strings, template


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::KMS::Key", "AWS::DynamoDB::Table"])
def test_data_outlives_the_app(kind: str) -> None:
    found = [
        (path.stem, name, resource)
        for path in TEMPLATES
        for name, resource in template(path)["Resources"].items()
        if resource["Type"] == kind
    ]
    assert found
    for stem, name, resource in found:
        kept = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        assert kept == ("Retain", "Retain"), f"{stem}/{name}"


def test_everything_is_encrypted() -> None:
    (table,) = every("AWS::DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    bucket = every("AWS::S3::Bucket")["evidence/EvidenceBucket"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    for name, key in every("AWS::KMS::Key").items():
        assert key["EnableKeyRotation"] is True, name
    (topic,) = every("AWS::SNS::Topic").values()
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": ["Evidence", "Outputs.KeyArn"]}
    for queue in every("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True


def test_the_evidence_bucket_is_closed_versioned_and_forgets_only_snapshots_and_builds() -> None:
    bucket = every("AWS::S3::Bucket")["evidence/EvidenceBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    expiring = [r for r in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in r]
    assert [rule["Prefix"] for rule in expiring] == ["releases/", "builds/"]
    policy = every("AWS::S3::BucketPolicy")["evidence/EvidenceBucketPolicy"]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    assert any(
        statement["Effect"] == "Deny" and statement["Condition"] == plain
        for statement in policy["PolicyDocument"]["Statement"]
    )


def listeners() -> dict[tuple[str, int], Template]:
    return {
        (each["Protocol"], each["Port"]): each["DefaultActions"][0]
        for each in every("AWS::ElasticLoadBalancingV2::Listener").values()
    }


def test_before_the_first_adoption_users_read_why_nothing_is_there() -> None:
    action = listeners()["HTTPS", 443]
    assert action["FixedResponseConfig"]["StatusCode"] == "503"
    assert "not adopted" in action["FixedResponseConfig"]["MessageBody"]


def test_the_candidate_is_looked_at_by_a_door_of_its_own() -> None:
    assert listeners()["HTTPS", 8443]["FixedResponseConfig"]["StatusCode"] == "503"
    assert listeners()["HTTP", 80]["RedirectConfig"]["Protocol"] == "HTTPS"


def test_the_review_page_is_reached_through_the_front_door_only() -> None:
    page = every("AWS::ElasticLoadBalancingV2::ListenerRule")["template/ReviewUpgradeRule"]
    assert page["Priority"] == 1
    assert page["Conditions"][0]["PathPatternConfig"]["Values"] == ["/changeover/*"]
    (group,) = every("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    assert group["Targets"] == [{"Id": {"Fn::GetAtt": ["ReviewUpgradeFunction", "Arn"]}}]
    permissions = every("AWS::Lambda::Permission").values()
    (permission,) = (
        p for p in permissions if "ReviewUpgradeFunction" in strings(p["FunctionName"])
    )
    assert permission["Principal"] == "elasticloadbalancing.amazonaws.com"
    assert not every("AWS::Lambda::Url")


def test_the_review_page_opens_from_the_approvers_network_only() -> None:
    rules = every("AWS::ElasticLoadBalancingV2::ListenerRule")
    page, elsewhere = (
        rules[f"template/{name}"] for name in ("ReviewUpgradeRule", "ReviewUpgradeElsewhereRule")
    )
    conditions = {each["Field"]: each for each in page["Conditions"]}
    network = conditions["source-ip"]["SourceIpConfig"]["Values"]
    assert network == [{"Ref": "PreviewIngressCidr"}]
    # From elsewhere the link gets no further: live's web server would log the key in it.
    assert elsewhere["ListenerArn"] == page["ListenerArn"]
    assert elsewhere["Priority"] > page["Priority"]
    assert elsewhere["Conditions"] == [conditions["path-pattern"]]
    (action,) = elsewhere["Actions"]
    assert action["FixedResponseConfig"]["StatusCode"] == "403"


def test_the_review_page_leaves_the_account_s_concurrency_to_the_way_back() -> None:
    usual = Choice(ROOT / "template.yaml").of_type("AWS::Lambda::Function")
    reserved = {
        name: each["ReservedConcurrentExecutions"]
        for name, each in usual.items()
        if each.get("ReservedConcurrentExecutions", NOTHING) != NOTHING
    }
    assert reserved == {"ReviewUpgradeFunction": 5}
    # A new account has nothing to reserve from, and would refuse the whole deployment.
    without = Choice(ROOT / "template.yaml", ReviewConcurrency=0).of_type("AWS::Lambda::Function")
    assert without["ReviewUpgradeFunction"].get("ReservedConcurrentExecutions", NOTHING) == NOTHING


@pytest.mark.parametrize("kind", ["LoadBalancer", "TargetGroup"])
def test_names_fit_the_longest_cluster_name(kind: str) -> None:
    (each,) = every(f"AWS::ElasticLoadBalancingV2::{kind}").values()
    assert len(each["Name"]["Fn::Sub"].replace("${ClusterName}", "a" * 15)) <= 32


def test_the_topic_lets_in_nobody_by_its_own_policy_but_alarms() -> None:
    (policy,) = every("AWS::SNS::TopicPolicy").values()
    statements = policy["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    assert [(each["Principal"], each["Action"]) for each in allowed] == [
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    ]
    assert allowed[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_no_role_of_a_release_may_subscribe_and_nobody_a_queue() -> None:
    (policy,) = every("AWS::SNS::TopicPolicy").values()
    denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert all("sns:Subscribe" in each["Action"] for each in denied)
    assert {key for each in denied for test in each["Condition"].values() for key in test} == {
        "aws:PrincipalTag/changeover:release",
        "aws:PrincipalArn",
        "sns:Protocol",
    }
