"""E-mail to operators through an SNS topic."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import translated
from changeover.ports.values import Subscriber

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

# SNS takes less than 100 printable ASCII characters on one line.
LONGEST_SUBJECT = 99


@translated
class SnsNotifications:
    def __init__(self, sns: "SNSClient", topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def confirmed_subscribers(self) -> int:
        # A pending or deleted subscription has a word instead of an ARN. A queue cannot approve.
        return sum(
            subscription["SubscriptionArn"].startswith("arn:")
            and subscription["Protocol"].startswith("email")
            for subscription in self._subscriptions()
        )

    def subscribers(self) -> tuple[Subscriber, ...]:
        return tuple(
            Subscriber(each["Protocol"], each.get("Endpoint", ""))
            for each in self._subscriptions()
            if each["SubscriptionArn"] != "Deleted"
        )

    def _subscriptions(self) -> Iterator["SubscriptionTypeDef"]:
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=self._topic_arn
        )
        return (each for page in pages for each in page["Subscriptions"])

    def send(self, subject: str, message: str) -> None:
        self._sns.publish(TopicArn=self._topic_arn, Subject=subject_line(subject), Message=message)


def subject_line(text: str) -> str:
    """Return a valid SNS subject: other characters become question marks, long text is cut."""
    line = " ".join(text.split()).encode("ascii", "replace").decode()
    printable = "".join(letter for letter in line if letter.isprintable())
    if len(printable) <= LONGEST_SUBJECT:
        return printable
    return printable[: LONGEST_SUBJECT - 3] + "..."
