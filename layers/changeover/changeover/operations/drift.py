"""Checks for drift that no event reports. Each yields findings that need a person, in words."""

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
    """Check that users reach live by Changeover's rule, which no stack update changes."""
    live = live_of(services)
    expected = _may_have_users(live, services)
    if not expected:
        return
    users_are_on = services.front_door.serving()
    default = any(services.front_door.default_weights().values())
    if users_are_on not in expected and _is_missing(services.front_door.actions()):
        now = "forwards them, as in Changeover 0.1.0" if default else "is the 503 page"
        yield (
            f"the load balancer has no rule that sends users to {live.name}. The listener's default"
            f" action applies, and {now}: invoke adopt_release with {live.name}"
        )
    elif users_are_on not in expected:
        yield (
            f"{live.name} is recorded as live, but the load balancer's rule does not send users"
            " there: look for a rule before it, or invoke adopt_release with the stack that is live"
        )
    elif default:
        yield (
            "the users' listener's default action still forwards requests, as in Changeover 0.1.0,"
            " although a rule sends users to live: restore the 503 page, as docs/operate.md says"
        )


def _may_have_users(live: Release, services: Services) -> tuple[set[str], ...]:
    """Return the sets of target groups that may serve users: live's, and in a run the candidate's.

    Empty if the run's candidate is not recorded yet.
    """
    run = _run(services)
    if not run:
        return ({live.target_group},)
    releases = services.releases.list_all(services.default_cluster)
    moved = [each for each in releases if each.run == run and each.role is Role.CANDIDATE]
    return tuple({each.target_group} for each in [live, *moved]) if moved else ()


def _is_missing(actions: str) -> bool:
    return not json.loads(actions)


def web_acl(services: Services) -> Iterator[str]:
    """Check the load balancer's web ACL.

    AWS may remove a new web ACL when CloudFormation deletes the old association.
    """
    wanted = services.web_acl.wanted()
    if wanted and (found := services.web_acl.associated()) != wanted:
        yield (
            f"the load balancer must have the web ACL {wanted}, but has {found or 'none'}:"
            " associate it with aws wafv2 associate-web-acl"
        )


def lock(services: Services) -> Iterator[str]:
    """Check for a run that ended without freeing the lock. Live may still be read-only."""
    owner = services.releases.owner(services.default_cluster, services.now())
    if owner and (status := services.executions.status(owner)) != _RUNNING:
        yield (
            f"{owner} holds the lock, but is {status or 'unknown'}: invoke the function"
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
    """Check for stacks of candidates that cost money although their run is over."""
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
    """Check for previous releases that are deployed longer than they are kept for a rollback."""
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
                f"{release.name} is {release.role}, but has no end of its retention: set"
                " kept_until of its item in the release table"
            )
        elif services.now() > until:
            yield (
                f"stack {release.name} ({stack.status}) is {release.role} and was kept until"
                f" {until:%Y-%m-%d}: end its jobs and desktops, and delete it (docs/operate.md)"
            )


def base(services: Services) -> Iterator[str]:
    """Check for an outdated image whose distribution has a newer AMI."""
    settings = services.configurations.read(services.default_cluster).images
    if not settings.base_parameter:
        return
    newest = services.images.newest_base(settings.base_parameter)
    base = services.images.describe(newest) if newest else None
    if base is None or base.created is None:
        yield f"images.base_parameter: {settings.base_parameter} does not name an existing AMI"
        return
    image = services.pointers.get(Pointer.NEXT) or live_of(services).image
    known = services.images.describe(image) if image else None
    if known is None or known.created is None or base.created <= known.created:
        return
    age = services.now() - known.created
    if age.days >= settings.stale_after_days:
        yield (
            f"{image} is {age.days} days old, and its distribution has had a newer AMI,"
            f" {base.image}, since {base.created:%Y-%m-%d}: check that the image pipeline runs"
        )


def subscribers(services: Services) -> Iterator[str]:
    """Check the SNS topic's subscribers.

    An unexpected subscriber could approve upgrades, because the e-mail contains link and code. If
    no subscription is confirmed, no e-mail can say so: the log and the function's result do.
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
            "no subscription to the SNS topic is confirmed, so no e-mail arrives and no upgrade"
            " starts: subscribe, and confirm the e-mail from AWS"
        )


def backup(services: Services) -> Iterator[str]:
    """Store one snapshot of live's directory per day, and yield a finding if that fails.

    The host also reports whether live's directory is read-only, which is wrong outside a run.
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
            f"the directory of {live.name} is read-only although no upgrade is active: users cannot"
            f" change passwords. Run the SSM document changeover-{live.cluster}-thaw-directory on"
            f" {live.instance}"
        )


def _run(services: Services) -> str:
    """Return the run that holds the lock. Empty if none does."""
    return run_of(services.releases.owner(services.default_cluster, services.now()))
