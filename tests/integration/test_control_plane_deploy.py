"""A SAM app deploys, and stacks are created, fail and are deleted as in CloudFormation."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.control_plane import ControlPlane
from rehearsal.control_plane.deploy import deploy

APP = {
    "template.yaml": """
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          Cluster: {Type: String}
        Globals:
          Function:
            Runtime: python3.13
            Handler: app.handler
            Timeout: 7
            MemorySize: 256
            Layers: [!Ref Words]
            LoggingConfig: {LogFormat: JSON, LogGroup: /steps}
            Environment:
              Variables:
                BUCKET: !GetAtt Storage.Outputs.BucketName
                PROJECT: !Ref Build
        Resources:
          Storage:
            Type: AWS::Serverless::Application
            Properties:
              Location: nested/storage.yaml
              Parameters: {Cluster: !Ref Cluster}
          Words:
            Type: AWS::Serverless::LayerVersion
            Properties: {ContentUri: layers/words}
          Greet:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: functions/greet}
          Review:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: functions/greet, FunctionName: !Sub "${Cluster}-review"}
          ReviewPermission:
            Type: AWS::Lambda::Permission
            Properties:
              Action: lambda:InvokeFunction
              FunctionName: !GetAtt Review.Arn
              Principal: elasticloadbalancing.amazonaws.com
          ReviewTargets:
            Type: AWS::ElasticLoadBalancingV2::TargetGroup
            DependsOn: ReviewPermission
            Properties:
              TargetType: lambda
              Targets: [{Id: !GetAtt Review.Arn}]
          Build:
            Type: AWS::CodeBuild::Project
            Properties:
              Name: !Sub ${Cluster}-build
              ServiceRole: arn:aws:iam::123456789012:role/build
              Artifacts: {Type: NO_ARTIFACTS}
              Environment:
                Type: ARM_CONTAINER
                Image: some
                ComputeType: BUILD_GENERAL1_SMALL
                EnvironmentVariables: [{Name: CLUSTER, Value: !Ref Cluster}]
              Source:
                Type: NO_SOURCE
                BuildSpec: "{version: 0.2, phases: {build: {commands: [echo built $CLUSTER]}}}"
          Probe:
            Type: AWS::SecretsManager::Secret
            Properties:
              Name: !Sub ${Cluster}/probe
              GenerateSecretString:
                SecretStringTemplate: '{"username": "probe"}'
                GenerateStringKey: password
                ExcludePunctuation: true
          Topic:
            Type: AWS::SNS::Topic
            Properties: {TopicName: upgrades}
          Mail:
            Type: AWS::SNS::Subscription
            Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: mary@example.org}
          Hello:
            Type: AWS::SSM::Document
            Properties:
              Name: !Sub ${Cluster}-hello
              DocumentType: Command
              Content: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: hello.yaml}}}
          Machine:
            Type: AWS::Serverless::StateMachine
            Properties:
              Name: !Sub ${Cluster}-machine
              DefinitionUri: machine.asl.yaml
              DefinitionSubstitutions: {GreetArn: !GetAtt Greet.Arn}
              Events:
                Image:
                  Type: EventBridgeRule
                  Properties:
                    Pattern: {source: [aws.imagebuilder]}
                    InputPath: $.detail
        Outputs:
          Machine: {Value: !Ref Machine}
          Greet: {Value: !Ref Greet}
          Probe: {Value: !Ref Probe}
          Bucket: {Value: !GetAtt Storage.Outputs.BucketName}
          Targets: {Value: !Ref ReviewTargets}
        """,
    "nested/storage.yaml": """
        Parameters:
          Cluster: {Type: String}
        Resources:
          Bucket:
            Type: AWS::S3::Bucket
            Properties: {BucketName: !Sub "${Cluster}-evidence"}
        Outputs:
          BucketName: {Value: !Ref Bucket}
        """,
    "hello.yaml": """
        schemaVersion: "2.2"
        mainSteps:
          - action: aws:runShellScript
            name: hello
            inputs: {timeoutSeconds: "10", runCommand: ["echo '{\\"said\\": \\"{{ Word }}\\"}'"]}
        """,
    "machine.asl.yaml": """
        QueryLanguage: JSONata
        StartAt: Greet
        States:
          Greet:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Arguments: {FunctionName: "${GreetArn}", Payload: "{% $states.input %}"}
            Output: "{% $states.result.Payload %}"
            End: true
        """,
    "functions/greet/app.py": """
import os
import words

def handler(event, context):
    return {"said": words.HELLO, "to": event, "bucket": os.environ["BUCKET"],
            "project": os.environ["PROJECT"], "log": os.environ["AWS_LAMBDA_LOG_FORMAT"]}
""",
    "layers/words/words.py": "HELLO = 'hello'\n",
}
RELEASE: dict[str, Any] = {
    "Parameters": {"SecretWord": {"Type": "String", "NoEcho": True}, "Size": {"Type": "String"}},
    "Resources": {
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        "Scheduler": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "ImageId": "ami-12c6146b",
                "InstanceType": {"Ref": "Size"},
                "Tags": [
                    {"Key": "soca:NodeType", "Value": "scheduler"},
                    {"Key": "soca:ClusterId", "Value": {"Fn::Sub": "soca-${AWS::StackName}"}},
                ],
            },
        },
    },
    "Outputs": {"Scheduler": {"Value": {"Ref": "Scheduler"}}},
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work"), fail_stacks=["hpc-r9"]) as plane:
        yield plane


@pytest.fixture(scope="module")
def app(aws: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("app")
    for name, text in APP.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return deploy(folder / "template.yaml", {"Cluster": "hpc"}, aws)


# ── The app ───────────────────────────────────────────────────────────────────────────────────────


def invoked(aws: ControlPlane, app: dict[str, str]) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=app["Greet"], Payload='{"name": "mary"}')
    return dict(json.loads(answer["Payload"].read()))


def test_a_function_has_its_layer_and_what_the_template_refers_to(
    aws: ControlPlane, app: dict[str, str]
) -> None:
    assert invoked(aws, app) == {
        "said": "hello",
        "to": {"name": "mary"},
        "bucket": "hpc-evidence",
        "project": "hpc-build",
        "log": "JSON",
    }
    configuration = aws.client("lambda").get_function(FunctionName=app["Greet"])["Configuration"]
    assert (configuration["Timeout"], configuration["MemorySize"]) == (7, 256)


def test_an_event_starts_the_machine_of_the_template(
    aws: ControlPlane, app: dict[str, str]
) -> None:
    steps = aws.client("stepfunctions")
    event = {"Source": "aws.imagebuilder", "DetailType": "x", "Detail": '{"name": "ami"}'}

    aws.client("events").put_events(Entries=[event])

    (execution,) = steps.list_executions(stateMachineArn=app["Machine"])["executions"]
    for _ in range(1200):
        seen = steps.describe_execution(executionArn=execution["executionArn"])
        if seen["status"] != "RUNNING":
            break
        time.sleep(0.05)
    assert json.loads(seen["output"])["to"] == {"name": "ami"}


def test_a_secret_is_generated(aws: ControlPlane, app: dict[str, str]) -> None:
    secret = aws.client("secretsmanager").get_secret_value(SecretId=app["Probe"])

    made = json.loads(secret["SecretString"])
    assert made["username"] == "probe"
    assert len(made["password"]) == 32
    assert made["password"].isalnum()


@pytest.mark.usefixtures("app")
def test_projects_documents_and_subscriptions_are_there(aws: ControlPlane) -> None:
    (project,) = aws.client("codebuild").batch_get_projects(names=["hpc-build"])["projects"]
    content = json.loads(aws.client("ssm").get_document(Name="hpc-hello")["Content"])
    (subscription,) = aws.client("sns").list_subscriptions()["Subscriptions"]

    assert project["environment"]["environmentVariables"][0] == {"name": "CLUSTER", "value": "hpc"}
    assert content["mainSteps"][0]["inputs"]["runCommand"] == ['echo \'{"said": "{{ Word }}"}\'']
    assert subscription["Endpoint"] == "mary@example.org"


def test_a_lambda_target_is_registered(aws: ControlPlane, app: dict[str, str]) -> None:
    health = aws.client("elbv2").describe_target_health(TargetGroupArn=app["Targets"])

    (target,) = health["TargetHealthDescriptions"]
    assert target["Target"]["Id"].endswith("function:hpc-review")


def test_a_template_that_names_what_is_not_there_is_refused(
    aws: ControlPlane, tmp_path: Path
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        "{Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: nowhere}}}}"
    )

    with pytest.raises(FileNotFoundError, match="nowhere"):
        deploy(template, {}, aws, "broken")


# ── Releases ──────────────────────────────────────────────────────────────────────────────────────


def create(aws: ControlPlane, name: str, template: dict[str, Any] = RELEASE) -> None:
    parameters = {"SecretWord": "hush", "Size": "m5.large"} if template is RELEASE else {}
    aws.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Tags=[{"Key": "changeover:release", "Value": name}],
    )


def stack(aws: ControlPlane, name: str) -> dict[str, Any]:
    return dict(aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0])


def schedulers(aws: ControlPlane, name: str) -> list[tuple[str, str]]:
    wanted = [{"Name": "tag:soca:ClusterId", "Values": [f"soca-{name}"]}]
    return [
        (instance["InstanceId"], instance["State"]["Name"])
        for reservation in aws.client("ec2").describe_instances(Filters=wanted)["Reservations"]
        for instance in reservation["Instances"]
    ]


def test_a_release_is_made_and_goes_with_its_stack(aws: ControlPlane) -> None:
    create(aws, "hpc-r2")

    made = stack(aws, "hpc-r2")
    scheduler = made["Outputs"][0]["OutputValue"]
    shown = {each["ParameterKey"]: each["ParameterValue"] for each in made["Parameters"]}
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert made["Tags"] == [{"Key": "changeover:release", "Value": "hpc-r2"}]
    assert shown == {"SecretWord": "****", "Size": "m5.large"}
    assert schedulers(aws, "hpc-r2") == [(scheduler, "running")]

    before = len(aws.client("s3").list_buckets()["Buckets"])
    aws.client("cloudformation").delete_stack(StackName="hpc-r2")

    assert schedulers(aws, "hpc-r2") == [(scheduler, "terminated")]
    assert len(aws.client("s3").list_buckets()["Buckets"]) == before
    with pytest.raises(aws.client("cloudformation").exceptions.ClientError) as gone:
        stack(aws, "hpc-r2")
    assert gone.value.response["Error"]["Code"] == "ValidationError"


def test_a_stack_that_fails_rolls_back_and_says_why(aws: ControlPlane) -> None:
    create(aws, "hpc-r9")

    failed = stack(aws, "hpc-r9")
    events = aws.client("cloudformation").describe_stack_events(StackName="hpc-r9")["StackEvents"]
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "failed to create: [Scheduler]" in failed["StackStatusReason"]
    assert [event["ResourceStatus"] for event in events] == [
        "ROLLBACK_COMPLETE",
        "ROLLBACK_IN_PROGRESS",
        "CREATE_FAILED",
        "CREATE_IN_PROGRESS",
    ]
    assert events[2]["LogicalResourceId"] == "Scheduler"
    assert events[2]["ResourceStatusReason"]
    assert [state for _, state in schedulers(aws, "hpc-r9")] == ["terminated"]

    aws.client("cloudformation").delete_stack(StackName="hpc-r9")
    with pytest.raises(aws.client("cloudformation").exceptions.ClientError):
        stack(aws, "hpc-r9")


@pytest.mark.parametrize(
    "form",
    [
        "{bucket}.s3.amazonaws.com/{key}",
        "{bucket}.s3.us-east-1.amazonaws.com/{key}",
        "s3.amazonaws.com/{bucket}/{key}",
    ],
)
def test_templates_nest_by_every_form_of_url(aws: ControlPlane, form: str) -> None:
    s3, bucket = aws.client("s3"), "hpc-installer"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/inner.json", Body=json.dumps(RELEASE))
    url = "https://" + form.format(bucket=bucket, key="a/inner.json")
    inner = {"TemplateURL": url, "Parameters": {"SecretWord": "x", "Size": "m5.large"}}
    name = f"hpc-r{2 + len(form)}"

    create(aws, name, {
        "Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": inner}},
        "Outputs": {"Host": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Scheduler"]}}},
    })  # fmt: skip

    assert stack(aws, name)["Outputs"][0]["OutputValue"].startswith("i-")
    aws.client("cloudformation").delete_stack(StackName=name)
    states = aws.client("ec2").describe_instances()["Reservations"]
    assert states[-1]["Instances"][0]["State"]["Name"] == "terminated"
    summary = aws.client("cloudformation").get_template_summary(TemplateURL=url)
    assert {each["ParameterKey"] for each in summary["Parameters"]} == {"SecretWord", "Size"}


# ── The front door and the records ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def door(aws: ControlPlane) -> dict[str, str]:
    subnets = [each["SubnetId"] for each in aws.client("ec2").describe_subnets()["Subnets"][:2]]
    group = {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"Protocol": "HTTPS", "Port": 8443, "VpcId": vpc(aws)},
    }
    forward = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": {"Ref": "Live"}, "Weight": 90},
                {"TargetGroupArn": {"Ref": "Candidate"}, "Weight": 10},
            ]
        },
    }
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    door = {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Name": "door", "Subnets": subnets, "Scheme": "internal"},
    }
    listeners = {
        name: {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Door"},
                "Protocol": "HTTP",
                "Port": port,
                "DefaultActions": [action],
            },
        }
        for name, port, action in (("Users", 80, forward), ("Preview", 8443, fixed))
    }
    names = ("Live", "Candidate", "Users", "Preview")
    create(aws, "front-door", {
        "Resources": {"Door": door, "Live": group, "Candidate": group, **listeners},
        "Outputs": {name: {"Value": {"Ref": name}} for name in names},
    })  # fmt: skip
    outputs = stack(aws, "front-door")["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in outputs}


def vpc(aws: ControlPlane) -> str:
    return str(aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"])


def weights(aws: ControlPlane, listener: str) -> dict[str, int]:
    (found,) = aws.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"]
    groups = found["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    return {each["TargetGroupArn"]: each["Weight"] for each in groups}


def test_a_listener_keeps_the_weights_of_its_template_and_takes_new_ones(
    aws: ControlPlane, door: dict[str, str]
) -> None:
    assert weights(aws, door["Users"]) == {door["Live"]: 90, door["Candidate"]: 10}

    groups = [
        {"TargetGroupArn": door["Live"], "Weight": 0},
        {"TargetGroupArn": door["Candidate"], "Weight": 100},
    ]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    aws.client("elbv2").modify_listener(ListenerArn=door["Users"], DefaultActions=[action])

    assert weights(aws, door["Users"]) == {door["Live"]: 0, door["Candidate"]: 100}


def test_a_registered_instance_is_healthy_once_a_listener_uses_its_group(
    aws: ControlPlane, door: dict[str, str]
) -> None:
    create(aws, "hpc-r3")
    elb, instance = aws.client("elbv2"), schedulers(aws, "hpc-r3")[0][0]

    elb.register_targets(TargetGroupArn=door["Candidate"], Targets=[{"Id": instance, "Port": 8443}])

    (seen,) = elb.describe_target_health(TargetGroupArn=door["Candidate"])[
        "TargetHealthDescriptions"
    ]
    assert (seen["Target"]["Id"], seen["TargetHealth"]["State"]) == (instance, "healthy")


def test_a_transaction_happens_wholly_or_not_at_all(aws: ControlPlane) -> None:
    create(aws, "records", {
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": "releases",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "cluster", "AttributeType": "S"},
                {"AttributeName": "item", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "cluster", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        }}},
    })  # fmt: skip
    table = aws.client("dynamodb")

    def put(item: str, condition: str) -> dict[str, Any]:
        key = {"cluster": {"S": "hpc"}, "item": {"S": item}}
        names = {"#cluster": "cluster"}  # a reserved word of DynamoDB
        return {
            "Put": {
                "TableName": "releases",
                "Item": key,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
            }
        }

    fresh = "attribute_not_exists(#cluster)"
    table.transact_write_items(TransactItems=[put("lock", fresh), put("r1", fresh)])
    with pytest.raises(table.exceptions.TransactionCanceledException) as refused:
        table.transact_write_items(TransactItems=[put("r2", fresh), put("lock", fresh)])

    assert [each["Code"] for each in refused.value.response["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    assert {each["item"]["S"] for each in table.scan(TableName="releases")["Items"]} == {
        "lock",
        "r1",
    }
