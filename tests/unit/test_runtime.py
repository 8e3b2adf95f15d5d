"""What surrounds every handler: parsing, refusing, injecting, one line in the log."""

import dataclasses
import io
import json
import math
from types import SimpleNamespace
from typing import Any

import pytest

from changeover import runtime
from changeover.adapters.deadline import seconds_left
from changeover.adapters.services import AwsServices
from changeover.errors import Refused, Transient, Unhealthy
from changeover.ports.services import Services
from changeover.runtime import Handler, Settings, page, step
from changeover.types import Percent, ReleaseName, Value
from tests.support.fakes import FakeServices

CONTEXT: Any = SimpleNamespace(function_name="changeover-hpc-shift-traffic")
ENVIRONMENT = {
    "CLUSTER": "hpc",
    "CONFIGURATION_PREFIX": "/changeover",
    "RELEASES_TABLE": "releases",
    "EVIDENCE_BUCKET": "evidence",
    "EVIDENCE_KEY_ARN": "arn:aws:kms:us-east-1:111122223333:key/evidence",
    "BUILD_PROJECT": "changeover-hpc-build-release",
    "DEPLOY_ROLE_ARN": "arn:aws:iam::111122223333:role/deploy",
    "LISTENER_ARN": "arn:users",
    "PREVIEW_LISTENER_ARN": "arn:preview",
    "VPC_ID": "vpc-1",
    "WEB_ACL_ARN": "",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:changeover-hpc",
    "FRONT_DOOR_URL": "https://hpc.example.com",
    "DOCUMENT_PREFIX": "changeover-hpc-",
    "MACHINE_PREFIX": "arn:aws:states:us-east-1:111122223333:stateMachine:changeover-hpc-",
    "POWERTOOLS_SERVICE_NAME": "changeover",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


class Shift(Value):
    run: str
    candidate: ReleaseName
    weight: Percent = 100


class Shifted(Value):
    weights: dict[str, int]


@step
def handler(event: Shift, services: Services) -> Shifted:
    services.front_door.forward({event.candidate: event.weight})
    return Shifted(weights=dict(services.front_door.weights()))


class Left(Value):
    seconds: float


@step
def time_left(_: Shift, __: Services) -> Left:
    return Left(seconds=seconds_left())


@pytest.mark.parametrize(("lambda_seconds", "share"), [(900, 780), (150, 130)])
def test_all_waits_of_an_invocation_end_before_lambda_ends_it(
    lambda_seconds: int, share: int
) -> None:
    context: Any = SimpleNamespace(
        function_name="x", get_remaining_time_in_millis=lambda: lambda_seconds * 1000
    )
    left = in_front_of(FakeServices(), time_left)(EVENT, context)["seconds"]
    assert 0 < left <= share
    assert seconds_left() == math.inf


def test_an_invocation_that_repeats_another_has_the_time_that_lambda_gives_to_itself() -> None:
    """The runtime's process may be the same one; the 780 seconds are never more than is left."""

    @step
    def fails(_: Shift, __: Services) -> Left:
        raise Transient("SSM is busy")

    seconds = iter([900, 30])
    context: Any = SimpleNamespace(
        function_name="x", get_remaining_time_in_millis=lambda: next(seconds) * 1000
    )
    with pytest.raises(Transient):
        in_front_of(FakeServices(), fails)(EVENT, context)
    assert 0 < in_front_of(FakeServices(), time_left)(EVENT, context)["seconds"] <= 26


def in_front_of(services: FakeServices, made: Handler[Any, Any] = handler) -> Handler[Any, Any]:
    return dataclasses.replace(made, services=lambda: services)


EVENT = {"run": "run-1", "candidate": "hpc-r2"}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(runtime.logger.registered_handler, "stream", stream)
    return stream


def last_line(log: io.StringIO) -> dict[str, Any]:
    return json.loads(log.getvalue().splitlines()[-1])


def test_an_event_goes_in_typed_and_the_result_comes_out_as_json() -> None:
    assert in_front_of(FakeServices())(EVENT, CONTEXT) == {"weights": {"hpc-r2": 100}}


def test_a_step_is_called_with_values_where_no_json_is_needed() -> None:
    event = Shift(run="run-1", candidate="hpc-r2", weight=10)
    assert handler.step(event, FakeServices()) == Shifted(weights={"hpc-r2": 10})


def test_a_plain_dictionary_goes_in_and_out_as_it_is() -> None:
    @step
    def echo(event: dict[str, Any], services: Services) -> dict[str, Any]:
        return {**event, "cluster": services.default_cluster}

    assert in_front_of(FakeServices(), echo)({"a": 1}, CONTEXT) == {"a": 1, "cluster": "hpc"}


def test_every_problem_of_an_event_is_told_at_once_without_its_values() -> None:
    event = {"candidate": "hunter2!", "weight": 5_000, "pasword": "hunter2!"}
    with pytest.raises(Refused) as refusal:
        in_front_of(FakeServices())(event, CONTEXT)
    said = str(refusal.value)
    assert "run: Field required" in said
    assert "candidate: String should match" in said
    assert "weight: Input should be less than" in said
    assert "pasword: Extra inputs are not permitted" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("event", [None, [], 1, "words"])
def test_an_event_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(Refused, match="the input: "):
        in_front_of(FakeServices())(event, CONTEXT)


def test_a_call_is_one_line_that_its_run_is_found_by(log: io.StringIO) -> None:
    in_front_of(FakeServices())(EVENT | {"weight": 73}, CONTEXT)
    assert len(log.getvalue().splitlines()) == 1
    logged = last_line(log)
    assert logged["function"] == "changeover-hpc-shift-traffic"
    assert (logged["run"], logged["correlation_id"]) == ("run-1", "run-1")
    assert logged["candidate"] == "hpc-r2"
    assert logged["outcome"] == "done"
    assert "weight" not in logged
    assert 73 not in logged.values()


class Plan(Value):
    cluster: str
    execution: str
    saved_actions: str = "[]"


class Watch(Value):
    plan: Plan
    run: str


def test_a_line_names_what_the_plan_names(log: io.StringIO) -> None:
    @step
    def watch(event: Watch, services: Services) -> dict[str, Any]:
        return {"over": event.plan.cluster == services.default_cluster}

    event = {"run": "run-1", "plan": {"cluster": "hpc", "execution": "arn:execution"}}
    in_front_of(FakeServices(), watch)(event, CONTEXT)
    logged = last_line(log)
    assert (logged["run"], logged["cluster"]) == ("run-1", "hpc")
    assert logged["correlation_id"] == logged["execution"] == "arn:execution"
    assert "saved_actions" not in logged


def test_a_failure_is_logged_by_its_name_and_raised(log: io.StringIO) -> None:
    services = FakeServices()
    services.front_door.stuck = True
    with pytest.raises(Unhealthy):
        in_front_of(services)(EVENT, CONTEXT)
    assert last_line(log)["outcome"] == "Unhealthy"


def test_a_refused_event_is_logged_under_no_run(log: io.StringIO) -> None:
    services = FakeServices()
    in_front_of(services)(EVENT, CONTEXT)
    with pytest.raises(Refused):
        in_front_of(services)({}, CONTEXT)
    logged = last_line(log)
    assert logged["outcome"] == "Refused"
    assert "run" not in logged
    assert not logged.get("correlation_id")


def test_a_crash_is_a_crash(log: io.StringIO) -> None:
    @step
    def broken(event: Shift, services: Services) -> Shifted:
        raise KeyError(event.run, services.default_cluster)

    with pytest.raises(KeyError):
        in_front_of(FakeServices(), broken)(EVENT, CONTEXT)
    assert last_line(log)["outcome"] == "crashed"


def test_a_page_that_fails_is_still_a_page() -> None:
    @page
    def busy(event: dict[str, Any], services: Services) -> dict[str, Any]:
        raise Transient(f"{services.default_cluster}: {event}")

    answer = in_front_of(FakeServices(), busy)({}, CONTEXT)
    assert answer["statusCode"] == 503
    assert "hpc" not in answer["body"]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    runtime.services.cache_clear()
    return monkeypatch


def test_the_settings_are_the_environment() -> None:
    settings = Settings.model_validate(ENVIRONMENT)
    assert {name.upper(): value for name, value in settings.model_dump().items()} == ENVIRONMENT


def test_a_function_keeps_its_neighbors(environment: pytest.MonkeyPatch) -> None:
    first = runtime.services()
    assert isinstance(first, AwsServices)
    assert first.default_cluster == "hpc"
    assert runtime.services() is first
    environment.undo()


def test_a_function_without_its_environment_says_what_is_missing(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("LISTENER_ARN")
    environment.setenv("FRONT_DOOR_URL", "https://hpc.example.com/")
    with pytest.raises(Refused) as refusal:
        handler(EVENT, CONTEXT)
    assert "LISTENER_ARN: Field required" in str(refusal.value)
    assert "FRONT_DOOR_URL: String should match" in str(refusal.value)


def test_a_neighbor_is_made_when_it_is_asked_for_and_only_once() -> None:
    services = AwsServices(Settings.model_validate(ENVIRONMENT))
    assert services.releases is services.releases
    made = {name for name in vars(services) if name != "settings"}
    assert made == {"releases", "_table", "_session"}


def test_calls_to_aws_are_bounded_and_repeated() -> None:
    services = AwsServices(Settings.model_validate(ENVIRONMENT))
    config = services._ssm.meta.config
    assert config.connect_timeout + config.read_timeout <= 30
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_a_secret_begins_with_a_letter_and_never_repeats() -> None:
    services = AwsServices(Settings.model_validate(ENVIRONMENT))
    made = {services.new_secret(12) for _ in range(200)}
    assert len(made) == 200
    assert all(len(secret) == 12 and secret.isalnum() and secret[0].isalpha() for secret in made)


def test_time_has_a_zone() -> None:
    assert AwsServices(Settings.model_validate(ENVIRONMENT)).now().tzinfo is not None
