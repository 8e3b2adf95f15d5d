"""Above the ceilings an image passes where live's own is no better, and is refused where it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from changeover.images.acceptance import Baseline, Judgment, judge
from changeover.images.baseline import LiveImage, worse_than_live
from changeover.ports.values import Cves, Vulnerabilities
from tests.support.image_pipeline import good_build, good_image, settings

AL2, AL2023 = "Amazon Linux 2", "Amazon Linux 2023"
IN_SUPPORT = datetime(2026, 3, 1, tzinfo=UTC)
AFTER_AL2 = datetime(2026, 11, 30, tzinfo=UTC)
LIVE_AMI = "ami-0feed"


def live(
    found: Vulnerabilities | None, system: str = AL2, cves: Cves | None = None
) -> LiveImage | None:
    return LiveImage(LIVE_AMI, system, found, cves)


def judged(
    found: Vulnerabilities | None,
    on: LiveImage | None,
    *,
    now: datetime = IN_SUPPORT,
    system: str = AL2,
    cves: Cves | None = None,
    **anew: Any,
) -> Judgment:
    base = "amazonlinux2" if system == AL2 else "amazonlinux2023"
    baseline = Baseline(now, base, {}, live=on, cves=cves)
    made = good_build(vulnerabilities=found, operating_system=system)
    return judge(made, good_image(), baseline, settings(**anew))


def some(critical: int, high: int = 0) -> Vulnerabilities:
    return Vulnerabilities(critical=critical, high=high)


@pytest.mark.parametrize(
    ("ceilings", "now", "found", "on_live", "passes"),
    [
        # Default ceilings 0/0, distribution in support.
        ({}, IN_SUPPORT, some(0), some(0), True),
        ({}, IN_SUPPORT, some(3), some(3), True),
        ({}, IN_SUPPORT, some(3), some(4), True),
        ({}, IN_SUPPORT, some(3), some(2), False),
        ({}, IN_SUPPORT, some(3), some(0), False),
        ({}, IN_SUPPORT, some(0, 1), some(1, 0), False),
        ({}, IN_SUPPORT, some(1, 1), some(1, 2), True),
        ({}, IN_SUPPORT, some(3), None, False),
        # The distribution is past its end.
        ({}, AFTER_AL2, some(3), some(3), True),
        ({}, AFTER_AL2, some(3), some(2), False),
        ({}, AFTER_AL2, some(1), some(0), False),
        ({}, AFTER_AL2, some(3), None, False),
        # Ceilings of the site's own.
        ({"critical": 3}, AFTER_AL2, some(3), some(3), True),
        ({"critical": 3}, AFTER_AL2, some(4), some(3), False),
        ({"critical": None, "high": None}, IN_SUPPORT, some(9, 9), None, True),
        ({"critical": 2}, IN_SUPPORT, some(3), some(2), False),
        ({"medium": 0}, IN_SUPPORT, Vulnerabilities(medium=2), Vulnerabilities(medium=2), True),
    ],
)
def test_an_image_is_held_against_ceilings_and_then_against_live(
    ceilings: dict[str, int | None],
    now: datetime,
    found: Vulnerabilities,
    on_live: Vulnerabilities | None,
    passes: bool,
) -> None:
    answer = judged(found, live(on_live), now=now, ceilings=ceilings)
    assert (answer.problems == ()) is passes, answer.problems


def test_what_passes_above_the_ceilings_is_told_to_the_approver() -> None:
    (warning,) = judged(some(3), live(some(3))).warnings
    assert warning == (
        f"known vulnerabilities: 3 critical (at most 0); live's image {LIVE_AMI} is no better"
    )


@pytest.mark.parametrize("on", [None, live(None)])
def test_a_live_image_that_nobody_knows_excuses_nothing(on: LiveImage | None) -> None:
    (problem,) = judged(some(1), on).problems
    assert "known vulnerabilities: 1 critical (at most 0)" in problem


def test_another_distribution_past_its_end_excuses_nothing() -> None:
    on = live(some(0), system=AL2023)
    assert judged(some(1), on, now=AFTER_AL2).problems


@pytest.mark.parametrize(
    ("cves", "on_live", "passes"),
    [
        ({"critical": {"A", "B"}}, {"critical": {"A", "B", "C"}}, True),
        ({"critical": {"A", "B"}}, {"critical": {"A"}, "high": {"B"}}, True),
        ({"critical": {"A", "D"}}, {"critical": {"A", "B", "C"}}, False),
        # One of them has no list: the counts decide, two against three.
        (None, {"critical": {"X"}}, True),
        ({"critical": {"D"}}, None, True),
        ({"high": {"D"}}, {"critical": {"A"}}, True),
    ],
)
def test_where_cves_are_listed_each_must_be_one_of_lives(
    cves: dict[str, set[str]] | None, on_live: dict[str, set[str]] | None, passes: bool
) -> None:
    def frozen(listed: dict[str, set[str]] | None) -> Cves | None:
        return None if listed is None else {name: frozenset(own) for name, own in listed.items()}

    on = live(some(3), cves=frozen(on_live))
    answer = judged(some(2), on, cves=frozen(cves))
    assert (answer.problems == ()) is passes
    assert passes or "does not have D (critical)" in answer.problems[0]


def test_new_cves_are_named_up_to_a_number() -> None:
    new = frozenset(f"CVE-{number}" for number in range(7))
    on = LiveImage(LIVE_AMI, AL2, some(9), {"critical": frozenset({"CVE-x"})})
    (worse,) = worse_than_live(some(7), {"critical": new}, on, settings())
    assert worse.endswith("CVE-4 and 2 more (critical)")


def test_a_distribution_past_its_end_is_used_where_live_runs_on_it_too() -> None:
    baseline = Baseline(AFTER_AL2, "", {}, live=live(some(0)))
    answer = judge(good_build(operating_system=AL2), good_image(), baseline, settings())
    assert answer.problems == ()
    assert answer.warnings == (f"{AL2} has had no security updates since 2026-06-30",)
