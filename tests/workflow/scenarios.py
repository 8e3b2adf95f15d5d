"""Every way a run can go, by name: what happens in the world, and how it must end."""

from dataclasses import dataclass
from functools import cache

from changeover.cluster.configuration import Traffic
from tests.support.world import World
from tests.workflow import events
from tests.workflow.engine import JSON, Ended, Engine
from tests.workflow.events import Happens


@dataclass(frozen=True)
class Scenario:
    happens: Happens
    outcome: str
    error: str = ""
    cause: str = ""
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Played:
    world: World
    ended: Ended
    called: list[tuple[str, JSON]]


def world() -> World:
    return World(users=["mary", "jdoe"], traffic=Traffic(watch_poll_seconds=60, bake_seconds=120))


@cache
def played(name: str) -> Played:
    engine = Engine(world())
    SCENARIOS[name].happens(engine)
    ended = engine.run()
    return Played(engine.world, ended, engine.called)


FAILED = ("Close Upgrade", "Upgrade Failed")
DISCARDED = ("Discard Candidate", "Check Discard", *FAILED)
THAWED = ("Thaw Directory", "Is Way Back Clear")
WAY_BACK = ("Roll Back", "Had Users Moved", "Capture Changes", *THAWED)
SCENARIOS = {
    "completed": Scenario(
        events.nothing, "completed", through=("Close Upgrade", "Upgrade Completed")
    ),
    "build only": Scenario(
        events.only_a_build_is_asked,
        "built",
        through=(
            "Does Run Only Build",
            "Build Release",
            "Release Is Built",
            *DISCARDED[:2],
            "Was Build the Goal",
            "Close Upgrade",
            "Build Completed",
        ),
    ),
    "build only, and blocked": Scenario(
        events.only_a_build_is_asked_and_an_item_is_blocked,
        "discarded",
        "Unhealthy",
        "one item is blocked: file:source/b",
        ("Check Build", *DISCARDED),
    ),
    "build only, and discarding fails": Scenario(
        events.only_a_build_is_asked_and_discarding_fails,
        "discarded",
        "Conflict",
        "a person must look",
        ("Release Is Built", "Discard Candidate", *FAILED),
    ),
    "refused": Scenario(
        events.nobody_subscribes,
        "refused",
        "Refused",
        "Nothing was changed. 1 problem prevents the upgrade:\n1. the SNS topic has no confirmed",
        ("Plan Upgrade", "Close Upgrade", "Upgrade Failed"),
    ),
    "locked": Scenario(
        events.another_run_holds_the_lock,
        "refused",
        "Refused",
        "cluster hpc is locked by somebody-else",
        ("Plan Upgrade", "Close Upgrade", "Upgrade Failed"),
    ),
    "export incomplete": Scenario(
        events.hashes_cannot_be_read,
        "discarded",
        "Unhealthy",
        "lacks the password hash of 3 of 3 users",
        ("Export Identities", *DISCARDED),
    ),
    "build fails": Scenario(
        events.the_build_fails,
        "discarded",
        "Unhealthy",
        "the release could not be built: phase BUILD: customizations clash",
        ("Check Build", *DISCARDED),
    ),
    "build lost twice": Scenario(
        events.aws_loses_the_build_twice,
        "discarded",
        "Unhealthy",
        "AWS lost the build of the release: PROVISIONING: FAULT",
        ("Check Build", "Wait for Build", "Check Build", *DISCARDED),
    ),
    "stack fails": Scenario(
        events.the_stack_fails,
        "discarded",
        "Unhealthy",
        "stack hpc-r2 ended ROLLBACK_COMPLETE: Scheduler: no capacity",
        ("Check Candidate", *DISCARDED),
    ),
    "never ready": Scenario(
        events.the_installer_never_ends,
        "discarded",
        "Unhealthy",
        "hpc-r2 was not ready within 5400 s: SOCA's installer is still running",
        ("Check Candidate", *DISCARDED),
    ),
    "import differs": Scenario(
        events.an_entry_is_lost_on_import,
        "discarded",
        "Unhealthy",
        "hpc-r2's directory is not what was imported: 1 missing: uid=jdoe",
        ("Import Identities", *DISCARDED),
    ),
    "candidate unhealthy": Scenario(
        events.the_scheduler_is_down,
        "discarded",
        "Unhealthy",
        "hpc-r2 is not fit for users: the scheduler is silent",
        ("Validate Candidate", *DISCARDED),
    ),
    "rejected": Scenario(
        events.the_person_says_no,
        "rejected",
        "Rejected",
        "Ada rejected the upgrade.",
        ("Await Approval", "Is Approved", *DISCARDED),
    ),
    "silence": Scenario(
        events.nobody_answers,
        "rejected",
        "Rejected",
        "Nobody decided in time. Silence counts as a rejection.",
        ("Await Approval", *DISCARDED),
    ),
    "mail cannot be sent": Scenario(
        events.nobody_subscribes_any_more,
        "discarded",
        "Unhealthy",
        "nobody can approve",
        ("Await Approval", *DISCARDED),
    ),
    "freeze fails": Scenario(
        events.live_cannot_be_frozen,
        "discarded",
        "Unhealthy",
        "export_identities on i-hpc-r2 did not end",
        ("Freeze Directory", "Roll Back", "Had Users Moved", *THAWED, *DISCARDED),
    ),
    "installer tampered": Scenario(
        events.the_installer_is_changed,
        "discarded",
        "Unhealthy",
        "somebody changed the installer after it was built",
        ("Freeze Directory", "Roll Back", "Had Users Moved", *THAWED, *DISCARDED),
    ),
    "installer tampered before validation": Scenario(
        events.the_installer_is_changed_before_it_is_validated,
        "discarded",
        "Unhealthy",
        "somebody changed the installer after it was built",
        ("Validate Candidate", *DISCARDED),
    ),
    "build tampered": Scenario(
        events.the_build_is_changed_on_its_way,
        "discarded",
        "Unhealthy",
        "somebody changed it after the build",
        ("Check Build", *DISCARDED),
    ),
    "another archive": Scenario(
        events.another_archive_arrives,
        "discarded",
        "Unhealthy",
        "the release could not be built: s3://evidence/vendor/2.6.1.tar.gz has sha256",
        ("Check Build", *DISCARDED),
    ),
    "shift does not take": Scenario(
        events.the_listener_does_not_take,
        "rolled-back",
        "Unhealthy",
        "the rule does not show what it was told",
        ("Shift Traffic", *WAY_BACK, "Replay Changes", *FAILED),
    ),
    "bake fails": Scenario(
        events.logins_fail_under_load,
        "rolled-back",
        "Unhealthy",
        "hpc-r2 fails under its users: the probe account cannot log in to the web interface",
        ("Watch Candidate", *WAY_BACK, "Replay Changes", *FAILED),
    ),
    "completing fails": Scenario(
        events.completing_fails,
        "rolled-back",
        "Conflict",
        "injected",
        ("Complete Upgrade", *WAY_BACK, "Replay Changes", *FAILED),
    ),
    "rolling back fails": Scenario(
        events.rolling_back_fails,
        "rolled-back",
        "Unhealthy",
        "Undoing this run failed too, a person must look: the table is gone",
        ("Roll Back", *THAWED, *FAILED),
    ),
    "fetching fails": Scenario(
        events.fetching_fails,
        "rolled-back",
        "Unhealthy",
        "Undoing this run failed too, a person must look: freeze_directory on i-hpc-r2 did not end",
        (*WAY_BACK, *FAILED),
    ),
    "thawing fails": Scenario(
        events.thawing_fails,
        "rolled-back",
        "Unhealthy",
        "Undoing this run failed too, a person must look: slapd does not run",
        ("Capture Changes", "Thaw Directory", *FAILED),
    ),
    "returning fails": Scenario(
        events.returning_fails,
        "rolled-back",
        "Unhealthy",
        "a person must look: changed on both releases, so hpc-r1's version was kept: uid=mary",
        (*WAY_BACK, "Replay Changes", *FAILED),
    ),
    "discarding fails": Scenario(
        events.discarding_fails,
        "rejected",
        "Rejected",
        "Undoing this run failed too, a person must look: it is not ours",
        ("Discard Candidate", "Close Upgrade", "Upgrade Failed"),
    ),
    "stack cannot be deleted": Scenario(
        events.the_stack_cannot_be_deleted,
        "rejected",
        "Rejected",
        "stack hpc-r2 could not be deleted (see its events): delete it by hand",
        ("Check Discard", "Close Upgrade", "Upgrade Failed"),
    ),
    "closing fails": Scenario(
        events.closing_fails,
        "completed",
        "Conflict",
        "The run ended completed, but its lock could not be freed",
        ("Close Upgrade", "Closing Failed"),
    ),
}
