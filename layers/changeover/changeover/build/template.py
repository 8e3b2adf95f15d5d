"""A CloudFormation template as text with positions."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from changeover.build.yaml_nodes import composed, get, keys, plain, scalar, walk

STACK = "AWS::CloudFormation::Stack"
_CHILD = re.compile(r"templates/[\w.-]+\.template")


@dataclass(frozen=True)
class Template:
    """One template. `path` is its path in the release."""

    path: str
    text: str

    @cached_property
    def root(self) -> Node | None:
        return composed(self.text)

    @property
    def resources(self) -> dict[str, MappingNode]:
        """The resources' nodes by logical ID."""
        found = keys(get(self.root, "Resources"))
        return {name: node for name, (_, node) in found.items() if isinstance(node, MappingNode)}

    def of_type(self, kind: str) -> dict[str, MappingNode]:
        """The resources of one type."""
        return {
            name: node for name, node in self.resources.items() if scalar(get(node, "Type")) == kind
        }

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The declared parameters."""
        found = keys(get(self.root, "Parameters"))
        return {name: plain(node) or {} for name, (_, node) in found.items()}

    @property
    def outputs(self) -> dict[str, Node]:
        found = keys(get(self.root, "Outputs"))
        return {name: node for name, (_, node) in found.items()}

    def line(self, node: Node) -> int:
        """The node's line, counted from 1."""
        return int(node.start_mark.line) + 1

    @property
    def stacks(self) -> set[str]:
        """The logical IDs of nested stacks."""
        return set(self.of_type(STACK))

    @property
    def children(self) -> dict[str, str]:
        """The paths of nested templates by the logical ID of their stack."""
        folder = self.path.rpartition("/")[0]
        return {
            name: f"{folder}/{found[0]}" if folder else found[0]
            for name, node in self.of_type(STACK).items()
            if (found := _named(get(node, "Properties", "TemplateURL")))
        }


def _named(url: Node | None) -> re.Match[str] | None:
    words = (each.value for each in walk(url) if isinstance(each, ScalarNode))
    return next((found for word in words if (found := _CHILD.search(word))), None)
