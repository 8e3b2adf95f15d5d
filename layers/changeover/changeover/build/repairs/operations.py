"""Operations on the templates of a stack. Each is data, and does nothing the second time.

`apply` returns True if it changed something, False if the release has it already, and None if the
release has nothing that it could be applied to. It raises CannotPlace if the place is gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from yaml.nodes import MappingNode, Node, SequenceNode

from changeover.build.intrinsics import same
from changeover.build.settings import BuildSettings
from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, items, scalar, walk


class CannotPlace(Exception):
    """The place of a repair is gone or ambiguous. The message says what was looked for, where."""


class Operation(Protocol):
    def apply(self, work: Workspace) -> bool | None: ...


@dataclass(frozen=True)
class SetProperty:
    """Set a property on every resource of a type, or only on the resource `named`.

    `outside` sets an attribute beside `Properties`, such as DeletionPolicy. `value` is YAML of one
    line, with the settings' facts in braces.
    """

    kind: str
    key: str
    value: str
    named: str = ""
    outside: bool = False
    unless: Callable[[str], bool] = lambda _: False

    def apply(self, work: Workspace) -> bool | None:
        return changed_any(
            self._on(work, path, name) for path, name in found(work, self.kind, self.named)
        )

    def _on(self, work: Workspace, path: str, name: str) -> bool:
        resource = work.template(path).resources[name]
        where = resource if self.outside else get(resource, "Properties")
        value = filled(self.value, work.settings)
        if not isinstance(where, MappingNode):
            work.insert_block(path, resource, f"Properties:\n  {self.key}: {value}")
            return True
        there = get(where, self.key)
        if there is not None and (same(there, value, work.settings) or self.unless(scalar(there))):
            return False
        work.set_key(path, where, self.key, value)
        return True


@dataclass(frozen=True)
class AddToList:
    """Add an item to a list property of a resource; the list is made if it is missing."""

    kind: str
    named: str
    key: str
    value: str

    def apply(self, work: Workspace) -> bool | None:
        return changed_any(
            self._on(work, path, name) for path, name in found(work, self.kind, self.named)
        )

    def _on(self, work: Workspace, path: str, name: str) -> bool:
        properties = get(work.template(path).resources[name], "Properties")
        value = filled(self.value, work.settings)
        return add_to_list(work, path, properties, self.key, value)


@dataclass(frozen=True)
class AllowOn:
    """Let a role's statement with only `action` cover one more resource ARN."""

    named: str
    action: str
    value: str

    def apply(self, work: Workspace) -> bool | None:
        return changed_any(
            self._on(work, path, name) for path, name in found(work, ROLE, self.named)
        )

    def _on(self, work: Workspace, path: str, name: str) -> bool:
        policies = get(work.template(path).resources[name], "Properties", "Policies")
        statements = [
            node
            for node in walk(policies)
            if isinstance(node, MappingNode)
            and [scalar(each) for each in items(get(node, "Action"))] == [self.action]
            and scalar(get(node, "Effect")) == "Allow"
        ]
        if len(statements) != 1:
            raise CannotPlace(
                f"{path}: {name} has {len(statements)} statements that allow only {self.action},"
                " not one"
            )
        return add_to_list(work, path, statements[0], "Resource", self.value)


@dataclass(frozen=True)
class AddResource:
    """Add a resource to the stack's template if `when` says that the release needs it."""

    name: str
    block: str
    when: Callable[[Workspace], bool]

    def apply(self, work: Workspace) -> bool | None:
        template = work.template(work.top)
        if not self.when(work):
            return None
        if self.name in template.resources:
            return False
        resources = get(template.root, "Resources")
        if not isinstance(resources, MappingNode):
            raise CannotPlace(f"{work.top}: it has no Resources")
        work.insert_block(work.top, resources, f"{self.name}:\n{self.block}")
        return True


ROLE = "AWS::IAM::Role"


def found(work: Workspace, kind: str, named: str) -> Iterator[tuple[str, str]]:
    """Yield path and logical ID of each resource of the type, or of the one `named`.

    Raises CannotPlace if the release has resources of this type in the file's place but none with
    this name: somebody renamed it.
    """
    every = [(each.path, name) for each in work.templates for name in each.of_type(kind)]
    chosen = [(path, name) for path, name in every if named in ("", name)]
    if every and not chosen:
        others = ", ".join(sorted({name for _, name in every}))
        raise CannotPlace(f"no template has a resource {named} of type {kind}, only {others}")
    yield from chosen


def changed_any(results: Iterator[bool]) -> bool | None:
    """Return whether any place was changed, or None if there was no place."""
    listed = list(results)
    return any(listed) if listed else None


def add_to_list(work: Workspace, path: str, mapping: Node | None, key: str, value: str) -> bool:
    """Add an item to the list at `key`. A scalar becomes a list. Returns whether it was added."""
    if not isinstance(mapping, MappingNode):
        raise CannotPlace(f"{path}: there must be a mapping to put {key} into")
    there = get(mapping, key)
    if any(same(each, value, work.settings) for each in items(there)):
        return False
    if there is None:
        work.insert_key(path, mapping, key, f"[{value}]")
    elif isinstance(there, SequenceNode) and there.value:
        work.add_item(path, there, value)
    elif isinstance(there, SequenceNode):
        work.set_value(path, there, f"[{value}]")
    else:
        written = work.texts[path][there.start_mark.index : there.end_mark.index]
        work.set_value(path, there, f"[{value}, {written}]")
    return True


def filled(value: str, settings: BuildSettings) -> str:
    """Return a value with the settings' facts in place of `{boundary}` and the like.

    `str.format` would stumble over `${AWS::Partition}`.
    """
    facts = {
        "boundary": settings.boundary_value,
        "certificate": settings.certificate,
        "cluster": settings.cluster,
        "policy": settings.policy,
    }
    for name, fact in facts.items():
        value = value.replace("{" + name + "}", fact)
    return value
