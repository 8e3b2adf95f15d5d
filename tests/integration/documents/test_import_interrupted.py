"""An import that is killed or ended, or that fails at a step, leaves one whole directory."""

import pytest

from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import figures
from tests.integration.documents.interrupt import ENDED, Sabotage
from tests.integration.documents.trees import ONE, TWO, assert_serves, assert_tidy, entries_of
from tests.integration.scheduler_hosts import Aws, directory_of, run


@pytest.mark.long
def test_an_import_killed_at_any_moment_ends_right_when_run_again(
    candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    steps = sabotage.count(lambda: bring(candidate, aws, sabotage, ONE))
    assert steps > 25
    for step in range(1, steps + 1):
        tree = (ONE, TWO)[step % 2]
        with sabotage.killing(step):
            assert run("import_identities", candidate, aws, **sabotage.offer(tree)).killed
        bring(candidate, aws, sabotage, tree)
        assert_serves(candidate, entries_of(tree))
        assert_tidy(candidate)


@pytest.mark.parametrize("victim", ["killing_script", "killing_slapd"])
def test_an_import_whose_script_or_slapd_is_killed_ends_right_when_run_again(
    victim: str, candidate: HostFolder, aws: Aws
) -> None:
    """The script's child processes go on, and everything that slapd has written stays."""
    sabotage = Sabotage(candidate)
    steps = sabotage.count(lambda: bring(candidate, aws, sabotage, ONE))
    for step in range(1, steps + 1, 3):
        tree = (ONE, TWO)[step % 2]
        with getattr(sabotage, victim)(step):
            run("import_identities", candidate, aws, **sabotage.offer(tree))
        bring(candidate, aws, sabotage, tree)
        assert_serves(candidate, entries_of(tree))
        assert_tidy(candidate)


def test_an_import_whose_slapadd_alone_is_killed_leaves_the_old_directory(
    candidate: HostFolder, aws: Aws, tree: bytes
) -> None:
    sabotage = Sabotage(candidate)
    before = directory_of(candidate)
    with sabotage.killing_only_slapadd_after(20_000):
        outcome = run("import_identities", candidate, aws, **sabotage.offer(tree))
    assert "slapadd refuses the LDIF" in outcome.complaint
    assert_serves(candidate, before)
    bring(candidate, aws, sabotage, tree)
    assert_serves(candidate, entries_of(tree))
    assert_tidy(candidate)


def test_an_import_killed_while_slapadd_writes_ends_right_when_run_again(
    candidate: HostFolder, aws: Aws, tree: bytes
) -> None:
    sabotage = Sabotage(candidate)
    source = sabotage.offer(tree)
    with sabotage.killing_slapadd_after(20_000):
        assert run("import_identities", candidate, aws, **source).killed
    aside = candidate.database.with_name("ldap.before-import")
    assert aside.is_dir()
    assert candidate.database.joinpath("data.mdb").stat().st_size > 0
    assert run("import_identities", candidate, aws, **source).code == 0
    assert_serves(candidate, entries_of(tree))
    assert_tidy(candidate)


@pytest.mark.long
def test_an_import_that_is_told_to_end_at_any_moment_leaves_the_old_directory(
    candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    steps = sabotage.count(lambda: bring(candidate, aws, sabotage, ONE))
    for step in range(1, steps):
        with sabotage.ending(step):
            outcome = run("import_identities", candidate, aws, **sabotage.offer(TWO))
        assert outcome.code in ENDED, (step, outcome)
        assert outcome.stdout == ""
        assert_serves(candidate, entries_of(ONE))
        assert_tidy(candidate)
    with sabotage.ending(steps):  # while it cleans up, after it has printed its answer
        assert run("import_identities", candidate, aws, **sabotage.offer(TWO)).code == 0
    assert_serves(candidate, entries_of(TWO))
    assert_tidy(candidate)


@pytest.mark.long
def test_an_import_in_which_any_step_fails_leaves_one_directory_or_the_other(
    candidate: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(candidate)
    old, new = ONE, TWO
    steps = sabotage.count(lambda: bring(candidate, aws, sabotage, old))
    for step in range(1, steps + 1):
        with sabotage.failing(step):
            outcome = run("import_identities", candidate, aws, **sabotage.offer(new))
        assert_serves(candidate, entries_of(new if outcome.code == 0 else old))
        if outcome.code:
            assert outcome.stdout == ""
            assert outcome.stderr.splitlines()[-1].startswith("import_identities: "), step
        else:
            assert outcome.answer == figures(sabotage.stored())
            old, new = new, old
    bring(candidate, aws, sabotage, new)
    assert_tidy(candidate)


def bring(candidate: HostFolder, aws: Aws, sabotage: Sabotage, tree: bytes) -> None:
    answer = run("import_identities", candidate, aws, **sabotage.offer(tree)).answer
    assert answer == figures(sabotage.stored())
    assert answer["entries"] == len(entries_of(tree))
