"""A candidate is judged by what its host and the load balancer say of it, beside live."""

import json
from typing import Any

import pytest

from changeover.errors import Unhealthy
from changeover.soca.directory_provider import Provider
from changeover.upgrade.candidate.evidence import (
    Evidence,
    canonical,
    evidence_digest,
    read_evidence,
)
from changeover.upgrade.candidate.health import Probes, judge, judge_beside, judge_health
from tests.support.directory import entry
from tests.support.run import Run
from tests.support.world import World

WELL = Probes(
    ping="Alive",
    login=True,
    wrong_password_refused=True,
    bind=True,
    scheduler="Active",
    queues=("high", "normal"),
    users=3,
    groups=4,
    sudo_roles=1,
    services={"slapd": "active", "pbs": "active", "crond": "inactive"},
)


def but(**found: Any) -> Probes:
    return WELL.model_copy(update=found)


def imported(world: World) -> Run:
    return Run(world).through("import_identities")


def test_a_release_that_is_well_is_fit() -> None:
    assert judge(WELL, Provider.OPENLDAP) == []


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ({"ping": ""}, "/ping answers '', not 'Alive'"),
        ({"login": False}, "cannot log in to the web interface"),
        ({"wrong_password_refused": False}, "accepts a wrong password"),
        ({"bind": False}, "cannot bind to the LDAP directory"),
        ({"scheduler": ""}, "the scheduler is silent"),
        ({"scheduler": "Idle"}, "the scheduler is Idle"),
        ({"queues": ()}, "no queue exists"),
        ({"users": 0}, "the LDAP directory has no user"),
    ],
)
def test_each_thing_that_users_need_is_judged(found: dict[str, Any], problem: str) -> None:
    (only,) = judge(but(**found), Provider.OPENLDAP)
    assert problem in only


def test_a_host_that_runs_no_directory_is_not_asked_about_one() -> None:
    elsewhere = but(bind=False, users=0, groups=0, sudo_roles=0)
    assert judge(elsewhere, Provider.EXISTING_OPENLDAP) == []
    assert len(judge(elsewhere, Provider.OPENLDAP)) == 2


def test_the_approval_covers_what_is_known_of_the_images() -> None:
    run = imported(World())
    validated = run.validate_candidate()
    evidence = read_evidence(validated.evidence_key, run.world.services)
    for changed in ("image_facts", "live_image_facts"):
        other = evidence.model_copy(update={changed: "another"})
        assert evidence_digest(other) != validated.evidence_digest
    warned = evidence.model_copy(update={"image_warnings": ("mind",)})
    assert evidence_digest(warned) != validated.evidence_digest


def test_a_queue_that_live_has_and_the_candidate_lacks_is_missed() -> None:
    assert judge_beside(but(queues=("normal",)), WELL) == ["queues are missing: high"]


def test_more_queues_than_live_has_are_welcome() -> None:
    assert judge_beside(but(queues=("high", "normal", "gpu")), WELL) == []


@pytest.mark.parametrize(
    ("services", "problem"),
    [
        ({"slapd": "failed", "pbs": "active"}, "slapd is failed, on live it is active"),
        ({"slapd": "active"}, "pbs is absent, on live it is active"),
    ],
)
def test_a_service_that_runs_on_live_must_run(services: dict[str, str], problem: str) -> None:
    assert judge_beside(but(services=services), WELL) == [problem]


def test_the_load_balancer_has_its_own_word() -> None:
    assert judge_health("healthy", "") == []
    assert judge_health("unhealthy", "Target.Timeout") == [
        "the load balancer reports it as unhealthy (Target.Timeout)"
    ]


def test_a_good_candidate_leaves_evidence_and_its_digest() -> None:
    world = World()
    validated = imported(world).validate_candidate()
    evidence = read_evidence(validated.evidence_key, world.services)
    assert evidence_digest(evidence) == validated.evidence_digest
    assert (evidence.live, evidence.candidate) == ("hpc-r1", "hpc-r2")
    assert evidence.live_digest == evidence.candidate_digest


def test_every_problem_is_told_at_once() -> None:
    world = World()
    run = imported(world)
    world.candidate.lacks |= {"login", "scheduler", "ping", "pbs"}
    with pytest.raises(Unhealthy) as caught:
        run.validate_candidate()
    assert str(caught.value).count(";") == 5


def test_an_account_that_came_up_after_the_import_is_found_by_the_count() -> None:
    world = World()
    run = imported(world)
    world.add_user("stranger", on="hpc-r2")
    with pytest.raises(
        Unhealthy, match="counts 4 users, but 3 were imported.* 5 groups, but 4 were"
    ):
        run.validate_candidate()


def test_digests_that_differ_are_not_fit_for_users() -> None:
    run = imported(World())
    run.imported = run.imported.model_copy(update={"digest": "0" * 64})
    with pytest.raises(Unhealthy, match="live's and the candidate's identity digests differ"):
        run.validate_candidate()


def test_groups_that_stand_elsewhere_on_live_are_counted_alike_on_both() -> None:
    world = World()
    world.live.directory |= entry(
        "cn=visitors,ou=admins,dc=soca,dc=local",
        objectClass="posixGroup",
        cn="visitors",
        gidNumber="7000",
    )
    imported(world).validate_candidate()


def test_probes_that_lack_a_fact_say_which() -> None:
    world = World()
    run = imported(world)
    world.hosts._probe_release = lambda *_, **__: {"ping": "Alive"}
    with pytest.raises(Unhealthy, match="hpc-r1: probe_release's answer lacks bind, groups, login"):
        run.validate_candidate()


def test_evidence_that_somebody_changed_is_no_evidence() -> None:
    world = World()
    key = imported(world).validate_candidate().evidence_key
    world.services.evidence.write(key, b'{"cluster": "hpc"}')
    with pytest.raises(Unhealthy, match="is not the evidence that was stored there"):
        read_evidence(key, world.services)


def test_a_digest_is_blind_to_the_order_of_what_was_found() -> None:
    world = World()
    key = imported(world).validate_candidate().evidence_key
    kept = world.services.evidence.read(key)
    backwards = dict(reversed(json.loads(kept).items()))
    assert canonical(Evidence.model_validate(backwards)) == kept
