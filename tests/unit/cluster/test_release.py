"""Releases are numbered upwards for ever."""

import pytest
from pydantic import TypeAdapter, ValidationError

from changeover.cluster.release import (
    Release,
    Role,
    bootstrap_account,
    next_name,
    number_of,
    with_role,
)
from changeover.types import AccountName, CandidateName
from tests.support.world import World


def named(world: World, *names: str) -> list[Release]:
    live = world.services.releases.get("hpc", "hpc-r1")
    return [live.model_copy(update={"name": name}) for name in names]


@pytest.mark.parametrize(
    ("name", "number"),
    [("hpc-r7", 7), ("hpc-r10", 10), ("hpc-r0", 0), ("hpc-r07", 0), ("other-r7", 0), ("hpc", 0)],
)
def test_a_release_of_this_cluster_has_a_number(name: str, number: int) -> None:
    assert number_of(name, "hpc") == number


def test_a_cluster_name_is_no_pattern() -> None:
    assert number_of("hpc-r7", "h.c") == 0


@pytest.mark.parametrize(
    ("used", "following"),
    [([], "hpc-r1"), (["soca-2021"], "hpc-r1"), (["hpc-r9", "hpc-r10", "hpc-r2"], "hpc-r11")],
)
def test_the_next_name_comes_after_every_name_ever_used(used: list[str], following: str) -> None:
    assert next_name("hpc", named(World(), *used)) == following


def test_releases_are_found_by_role() -> None:
    live, other = named(World(), "hpc-r1", "hpc-r2")
    assert with_role([live, other.as_(Role.PREVIOUS)], Role.LIVE) == (live,)


def test_the_installers_account_has_a_name_that_a_directory_takes() -> None:
    TypeAdapter(AccountName).validate_python(bootstrap_account("longest-name-1-r9999"))


@pytest.mark.parametrize("name", ["hpc", "hpc-r0", "HPC-r1", "hpc-r12345", "../hpc-r1", ""])
def test_a_candidate_is_named_after_its_cluster_and_number(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(CandidateName).validate_python(name)
