"""Everything that moto does not do, or does otherwise than AWS, put right in its own process.

Each hook says why it is there; `tests/integration/test_control_plane_hooks.py` shows for each that
moto still needs it and fails once it no longer does.
"""

from pathlib import Path

from rehearsal.control_plane.endpoints import REGION
from rehearsal.control_plane.hooks import (
    events,
    expressions,
    functions,
    image_builder,
    mail,
    resources,
    stacks,
    tags,
    templates,
    user_pools,
    workflows,
)
from rehearsal.control_plane.image_builder.pipelines import Pipelines
from rehearsal.control_plane.lambda_service import LambdaService


def install(
    service: LambdaService, inbox: Path, failing_stacks: frozenset[str], pipelines: Pipelines
) -> None:
    templates.install(REGION)
    resources.install()
    user_pools.install()
    image_builder.install(pipelines)
    stacks.install(failing_stacks)
    tags.install()
    expressions.install()
    workflows.install()
    functions.install(service)
    events.install()
    mail.install(inbox)
