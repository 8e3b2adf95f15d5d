"""Every task, and what must happen first so that a run comes to it at all."""

from collections.abc import Callable

import pytest

from tests.workflow.engine import TASKS
from tests.workflow.events import live_cannot_be_frozen, the_person_says_no
from tests.workflow.observer import Witness

Leads = Callable[[Witness], object]


def straight_on(_: Witness) -> None:
    pass


def users_had_moved(witness: Witness) -> None:
    witness.the_candidate_falls_ill_under_its_users()


def users_had_not_moved(witness: Witness) -> None:
    live_cannot_be_frozen(witness.engine)


def the_answer_is_no(witness: Witness) -> None:
    the_person_says_no(witness.engine)


LEADING_TO: dict[str, tuple[Leads, ...]] = {
    "roll_back": (users_had_moved, users_had_not_moved),
    "capture_changes": (users_had_moved,),
    "thaw_directory": (users_had_moved, users_had_not_moved),
    "replay_changes": (users_had_moved,),
    "discard_candidate": (the_answer_is_no,),
    "check_discard": (the_answer_is_no,),
}
WAYS = [
    pytest.param(task, leads, id=f"{task}-{leads.__name__}")
    for task in TASKS
    for leads in LEADING_TO.get(task, (straight_on,))
]
