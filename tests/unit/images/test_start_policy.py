"""Whether a good image starts an upgrade now, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changeover.cluster.configuration import FreezeWindow
from changeover.cluster.image_settings import Policy
from changeover.images.start_policy import Start, judge_start
from changeover.ports.values import Vulnerabilities
from tests.support.image_pipeline import CLEAN, NOON, settings

HOUR = timedelta(hours=1)
SUNDAYS = [{"day": "sunday", "starts": "11:00", "hours": 2}]


def start(
    policy: str,
    live: Vulnerabilities | None = CLEAN,
    freezes: tuple[FreezeWindow, ...] = (),
    now: datetime = NOON,
    **anew: Any,
) -> Start:
    return judge_start(settings(policy=policy, **anew), live, freezes, now)


def test_always_is_now() -> None:
    assert start("always") == Start(now=True, why="every new image starts an upgrade")


def test_by_hand_a_person_is_asked_and_nothing_starts() -> None:
    assert start("manual") == Start(now=False, why="the policy is manual", ask=True)


@pytest.mark.parametrize(
    ("live", "now", "why"),
    [
        (CLEAN, False, "live's image has no more vulnerabilities than allowed"),
        (
            Vulnerabilities(medium=99),
            False,
            "live's image has no more vulnerabilities than allowed",
        ),
        (Vulnerabilities(high=1), True, "live's image has 1 high (at most 0)"),
        (None, True, "the vulnerabilities of live's image are unknown"),
    ],
)
def test_on_vulnerabilities_lives_image_decides(
    live: Vulnerabilities | None, now: bool, why: str
) -> None:
    assert start("on-cve", live) == Start(now=now, why=why)


def test_on_vulnerabilities_the_ceilings_are_those_of_the_configuration() -> None:
    assert not start("on-cve", Vulnerabilities(high=1), ceilings={"high": 1}).now


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (NOON - HOUR - timedelta(seconds=1), False),
        (NOON - HOUR, True),
        (NOON, True),
        (NOON + HOUR - timedelta(seconds=1), True),
        (NOON + HOUR, False),
        (NOON + timedelta(days=1), False),
        (NOON + timedelta(days=7), True),
    ],
)
def test_in_a_window_it_is_now_and_outside_it_waits(now: datetime, inside: bool) -> None:
    why = "inside a window" if inside else "outside every window"
    assert start("window", now=now, windows=SUNDAYS) == Start(now=inside, why=why)


def test_one_of_several_windows_is_enough() -> None:
    windows = [{"day": "monday", "starts": "11:00", "hours": 2}, *SUNDAYS]
    assert start("window", windows=windows).now


@pytest.mark.parametrize("policy", ["always", "on-cve", "manual"])
def test_windows_are_for_the_policy_of_that_name_only(policy: str) -> None:
    outside = NOON + timedelta(days=1)
    assert start(policy, windows=SUNDAYS, now=outside) == start(policy)


@pytest.mark.parametrize("policy", list(Policy))
def test_no_policy_starts_or_asks_anything_in_a_freeze(policy: Policy) -> None:
    freeze = FreezeWindow(starts=NOON - HOUR, ends=NOON + HOUR, reason="a conference")
    held = start(policy, None, (freeze,), windows=SUNDAYS)
    assert held == Start(now=False, why="frozen until 2026-03-01 13:00 UTC")


@pytest.mark.parametrize(
    ("now", "frozen"),
    [(NOON - timedelta(seconds=1), False), (NOON, True), (NOON + HOUR, False)],
)
def test_a_freeze_holds_from_its_first_second_to_its_last(now: datetime, frozen: bool) -> None:
    freeze = FreezeWindow(starts=NOON, ends=NOON + HOUR, reason="a conference")
    assert start("always", freezes=(freeze,), now=now).now is not frozen


def test_the_end_of_a_freeze_is_told_with_its_zone() -> None:
    east = datetime.fromisoformat("2026-03-01T20:00:00+09:00")
    freeze = FreezeWindow(starts=east, ends=east + 2 * HOUR, reason="a conference")
    assert east.astimezone(UTC) < NOON
    assert start("always", freezes=(freeze,)).why == "frozen until 2026-03-01 22:00 UTC+09:00"
