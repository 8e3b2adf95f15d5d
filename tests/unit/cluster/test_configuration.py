"""A cluster's configuration: defaults for all that has one, and nothing that makes no sense."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from changeover.cluster.configuration import Approval, ClusterConfiguration, Traffic, Waits
from changeover.cluster.source import Source


def test_a_cluster_needs_a_name_and_nothing_else() -> None:
    configuration = ClusterConfiguration(cluster="hpc")
    assert configuration.dialect.name == "2.6"
    assert configuration.probe_secret_id == "changeover/hpc/probe"
    assert configuration.source.pins == {"vendor/2.6.1.tar.gz": ""}


def test_what_a_plan_keeps_of_it_is_read_again() -> None:
    definition = "attributetype ( 1.2.3 NAME 'badge' SUP name )"
    for schema in ([], [definition]):
        configuration = ClusterConfiguration.model_validate(
            {"cluster": "hpc", "directory": {"schema": schema}}
        )
        assert configuration.directory.schema_definitions == tuple(schema)
        kept = configuration.model_dump_json()
        assert ClusterConfiguration.model_validate_json(kept) == configuration


def test_the_sites_customizations_are_an_archive_beside_the_vendors() -> None:
    source = Source(vendor_release="2.6.1", customizations="site")
    assert source.pins == {"vendor/2.6.1.tar.gz": "", "customizations/site.tar.gz": ""}


def test_each_archive_may_be_pinned_by_its_digest() -> None:
    source = Source(vendor_sha256="a" * 64, customizations="site", customizations_sha256="b" * 64)
    assert source.pins == {
        "vendor/2.6.1.tar.gz": "a" * 64,
        "customizations/site.tar.gz": "b" * 64,
    }


def test_the_lock_outlives_everything_that_a_run_may_wait_for() -> None:
    configured = ClusterConfiguration(
        cluster="hpc",
        waits=Waits(
            build_deadline_seconds=10, candidate_deadline_seconds=200, discard_deadline_seconds=3000
        ),
        approval=Approval(expiry_seconds=40_000),
        traffic=Traffic(watch_poll_seconds=600, bake_seconds=500_000),
    )
    assert configured.longest_run_seconds > 543_210


@pytest.mark.parametrize(
    "wrong",
    [
        {"cluster": "x"},
        {"cluster": "Hpc"},
        {"cluster": "a-name-that-is-too-long"},
        {"cluster": "hpc", "source": {"vendor_release": "1.9"}},
        {"cluster": "hpc", "directory": {"provider": "a file"}},
        {"cluster": "hpc", "color": "green"},
        {"cluster": "hpc", "source": {"customizations": "../theirs"}},
        {"cluster": "hpc", "approval": {"expiry_seconds": 0}},
        {"cluster": "hpc", "ceilings": {"deletions_percent": 101}},
        {"cluster": "hpc", "probe_secret": "theirs"},
        {"cluster": "hpc", "network": {"vpc_id": "vpc-1\r\nEvil: true"}},
        {"cluster": "hpc", "network": {"vpc_id": "x" * 1_000_000}},
        {"cluster": "hpc", "network": {"private_subnets": ["subnet-1,subnet-2"]}},
        {"cluster": "hpc", "network": {"compute_security_group": "sg-1 sg-2"}},
        {"cluster": "hpc", "network": {"apps_file_system": "fs-1.efs.example.com:/"}},
        {"cluster": "hpc", "network": {"client_cidr": "10.0.0.0"}},
        {"cluster": "hpc", "stack_parameters": {"Base OS": "amazonlinux2"}},
        {"cluster": "hpc", "stack_parameters": {"BaseOS": "amazonlinux2\n"}},
        {"cluster": "hpc", "stack_parameters": {"BaseOS": "x" * 5_000}},
        {"cluster": "hpc", "stack_parameters": {f"P{n}": "" for n in range(201)}},
        {"cluster": "hpc", "source": {"vendor_release": "2.6.1\n"}},
        {"cluster": "hpc", "source": {"vendor_sha256": "a" * 63}},
        {"cluster": "hpc", "source": {"vendor_sha256": "A" * 64}},
        {"cluster": "hpc", "source": {"vendor_sha256": "a" * 64 + "\n"}},
        {"cluster": "hpc", "source": {"customizations_sha256": "a" * 64}},
        {"cluster": "hpc", "source": {"template": "install.template\n"}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClusterConfiguration.model_validate(wrong)


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ("build_deadline_seconds", 60_000),
        ("candidate_deadline_seconds", 120_000),
        ("discard_deadline_seconds", 60_000),
    ],
)
def test_more_looks_than_an_execution_can_hold_are_refused(wait: str, seconds: int) -> None:
    with pytest.raises(
        ValidationError, match="one run would poll .* times, and at most 2000 are possible"
    ):
        ClusterConfiguration(cluster="hpc", waits=Waits.model_validate({wait: seconds}))


def test_a_long_bake_needs_looks_far_apart() -> None:
    with pytest.raises(ValidationError, match="raise the poll_seconds"):
        ClusterConfiguration(cluster="hpc", traffic=Traffic(bake_seconds=120_000))
    rarely = Traffic(bake_seconds=120_000, watch_poll_seconds=600)
    assert ClusterConfiguration(cluster="hpc", traffic=rarely).traffic == rarely


def test_nothing_may_take_longer_than_an_execution_lasts() -> None:
    approval = Approval(expiry_seconds=604_800)
    a_week = Traffic(bake_seconds=500_000, watch_poll_seconds=3_600)
    with pytest.raises(ValidationError, match="together exceed 14 days"):
        ClusterConfiguration(cluster="hpc", approval=approval, traffic=a_week)
    ClusterConfiguration(cluster="hpc", approval=approval)


def test_a_freeze_window_ends_after_it_starts() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    backwards = {"starts": noon, "ends": noon, "reason": "deadline"}
    with pytest.raises(ValidationError, match="ends before it starts"):
        ClusterConfiguration.model_validate({"cluster": "hpc", "freeze_windows": [backwards]})
