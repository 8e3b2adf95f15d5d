import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.awslambda.models import LambdaFunction
from moto.server import ThreadedMotoServer

from rehearsal.front_door import RELEASE_HEADER, FrontDoor
from rehearsal.load import Load, summary
from tests.integration.web_hosts import WebHost, WebHosts
from tests.support.wait_for import eventually

UNAVAILABLE = {
    "Type": "fixed-response",
    "FixedResponseConfig": {
        "StatusCode": "503",
        "ContentType": "text/plain",
        "MessageBody": "No release is live yet.",
    },
}


class ControlPlane:
    """A load balancer with the users' and the preview listener, as in the template."""

    def __init__(self, url: str, work: Path) -> None:
        self._url = url
        self._work = work
        self.elbv2 = self.client("elbv2")
        ec2 = self.client("ec2")
        subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
        self._vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        load_balancer = self.elbv2.create_load_balancer(Name="front-door", Subnets=subnets)
        self._arn = load_balancer["LoadBalancers"][0]["LoadBalancerArn"]
        self.users, self.preview = self._listener(80), self._listener(8443)

    def front_door(self) -> FrontDoor:
        environment = {"AWS_ENDPOINT_URL": self._url}
        return FrontDoor(self._work, environment, self.users, self.preview)

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self._url)

    def _listener(self, port: int) -> str:
        made = self.elbv2.create_listener(
            LoadBalancerArn=self._arn, Protocol="HTTP", Port=port, DefaultActions=[UNAVAILABLE]
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def target_group(self, release: str, *instances: str) -> str:
        made = self.elbv2.create_target_group(
            Name=release, Protocol="HTTP", Port=8443, VpcId=self._vpc, TargetType="instance"
        )
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        if instances:
            self.elbv2.register_targets(
                TargetGroupArn=arn, Targets=[{"Id": each} for each in instances]
            )
        return arn

    def forward(self, listener: str, weights: dict[str, int]) -> None:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        self.elbv2.modify_listener(ListenerArn=listener, DefaultActions=[action])

    def rule(self, priority: int, path: str, action: dict[str, Any], **more: list[str]) -> str:
        """`more` are further conditions, such as `SourceIp=["192.0.2.0/24"]`."""
        path_condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}
        fields = {"SourceIp": "source-ip", "HostHeader": "host-header"}
        conditions = [
            {"Field": fields[name], f"{name}Config": {"Values": values}}
            for name, values in more.items()
        ]
        made = self.elbv2.create_rule(
            ListenerArn=self.users,
            Priority=priority,
            Conditions=[path_condition, *conditions],
            Actions=[action],
        )
        return str(made["Rules"][0]["RuleArn"])

    def function(self, name: str) -> dict[str, Any]:
        """Create a function by name only, and return an action that forwards to it."""
        made = self.elbv2.create_target_group(Name=name, TargetType="lambda")
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        function = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
        )
        self.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": function["FunctionArn"]}])
        return {"Type": "forward", "TargetGroupArn": arn}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(server: str, tmp_path: Path) -> ControlPlane:
    requests.post(f"{server}/moto-api/reset", timeout=10)
    return ControlPlane(server, tmp_path)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[WebHosts]:
    with WebHosts(tmp_path) as hosts:
        yield hosts


@pytest.fixture
def live(hosts: WebHosts) -> WebHost:
    return hosts.start("i-live", WebHost("hpc-r1", {"mary": "Spring#2021"}))


@pytest.fixture
def candidate(hosts: WebHosts) -> WebHost:
    return hosts.start("i-candidate", WebHost("hpc-r2", {"mary": "Spring#2021"}))


@pytest.fixture
def front_door(aws: ControlPlane) -> Iterator[FrontDoor]:
    with aws.front_door() as front_door:
        yield front_door


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as browser:
        browser.trust_env = False
        yield browser


def released_by(browser: requests.Session, url: str) -> str:
    return browser.get(f"{url}/ping", timeout=10).headers.get(RELEASE_HEADER, "")


def test_before_adoption_users_get_the_fixed_answer(
    front_door: FrontDoor, browser: requests.Session
) -> None:
    answer = browser.get(front_door.url, timeout=10)
    assert (answer.status_code, answer.text) == (503, "No release is live yet.")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert RELEASE_HEADER not in answer.headers


def test_a_change_of_the_listener_is_obeyed_at_once(
    aws: ControlPlane,
    live: WebHost,
    candidate: WebHost,
    front_door: FrontDoor,
    browser: requests.Session,
) -> None:
    groups = aws.target_group(live.release, "i-live"), aws.target_group("hpc-r2", "i-candidate")
    aws.forward(aws.users, {groups[0]: 100})
    eventually(lambda: released_by(browser, front_door.url) == live.release)
    aws.forward(aws.users, {groups[0]: 0, groups[1]: 100})
    eventually(lambda: released_by(browser, front_door.url) == candidate.release)


def test_the_preview_shows_the_candidate_while_users_stay_on_live(
    aws: ControlPlane, live: WebHost, candidate: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    aws.forward(aws.preview, {aws.target_group(candidate.release, "i-candidate"): 1})
    with aws.front_door() as front_door:
        assert released_by(browser, front_door.url) == live.release
        assert released_by(browser, front_door.preview_url) == candidate.release


def test_weights_share_the_requests_out(
    aws: ControlPlane, live: WebHost, candidate: WebHost, browser: requests.Session
) -> None:
    idle = aws.target_group("hpc-r3", "i-nowhere")
    groups = aws.target_group(live.release, "i-live"), aws.target_group("hpc-r2", "i-candidate")
    aws.forward(aws.users, {idle: 0, groups[0]: 3, groups[1]: 1})
    with aws.front_door() as front_door:
        shares = Counter(released_by(browser, front_door.url) for _ in range(200))
    assert set(shares) == {live.release, candidate.release}
    assert 100 < shares[live.release] < 195


def test_connections_to_a_host_are_kept(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    with aws.front_door() as front_door:
        for _ in range(5):
            assert released_by(browser, front_door.url) == live.release
    assert live.asked["/ping"] == 5
    assert len(live.connections) == 1


def test_a_lost_request_is_a_bad_gateway_and_never_sent_again(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    with aws.front_door() as front_door:
        assert released_by(browser, front_door.url) == live.release
        answer = browser.get(f"{front_door.url}/hang-up", timeout=10)
    assert answer.status_code == 502
    assert live.asked["/hang-up"] == 1


def test_a_host_that_is_down_is_a_bad_gateway(
    aws: ControlPlane, hosts: WebHosts, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    hosts.stop("i-live")
    with aws.front_door() as front_door:
        answer = browser.get(front_door.url, timeout=10)
    assert (answer.status_code, answer.headers[RELEASE_HEADER]) == (502, live.release)


def test_a_host_that_never_came_up_is_a_bad_gateway(
    aws: ControlPlane, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group("hpc-r1", "i-absent"): 1})
    with aws.front_door() as front_door:
        assert browser.get(front_door.url, timeout=10).status_code == 502


@pytest.mark.parametrize(("instances", "weight"), [((), 1), (("i-live",), 0)])
def test_without_a_target_the_service_is_unavailable(
    aws: ControlPlane,
    live: WebHost,
    browser: requests.Session,
    instances: tuple[str, ...],
    weight: int,
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, *instances): weight})
    with aws.front_door() as front_door:
        assert browser.get(front_door.url, timeout=10).status_code == 503
    assert not live.asked


def test_a_request_reaches_the_host_as_it_was_sent(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    with aws.front_door() as front_door:
        answer = browser.put(
            f"{front_door.url}/echo?name=J%C3%B6rg%20M&empty=",
            data="a=b",
            headers={"X-Forwarded-For": "203.0.113.9", "Cookie": "a=1; b=2"},
            timeout=10,
        )
    seen = answer.json()
    assert answer.status_code == 201
    assert (seen["method"], seen["body"]) == ("PUT", "a=b")
    assert seen["path"] == "/echo?name=J%C3%B6rg%20M&empty="
    assert seen["headers"]["host"] == front_door.url.removeprefix("http://")
    assert seen["headers"]["cookie"] == "a=1; b=2"
    assert seen["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["headers"]["x-forwarded-port"] == front_door.url.rpartition(":")[2]


def test_every_cookie_comes_back_and_redirects_are_the_browsers_business(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    with aws.front_door() as front_door:
        form = browser.get(f"{front_door.url}/login", timeout=10).text
        token = form.split('value="')[1].split('"')[0]
        fields = {"user": "mary", "password": "Spring#2021", "csrf_token": token}
        answer = browser.post(f"{front_door.url}/auth", fields, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert len(answer.raw.headers.getlist("Set-Cookie")) == 2


def test_rules_come_before_the_default_in_the_order_of_their_priority(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    fixed = [
        {**UNAVAILABLE, "FixedResponseConfig": {"StatusCode": "200", "MessageBody": text}}
        for text in ("first", "second")
    ]
    aws.rule(20, "/rev*", fixed[1])
    aws.rule(3, "/review/?", fixed[0])
    with aws.front_door() as front_door:
        texts = [
            browser.get(front_door.url + path, timeout=10).text
            for path in ("/review/1", "/review/12", "/a/review/1", "/ping")
        ]
    assert texts[:2] == ["first", "second"]
    assert texts[3] == "Alive"
    assert live.asked == {"/a/review/1": 1, "/ping": 1}


def test_a_change_of_a_rule_is_obeyed_at_once_and_the_default_action_is_nothing_to_it(
    aws: ControlPlane,
    live: WebHost,
    candidate: WebHost,
    front_door: FrontDoor,
    browser: requests.Session,
) -> None:
    groups = aws.target_group(live.release, "i-live"), aws.target_group("hpc-r2", "i-candidate")
    rule = aws.rule(50_000, "/*", {"Type": "forward", "TargetGroupArn": groups[0]})
    eventually(lambda: released_by(browser, front_door.url) == live.release)
    aws.elbv2.modify_listener(ListenerArn=aws.users, DefaultActions=[UNAVAILABLE])
    actions = [{"Type": "forward", "TargetGroupArn": groups[1]}]
    aws.elbv2.modify_rule(RuleArn=rule, Actions=actions)
    eventually(lambda: released_by(browser, front_door.url) == candidate.release)
    aws.elbv2.delete_rule(RuleArn=rule)
    eventually(lambda: browser.get(front_door.url, timeout=10).status_code == 503)


def test_a_rule_takes_a_request_that_meets_all_its_conditions(
    aws: ControlPlane, live: WebHost, browser: requests.Session
) -> None:
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    fixed = [
        {**UNAVAILABLE, "FixedResponseConfig": {"StatusCode": "200", "MessageBody": text}}
        for text in ("elsewhere", "here", "by name")
    ]
    aws.rule(1, "/page/*", fixed[0], SourceIp=["192.0.2.0/24", "198.51.100.7/32"])
    aws.rule(2, "/page/*", fixed[1], SourceIp=["192.0.2.0/24", "127.0.0.0/8"])
    aws.rule(3, "/*", fixed[2], HostHeader=["*.Example.com"])
    with aws.front_door() as front_door:
        texts = [
            browser.get(front_door.url + path, timeout=10, headers={"Host": host}).text
            for path, host in (
                ("/page/1", "hpc.example.com:8443"),
                ("/ping", "hpc.example.com:8443"),
                ("/ping", "127.0.0.1"),
            )
        ]
    assert texts == ["here", "by name", "Alive"]


def test_a_redirect_fills_in_what_the_request_had(
    aws: ControlPlane, browser: requests.Session
) -> None:
    config = {"Protocol": "HTTPS", "Port": "443", "Path": "/new/#{path}", "StatusCode": "HTTP_301"}
    aws.rule(1, "/old*", {"Type": "redirect", "RedirectConfig": config})
    with aws.front_door() as front_door:
        answer = browser.get(f"{front_door.url}/old?a=1", allow_redirects=False, timeout=10)
    assert answer.status_code == 301
    assert answer.headers["Location"].lower() == "https://127.0.0.1:443/new/old?a=1"


def test_users_move_to_the_candidate_without_a_failed_request(
    aws: ControlPlane, live: WebHost, candidate: WebHost, tmp_path: Path
) -> None:
    groups = aws.target_group(live.release, "i-live"), aws.target_group("hpc-r2", "i-candidate")
    aws.forward(aws.users, {groups[0]: 1})
    credentials, out = tmp_path / "credentials.json", tmp_path / "traffic.jsonl"
    credentials.write_text(json.dumps(live.passwords))
    with aws.front_door() as front_door, Load(front_door.url, credentials, out, rate=50):
        eventually(lambda: live.asked["/"] > 20)
        aws.forward(aws.users, {groups[1]: 1})
        eventually(lambda: candidate.asked["/"] > 40)
    met = summary(out)
    assert met["failed"] == 0
    assert met["relogins"] >= 1
    assert set(met["by_release"]) == {live.release, candidate.release}


def test_who_is_moved_while_logging_in_just_logs_in_again(
    aws: ControlPlane, live: WebHost, candidate: WebHost, tmp_path: Path
) -> None:
    groups = aws.target_group(live.release, "i-live"), aws.target_group("hpc-r2", "i-candidate")
    aws.forward(aws.users, {groups[0]: 1})
    credentials, out = tmp_path / "credentials.json", tmp_path / "traffic.jsonl"
    credentials.write_text(json.dumps(live.passwords))
    with aws.front_door() as front_door, Load(front_door.url, credentials, out, users=1, rate=0.5):
        eventually(lambda: live.asked["/login"] == 1)
        aws.forward(aws.users, {groups[1]: 1})
        eventually(lambda: candidate.asked["/"] > 0)
    met = summary(out)
    assert (met["failed"], met["relogins"]) == (0, 1)
    # Once with the other release's form, once with its own. A visit may end before it gets a page.
    assert candidate.asked["/auth"] >= 2


class Invoked:
    """Replaces the Lambda functions: records each event, and returns the test's answer."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Any = {"statusCode": 200, "body": "ok"}
        self.errored = False

    def __call__(self, event: dict[str, Any]) -> tuple[str, bool, str]:
        self.events.append(event)
        return json.dumps(self.answer), self.errored, ""


@pytest.fixture
def invoked(monkeypatch: pytest.MonkeyPatch) -> Invoked:
    invoked = Invoked()
    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", lambda _, event: invoked(event))
    return invoked


def test_a_function_gets_the_event_of_a_load_balancer(
    aws: ControlPlane, browser: requests.Session, invoked: Invoked
) -> None:
    action = aws.function("review-upgrade")
    aws.rule(1, "/review*", action)
    invoked.answer = {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "headers": {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
        "body": "<h1>Grüße</h1>",
        "isBase64Encoded": False,
    }
    with aws.front_door() as front_door:
        answer = browser.get(f"{front_door.url}/review?run=a%2Fb&key=1&key=2", timeout=10)
    assert (answer.status_code, answer.text) == (200, "<h1>Grüße</h1>")
    assert answer.headers["Cache-Control"] == "no-store"
    [event] = invoked.events
    headers = event.pop("headers")
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert event == {
        "requestContext": {"elb": {"targetGroupArn": action["TargetGroupArn"]}},
        "httpMethod": "GET",
        "path": "/review",
        "queryStringParameters": {"run": "a%2Fb", "key": "2"},
        "body": "",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/x-www-form-urlencoded", "decision=approve", True),
        ("application/json", '{"decision":"approve"}', False),
    ],
)
def test_a_submitted_form_arrives_encoded_and_json_does_not(
    aws: ControlPlane,
    browser: requests.Session,
    invoked: Invoked,
    content_type: str,
    body: str,
    encoded: bool,
) -> None:
    aws.rule(1, "/review", aws.function("review-upgrade"))
    with aws.front_door() as front_door:
        browser.post(
            f"{front_door.url}/review", body, headers={"Content-Type": content_type}, timeout=10
        )
    [event] = invoked.events
    assert event["isBase64Encoded"] is encoded
    sent = base64.b64decode(event["body"]).decode() if encoded else event["body"]
    assert (event["httpMethod"], sent) == ("POST", body)


@pytest.mark.parametrize(
    "answer", ["just text", None, {"body": "no status"}, {"statusCode": "well"}, [1]]
)
def test_a_function_that_answers_in_another_shape_is_a_bad_gateway(
    aws: ControlPlane, browser: requests.Session, invoked: Invoked, answer: Any
) -> None:
    aws.rule(1, "/review", aws.function("review-upgrade"))
    invoked.answer = answer
    with aws.front_door() as front_door:
        assert browser.get(f"{front_door.url}/review", timeout=10).status_code == 502


def test_a_function_that_fails_is_a_bad_gateway_and_called_once(
    aws: ControlPlane, browser: requests.Session, invoked: Invoked
) -> None:
    aws.rule(1, "/review", aws.function("review-upgrade"))
    invoked.errored = True
    with aws.front_door() as front_door:
        assert browser.get(f"{front_door.url}/review", timeout=10).status_code == 502
    assert len(invoked.events) == 1


def test_a_function_that_is_gone_is_a_bad_gateway(
    aws: ControlPlane, browser: requests.Session
) -> None:
    aws.rule(1, "/review", aws.function("review-upgrade"))
    aws.client("lambda").delete_function(FunctionName="review-upgrade")
    with aws.front_door() as front_door:
        assert browser.get(f"{front_door.url}/review", timeout=10).status_code == 502


def test_the_front_door_outlives_its_control_plane(
    live: WebHost, tmp_path: Path, browser: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    aws = ControlPlane(f"http://{host}:{port}", tmp_path)
    aws.forward(aws.users, {aws.target_group(live.release, "i-live"): 1})
    with aws.front_door() as front_door:
        server.stop()
        eventually(lambda: "keeps its last rules" in caplog.text)
        assert released_by(browser, front_door.url) == live.release
