"""Neighbors that move on as they are looked at, and remember what was done to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from changeover.ports.values import Build, BuildStatus, Stack
from tests.support.fake_hosts import WorldHosts
from tests.support.fakes import FakeBuilds, FakeEvidence, FakeFrontDoor, FakeStacks

COMPLETED = Build(BuildStatus.SUCCEEDED, "COMPLETED")
LOST = Build(BuildStatus.LOST, "PROVISIONING: FAULT")


@dataclass
class WorldBuilds(FakeBuilds):
    """A build ends at the second look at it, as `ends` says; AWS `loses` so many before."""

    ends: Build = COMPLETED
    loses: int = 0
    on_success: Callable[[Mapping[str, str], Build], Build] = lambda _, ended: ended
    looks: int = 0

    def status(self, build: str) -> Build:
        self.looks += 1
        if self.looks > 1 and super().status(build).status is BuildStatus.RUNNING:
            if self.loses:
                self.loses -= 1
                self.builds[build] = LOST
                return LOST
            succeeded = self.ends.status is BuildStatus.SUCCEEDED
            asked = self.environments[build]
            self.builds[build] = self.on_success(asked, self.ends) if succeeded else self.ends
        return super().status(build)


@dataclass
class WorldStacks(FakeStacks):
    """What is asked for is there at the second look, and what is deleted is gone at the second."""

    create_ends: str = "CREATE_COMPLETE"
    delete_ends: str = ""
    on_created: Callable[[str], None] = lambda _: None
    on_deleted: Callable[[str], None] = lambda _: None
    seen: set[tuple[str, str]] = field(default_factory=set)

    def describe(self, name: str) -> Stack | None:
        stack = self.stacks.get(name)
        if stack and (name, stack.status) in self.seen:
            self._move_on(stack)
        elif stack:
            self.seen.add((name, stack.status))
        return self.stacks.get(name)

    def delete(self, name: str) -> None:
        self._refuse_protected(name)
        if name in self.stacks and not self.stacks[name].status.startswith("DELETE"):
            self.stacks[name] = replace(self.stacks[name], status="DELETE_IN_PROGRESS")
            self.deleted.append(name)

    def _move_on(self, stack: Stack) -> None:
        ends = {"CREATE_IN_PROGRESS": self.create_ends, "DELETE_IN_PROGRESS": self.delete_ends}
        status = ends.get(stack.status, stack.status)
        if not status:
            del self.stacks[stack.name]
            self.on_deleted(stack.name)
        elif status != stack.status:
            self.stacks[stack.name] = replace(stack, status=status)
            if status == "CREATE_COMPLETE":
                self.on_created(stack.name)


@dataclass
class WorldEvidence(FakeEvidence):
    deleted: list[str] = field(default_factory=list)

    def delete_folder(self, prefix: str) -> None:
        self.deleted.append(prefix)
        super().delete_folder(prefix)


@dataclass
class WorldFrontDoor(FakeFrontDoor):
    """Finds a target healthy as long as its host is there and answers /ping."""

    hosts: WorldHosts = field(default_factory=WorldHosts)
    sent: list[str] = field(default_factory=list)

    def health(self, target_group: str) -> tuple[str, str]:
        return super().health(target_group) if self.well(target_group) else ("unhealthy", "Timeout")

    def well(self, target_group: str) -> bool:
        targets = self.targets.get(target_group, set())
        return bool(targets) and all(
            target in self.hosts.up
            and target not in self.hosts.dead
            and "ping" not in self.hosts.up[target].lacks
            for target in targets
        )

    def _modify(self, actions: list[dict[str, Any]]) -> None:
        """Remembers every place that users were ever sent to."""
        super()._modify(actions)
        self.sent += [
            release_of(arn) if self.well(arn) else f"{release_of(arn)}, which is ill"
            for arn, weight in self.weights().items()
            if weight
        ]


def release_of(target_group: str) -> str:
    return target_group.split("/")[1].removeprefix("changeover-")
