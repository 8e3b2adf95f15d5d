"""What the workflow asks of its neighbors: one Protocol each, implemented in `adapters/`.

Every method may raise Transient; the other errors are named where they can happen.
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
        """Raises Refused when there is none or it does not fit the model."""


class Releases(Protocol):
    """The release table. Writes carry the lock's fence and raise Conflict once it is lost."""

    def get(self, cluster: str, name: str) -> Release:
        """Raises Conflict when it is not recorded."""

    def list_all(self, cluster: str) -> tuple[Release, ...]: ...

    def acquire(self, cluster: str, owner: str, now: datetime, until: datetime) -> int:
        """Take the lock and return its fence; again by the same owner: the same fence.

        Raises Refused while another owner holds it and it has not expired.
        """

    def free(self, cluster: str, owner: str) -> bool:
        """Give the lock back; False when this owner does not hold it."""

    def owner(self, cluster: str, now: datetime) -> str:
        """Who holds the lock; empty when it is free or has lapsed."""

    def assert_held(self, cluster: str, fence: int) -> None: ...

    def record(self, release: Release, fence: int) -> None: ...

    def record_all(self, releases: tuple[Release, ...], fence: int) -> None:
        """All of them or none."""


class Evidence(Protocol):
    """The bucket with everything a run is proved by."""

    @property
    def bucket(self) -> str: ...

    def read(self, key: str) -> bytes:
        """Raises Unhealthy when there is no such object, or one of more than 2 GiB."""

    def write(self, key: str, content: bytes) -> None: ...

    def write_once(self, key: str, content: bytes) -> bool:
        """False, and nothing is written, when there is an object of that key."""

    def exists(self, key: str) -> bool: ...

    def files(self, folder: str) -> Mapping[str, int]:
        """Name within the folder to size in bytes; empty when there is no such folder."""

    def digest(self, key: str, most_bytes: int) -> Digest | None:
        """The object's sha256; None when there is no such object.

        Raises Unhealthy when it has more bytes.
        """

    def delete_folder(self, prefix: str) -> None: ...


class Hosts(Protocol):
    """Scheduler hosts, spoken to by SSM document only."""

    def find(self, tags: Mapping[str, str]) -> str | None:
        """Instance id of the running scheduler with these tags. Raises Conflict for several."""

    def reachable(self, instance: str) -> bool: ...

    def cluster_of(self, instance: str) -> str:
        """Value of the host's tag `changeover:cluster`; empty when it has none, or is gone."""

    def mark(self, instance: str, cluster: str) -> None:
        """Set the tag `changeover:cluster`, without which no document may run there."""

    def run(self, instance: str, document: str, **parameters: str) -> dict[str, Any]:
        """Run `documents/<document>.yaml` and return the JSON object on its last line.

        Raises Unhealthy with the document's own words when it fails.
        """


class Builds(Protocol):
    def start(self, token: str, environment: Mapping[str, str], *, again: bool = False) -> str:
        """Start a build and return its id; the same token within minutes: the same build.

        `again` starts the one that takes the place of a lost build.
        """

    def status(self, build: str) -> Build: ...

    def stop(self, token: str) -> None:
        """Stop whatever was started with the token, again or not, and still runs."""


class Stacks(Protocol):
    def describe(self, name: str) -> Stack | None: ...

    def first_failure(self, name: str) -> str:
        """Resources that made the last operation fail, and why; empty when none did."""

    def declared(self, template_url: str) -> Mapping[str, bool]:
        """The template's parameters: name to whether it has a default."""

    def create(
        self, name: str, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Does nothing when a stack of that name exists."""

    def protect(self, name: str) -> None:
        """Turn termination protection on; again: nothing. No method turns it off.

        Raises Conflict when there is no such stack.
        """

    def delete(self, name: str) -> None:
        """Does nothing when it is gone or going. Raises Conflict when it is protected."""


class FrontDoor(Protocol):
    """The persistent load balancer: a rule of ours on its users' and on its preview listener."""

    def actions(self) -> str:
        """Actions of the rule that users' requests meet, as canonical JSON; `[]` without a rule."""

    def weights(self) -> Mapping[str, int]:
        """Target group ARN to weight, of the same rule; empty when it forwards nowhere."""

    def serving(self) -> frozenset[str]:
        """ARNs of the target groups that the same rule sends users to."""

    def default_weights(self) -> Mapping[str, int]:
        """The same of the users' listener's default action, which Changeover 0.1.0 used."""

    def take_over(self) -> None:
        """Make the missing rule that forwards as the default action does, if that forwards."""

    def forward(self, weights: Mapping[str, int]) -> None:
        """One ModifyRule on the users' rule, read back; Unhealthy if it did not take.

        Creates the rule when it is missing. Raises Conflict when another rule has its priority,
        or when its sign-in needs a secret that AWS does not show.
        """

    def restore(self, actions: str) -> None:
        """Put back exactly what `actions` returned, read back. Raises as `forward` does."""

    def preview(self, target_group: str | None) -> None:
        """Show a release on the preview listener, so that it is health-checked; None: nothing."""

    def ensure_target_group(self, release: str, instance: str) -> str:
        """ARN of the release's target group with its scheduler in it; made when missing."""

    def health(self, target_group: str) -> tuple[str, str]:
        """The worst state of its targets, as the load balancer spells it, and the reason.

        Waits a bounded time for the first verdict on targets that were not checked before.
        """

    def remove_target_group(self, release: str) -> None: ...


class WebAcl(Protocol):
    """The web ACL of AWS WAF that the front door's requests should go through."""

    def wanted(self) -> str:
        """ARN in the app's parameter; empty when none is asked for."""

    def associated(self) -> str:
        """ARN of the one that the load balancer has; empty when it has none."""


class Executions(Protocol):
    def start(self, machine: Machine, name: str, request: Mapping[str, str]) -> bool:
        """False when an execution of that name was started before, however it ended."""

    def status(self, execution: str) -> str:
        """As Step Functions spells it; empty when there is no such execution."""

    def console(self, machine: Machine) -> str:
        """The link to the console's page where a person starts an execution."""


class Approvals(Protocol):
    def put(self, approval: ApprovalRecord) -> None:
        """Replaces an earlier question of the same run: its link dies."""

    def get(self, cluster: str, run: str) -> ApprovalRecord | None: ...

    def count_attempt(self, cluster: str, run: str) -> int:
        """Number of wrong codes so far, this one included."""

    def decide(self, approval: ApprovalRecord) -> bool:
        """Store a decision on an undecided question; False when it was decided before."""


class Callbacks(Protocol):
    def answer(self, token: str, answer: Mapping[str, str]) -> bool:
        """Wake the waiting execution; False when it does not wait any more."""


class Mail(Protocol):
    def confirmed_subscribers(self) -> int:
        """How many e-mail addresses have confirmed their subscription."""

    def subscribers(self) -> tuple[Subscriber, ...]:
        """Every subscription that was not deleted, confirmed or not."""

    def send(self, subject: str, message: str) -> None: ...


class Secrets(Protocol):
    def exists(self, name: str) -> bool: ...


class Services(Protocol):
    """All neighbors of one function, plus the two things a pure module must not reach for."""

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
        """Random letters and digits, the first a letter: `new_secret(length)`."""
