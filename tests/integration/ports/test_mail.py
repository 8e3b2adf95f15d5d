"""Mail, in memory and through SNS."""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.notifications import LONGEST_SUBJECT, SnsNotifications, subject_line
from changeover.ports.services import Mail
from changeover.ports.values import Subscriber
from tests.support.fakes import FakeMail

TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:changeover-hpc"


@dataclass
class Box:
    """A port, and the mails that arrived through it."""

    mail: Mail
    received: Callable[[], list[tuple[str, str]]]


@pytest.fixture
def box(kind: str, request: pytest.FixtureRequest) -> Box:
    if kind == "memory":
        fake = FakeMail()
        return Box(fake, lambda: fake.sent)
    return in_moto(request.getfixturevalue("aws"))


def in_moto(aws: boto3.Session) -> Box:
    from moto.sns.models import sns_backends  # noqa: PLC0415 - only once moto is at work

    sns = aws.client("sns")
    topic = sns.create_topic(Name="changeover-hpc")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="hpc@example.com")
    sent = sns_backends["123456789012"]["us-east-1"].topics[topic].sent_notifications
    return Box(
        SnsNotifications(sns, topic), lambda: [(subject, text) for _, text, subject, *_ in sent]
    )


def test_a_mail_is_sent_with_its_subject(box: Box) -> None:
    box.mail.send("Approve hpc-r2", "The code is …")
    assert box.received() == [("Approve hpc-r2", "The code is …")]


def test_a_subject_is_made_fit_for_mail(box: Box) -> None:
    box.mail.send("Für hpc-r2:\nnow " + "x" * 200, "…")
    ((subject, _),) = box.received()
    assert subject.startswith("F?r hpc-r2: now xxx")
    assert len(subject) <= LONGEST_SUBJECT


def test_confirmed_subscribers_are_counted(box: Box) -> None:
    assert box.mail.confirmed_subscribers() == 1


def test_a_subscription_that_waits_or_was_deleted_does_not_count() -> None:
    arns = [f"{TOPIC_ARN}:1", "PendingConfirmation", "Deleted", f"{TOPIC_ARN}:2"]
    assert confirmed([(arn, "email") for arn in arns]) == 2


def test_everybody_who_is_subscribed_is_listed() -> None:
    listed = [
        {"SubscriptionArn": f"{TOPIC_ARN}:1", "Protocol": "email", "Endpoint": "hpc@example.com"},
        {"SubscriptionArn": "PendingConfirmation", "Protocol": "https", "Endpoint": "https://x"},
        {"SubscriptionArn": "Deleted", "Protocol": "email", "Endpoint": "gone@example.com"},
    ]
    sns = boto3.client("sns")
    with Stubber(sns) as stubber:
        stubber.add_response("list_subscriptions_by_topic", {"Subscriptions": listed})
        assert SnsNotifications(sns, TOPIC_ARN).subscribers() == (
            Subscriber("email", "hpc@example.com"),
            Subscriber("https", "https://x"),
        )


def test_only_mail_can_be_answered_by_a_person() -> None:
    protocols = ["sqs", "https", "lambda", "sms", "email-json", "email"]
    assert confirmed([(f"{TOPIC_ARN}:{protocol}", protocol) for protocol in protocols]) == 2


def confirmed(subscriptions: list[tuple[str, str]]) -> int:
    sns = boto3.client("sns")
    listed = [{"SubscriptionArn": arn, "Protocol": protocol} for arn, protocol in subscriptions]
    with Stubber(sns) as stubber:
        stubber.add_response(
            "list_subscriptions_by_topic", {"Subscriptions": listed}, {"TopicArn": TOPIC_ARN}
        )
        return SnsNotifications(sns, TOPIC_ARN).confirmed_subscribers()


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Approve hpc-r2", "Approve hpc-r2"),
        ("two\r\nlines\tand a bell\a", "two lines and a bell"),
        ("é", "?"),
        ("x" * 99, "x" * 99),
        ("x" * 100, "x" * 96 + "..."),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(text: str, subject: str) -> None:
    assert subject_line(text) == subject
