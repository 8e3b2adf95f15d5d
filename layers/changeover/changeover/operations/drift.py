"""What on a cluster needs a person though no event told of it: a check each, told in words."""

import json
from collections.abc import Iterator
from datetime import timedelta

from changeover.cluster.execution import run_of
from changeover.cluster.release import Release, Role
from changeover.images.records import Pointer
from changeover.ports.services import Services
from changeover.upgrade.live import live_of
from changeover.upgrade.transfer import snapshots

_RUNNING = "RUNNING"
_APPROVAL_SLACK = timedelta(hours=1)


def front_door(services: Services) -> Iterator[str]:
    """Whether users get to live by the rule that no stack update touches."""
    live = live_of(services)
    expected = _may_have_users(live, services)
    if not expected:
        return
    users_are_on = services.front_door.serving()
    default = any(services.front_door.default_weights().values())
    if users_are_on not in expected and _is_missing(services.front_door.actions()):
        now = "as Changeover 0.1.0 left it, sends them on" if default else "is the 503 page"
        yield (
            f"the front door has no rule that sends users to {live.name}; the listener's default"
            f" action decides, and {now}: invoke adopt_release with {live.name}"
        )
    elif users_are_on not in expected:
        yield (
            f"{live.name} is recorded as live, but the front door's rule does not send its users"
            f" there: look for a rule before it, or invoke adopt_release with what is live now"
        )
    elif default:
        yield (
            "the users' listener's default action still sends requests on, as Changeover 0.1.0"
            " left it; users come in by a rule now: put the 503 page back, as the runbook says"
        )


def _may_have_users(live: Release, services: Services) -> tuple[set[str], ...]:
    """Live's target group, or in a run the candidate's; nothing while it cannot be told."""
    run = _run(services)
    if not run:
        return ({live.target_group},)
    releases = services.releases.list_all(services.default_cluster)
    moved = [each for each in releases if each.run == run and each.role is Role.CANDIDATE]
    return tuple({each.target_group} for each in [live, *moved]) if moved else ()


def _is_missing(actions: str) -> bool:
    return not json.loads(actions)


def web_acl(services: Services) -> Iterator[str]:
    """AWS may take a new web ACL off again when CloudFormation deletes the old association."""
    wanted = services.web_acl.wanted()
    if wanted and (found := services.web_acl.associated()) != wanted:
        yield (
            f"the front door should have the web ACL {wanted}, and has {found or 'none'}: associate"
            " it by aws wafv2 associate-web-acl"
        )


def lock(services: Services) -> Iterator[str]:
    """A run that ended and did not give the lock back; it may have left live read-only."""
    owner = services.releases.owner(services.default_cluster, services.now())
    if owner and (status := services.executions.status(owner)) != _RUNNING:
        yield (
            f"{owner} holds the lock and is {status or 'unknown'}: invoke the function"
            " abort-upgrade with that execution, or wait until the lock expires"
        )


def approval(services: Services) -> Iterator[str]:
    """A run that waits longer than its approval is valid, or that missed its decision."""
    run = _run(services)
    request = services.approvals.get(services.default_cluster, run) if run else None
    if request is None:
        return
    now, decided_at = services.now(), request.decided_at
    if not request.decision and now > request.expires_at + _APPROVAL_SLACK:
        yield f"{run} waits for an approval that expired {request.expires_at:%Y-%m-%d %H:%M %Z}"
    # A run that waits longer than that times out, and discards its candidate by itself.
    missed = decided_at and decided_at + _APPROVAL_SLACK < now < request.expires_at
    if missed and _waits(request.candidate, services):
        yield (
            f"{run} was {request.decision} by {request.decided_by} at"
            f" {decided_at:%Y-%m-%d %H:%M %Z} and does not go on: open the link of the approval"
            " e-mail, and send the decision again"
        )


def _waits(candidate: str, services: Services) -> bool:
    """No step that follows a decision has recorded anything about the candidate."""
    found = services.releases.get(services.default_cluster, candidate)
    return found.role is Role.CANDIDATE and not (found.proved_at or found.retreating)


def candidates(services: Services) -> Iterator[str]:
    """What costs money and belongs to no run any more."""
    cluster, run = services.default_cluster, _run(services)
    for release in services.releases.list_all(cluster):
        if release.role in (Role.CANDIDATE, Role.DISCARDED) and release.run != run:
            stack = services.stacks.describe(release.name)
            if stack and stack.status != "DELETE_IN_PROGRESS":
                yield (
                    f"stack {release.name} ({stack.status}) is a {release.role} candidate of"
                    f" {release.run}, which is over: delete it, if no job runs on it"
                )


def kept(services: Services) -> Iterator[str]:
    """What was kept for a way back, and for longer than that."""
    cluster = services.default_cluster
    usual = timedelta(days=services.configurations.read(cluster).retention.previous_days)
    for release in services.releases.list_all(cluster):
        if release.role not in (Role.PREVIOUS, Role.ROLLED_BACK):
            continue
        stack = services.stacks.describe(release.name)
        if stack is None or stack.status == "DELETE_IN_PROGRESS":
            continue
        until = release.kept_until or (release.users_left_at and release.users_left_at + usual)
        if until is None:
            yield (
                f"{release.name} is {release.role}, and nobody said for how long it is kept: set"
                " kept_until of its item in the release table"
            )
        elif services.now() > until:
            yield (
                f"stack {release.name} ({stack.status}) is {release.role} and was kept until"
                f" {until:%Y-%m-%d}: end its jobs and desktops, and delete it as the runbook says"
            )


def base(services: Services) -> Iterator[str]:
    """An image that grows old though its distribution has a newer one."""
    settings = services.configurations.read(services.default_cluster).images
    if not settings.base_parameter:
        return
    newest = services.images.newest_base(settings.base_parameter)
    base = services.images.describe(newest) if newest else None
    if base is None or base.created is None:
        yield f"images.base_parameter: {settings.base_parameter} names no AMI that is there"
        return
    image = services.pointers.get(Pointer.NEXT) or live_of(services).image
    known = services.images.describe(image) if image else None
    if known is None or known.created is None or base.created <= known.created:
        return
    age = services.now() - known.created
    if age.days >= settings.stale_after_days:
        yield (
            f"{image} is {age.days} days old, and its distribution has had a newer AMI,"
            f" {base.image}, since {base.created:%Y-%m-%d}: does the image pipeline still run?"
        )


def subscribers(services: Services) -> Iterator[str]:
    """Nobody subscribed, which no mail can say: the log and the answer have it. Or a stranger.

    The mail has the link and the code of an approval: every subscriber could approve.
    """
    approval = services.configurations.read(services.default_cluster).approval
    expected = {address.lower() for address in approval.subscribers}
    for each in services.mail.subscribers() if expected else ():
        if each.endpoint.lower() not in expected or not each.protocol.startswith("email"):
            yield (
                f"{each.endpoint} ({each.protocol}) is subscribed to the topic and could approve"
                " upgrades: delete the subscription in the SNS console, or add the address to"
                " `approval.subscribers` of the cluster's configuration"
            )
    if not services.mail.confirmed_subscribers():
        yield (
            "nobody has confirmed a subscription to the topic: no mail is read, this one neither,"
            " and no upgrade starts: subscribe, and confirm the mail that comes"
        )


def backup(services: Services) -> Iterator[str]:
    """Keeps a snapshot of live's identities of each day; says why if that is not possible.

    The host tells along with it whether live is read-only, which nobody wants outside a run.
    """
    live = live_of(services)
    run = f"backup-{services.now():%Y-%m-%d}"
    if not live.provider.on_host or _run(services):
        return
    if services.evidence.exists(snapshots.key(live.name, run, "backup")):
        return
    if not services.hosts.reachable(live.instance):
        yield f"{live.name}'s scheduler {live.instance} does not answer SSM: no snapshot is taken"
        return
    _, told = snapshots.run_export("export_identities", live, run, "backup", services)
    if told.get("read_only"):
        yield (
            f"{live.name} is read-only though no upgrade is at work: nobody can change a password."
            f" Run the document changeover-{live.cluster}-thaw-directory on {live.instance}"
        )


def _run(services: Services) -> str:
    """The run that holds the lock; empty when none does."""
    return run_of(services.releases.owner(services.default_cluster, services.now()))
