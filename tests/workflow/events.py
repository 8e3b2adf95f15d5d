"""What can happen in a world while it is upgraded."""

from collections.abc import Callable, Mapping

from changeover.build.request import Answer
from changeover.errors import Conflict, Unhealthy
from changeover.ports.values import Build, BuildStatus
from tests.support.world import BUILD_ITEMS, BUILT_FOLDER, INSTALL_FOLDER
from tests.workflow.engine import Engine
from tests.workflow.faults import fails

Happens = Callable[[Engine], object]


def nothing(_: Engine) -> None:
    pass


def another_run_holds_the_lock(engine: Engine) -> None:
    now = engine.world.clock.now()
    releases = engine.world.services.releases
    releases.acquire("hpc", "somebody-else", now, now.replace(year=now.year + 1))


def nobody_subscribes(engine: Engine) -> None:
    engine.world.services.mail.confirmed = 0


def users_write_their_own_passwords(engine: Engine) -> None:
    """While the mail waits, one of them deletes his. Before the export another wrote nonsense."""
    engine.world.write_password("mary", b"{SASL}mary")

    def delete() -> None:
        engine.world.write_password("jdoe", b"")

    engine.meanwhile["freeze_directory"] = delete


def hashes_cannot_be_read(engine: Engine) -> None:
    engine.world.live.lacks.add("hashes")


def the_scheduler_is_down(engine: Engine) -> None:
    engine.world.candidate_lacks.add("scheduler")


def the_build_fails(engine: Engine) -> None:
    engine.world.builds.ends = Build(BuildStatus.FAILED, "phase BUILD: customizations clash")


def only_a_build_is_asked(engine: Engine) -> None:
    engine.asked = {"build_only": True}


def only_a_build_is_asked_and_an_item_is_blocked(engine: Engine) -> None:
    only_a_build_is_asked(engine)
    engine.world.answer = Answer(items=BUILD_ITEMS, failure="one item is blocked: file:source/b")


def only_a_build_is_asked_and_discarding_fails(engine: Engine) -> None:
    only_a_build_is_asked(engine)
    engine.faults["discard_candidate"] = fails(Conflict, "the stack is somebody else's")


def aws_loses_the_build(engine: Engine) -> None:
    engine.world.builds.loses = 1


def aws_loses_the_build_twice(engine: Engine) -> None:
    engine.world.builds.loses = 2


def the_stack_fails(engine: Engine) -> None:
    engine.world.stacks.create_ends = "ROLLBACK_COMPLETE"
    engine.world.stacks.failures["hpc-r2"] = "Scheduler: no capacity"


def the_installer_never_ends(engine: Engine) -> None:
    engine.world.installer_says = "Welcome"


def an_entry_is_lost_on_import(engine: Engine) -> None:
    def lose() -> None:
        engine.world.candidate.loses_on_import = "jdoe"

    engine.meanwhile["import_identities"] = lose


def the_person_says_no(engine: Engine) -> None:
    engine.approver = lambda: engine.world.answers("rejected")


def nobody_answers(engine: Engine) -> None:
    engine.approver = lambda: None


def nobody_subscribes_any_more(engine: Engine) -> None:
    engine.meanwhile["await_approval"] = lambda: nobody_subscribes(engine)


def live_cannot_be_frozen(engine: Engine) -> None:
    engine.meanwhile["freeze_directory"] = engine.world.candidate_dies


def the_installer_is_changed(engine: Engine) -> None:
    """By somebody who may write to the bucket and got round its policy, after the question."""
    key = f"{INSTALL_FOLDER}/scripts/config.cfg"
    engine.meanwhile["freeze_directory"] = lambda: engine.world.evidence.write(key, b"a=theirs")


def the_installer_is_changed_before_it_is_validated(engine: Engine) -> None:
    key = f"{INSTALL_FOLDER}/one-more.sh"
    engine.meanwhile["validate_candidate"] = lambda: engine.world.evidence.write(key, b"theirs")


def the_build_is_changed_on_its_way(engine: Engine) -> None:
    """Between the build's last word and the look at it."""
    world = engine.world
    made = world.builds.on_success

    def change(asked: Mapping[str, str], ended: Build) -> Build:
        told = made(asked, ended)
        world.evidence.write(f"{BUILT_FOLDER}/installer/soca.tar.gz", b"theirs")
        return told

    world.builds.on_success = change


def another_archive_arrives(engine: Engine) -> None:
    """The build says so by itself; see tests/integration/test_vendor_release.py."""
    why = "s3://evidence/vendor/2.6.1.tar.gz has sha256 0, but this run may build only 1"
    engine.world.builds.ends = Build(BuildStatus.FAILED, "BUILD", {"FAILURE": why})


def the_listener_does_not_take(engine: Engine) -> None:
    def stick() -> None:
        engine.world.front_door.stuck = True

    def come_loose() -> None:
        engine.world.front_door.stuck = False

    engine.meanwhile["shift_traffic"] = stick
    engine.meanwhile["roll_back"] = come_loose


def logins_fail_under_load(engine: Engine) -> None:
    engine.meanwhile["watch_candidate"] = lambda: engine.world.candidate.lacks.add("login")


def completing_fails(engine: Engine) -> None:
    engine.faults["complete_upgrade"] = fails(Conflict)


def rolling_back_fails(engine: Engine) -> None:
    logins_fail_under_load(engine)
    engine.faults["roll_back"] = fails(Conflict, "the table is gone")


def fetching_fails(engine: Engine) -> None:
    logins_fail_under_load(engine)
    engine.meanwhile["capture_changes"] = engine.world.candidate_dies


def thawing_fails(engine: Engine) -> None:
    logins_fail_under_load(engine)
    engine.faults["thaw_directory"] = fails(Unhealthy, "slapd does not run")


def returning_fails(engine: Engine) -> None:
    """Somebody changes the same password on both releases."""

    def on_the_candidate() -> None:
        engine.world.change_password("mary", "Autumn_2021", on="hpc-r2")
        engine.world.candidate.lacks.add("login")

    engine.meanwhile["watch_candidate"] = on_the_candidate
    engine.meanwhile["replay_changes"] = lambda: engine.world.change_password("mary", "Winter_2021")


def discarding_fails(engine: Engine) -> None:
    the_person_says_no(engine)
    engine.faults["discard_candidate"] = fails(Conflict, "it is not ours")


def the_stack_cannot_be_deleted(engine: Engine) -> None:
    the_person_says_no(engine)
    engine.world.stacks.delete_ends = "DELETE_FAILED"


def closing_fails(engine: Engine) -> None:
    engine.faults["close_upgrade"] = fails(Unhealthy)
