"""In-memory twins of every port; `tests/integration` holds them to the same contract as AWS.

services = FakeServices()
services.hosts.schedulers["soca-hpc-r1"] = ["i-live"]
services.hosts.answers["i-live", "read_marker"] = {"marker": ""}
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from changeover.adapters.notifications import subject_line
from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release
from changeover.errors import Conflict, Refused, Unhealthy
from changeover.ports.values import (
    ApprovalRecord,
    Build,
    BuildStatus,
    Cves,
    Image,
    ImageBuild,
    Machine,
    Stack,
    Subscriber,
    Vulnerabilities,
)
from changeover.types import Digest, ImageId

ACCOUNT = "111122223333"


@dataclass
class Clock:
    """Stands still until a test moves it: `clock.advance(seconds=5)`, or `clock.time = …`."""

    time: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class FakeConfigurations:
    by_cluster: dict[str, ClusterConfiguration] = field(
        default_factory=lambda: {"hpc": ClusterConfiguration(cluster="hpc")}
    )

    def read(self, cluster: str) -> ClusterConfiguration:
        if cluster not in self.by_cluster:
            raise Refused(f"cluster {cluster} has no configuration")
        return self.by_cluster[cluster]


@dataclass
class Lock:
    owner: str
    fence: int
    expires_at: datetime


@dataclass
class FakeReleases:
    recorded: dict[tuple[str, str], Release] = field(default_factory=dict)
    locks: dict[str, Lock] = field(default_factory=dict)

    def add(self, *releases: Release) -> None:
        """What a test starts with; needs no lock."""
        self.recorded |= {(release.cluster, release.name): release for release in releases}

    def get(self, cluster: str, name: str) -> Release:
        if (cluster, name) not in self.recorded:
            raise Conflict(f"release {name} of cluster {cluster} is not in the release table")
        return self.recorded[cluster, name]

    def list_all(self, cluster: str) -> tuple[Release, ...]:
        return tuple(self.recorded[key] for key in sorted(self.recorded) if key[0] == cluster)

    def acquire(self, cluster: str, owner: str, now: datetime, until: datetime) -> int:
        lock = self.locks.setdefault(cluster, Lock("", 0, now))
        if lock.owner not in ("", owner) and now < lock.expires_at:
            raise Refused(f"cluster {cluster} is locked by {lock.owner}")
        if lock.owner != owner:
            lock.fence += 1
        lock.owner, lock.expires_at = owner, until
        return lock.fence

    def free(self, cluster: str, owner: str) -> bool:
        lock = self.locks.get(cluster)
        if lock is None or lock.owner != owner:
            return False
        lock.owner = ""
        return True

    def owner(self, cluster: str, now: datetime) -> str:
        lock = self.locks.get(cluster)
        return lock.owner if lock and now < lock.expires_at else ""

    def assert_held(self, cluster: str, fence: int) -> None:
        lock = self.locks.get(cluster)
        if lock is None or not lock.owner or lock.fence != fence:
            raise Conflict(f"the lock of cluster {cluster} with fence {fence} is lost")

    def record(self, release: Release, fence: int) -> None:
        self.record_all((release,), fence)

    def record_all(self, releases: tuple[Release, ...], fence: int) -> None:
        for release in releases:
            self.assert_held(release.cluster, fence)
        self.add(*releases)


@dataclass
class FakeEvidence:
    bucket: str = "evidence"
    key_arn: str = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/evidence"
    objects: dict[str, bytes] = field(default_factory=dict)

    def location(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise Unhealthy(f"{self.location(key)} does not exist")
        return self.objects[key]

    def write(self, key: str, content: bytes) -> None:
        self.objects[key] = content

    def write_once(self, key: str, content: bytes) -> bool:
        there = key in self.objects
        self.objects.setdefault(key, content)
        return not there

    def exists(self, key: str) -> bool:
        return key in self.objects

    def files(self, folder: str) -> dict[str, int]:
        prefix = self._prefix(folder)
        return {
            k.removeprefix(prefix): len(v) for k, v in self.objects.items() if k.startswith(prefix)
        }

    def digest(self, key: str, most_bytes: int) -> Digest | None:
        if key not in self.objects:
            return None
        if len(self.objects[key]) > most_bytes:
            raise Unhealthy(f"{self.location(key)} has {len(self.objects[key])} bytes")
        return hashlib.sha256(self.objects[key]).hexdigest()

    def delete_folder(self, prefix: str) -> None:
        folder = self._prefix(prefix)
        self.objects = {k: v for k, v in self.objects.items() if not k.startswith(folder)}

    def _prefix(self, folder: str) -> str:
        prefix = folder.rstrip("/") + "/"
        if prefix == "/":
            raise Conflict("an empty prefix means the whole bucket")
        return prefix


CLOSED = {"Type": "fixed-response", "StatusCode": "503"}
"""The answer that the template gives the users' listener."""


def _weights(actions: list[dict[str, Any]]) -> dict[str, int]:
    return dict(actions[-1].get("Weights", {})) if actions else {}


Answer = dict[str, Any] | Callable[..., dict[str, Any]]


@dataclass
class FakeHosts:
    """`answers` holds a document's JSON, or a callable that is given its parameters.

    `marks` is the tag changeover:cluster, by instance.
    """

    schedulers: dict[str, list[str]] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    def find(self, tags: Mapping[str, str]) -> str | None:
        cluster_id = next(value for name, value in tags.items() if name.endswith(":ClusterId"))
        found = self.schedulers.get(cluster_id, [])
        if len(found) > 1:
            raise Conflict(f"{cluster_id} has several schedulers: {', '.join(found)}")
        return found[0] if found else None

    def reachable(self, instance: str) -> bool:
        known = {one for several in self.schedulers.values() for one in several}
        return instance in known - self.unreachable

    def cluster_of(self, instance: str) -> str:
        return self.marks.get(instance, "")

    def mark(self, instance: str, cluster: str) -> None:
        self.marks[instance] = cluster

    def run(self, instance: str, document: str, **parameters: str) -> dict[str, Any]:
        self.calls.append((instance, document, parameters))
        answer = self.answers[instance, document]
        return answer(**parameters) if callable(answer) else answer

    def documents_run(self, instance: str) -> list[str]:
        return [document for called, document, _ in self.calls if called == instance]


@dataclass
class FakeBuilds:
    """A test ends a build by `builds.builds[id] = Build(BuildStatus.SUCCEEDED, "", {…})`."""

    builds: dict[str, Build] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def code(self) -> bytes:
        return b"the build's code"

    def start(self, token: str, environment: Mapping[str, str], *, again: bool = False) -> str:
        build = f"changeover:again-{token}" if again else f"changeover:{token}"
        self.builds.setdefault(build, Build(BuildStatus.RUNNING, "QUEUED"))
        self.environments.setdefault(build, dict(environment))
        return build

    def status(self, build: str) -> Build:
        if build not in self.builds:
            raise Conflict(f"there is no build {build}")
        return self.builds[build]

    def stop(self, token: str) -> None:
        for build in (f"changeover:{token}", f"changeover:again-{token}"):
            if build in self.builds and self.builds[build].status is BuildStatus.RUNNING:
                self.builds[build] = Build(BuildStatus.FAILED, "stopped")


@dataclass
class FakeStacks:
    """`stacks` is the world: a test moves a stack on by replacing its `Stack`."""

    stacks: dict[str, Stack] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=lambda: {"UserPassword"})
    templates: dict[str, dict[str, bool]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def describe(self, name: str) -> Stack | None:
        if name not in self.stacks:
            return None
        stack = self.stacks[name]
        shown = {k: v for k, v in stack.parameters.items() if k not in self.hidden}
        return replace(stack, parameters=shown)

    def first_failure(self, name: str) -> str:
        return self.failures.get(name, "")

    def declared(self, template_url: str) -> Mapping[str, bool]:
        if template_url not in self.templates:
            raise Unhealthy(f"there is no template at {template_url}")
        return self.templates[template_url]

    def create(
        self, name: str, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        self.declared(template_url)
        made = Stack(name, "CREATE_IN_PROGRESS", "", dict(parameters), dict(tags))
        self.stacks.setdefault(name, made)

    def protect(self, name: str) -> None:
        if name not in self.stacks:
            raise Conflict(f"UpdateTerminationProtection: stack {name} does not exist")
        self.stacks[name] = replace(self.stacks[name], protected=True)

    def delete(self, name: str) -> None:
        self._refuse_protected(name)
        if self.stacks.pop(name, None):
            self.deleted.append(name)

    def _refuse_protected(self, name: str) -> None:
        if name in self.stacks and self.stacks[name].protected:
            raise Conflict(f"stack {name} cannot be deleted while TerminationProtection is enabled")


@dataclass
class FakeFrontDoor:
    """`rule` is ours on the users' listener, None while it is missing; `previewed` is shown.

    `shadow` is another rule for every request, which somebody put before it.
    """

    rule: list[dict[str, Any]] | None = None
    shadow: list[dict[str, Any]] | None = None
    default_actions: list[dict[str, Any]] = field(default_factory=lambda: [dict(CLOSED)])
    previewed: str | None = None
    targets: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    stuck: bool = False

    def actions(self) -> str:
        return json.dumps(self._met(), sort_keys=True)

    def weights(self) -> Mapping[str, int]:
        return _weights(self._met())

    def serving(self) -> frozenset[str]:
        return frozenset(arn for arn, weight in self.weights().items() if weight)

    def default_weights(self) -> Mapping[str, int]:
        return _weights(self.default_actions)

    def take_over(self) -> None:
        if self.rule is None and self.default_weights():
            self._modify(self.default_actions)

    def forward(self, weights: Mapping[str, int]) -> None:
        self._modify([{"Type": "forward", "Weights": dict(weights)}])

    def restore(self, actions: str) -> None:
        self._modify(json.loads(actions))

    def _met(self) -> list[dict[str, Any]]:
        return self.rule or [] if self.shadow is None else self.shadow

    def _modify(self, actions: list[dict[str, Any]]) -> None:
        if self.stuck:
            raise Unhealthy("the rule does not show what it was told")
        self.rule = actions
        if self._met() != actions:
            raise Unhealthy("another rule stands before ours")

    def preview(self, target_group: str | None) -> None:
        self.previewed = target_group

    def ensure_target_group(self, release: str, instance: str) -> str:
        arn = self.target_group_arn(release)
        self.targets[arn] = {instance}
        return arn

    def target_group_arn(self, release: str) -> str:
        """The ARN that a release's target group has, or would have."""
        return (
            f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/changeover-{release}/1"
        )

    def health(self, target_group: str) -> tuple[str, str]:
        in_use = target_group in self.weights() or target_group == self.previewed
        otherwise = ("healthy", "") if in_use else ("unused", "Target.NotInUse")
        return self.states.get(target_group, otherwise)

    def remove_target_group(self, release: str) -> None:
        arn = self.target_group_arn(release)
        if arn in self.weights() or arn == self.previewed:
            raise Conflict(f"the target group of {release} is in use")
        self.targets.pop(arn, None)


@dataclass
class FakeWebAcl:
    """Without a parameter, and without a web ACL."""

    parameter: str = ""
    there: str = ""

    def wanted(self) -> str:
        return self.parameter

    def associated(self) -> str:
        return self.there


@dataclass
class FakeImages:
    """`images` is EC2, `builds` is Image Builder: what was built, the newest last."""

    images: dict[ImageId, Image] = field(default_factory=dict)
    builds: dict[str, ImageBuild] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    bases: dict[str, ImageId] = field(default_factory=dict)
    in_use: set[ImageId] = field(default_factory=set)
    # What Inspector has found until today, and the machines that it watches.
    found: dict[ImageId, Vulnerabilities] = field(default_factory=dict)
    watched: set[str] = field(default_factory=set)
    # CVEs by what lists them: an image build in Image Builder, an AMI in Inspector.
    cves: dict[str, Cves] = field(default_factory=dict)

    def describe(self, image: ImageId) -> Image | None:
        return self.images.get(image)

    def build(self, build_arn: str) -> ImageBuild:
        if build_arn not in self.builds:
            raise Refused(f"there is no image build {build_arn}")
        return self.builds[build_arn]

    def start_build(self, pipeline: str, token: str) -> str:
        name = pipeline.replace(":image-pipeline/", ":image/")
        build = self.started.setdefault(token, f"{name}/1.0.0/{len(self.builds) + 1}")
        self.builds.setdefault(build, ImageBuild(build, "BUILDING"))
        return build

    def newest_build(self, pipeline: str) -> str | None:
        name = pipeline.replace(":image-pipeline/", ":image/") + "/"
        built = [b.arn for b in self.builds.values() if b.status == "AVAILABLE"]
        return next((arn for arn in reversed(built) if arn.startswith(name)), None)

    def newest_of(self, prefix: str) -> str | None:
        built = [b.arn for b in self.builds.values() if b.status == "AVAILABLE"]
        return next((arn for arn in reversed(built) if arn.startswith(prefix)), None)

    def found_today(self, image: ImageId, instance: str) -> Vulnerabilities | None:
        nothing = Vulnerabilities() if instance in self.watched else None
        return self.found.get(image, nothing)

    def cves_of(self, build_arn: str) -> Cves | None:
        return self.cves.get(build_arn)

    def cves_today(self, image: ImageId) -> Cves | None:
        return self.cves.get(image)

    def newest_base(self, parameter: str) -> ImageId | None:
        return self.bases.get(parameter)

    def mark_in_use(self, images: AbstractSet[ImageId]) -> None:
        self.in_use = set(images)


@dataclass
class FakePointers:
    images: dict[str, ImageId] = field(default_factory=dict)

    def get(self, name: str) -> ImageId | None:
        return self.images.get(name)

    def set(self, name: str, image: ImageId) -> None:
        self.images[name] = image


@dataclass
class FakeExecutions:
    """`started` holds what each was started with; a test ends one by setting its status."""

    started: dict[tuple[Machine, str], dict[str, str]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    def start(self, machine: Machine, name: str, request: Mapping[str, str]) -> bool:
        if (machine, name) in self.started:
            return False
        self.started[machine, name] = dict(request)
        return True

    def status(self, execution: str) -> str:
        return self.statuses.get(execution, "")

    def console(self, machine: Machine) -> str:
        return f"https://console.example.com/{machine}"


@dataclass
class FakeApprovals:
    asked: dict[tuple[str, str], ApprovalRecord] = field(default_factory=dict)

    def put(self, approval: ApprovalRecord) -> None:
        self.asked[approval.cluster, approval.run] = approval

    def get(self, cluster: str, run: str) -> ApprovalRecord | None:
        return self.asked.get((cluster, run))

    def count_attempt(self, cluster: str, run: str) -> int:
        asked = self.asked.get((cluster, run))
        if asked is None:
            raise Conflict(f"run {run} of cluster {cluster} has no approval request")
        self.put(asked.model_copy(update={"attempts": asked.attempts + 1}))
        return asked.attempts + 1

    def decide(self, approval: ApprovalRecord) -> bool:
        asked = self.get(approval.cluster, approval.run)
        if asked is None or asked.decision or asked.key_sha256 != approval.key_sha256:
            return False
        answer = approval.model_dump(include={"decision", "decided_by", "decided_at", "reason"})
        self.put(asked.model_copy(update=answer))
        return True


@dataclass
class FakeCallbacks:
    waiting: set[str] = field(default_factory=set)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, token: str, answer: Mapping[str, str]) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.answers[token] = dict(answer)
        return True


@dataclass
class FakeMail:
    confirmed: int = 1
    subscribed: list[Subscriber] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def confirmed_subscribers(self) -> int:
        return self.confirmed

    def subscribers(self) -> tuple[Subscriber, ...]:
        return tuple(self.subscribed)

    def send(self, subject: str, message: str) -> None:
        self.sent.append((subject_line(subject), message))


@dataclass
class FakeSecrets:
    names: set[str] = field(default_factory=lambda: {"changeover/hpc/probe"})

    def exists(self, name: str) -> bool:
        return name in self.names


@dataclass
class FakeServices:
    """Everything a step may ask for; each secret it makes differs, and can be foretold."""

    default_cluster: str = "hpc"
    front_door_url: str = "https://hpc.example.com"
    clock: Clock = field(default_factory=Clock)
    configurations: FakeConfigurations = field(default_factory=FakeConfigurations)
    releases: FakeReleases = field(default_factory=FakeReleases)
    evidence: FakeEvidence = field(default_factory=FakeEvidence)
    hosts: FakeHosts = field(default_factory=FakeHosts)
    builds: FakeBuilds = field(default_factory=FakeBuilds)
    stacks: FakeStacks = field(default_factory=FakeStacks)
    front_door: FakeFrontDoor = field(default_factory=FakeFrontDoor)
    web_acl: FakeWebAcl = field(default_factory=FakeWebAcl)
    images: FakeImages = field(default_factory=FakeImages)
    pointers: FakePointers = field(default_factory=FakePointers)
    executions: FakeExecutions = field(default_factory=FakeExecutions)
    approvals: FakeApprovals = field(default_factory=FakeApprovals)
    callbacks: FakeCallbacks = field(default_factory=FakeCallbacks)
    mail: FakeMail = field(default_factory=FakeMail)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    secrets_made: Counter[int] = field(default_factory=Counter)

    def now(self) -> datetime:
        return self.clock.now()

    def new_secret(self, length: int) -> str:
        self.secrets_made[length] += 1
        return f"s{self.secrets_made[length]:0{length - 1}d}"
