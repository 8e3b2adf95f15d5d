"""What an operator may say about images, and what is refused before it does harm."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from changeover.cluster.image_settings import Day, ImageSettings, Policy, StartWindow
from tests.support.image_pipeline import BASE_PARAMETER, PIPELINE, PREFIX, settings

# 1 March 2026 is a Sunday.
SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)
MONDAY = SUNDAY + timedelta(days=1)


def window(day: str = "sunday", starts: str = "22:00", hours: int = 4) -> StartWindow:
    return StartWindow.model_validate({"day": day, "starts": starts, "hours": hours})


def test_saying_nothing_watches_no_images_and_accepts_no_risk() -> None:
    usual = ImageSettings()
    assert (usual.pipeline, usual.prefix, usual.windows) == (None, None, ())
    assert usual.policy is Policy.ALWAYS
    assert (usual.ceilings.critical, usual.ceilings.high, usual.ceilings.medium) == (0, 0, None)
    assert not usual.accept_unscanned
    assert not usual.accept_unencrypted


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (SUNDAY.replace(hour=21, minute=59), False),
        (SUNDAY.replace(hour=22), True),
        (MONDAY, True),
        (MONDAY.replace(hour=1, minute=59), True),
        (MONDAY.replace(hour=2), False),
        (MONDAY.replace(hour=22), False),
        (SUNDAY, False),
        (SUNDAY.replace(hour=1), False),
    ],
)
def test_a_window_reaches_into_the_next_day(now: datetime, inside: bool) -> None:
    assert window().holds(now) is inside


def test_a_window_of_a_whole_day_ends_where_it_began_a_day_later() -> None:
    whole = window(starts="06:30", hours=24)
    begins = SUNDAY.replace(hour=6, minute=30)
    assert whole.holds(begins)
    assert whole.holds(begins + timedelta(hours=24, seconds=-1))
    assert not whole.holds(begins + timedelta(hours=24))
    assert not whole.holds(begins - timedelta(seconds=1))


def test_a_window_is_in_utc_wherever_the_clock_stands() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert window().holds(SUNDAY.replace(hour=23).astimezone(tokyo))
    assert not window().holds(datetime(2026, 3, 1, 23, tzinfo=tokyo))


def test_every_day_of_the_week_has_its_window() -> None:
    for number, day in enumerate(Day):
        there = SUNDAY + timedelta(days=number + 1, hours=22)
        holding = [other for other in Day if window(other, hours=2).holds(there)]
        assert holding == [day]


def test_windows_may_reach_over_the_end_of_a_year() -> None:
    assert window("thursday").holds(datetime(2027, 1, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("starts", ["22:00+02:00", "22:00-07:00"])
def test_a_time_of_another_zone_is_refused_and_not_taken_for_utc(starts: str) -> None:
    with pytest.raises(ValidationError, match="the time is in UTC: write it without a time zone"):
        window(starts=starts)


@pytest.mark.parametrize("starts", ["22:00Z", "22:00+00:00", "22:00:00"])
def test_utc_may_be_said(starts: str) -> None:
    assert window(starts=starts) == window()


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "Sunday"},
        {"day": "someday"},
        {"hours": 0},
        # The hourly look could miss it.
        {"hours": 1},
        {"hours": 25},
        {"starts": "25:00"},
        {"starts": "at night"},
    ],
)
def test_a_window_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        window(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": "sometimes"},
        {"ceilings": {"critical": -1}},
        {"ceilings": {"low": 1}},
        {"architecture": "i386"},
        {"prefix": PREFIX.removesuffix("/")},
        {"prefix": "arn:aws:imagebuilder:us-east-1:111122223333:image/"},
        {"prefix": f"{PREFIX}*"},
        {"pipeline": PREFIX},
        {"pipeline": f"{PIPELINE}*"},
        {"base_parameter": "no/slash"},
        {"stale_after_days": 0},
        {"poll_seconds": 0},
        {"window": []},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


@pytest.mark.parametrize("version", ["", "1.", "1.0.0/", "2.1.7"])
def test_a_prefix_may_go_as_far_as_a_version(version: str) -> None:
    assert settings(prefix=PREFIX + version).prefix == PREFIX + version


def test_names_may_have_what_image_builder_leaves_in_arns() -> None:
    prefix, pipeline = (name.replace("hpc-", "hpc_site-") for name in (PREFIX, PIPELINE))
    there = settings(prefix=prefix, pipeline=pipeline, also_told=[prefix])
    assert (there.prefix, there.pipeline, there.also_told) == (prefix, pipeline, (prefix,))


def test_a_base_is_a_public_parameter_or_none() -> None:
    assert settings().base_parameter == BASE_PARAMETER
    assert settings(base_parameter="").base_parameter == ""


def test_settings_are_the_same_after_a_journey_through_json() -> None:
    there = settings(windows=[{"day": "sunday", "starts": "22:00", "hours": 4}])
    assert ImageSettings.model_validate_json(there.model_dump_json()) == there
    assert ImageSettings.model_validate(there.model_dump(mode="json")) == there


def test_windows_are_named_where_they_are_waited_for() -> None:
    with pytest.raises(ValidationError, match="the policy is window, but windows is empty"):
        settings(policy="window")
