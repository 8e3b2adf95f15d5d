"""Whatever a person types reaches its end as it was typed, and never as code."""

from typing import Any

import pytest

from changeover.ports.values import Build, BuildStatus
from tests.support.browser import code_in, fields_of, link_in
from tests.workflow.engine import Engine
from tests.workflow.scenarios import world

HOSTILE = 'He said "no", {% $plan.fence %} & $outcome \\ {"Error": 1}\nzweite Zeile: Größe'


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ([], "the input is a list"),
        ("hpc", "the input is a string"),
        (7, "the input is a number"),
        (True, "the input is a boolean"),
        ({"force": True, "release": "r2"}, "force: no such field"),
        ({"force": True, "release": "r2"}, "release: 'r2'"),
        ({"cluster": "ml"}, "cluster: only hpc is served here, not ml"),
        ({"image": "ami-00000000000000000"}, "does not exist in this region"),
        ({"image": HOSTILE}, "image: "),
    ],
)
def test_nonsense_is_refused_by_name_and_touches_nothing(request_: Any, told: str) -> None:
    engine = Engine(world())
    ended = engine.run(request_)
    assert (ended.error, told in ended.cause) == ("Refused", True)
    assert engine.world.mails[-1][0].endswith("upgrade refused, nothing was changed")
    assert engine.world.lock_owner == ""
    assert {called for called, _ in engine.called} == {"plan_upgrade", "close_upgrade"}


def test_the_approvers_reason_is_told_as_it_was_typed() -> None:
    engine = Engine(world())

    def reject() -> None:
        mail = engine.world.mails[-1][1]
        form = fields_of(engine.world.browse("GET", link_in(mail))["body"])
        typed = {"code": code_in(mail), "name": 'Ada "the boss"', "reason": HOSTILE}
        engine.world.browse("POST", link_in(mail), form | typed | {"decision": "rejected"})

    engine.approver = reject
    ended = engine.run()
    assert ended.cause == f'Ada "the boss" rejected the upgrade. {HOSTILE}'
    assert HOSTILE in engine.world.mails[-1][1]


def test_a_builds_own_words_are_told_as_they_are() -> None:
    engine = Engine(world())
    engine.world.builds.ends = Build(BuildStatus.FAILED, HOSTILE)
    ended = engine.run()
    assert ended.cause == f"the release could not be built: {HOSTILE}"
