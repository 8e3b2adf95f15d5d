"""An image is judged on facts, and whoever made it hears every reason at once."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from changeover.images.acceptance import SUPPORT_ENDS, Baseline, Judgment, judge, over_limit
from changeover.ports.values import Image, ImageBuild, Vulnerabilities
from tests.support.image_pipeline import NOON, ami, good_build, good_image, settings

AL2, AL2023 = "Amazon Linux 2", "Amazon Linux 2023"
LAST_DAY_OF_AL2 = datetime(2026, 6, 30, 23, 59, tzinfo=UTC)
DAY_AFTER_AL2 = datetime(2026, 7, 1, tzinfo=UTC)


def judged(
    made: ImageBuild | None = None,
    image: Image | None = None,
    *,
    now: datetime = NOON,
    base_os: str = "amazonlinux2023",
    newest: dict[str, Image] | None = None,
    **anew: Any,
) -> Judgment:
    baseline = Baseline(now=now, base_os=base_os, newest=newest or {})
    return judge(made or good_build(), image or good_image(), baseline, settings(**anew))


def test_nothing_speaks_against_a_good_image() -> None:
    assert judged() == Judgment(problems=(), warnings=())


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"status": "TESTING"}, "the build is TESTING, not AVAILABLE"),
        (
            {"status": "FAILED", "reason": "No room."},
            "the build is FAILED (No room.), not AVAILABLE",
        ),
        ({"status": "available"}, "the build is available, not AVAILABLE"),
        ({"tested": False}, "it was built with its tests disabled"),
        ({"vulnerabilities": Vulnerabilities(critical=1)}, "known vulnerabilities: 1 critical"),
        ({"vulnerabilities": Vulnerabilities(high=2)}, "known vulnerabilities: 2 high (at most 0)"),
        (
            {"vulnerabilities": None, "scan": "FAILED"},
            "vulnerabilities are unknown, so it is refused: the scan is FAILED; enable",
        ),
        (
            {"vulnerabilities": None, "scan": "COMPLETED"},
            "so it is refused: the scan is complete, but Image Builder has no counts",
        ),
        (
            {"vulnerabilities": None, "scan": ""},
            "the scan is none; enable Amazon Inspector for EC2",
        ),
    ],
)
def test_a_build_is_good_or_says_why_not(made: dict[str, Any], problem: str) -> None:
    (found,) = judged(good_build(**made)).problems
    assert problem in found


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ({"state": "pending"}, f"{ami(1)} is pending, not available"),
        ({"architecture": "arm64"}, f"{ami(1)} is arm64, not x86_64"),
        ({"architecture": ""}, f"{ami(1)} is of an unknown architecture, not x86_64"),
        ({"owner": "999988887777"}, f"{ami(1)} belongs to account 999988887777"),
        ({"owner": ""}, f"{ami(1)} belongs to account unknown"),
        ({"public": True}, f"{ami(1)} is public"),
        ({"encrypted": False}, f"{ami(1)} has disks that are not encrypted"),
        ({"created": None}, f"the creation date of {ami(1)} is unknown"),
    ],
)
def test_an_image_is_good_or_says_why_not(image: dict[str, Any], problem: str) -> None:
    (found,) = judged(image=good_image(**image)).problems
    assert problem in found


def test_a_build_without_an_image_here_is_no_good() -> None:
    baseline = Baseline(NOON, "", {})
    assert judge(good_build(), None, baseline, settings()).problems == (
        "it has no AMI in this region",
    )


def test_every_reason_is_told_at_once() -> None:
    bad = good_build(
        status="DISTRIBUTING", tested=False, vulnerabilities=None, operating_system=AL2
    )
    worse = good_image(
        state="pending", architecture="", owner="", public=True, encrypted=False, created=None
    )
    assert len(judged(bad, worse, now=DAY_AFTER_AL2).problems) == 10


@pytest.mark.parametrize(
    ("ceilings", "found", "excess"),
    [
        ({}, Vulnerabilities(medium=1_000), ""),
        ({"critical": 1, "high": 2}, Vulnerabilities(critical=1, high=2), ""),
        ({"critical": 1}, Vulnerabilities(critical=2), "2 critical (at most 1)"),
        ({"critical": None, "high": None}, Vulnerabilities(critical=9, high=9), ""),
        ({"medium": 0}, Vulnerabilities(medium=1), "1 medium (at most 0)"),
        (
            {"medium": 3},
            Vulnerabilities(critical=1, high=2, medium=4),
            "1 critical (at most 0), 2 high (at most 0), 4 medium (at most 3)",
        ),
    ],
)
def test_ceilings_hold_for_each_severity(
    ceilings: dict[str, int | None], found: Vulnerabilities, excess: str
) -> None:
    assert over_limit(found, settings(ceilings=ceilings)) == excess


def test_what_nobody_scanned_may_be_accepted_and_is_told() -> None:
    answer = judged(good_build(vulnerabilities=None, scan=""), accept_unscanned=True)
    assert answer == Judgment((), ("its vulnerabilities are unknown",))
    assert judged(accept_unscanned=True) == Judgment((), ())


def test_accepting_the_unscanned_accepts_nothing_that_was_found() -> None:
    found = good_build(vulnerabilities=Vulnerabilities(critical=1))
    assert judged(found, accept_unscanned=True).problems


def test_disks_that_are_not_encrypted_may_be_accepted() -> None:
    assert judged(image=good_image(encrypted=False), accept_unencrypted=True).problems == ()


@pytest.mark.parametrize("what", ["the next image", "live's image"])
def test_what_is_older_than_what_is_in_use_or_next_is_no_good(what: str) -> None:
    answer = judged(image=good_image(1), newest={what: good_image(2)})
    assert answer.problems == (f"{ami(1)} is older than {ami(2)}, {what}",)


@pytest.mark.parametrize(
    "other",
    [
        good_image(1),
        good_image(2),
        good_image(1, image=ami(7)),
        good_image(2, image=ami(7)),
        good_image(9, created=None),
        good_image(9, image=ami(2)),
    ],
)
def test_what_is_as_young_or_younger_or_the_same_is_good(other: Image) -> None:
    assert judged(image=good_image(2), newest={"the next image": other}).problems == ()


@pytest.mark.parametrize(
    ("system", "now", "base_os", "problems", "warnings"),
    [
        (AL2, LAST_DAY_OF_AL2, "amazonlinux2", 0, 0),
        (AL2, LAST_DAY_OF_AL2, "amazonlinux2023", 0, 0),
        (AL2, DAY_AFTER_AL2, "amazonlinux2", 0, 1),
        (AL2, DAY_AFTER_AL2, "amazonlinux2023", 1, 0),
        (AL2, DAY_AFTER_AL2, "", 1, 0),
        (AL2023, datetime(2029, 6, 30, 12, tzinfo=UTC), "amazonlinux2023", 0, 0),
        (AL2023, datetime(2029, 7, 1, tzinfo=UTC), "amazonlinux2023", 1, 0),
    ],
)
def test_an_operating_system_is_used_until_its_support_ends_or_a_release_demands_it(
    system: str, now: datetime, base_os: str, problems: int, warnings: int
) -> None:
    answer = judged(good_build(operating_system=system), now=now, base_os=base_os)
    assert (len(answer.problems), len(answer.warnings)) == (problems, warnings)
    for told in (*answer.problems, *answer.warnings):
        assert told == f"{system} has had no security updates since {SUPPORT_ENDS[system]}"


@pytest.mark.parametrize("system", [AL2023, "Ubuntu 24.04", ""])
def test_an_image_of_another_distribution_than_releases_run_on_is_no_good(system: str) -> None:
    (problem,) = judged(good_build(operating_system=system), base_os="amazonlinux2").problems
    here = system or "an unknown operating system"
    assert problem == f"its operating system is {here}, but BaseOS requires Amazon Linux 2"
    both = judged(
        good_build(operating_system=AL2023),
        base_os="amazonlinux2",
        now=datetime(2029, 7, 1, tzinfo=UTC),
    )
    assert len(both.problems) == 2


def test_the_day_on_which_support_ends_is_counted_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    there = datetime(2026, 7, 1, 8, tzinfo=tokyo)
    assert not judged(good_build(operating_system=AL2), now=there).problems


@pytest.mark.parametrize("system", ["Ubuntu 24.04", ""])
def test_an_unknown_operating_system_is_left_to_the_approver(system: str) -> None:
    answer = judged(good_build(operating_system=system))
    assert answer.problems == ()
    (warning,) = answer.warnings
    assert (
        warning == f"the end of support of {system or 'its unknown operating system'} is not known"
    )
