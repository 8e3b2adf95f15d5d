"""Everybody from live onto the candidate, proved equal; what is there already is not touched."""

from typing import Any

import pytest

from changeover.errors import Conflict, Refused, Unhealthy
from changeover.identities import scope
from changeover.soca.dialect import SOCA_2_6
from tests.support.directory import Directory, account, scaffold
from tests.support.run import Run
from tests.support.world import World

ELSEWHERE = SOCA_2_6.at("dc=corp,dc=local")


def ready(world: World) -> Run:
    return Run(world).through("deploy_candidate")


def test_an_export_counts_who_moves() -> None:
    counts = Run(World(users=["mary", "jdoe"])).export_identities().counts
    assert (counts.users, counts.groups, counts.sudo_roles) == (3, 4, 1)


def test_lives_own_installer_account_does_not_move() -> None:
    world = World()
    Run(world).through("import_identities")
    assert world.logs_in("socaadmin", "Admin#2021", on="hpc-r1")
    assert not world.logs_in("socaadmin", "Admin#2021", on="hpc-r2")


def test_an_export_without_password_hashes_is_refused() -> None:
    world = World()
    world.live.lacks.add("hashes")
    with pytest.raises(Unhealthy, match="lacks the password hash of 3 of 3 users"):
        Run(world).export_identities()


def test_an_export_selects_the_movable_entries_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory can have 100,000 entries and more."""
    read: list[int] = []
    excluded = scope.excluded

    def counted(directory: Directory, *rest: Any) -> set[str]:
        read.append(len(directory))
        return excluded(directory, *rest)

    monkeypatch.setattr(scope, "excluded", counted)
    world = World(users=["mary", "jdoe"])
    Run(world).export_identities()
    assert read == [len(world.live.directory)]


def test_an_export_with_another_base_dn_is_refused_by_its_base_dn() -> None:
    world = World()
    world.live.directory = scaffold(ELSEWHERE) | account("mary", "x", 5002, dialect=ELSEWHERE)
    with pytest.raises(Refused, match="is dc=corp,dc=local, not dc=soca,dc=local"):
        Run(world).export_identities()


def test_a_person_with_the_installers_name_stops_the_run() -> None:
    world = World()
    world.add_user("bootstrap-hpc-r2")
    with pytest.raises(Unhealthy, match="live has an account bootstrap-hpc-r2"):
        Run(world).export_identities()


def test_everybody_logs_in_on_the_candidate_with_the_old_password() -> None:
    world = World(users=["mary", "jane.doe"])
    run = ready(world)
    run.import_identities()
    assert world.logs_in("mary", on="hpc-r2")
    assert world.logs_in("jane.doe", on="hpc-r2")
    assert run.imported.digest == run.exported.digest


def test_the_import_keeps_the_candidates_scaffold_and_drops_its_installers_account() -> None:
    world = World()
    run = ready(world)
    scaffold = dict(list(world.candidate.directory.items())[:6])
    run.import_identities()
    assert scaffold.items() <= world.candidate.directory.items()
    assert not world.logs_in("bootstrap-hpc-r2", "Boot#2021", on="hpc-r2")


def test_importing_again_changes_nothing() -> None:
    world = World()
    run = ready(world)
    first = run.import_identities()
    world.hosts.calls.clear()
    assert run.import_identities() == first
    assert world.hosts.documents_run("i-hpc-r2") == ["export_identities"]


def test_a_candidate_with_identities_of_its_own_is_a_conflict() -> None:
    world = World()
    run = ready(world)
    world.candidate.directory |= account("stranger", "x", 9000)
    with pytest.raises(Conflict, match="identities of its own: .*uid=stranger"):
        run.import_identities()
    assert world.logs_in("stranger", "x", on="hpc-r2")


def test_an_entry_that_the_candidate_does_not_take_is_found() -> None:
    world = World()
    run = ready(world)
    world.candidate.loses_on_import = "jdoe"
    with pytest.raises(Unhealthy, match="not what was imported: 1 missing: uid=jdoe"):
        run.import_identities()


def test_a_run_without_its_lock_imports_nothing() -> None:
    world = World()
    run = ready(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.import_identities()
    assert not world.logs_in("mary", on="hpc-r2")


def test_an_export_that_changed_since_is_not_imported() -> None:
    world = World()
    run = ready(world)
    other = World(users=["mallory"])
    Run(other).export_identities()
    key = run.exported.snapshot.key
    world.services.evidence.write(key, other.services.evidence.read(key))
    with pytest.raises(Unhealthy, match="is not what hpc-r1's host exported"):
        run.import_identities()


def test_a_host_that_applies_fewer_changes_than_told_is_found() -> None:
    world = World()
    run = Run(world).through("approve")
    world.change_password("mary", "Autumn_2021")
    world.hosts.applies_instead(0)
    with pytest.raises(Unhealthy, match="hpc-r2: 1 identity changes were sent"):
        run.freeze_directory()
