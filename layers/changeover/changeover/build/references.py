"""References within one template: each names a parameter, a resource, a mapping or a condition."""

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from changeover.build.template import Template
from changeover.build.yaml_nodes import get, items, keys, scalar, walk

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def unresolved(template: Template) -> Iterator[str]:
    """Yield a sentence for each reference to something that the template does not have."""
    known = template.parameters.keys() | template.resources.keys()
    for node, name in _references(template.root):
        if name not in known and not name.startswith("AWS::"):
            yield f"{template.path}:{template.line(node)}: {name} is neither parameter nor resource"
    for name, resource in template.resources.items():
        for each in items(get(resource, "DependsOn")):
            if scalar(each) not in template.resources:
                yield (
                    f"{template.path}:{template.line(each)}: {name} depends on {scalar(each)},"
                    " which does not exist"
                )
    yield from _unknown(template, "Conditions", _conditions(template))
    yield from _unknown(template, "Mappings", _mappings(template))


def _references(root: Node | None) -> Iterator[tuple[Node, str]]:
    for node in walk(root):
        match node:
            case ScalarNode(tag="!Ref"):
                yield node, node.value
            case ScalarNode(tag="!GetAtt"):
                yield node, node.value.partition(".")[0]
            case SequenceNode(tag="!GetAtt"):
                yield node, scalar(node.value[0])
            case ScalarNode(tag="!Sub"):
                yield from ((node, name) for name in _variables(node.value, set()))
            case SequenceNode(tag="!Sub"):
                yield from ((node, name) for name in _listed_variables(node))
            case MappingNode() if len(node.value) == 1:
                yield from _long_form(node)


def _long_form(node: MappingNode) -> Iterator[tuple[Node, str]]:
    """The forms with a key, such as `Ref: X` and `Fn::GetAtt: [X, Arn]`."""
    for key, (_, value) in keys(node).items():
        match key, value:
            case "Ref", ScalarNode():
                yield value, value.value
            case "Fn::GetAtt", ScalarNode():
                yield value, value.value.partition(".")[0]
            case "Fn::GetAtt", SequenceNode():
                yield value, scalar(value.value[0])
            case "Fn::Sub", ScalarNode() if not value.tag.startswith("!"):
                yield from ((value, name) for name in _variables(value.value, set()))
            case "Fn::Sub", SequenceNode():
                yield from ((value, name) for name in _listed_variables(value))


def _listed_variables(node: SequenceNode) -> Iterator[str]:
    own = set(keys(node.value[1])) if len(node.value) > 1 else set()
    yield from _variables(scalar(node.value[0]), own)


def _variables(text: str, own: set[str]) -> Iterator[str]:
    for found in _VARIABLE.findall(text):
        name = found.partition(".")[0].strip()
        if name not in own:
            yield name


def _conditions(template: Template) -> Iterator[tuple[Node, str]]:
    for node in walk(template.root):
        if isinstance(node, SequenceNode) and node.tag == "!If" and node.value:
            yield node, scalar(node.value[0])
        elif isinstance(node, ScalarNode) and node.tag == "!Condition":
            yield node, node.value
    for resource in template.resources.values():
        if name := scalar(condition := get(resource, "Condition")):
            assert condition is not None
            yield condition, name


def _mappings(template: Template) -> Iterator[tuple[Node, str]]:
    for node in walk(template.root):
        if isinstance(node, SequenceNode) and node.tag == "!FindInMap" and node.value:
            yield node, scalar(node.value[0])


def _unknown(template: Template, section: str, used: Iterator[tuple[Node, str]]) -> Iterator[str]:
    known = keys(get(template.root, section))
    for node, name in used:
        if name and name not in known:
            yield f"{template.path}:{template.line(node)}: {section} has no {name}"
