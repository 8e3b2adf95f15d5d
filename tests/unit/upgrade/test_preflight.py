"""Everything that speaks against starting, each alone and all at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from changeover.cluster.configuration import FreezeWindow
from changeover.cluster.release import Role
from changeover.ports.values import Image
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, SOCA_26_4, Dialect
from changeover.soca.directory_provider import Provider
from changeover.upgrade.archives import Found
from changeover.upgrade.preflight import PreflightFacts, Target, check
from tests.support.world import IMAGE, World

WORLD = World()
LIVE = WORLD.services.releases.get("hpc", "hpc-r1")
NOW = WORLD.clock.now()
VENDOR = "vendor/2.6.1.tar.gz"
INTENT = Target("hpc", LIVE, "hpc-r2", IMAGE)
AROUND = PreflightFacts(
    now=NOW,
    releases=(LIVE,),
    serving=frozenset({LIVE.target_group}),
    live_reachable=True,
    live_tag="hpc",
    image=Image(IMAGE, "available"),
    taken_stack=False,
    archives=(Found(VENDOR, "", "a" * 64),),
    subscribers=1,
    probe_secret=True,
)
WINDOW = FreezeWindow(starts=NOW, ends=NOW + timedelta(days=2), reason="conference deadline")


def test_nothing_speaks_against_a_well_kept_cluster() -> None:
    assert check(INTENT, AROUND) == []


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ({"releases": ()}, "no live release on record: invoke adopt_release first"),
        (
            {"releases": (LIVE, LIVE.model_copy(update={"name": "hpc-r9"}))},
            "several releases are recorded as live: hpc-r1, hpc-r9",
        ),
        ({"serving": frozenset()}, "the load balancer's listener rule does not send users to it"),
        ({"serving": frozenset({"other"})}, "the load balancer's listener rule does not send"),
        (
            {"serving": frozenset({LIVE.target_group, "other"})},
            "the load balancer's listener rule does not send",
        ),
        ({"live_reachable": False}, "hpc-r1's scheduler i-live does not answer SSM"),
        (
            {"live_tag": ""},
            "scheduler i-live has no tag changeover:cluster=hpc, so Changeover's SSM documents",
        ),
        (
            {"live_tag": "hpc2"},
            "i-live has the tag changeover:cluster=hpc2, not hpc, so Changeover's SSM documents",
        ),
        (
            {
                "releases": (
                    LIVE,
                    LIVE.model_copy(update={"name": "hpc-r2", "role": Role.DISCARDED}),
                )
            },
            "hpc-r2 was used before, and a name is never used again",
        ),
        ({"taken_stack": True}, "a stack hpc-r2 exists already and is not on record"),
        ({"windows": (WINDOW,)}, "before 2026-03-03 12:00 UTC: conference deadline"),
        ({"image": None}, f"image: {IMAGE} does not exist in this region"),
        ({"image": Image(IMAGE, "pending")}, f"image: {IMAGE} is pending, not available"),
        (
            {"image": Image(IMAGE, "available", tokens_only=True)},
            f"image: {IMAGE} requires IMDSv2 tokens (ImdsSupport v2.0)",
        ),
        ({"archives": (Found(VENDOR, ""),)}, "vendor/2.6.1.tar.gz is missing"),
        ({"archives": (Found(VENDOR, "b" * 64),)}, "vendor/2.6.1.tar.gz is missing"),
        (
            {"archives": (Found(VENDOR, "b" * 64, "a" * 64),)},
            f"{VENDOR} has sha256 {'a' * 64}, but the configuration pins {'b' * 64}: upload",
        ),
        ({"archives": (Found(VENDOR, "", trouble="it has 9 bytes"),)}, "s3: it has 9 bytes"),
        ({"subscribers": 0}, "the SNS topic has no confirmed e-mail subscription"),
        ({"probe_secret": False}, "the probe account's secret (Secrets Manager) does not exist"),
    ],
)
def test_each_thing_that_is_wrong_is_one_problem(found: dict, problem: str) -> None:
    (only,) = check(INTENT, replace(AROUND, **found))
    assert problem in only


def test_the_archive_that_is_pinned_is_no_problem() -> None:
    assert check(INTENT, replace(AROUND, archives=(Found(VENDOR, "a" * 64, "a" * 64),))) == []


def test_a_release_of_another_cluster_is_no_candidate() -> None:
    (only,) = check(replace(INTENT, candidate="ml-r2"), AROUND)
    assert "ml-r2 is not a release name of hpc: use hpc-r<number>" in only


@pytest.mark.parametrize("now", [WINDOW.starts - timedelta(seconds=1), WINDOW.ends])
def test_outside_a_freeze_window_one_may_start(now) -> None:
    assert check(INTENT, replace(AROUND, windows=(WINDOW,), now=now)) == []


def test_all_problems_are_told_at_once() -> None:
    worst = replace(
        AROUND,
        releases=(),
        image=None,
        taken_stack=True,
        archives=(Found("a", ""), Found("b", "")),
        subscribers=0,
        probe_secret=False,
        live_tag="",
        windows=(WINDOW,),
        dialect=SOCA_26_4,
        provider=Provider.SIMPLE_AD,
    )
    assert len(check(replace(INTENT, candidate="ml-r2"), worst)) == 12


@pytest.mark.parametrize(
    ("provider", "dialect", "says"),
    [
        (Provider.MANAGED_AD, SOCA_26_4, "cannot move from openldap to aws_ds_managed_active"),
        (Provider.MANAGED_AD, SOCA_2_6, "SOCA 2.6 does not support aws_ds_managed_activedirectory"),
        (Provider.OPENLDAP, SOCA_2_7, "Changeover cannot build SOCA 2.7"),
    ],
)
def test_what_identities_cannot_move_to_is_refused_before_anything_is_touched(
    provider: Provider, dialect: Dialect, says: str
) -> None:
    problems = check(INTENT, replace(AROUND, provider=provider, dialect=dialect))
    assert any(says in problem for problem in problems), problems
