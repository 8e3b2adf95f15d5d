"""Two releases share a directory when both reach the same base entry, and not before."""

from datetime import UTC, datetime

import pytest

from changeover.cluster.release import Release, Role
from changeover.errors import Unhealthy
from changeover.upgrade.transfer.shared import Located, judge_shared, prove_shared
from tests.support.fakes import FakeServices

HERE = Located(uri="ldaps://ldap.site", base="dc=site,dc=org", root="9f1c-aa")


def but(**other: str) -> Located:
    return HERE.model_copy(update=other)


def release(name: str, role: Role) -> Release:
    return Release(
        cluster="hpc",
        name=name,
        role=role,
        cluster_id=f"soca-{name}",
        run="run-1",
        recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
        instance=f"i-{name}",
    )


LIVE, CANDIDATE = release("hpc-r1", Role.LIVE), release("hpc-r2", Role.CANDIDATE)


def services(live: dict[str, str], candidate: dict[str, str]) -> FakeServices:
    made = FakeServices()
    made.hosts.answers["i-hpc-r1", "locate_directory"] = live
    made.hosts.answers["i-hpc-r2", "locate_directory"] = candidate
    return made


def test_the_same_base_entry_is_the_same_directory() -> None:
    assert not judge_shared(HERE, HERE)


def test_its_address_and_the_bases_spelling_may_differ() -> None:
    assert not judge_shared(HERE, but(uri="ldap://10.0.0.7", base="DC=site, DC=org"))


def test_another_root_is_another_directory_however_alike() -> None:
    assert "two directories" in judge_shared(HERE, but(root="9f1c-ab"))


def test_another_base_is_another_set_of_people() -> None:
    assert "below dc=other,dc=org" in judge_shared(HERE, but(base="dc=other,dc=org"))


@pytest.mark.parametrize("lacking", ["base", "root"])
def test_what_is_not_found_proves_nothing(lacking: str) -> None:
    nothing = but(**{lacking: ""})
    assert "live's host" in judge_shared(nothing, nothing)
    assert "the candidate's host" in judge_shared(HERE, nothing)


def test_a_base_that_is_no_name_is_compared_as_it_is() -> None:
    assert not judge_shared(but(base="site"), but(base="site"))


def test_a_proof_says_which_directory_it_is() -> None:
    asked = services(HERE.model_dump(), HERE.model_dump())
    assert prove_shared(LIVE, CANDIDATE, asked) == HERE


def test_without_a_proof_the_candidate_is_no_good() -> None:
    asked = services(HERE.model_dump(), but(root="other").model_dump())
    with pytest.raises(
        Unhealthy, match="hpc-r1 and hpc-r2 do not share a directory: .*search bases"
    ):
        prove_shared(LIVE, CANDIDATE, asked)


def test_an_answer_that_lacks_a_field_is_no_proof() -> None:
    with pytest.raises(Unhealthy, match="hpc-r2: locate_directory answered"):
        prove_shared(LIVE, CANDIDATE, services(HERE.model_dump(), {"uri": ""}))
