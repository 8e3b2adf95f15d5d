"""Check what only a definition's text shows: anchors, and names that occur twice."""

from collections import Counter
from collections.abc import Iterator

import yaml


def slips_of_the_pen(text: str) -> Iterator[str]:
    for token in yaml.scan(text):
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken)):
            line = token.start_mark.line + 1
            yield f"line {line}: CloudFormation turns an alias into a string, so no anchors"
    yield from _twice_named(yaml.compose(text))


def _twice_named(node: yaml.Node | None) -> Iterator[str]:
    match node:
        case yaml.MappingNode():
            names = Counter(key.value for key, _ in node.value)
            yield from (
                f"{name!r} stands twice in one mapping" for name in names if names[name] > 1
            )
            for _, value in node.value:
                yield from _twice_named(value)
        case yaml.SequenceNode():
            for value in node.value:
                yield from _twice_named(value)
