"""Remove a resource of a template, and replace what refers to it."""

from collections.abc import Callable

from yaml.nodes import MappingNode, Node, SequenceNode

from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, items, plain, scalar, walk


def remove(work: Workspace, path: str, name: str, instead: Callable[[str], str]) -> None:
    """Remove the resource; `instead` gives YAML for a reference to the attribute, or to `Ref`."""
    _forget(work, path, name)
    while node := _reference(work, path, name):
        attribute = plain(node)
        match attribute:
            case {"Fn::GetAtt": [_, str(wanted)]}:
                work.set_value(path, node, instead(wanted))
            case _:
                work.set_value(path, node, instead("Ref"))
    resources = get(work.template(path).root, "Resources")
    assert isinstance(resources, MappingNode)
    work.cut_key(path, resources, name)


def _reference(work: Workspace, path: str, name: str) -> Node | None:
    template = work.template(path)
    inside = {id(node) for node in walk(template.resources.get(name))}
    for node in walk(template.root):
        match plain(node) if id(node) not in inside and not _is_collection(node) else None:
            case {"Ref": str(found)} | {"Fn::GetAtt": [str(found), _]} if found == name:
                return node
    return None


def _is_collection(node: Node) -> bool:
    """Whether the node is not a reference, however deep it is. Only leaves are converted."""
    if isinstance(node, SequenceNode):
        return not node.tag.startswith("!")
    return isinstance(node, MappingNode) and len(node.value) != 1


def _forget(work: Workspace, path: str, name: str) -> None:
    """Remove the name from every DependsOn."""
    for other in work.template(path).resources:
        resource = work.template(path).resources[other]
        depends = get(resource, "DependsOn")
        named = [scalar(each) for each in items(depends)]
        if depends is None or name not in named:
            continue
        if rest := [each for each in named if each != name]:
            work.set_value(path, depends, rest[0] if len(rest) == 1 else f"[{', '.join(rest)}]")
        else:
            work.cut_key(path, resource, "DependsOn")
