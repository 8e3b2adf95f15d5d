"""Safeguards of the live release: termination protection of its stack, our tag on its scheduler."""

from collections.abc import Iterator

from changeover.errors import ChangeoverError
from changeover.ports.services import Services
from changeover.upgrade.live import live_of
from changeover.upgrade.preflight import judge_tag


def protect(stack: str, services: Services) -> str:
    """Turn on termination protection of a stack.

    Returns the error message if that failed; empty if it succeeded. Raises nothing: users are
    already on this release, so that a failure here must not cause a rollback.
    """
    try:
        services.stacks.protect(stack)
    except ChangeoverError as error:
        return str(error)
    return ""


def unprotected(services: Services) -> Iterator[str]:
    """Yield a finding if live's stack has no termination protection.

    Changeover 0.1.0 did not turn it on, and people can turn it off. Raises Conflict unless exactly
    one release is recorded as live.
    """
    name = live_of(services).name
    stack = services.stacks.describe(name)
    if stack and not stack.protected:
        yield (
            f"stack {name} of the live release has no termination protection: invoke adopt_release"
            f" for {name}, or turn on termination protection in the CloudFormation console"
        )


def unmarked(services: Services) -> Iterator[str]:
    """Yield a finding if live's scheduler host lacks the tag that lets SSM documents run on it.

    Raises Conflict unless exactly one release is recorded as live.
    """
    live = live_of(services)
    if problem := judge_tag(live, services.hosts.cluster_of(live.instance)):
        yield problem
