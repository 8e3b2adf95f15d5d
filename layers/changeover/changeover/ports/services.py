"""The interfaces to AWS and to scheduler hosts: one Protocol per port, implemented in `adapters/`.

Every method may raise Transient. A method's docstring names the other errors that it raises.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release
from changeover.ports.images import Images, Pointers
from changeover.ports.values import ApprovalRecord, Build, Machine, Stack, Subscriber
from changeover.types import Digest


class Configurations(Protocol):
    def read(self, cluster: str) -> ClusterConfiguration:
        """Return the cluster's configuration. Raises Refused if it is missing or invalid."""


class Releases(Protocol):
    """The release table and the cluster's lock.

    The fence is a number that grows with each new owner of the lock. Each write carries it, and
    raises Conflict if another owner has taken the lock since.
    """

    def get(self, cluster: str, name: str) -> Release:
        """Return the release's record. Raises Conflict if there is none."""

    def list_all(self, cluster: str) -> tuple[Release, ...]: ...

    def acquire(self, cluster: str, owner: str, now: datetime, until: datetime) -> int:
        """Take the lock until `until`, and return its fence.

        If `owner` already holds the lock, extend it and return the same fence. Raises Refused if
        another owner holds the lock and it has not expired.
        """

    def free(self, cluster: str, owner: str) -> bool:
        """Release the lock. Returns False if `owner` does not hold it."""

    def owner(self, cluster: str, now: datetime) -> str:
        """Return the lock's owner. Empty if the lock is free or has expired."""

    def assert_held(self, cluster: str, fence: int) -> None:
        """Raises Conflict unless the lock has an owner and this fence."""

    def record(self, release: Release, fence: int) -> None:
        """Write one record. Raises Conflict if the lock is lost."""

    def record_all(self, releases: tuple[Release, ...], fence: int) -> None:
        """Write all records in one transaction. Raises Conflict if the lock is lost."""


class Evidence(Protocol):
    """The evidence bucket in S3: archives, snapshots, proofs and reports of every run."""

    @property
    def bucket(self) -> str: ...

    def read(self, key: str) -> bytes:
        """Return the object. Raises Unhealthy if it is missing or larger than 2 GiB."""

    def write(self, key: str, content: bytes) -> None: ...

    def write_once(self, key: str, content: bytes) -> bool:
        """Write the object if the key is unused. Returns False if an object already exists."""

    def exists(self, key: str) -> bool: ...

    def files(self, folder: str) -> Mapping[str, int]:
        """Return each file's name within the folder and its size in bytes. Empty if none exist."""

    def digest(self, key: str, most_bytes: int) -> Digest | None:
        """Return the object's sha256; None if there is no such object.

        Raises Unhealthy if the object has more than `most_bytes` bytes.
        """

    def delete_folder(self, prefix: str) -> None: ...


class Hosts(Protocol):
    """Scheduler hosts. Commands run there only through this app's SSM documents."""

    def find(self, tags: Mapping[str, str]) -> str | None:
        """Return the instance ID of the running scheduler host with these tags; None if absent.

        Raises Conflict if there are several.
        """

    def reachable(self, instance: str) -> bool:
        """Whether the host's SSM agent is online."""

    def cluster_of(self, instance: str) -> str:
        """Return the value of the host's tag `changeover:cluster`. Empty without tag or host."""

    def mark(self, instance: str, cluster: str) -> None:
        """Set the tag `changeover:cluster`. IAM allows SSM documents only on hosts with the tag."""

    def run(self, instance: str, document: str, **parameters: str) -> dict[str, Any]:
        """Run `documents/<document>.yaml` and return the JSON object on its last line.

        - read_marker: `marker`, the host's /etc/motd in base64.
        - probe_release: the fields of `health.Probes`.
        - locate_directory: the fields of `shared.Located`.
        - export_identities, freeze_directory, import_identities, apply_delta: the fields of
          `snapshots.Exported`; the first two also `read_only`, the last also `changes`, a number.
        - thaw_directory: `read_only`, and `read_only_seconds`, null if it was not read-only.

        Raises Unhealthy with the document's own words when it fails.
        """


class Builds(Protocol):
    """Builds of a release in CodeBuild."""

    def code(self) -> bytes:
        """Return the build's own code as a zip archive. The same code gives the same bytes."""

    def start(self, token: str, environment: Mapping[str, str], *, again: bool = False) -> str:
        """Start a build and return its ID. The same token within minutes returns the same build.

        `again` starts a second build, which replaces a build that AWS lost.
        """

    def status(self, build: str) -> Build:
        """Return the build's status. Raises Conflict if the build does not exist."""

    def stop(self, token: str) -> None:
        """Stop every running build that was started with the token."""


class Stacks(Protocol):
    """CloudFormation stacks."""

    def describe(self, name: str) -> Stack | None:
        """Return the stack, or None if it does not exist."""

    def first_failure(self, name: str) -> str:
        """Return the resources that made the last operation fail, with reasons. Empty if none."""

    def declared(self, template_url: str) -> Mapping[str, bool]:
        """Return the template's parameters: name, and whether it has a default.

        Raises Unhealthy if the template cannot be used.
        """

    def create(
        self, name: str, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Start to create a stack. Does nothing if a stack of that name exists.

        Raises Unhealthy if CloudFormation refuses the template or its parameters.
        """

    def protect(self, name: str) -> None:
        """Turn termination protection on. No method turns it off.

        Raises Conflict if there is no such stack.
        """

    def delete(self, name: str) -> None:
        """Start to delete a stack. Does nothing if it is deleted or being deleted.

        Raises Conflict if the stack has termination protection.
        """


class FrontDoor(Protocol):
    """The persistent Application Load Balancer.

    Changeover owns one rule on the users' listener and one on the preview listener.
    """

    def actions(self) -> str:
        """Return the actions of the users' rule as canonical JSON; `[]` if there is no rule.

        The users' rule is the first listener rule that takes every request of the users.
        """

    def weights(self) -> Mapping[str, int]:
        """Return target group ARN to weight for the users' rule. Empty if it does not forward."""

    def serving(self) -> frozenset[str]:
        """Return the ARNs of the target groups to which the users' rule sends requests."""

    def default_weights(self) -> Mapping[str, int]:
        """Return target group ARN to weight for the users' listener's default action.

        Changeover 0.1.0 used the default action instead of a rule.
        """

    def take_over(self) -> None:
        """Create Changeover's missing rule with the default action's targets, if it has any."""

    def forward(self, weights: Mapping[str, int]) -> None:
        """Set the target groups and weights of the users' rule with one ModifyRule call.

        Creates the rule if it is missing. Raises Unhealthy if the rule read back differs. Raises
        Conflict if another rule has its priority, or if the rule's sign-in needs a client secret
        that AWS does not show.
        """

    def restore(self, actions: str) -> None:
        """Set exactly the actions that `actions` returned earlier. Raises as `forward` does."""

    def preview(self, target_group: str | None) -> None:
        """Show a release on the preview listener, or with None a fixed text.

        The load balancer checks a target group's health only while a listener uses it.
        """

    def ensure_target_group(self, release: str, instance: str) -> str:
        """Register the scheduler host with the release's target group, and return its ARN.

        Creates the target group if it is missing. Raises Unhealthy if the host cannot be a target.
        """

    def health(self, target_group: str) -> tuple[str, str]:
        """Return the worst target state in the load balancer's spelling, and its reason.

        Waits a limited time for the first health check of new targets.
        """

    def remove_target_group(self, release: str) -> None:
        """Delete the release's target group, if any. Raises Conflict if a listener uses it."""


class WebAcl(Protocol):
    """The AWS WAF web ACL of the load balancer."""

    def wanted(self) -> str:
        """Return the ARN from the app's parameter. Empty if no web ACL is configured."""

    def associated(self) -> str:
        """Return the ARN of the load balancer's web ACL. Empty if it has none."""


class Executions(Protocol):
    """Executions of this app's state machines in Step Functions."""

    def start(self, machine: Machine, name: str, request: Mapping[str, str]) -> bool:
        """Start an execution. Returns False if the name was used before, whatever its status."""

    def status(self, execution: str) -> str:
        """Return the status in Step Functions' spelling. Empty if there is no such execution."""

    def console(self, machine: Machine) -> str:
        """Return the link to the console page where a person starts an execution."""


class Approvals(Protocol):
    """Approval requests in the release table."""

    def put(self, approval: ApprovalRecord) -> None:
        """Store a request. It replaces an earlier one of the run, whose link stops working."""

    def get(self, cluster: str, run: str) -> ApprovalRecord | None: ...

    def count_attempt(self, cluster: str, run: str) -> int:
        """Count one wrong code, and return the number so far. Raises Conflict without a request."""

    def decide(self, approval: ApprovalRecord) -> bool:
        """Store the decision. Returns False if the request was decided or replaced before."""


class Callbacks(Protocol):
    """Answers to executions that wait for a task token."""

    def answer(self, token: str, answer: Mapping[str, str]) -> bool:
        """Resume the execution that waits. Returns False if it no longer waits."""


class Mail(Protocol):
    """E-mail to the subscribers of the SNS topic."""

    def confirmed_subscribers(self) -> int:
        """Return how many e-mail addresses have confirmed their subscription."""

    def subscribers(self) -> tuple[Subscriber, ...]:
        """Return every subscription that was not deleted, confirmed or not."""

    def send(self, subject: str, message: str) -> None: ...


class Secrets(Protocol):
    """Secrets Manager. No method reads a secret's value."""

    def exists(self, name: str) -> bool:
        """Whether the secret exists and is not scheduled for deletion."""


class Services(Protocol):
    """All ports of one function, and its clock and random source, so that steps stay pure."""

    @property
    def default_cluster(self) -> str: ...
    @property
    def front_door_url(self) -> str: ...
    @property
    def configurations(self) -> Configurations: ...
    @property
    def releases(self) -> Releases: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def hosts(self) -> Hosts: ...
    @property
    def builds(self) -> Builds: ...
    @property
    def stacks(self) -> Stacks: ...
    @property
    def front_door(self) -> FrontDoor: ...
    @property
    def web_acl(self) -> WebAcl: ...
    @property
    def images(self) -> Images: ...
    @property
    def pointers(self) -> Pointers: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def callbacks(self) -> Callbacks: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def now(self) -> Callable[[], datetime]: ...
    @property
    def new_secret(self) -> Callable[[int], str]:
        """`new_secret(length)` returns random letters and digits, with a letter first."""
