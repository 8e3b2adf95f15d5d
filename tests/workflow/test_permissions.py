"""What runs are seen to ask of neighbors was read from the code, and is allowed on its objects.

`tests/unit/templates/test_template_permissions.py` compares policies with what
`tests.support.ports_used` reads from the code, which stands and falls with its overlooking nothing.
Which objects a step touches is known to runs only: every method that a step has for them is seen,
but not in every case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any

import pytest

from changeover.errors import Transient
from tests.support.aws_calls import adapters
from tests.support.browser import alb_request
from tests.support.image_pipeline import PIPELINE, REFRESH, Pipeline
from tests.support.ports_used import asked
from tests.support.templates import STEPS, listed, permissions, strings
from tests.support.world import CANDIDATE, IMAGE, LIVE
from tests.workflow import scenarios, test_image_refresh
from tests.workflow.engine import JSON, Engine, Invoke
from tests.workflow.observer import Witness
from tests.workflow.test_aborted import abort_run
from tests.workflow.test_dialects import witness_of
from tests.workflow.test_next_upgrade import AT_ONCE

# What each method does to the object, or to the folder, that it is told.
OBJECTS = {
    "read": "s3:GetObject",
    "exists": "s3:GetObject",
    "write": "s3:PutObject",
    "write_once": "s3:PutObject",
    "digest": "s3:GetObject",
    "delete_folder": "s3:DeleteObject",
}
BUCKET = "${Evidence.Outputs.BucketArn}/"


@dataclass
class Observed:
    """Services, or one of them, that tell what is called."""

    behind: Any
    tell: Callable[..., None]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.behind, name)
        if name in adapters():
            return Observed(found, partial(self.tell, name))
        if not callable(found) or name in ("now", "new_secret"):
            return found

        def call(*told: Any, **named: Any) -> Any:
            self.tell(name, *told)
            return found(*told, **named)

        return call


@dataclass
class Record:
    """Which step has asked which method of which neighbor, and about which object."""

    asked: set[tuple[str, str, str]] = field(default_factory=set)
    objects: set[tuple[str, str, str]] = field(default_factory=set)

    def of(self, engine: Engine) -> Engine:
        """Of this engine as well; people's pages are asked as the load balancer asks them."""

        def browse(method: str, link: str, form: dict[str, str] | None = None) -> JSON:
            request = alb_request(method, link, form)
            return dict(engine.answer("review_upgrade", request)["Payload"])

        engine.world.browse = browse  # type: ignore[method-assign]  # as said above
        for step in STEPS:
            engine.neighbors[step] = partial(Observed, tell=partial(self._note, step))
        return engine

    def _note(self, step: str, port: str, method: str, *told: Any) -> None:
        self.asked.add((step, port, method))
        if port == "evidence" and method in OBJECTS:
            self.objects.add((step, method, told[0]))


@cache
def record() -> Record:
    made = Record()
    upgrades(made)
    a_build_whose_answer_is_lost(made)
    aborts(made)
    refreshes(made)
    what_happens_besides(made)
    return made


def upgrades(made: Record) -> None:
    """Of every outcome, with and without a way back; in the others no step asks anything new."""
    for name in ("refused", "stack cannot be deleted", *AT_ONCE):
        engine = made.of(Engine(scenarios.world()))
        scenarios.SCENARIOS[name].happens(engine)
        engine.run()
    for witness in (Witness(), witness_of("on one directory")):
        witness.the_candidate_falls_ill_under_its_users()
        made.of(witness.engine).run()


def a_build_whose_answer_is_lost(made: Record) -> None:
    """Check Build places its installer a second time, over the same files."""
    engine = made.of(Engine(scenarios.world()))
    lost = []

    def once_done(invoke: Invoke) -> JSON:
        answer: JSON = invoke()
        if answer["done"] and not lost:
            lost.append(answer)
            raise Transient("the answer was lost")
        return answer

    engine.faults["check_build"] = once_done
    engine.run()
    assert lost


def aborts(made: Record) -> None:
    for last in ("validate_candidate", "watch_candidate", "complete_upgrade"):
        engine = made.of(Engine(scenarios.world()))
        engine.meanwhile[last] = partial(is_stopped_while_people_work, engine)
        engine.run()
        abort_run(engine)


def is_stopped_while_people_work(engine: Engine) -> None:
    engine.world.change_password("jdoe", "Autumn_2021", on=CANDIDATE)
    engine.lasts = 0


def refreshes(made: Record) -> None:
    for way in test_image_refresh.WAYS.values():
        engine = made.of(Engine(test_image_refresh.world(), "refresh_image"))
        way.happens(engine)
        engine.run(name=test_image_refresh.NAME)


def what_happens_besides(made: Record) -> None:
    """To a cluster whose images are built and judged."""
    world = Pipeline()
    engine = Engine.running = made.of(Engine(world))
    engine.answer("adopt_release", {"stack": LIVE})
    build = world.judged(1).build
    for kind, subject, state in (
        ("image", build, "AVAILABLE"),
        ("image", build, "FAILED"),
        ("vulnerabilities", build, {"critical": 1}),
        ("pipeline-disabled", PIPELINE, "5"),
        ("ami", IMAGE, "deregistered"),
        ("refresh-ended", REFRESH.format("x"), "ABORTED"),
    ):
        engine.answer("handle_image_event", {"kind": kind, "subject": subject, "state": state})
    engine.answer("reconcile", {})
    made.of(Engine(world, "refresh_image")).run({"image_build": world.has_built(2)}, name="second")
    made.of(Engine(world)).run()


def test_every_step_is_seen_to_ask_something() -> None:
    assert {step for step, _, _ in record().asked} == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_what_a_step_is_seen_to_ask_was_read_from_the_code(step: str) -> None:
    seen = {(port, method) for by, port, method in record().asked if by == step}
    assert seen - asked(step) == set()


@pytest.mark.parametrize("step", STEPS)
def test_what_a_step_does_to_objects_is_seen(step: str) -> None:
    read = {method for port, method in asked(step) if port == "evidence" and method in OBJECTS}
    assert read - {method for by, method, _ in record().objects if by == step} == set()


@pytest.mark.parametrize("step", STEPS)
def test_a_function_is_allowed_what_its_step_does_to_objects(step: str) -> None:
    allowed = [
        (action, place.removeprefix(BUCKET).replace("${ClusterName}", "hpc"))
        for statement in permissions(step)
        for action in listed(statement["Action"])
        for place in strings(statement["Resource"])
        if place.startswith(BUCKET)
    ]
    refused = [
        (method, key)
        for by, method, key in record().objects
        if by == step
        and not any(may == OBJECTS[method] and fnmatchcase(key, where) for may, where in allowed)
    ]
    assert refused == []
