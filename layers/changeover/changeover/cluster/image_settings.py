"""Settings for images: part of a cluster's configuration."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from changeover.types import ImagePrefix, PipelineArn, Seconds, Value


class Policy(StrEnum):
    """When a new image that passed its checks starts an upgrade automatically."""

    ALWAYS = "always"
    ON_CVE = "on-cve"
    WINDOW = "window"
    MANUAL = "manual"


class Day(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class StartWindow(Value):
    """A weekly time window, in UTC, in which an upgrade may start automatically."""

    day: Day
    starts: time
    hours: int = Field(
        ge=2, le=24, description="at least 2, because Reconcile starts the upgrade and runs hourly"
    )

    @field_validator("starts")
    @classmethod
    def _in_utc(cls, starts: time) -> time:
        if starts.utcoffset():
            raise ValueError("the time is in UTC: write it without a time zone")
        return starts.replace(tzinfo=None)

    def holds(self, now: datetime) -> bool:
        """Whether the window contains `now`, an aware datetime. It may reach into the next day."""
        here = now.astimezone(UTC)
        days = [here.date() - timedelta(days=back) for back in (0, 1)]
        begins = [
            datetime.combine(day, self.starts, UTC)
            for day in days
            if list(Day)[day.weekday()] is self.day
        ]
        return any(begin <= here < begin + timedelta(hours=self.hours) for begin in begins)


class VulnerabilityCeilings(Value):
    """How many known vulnerabilities an image may have. None allows any number."""

    critical: int | None = Field(
        0, ge=0, description="maximum number of findings; null for any number"
    )
    high: int | None = Field(0, ge=0, description="maximum number of findings; null for any number")
    medium: int | None = Field(
        None, ge=0, description="maximum number of findings; null for any number"
    )


class ImageSettings(Value):
    """Where images come from, which checks they must pass, and when one starts an upgrade.

    ARNs of the cluster's image builds begin with `prefix`. Without a prefix, every event is
    ignored. `also_told` and `also_told_pipelines` name images and pipelines of desktops: operators
    are notified of their failures only. `base_parameter` is the public SSM parameter that names the
    distribution's newest AMI.
    """

    pipeline: PipelineArn | None = Field(None, description="ARN of the pipeline to run")
    prefix: ImagePrefix | None = Field(
        None, description="prefix of the ARNs of the cluster's image builds"
    )
    also_told: tuple[ImagePrefix, ...] = Field(
        (), description="prefixes of images whose failures are reported, and nothing else"
    )
    also_told_pipelines: tuple[PipelineArn, ...] = Field(
        (), description="ARNs of pipelines whose failures are reported, and nothing else"
    )
    base_parameter: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9_./-]{1,500})?$",
        description="public SSM parameter with the newest AMI of the distribution",
    )
    policy: Policy = Field(Policy.ALWAYS, description="when a good image starts an upgrade")
    windows: tuple[StartWindow, ...] = Field(
        (), description="start windows for the policy `window`, in UTC"
    )
    ceilings: VulnerabilityCeilings = VulnerabilityCeilings()
    architecture: str = Field(
        "x86_64", pattern=r"^(x86_64|arm64)$", description="`x86_64` or `arm64`"
    )
    accept_unscanned: bool = Field(
        False,  # noqa: FBT003 - a default
        description="use an image that has no result of a vulnerability scan",
    )
    accept_unencrypted: bool = Field(
        False,  # noqa: FBT003 - a default
        description="use an image whose disks are not encrypted",
    )
    stale_after_days: int = Field(
        30, ge=1, le=3_650, description="an e-mail reports an image that is older than this"
    )
    poll_seconds: Seconds = Field(60, description="time between two polls of a build")
    deadline_seconds: Seconds = Field(
        14_400, description="a build and scan that take longer count as failed"
    )

    @model_validator(mode="after")
    def _can_ever_start(self) -> "ImageSettings":
        if self.policy is Policy.WINDOW and not self.windows:
            raise ValueError("the policy is window, but windows is empty: add a window")
        return self
