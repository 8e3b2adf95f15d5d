"""AWS's errors become ours by their code, and none of botocore's leaves an adapter."""

import importlib
import inspect
import pkgutil

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from changeover import adapters
from changeover.adapters.aws_errors import ignoring, translated, translation, when
from changeover.adapters.services import AwsServices
from changeover.errors import ChangeoverError, Conflict, Transient, Unhealthy


def answer(code: str, message: str = "words", status: int = 400) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


def cancelled(*codes: str) -> ClientError:
    error = answer("TransactionCanceledException")
    error.response["CancellationReasons"] = [{"Code": code} for code in codes]
    return error


@pytest.mark.parametrize(
    "error",
    [
        answer("ThrottlingException"),
        answer("Throttling"),
        answer("SlowDown", status=503),
        answer("InternalError", status=500),
        answer("NeverHeardOf", status=502),
        answer("NeverHeardOf", status=429),
        cancelled("None", "TransactionConflict"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
)
def test_what_may_work_in_a_moment_is_transient(error: ClientError | BotoCoreError) -> None:
    assert type(translation(error)) is Transient


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_missing_right_is_a_conflict_that_names_the_action(code: str) -> None:
    conflict = translation(answer(code))
    assert type(conflict) is Conflict
    assert "not allowed to call PutItem" in str(conflict)


@pytest.mark.parametrize("error", [answer("NeverHeardOf"), NoCredentialsError()])
def test_what_nobody_expects_is_a_conflict(error: ClientError | BotoCoreError) -> None:
    assert type(translation(error)) is Conflict


@pytest.mark.parametrize("message", ["throttling", "AccessDenied", "Rate exceeded"])
def test_words_decide_nothing(message: str) -> None:
    assert str(translation(answer("NeverHeardOf", message))) == f"PutItem: NeverHeardOf: {message}"


@pytest.mark.parametrize(
    "error",
    [
        answer("ValidationException", "Value 'the-token' at 'taskToken' is too long"),
        ParamValidationError(report="Invalid type for parameter taskToken, value: the-token"),
    ],
)
def test_a_value_that_aws_does_not_like_is_not_repeated(error: ClientError | BotoCoreError) -> None:
    assert "the-token" not in str(translation(error))


def test_an_expected_code_is_ignored_and_no_other() -> None:
    with ignoring("NotThere"):
        raise answer("NotThere")
    with pytest.raises(ClientError), ignoring("NotThere"):
        raise answer("Else")


def test_a_code_may_mean_one_of_our_errors() -> None:
    told = r"it is gone \(PutItem: NotThere: words\)"
    gone = when("NotThere", then=Unhealthy, says="it is gone")
    with pytest.raises(Unhealthy, match=told), gone:
        raise answer("NotThere")
    with pytest.raises(ClientError), when("NotThere", then=Unhealthy, says="it is gone"):
        raise answer("Else")


def test_a_reason_of_a_cancelled_transaction_counts_as_its_code() -> None:
    with pytest.raises(Conflict), when("ConditionalCheckFailed", then=Conflict, says="lost"):
        raise cancelled("ConditionalCheckFailed", "None")


def test_a_translated_adapter_raises_ours() -> None:
    @translated
    class Adapter:
        def call(self) -> None:
            raise answer("SlowDown")

    with pytest.raises(Transient):
        Adapter().call()


def test_our_own_errors_pass_unchanged() -> None:
    @translated
    class Adapter:
        def call(self) -> None:
            raise Unhealthy("it is gone")

    with pytest.raises(Unhealthy, match=r"^it is gone$"):
        Adapter().call()


def ports_on_aws() -> list[type]:
    made = [getattr(AwsServices, name) for name in dir(AwsServices) if not name.startswith("_")]
    returned = [
        inspect.signature(one.func).return_annotation for one in made if hasattr(one, "func")
    ]
    modules = pkgutil.iter_modules(adapters.__path__, f"{adapters.__name__}.")
    names = {name: importlib.import_module(name) for _, name, _ in modules}
    return [kind for kind in returned if kind.__module__ in names]


def test_no_adapter_lets_botocore_out() -> None:
    kinds = ports_on_aws()
    assert len(kinds) == 15
    for kind in kinds:
        methods = [
            member
            for name, member in vars(kind).items()
            if inspect.isfunction(member) and not name.startswith("_")
        ]
        assert methods
        assert all(hasattr(method, "__wrapped__") for method in methods), kind.__name__


def test_every_error_is_one_of_four() -> None:
    assert {kind.__name__ for kind in ChangeoverError.__subclasses__()} == {
        "Refused",
        "Unhealthy",
        "Transient",
        "Conflict",
    }
