"""What keeps live safe: its stack is protected against deletion, its scheduler has our tag."""

from collections.abc import Iterator

from changeover.errors import ChangeoverError
from changeover.ports.services import Services
from changeover.upgrade.live import live_of
from changeover.upgrade.preflight import judge_tag


def protect(stack: str, services: Services) -> str:
    """Protect the stack against deletion. Returns why that failed; empty when it did not.

    Raises nothing: users are on this release already, and must stay there.
    """
    try:
        services.stacks.protect(stack)
    except ChangeoverError as error:
        return str(error)
    return ""


def unprotected(services: Services) -> Iterator[str]:
    """Live's stack, if one call could delete it: 0.1.0 protected none, and people can undo it."""
    name = live_of(services).name
    stack = services.stacks.describe(name)
    if stack and not stack.protected:
        yield (
            f"stack {name} of the live release has no termination protection: invoke adopt_release"
            f" with {name}, or turn the protection on in CloudFormation's console"
        )


def unmarked(services: Services) -> Iterator[str]:
    """Live's scheduler, if no document may run on it."""
    live = live_of(services)
    if problem := judge_tag(live, services.hosts.cluster_of(live.instance)):
        yield problem
