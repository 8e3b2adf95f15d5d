"""Values of a template with what is known before deployment put in."""

import re
from typing import Any

from yaml.nodes import Node

from changeover.build.settings import BuildSettings
from changeover.build.yaml_nodes import composed, plain

_VARIABLE = re.compile(r"\$\{([\w:.]+)\}")
_SUFFIX = {"aws-cn": "amazonaws.com.cn"}


def resolved(value: Any, settings: BuildSettings) -> Any:
    """Return the value with pseudo parameters replaced, as far as the settings know them.

    `!Sub` and `!Join` of strings become strings. What is not known stays as it is.
    """
    match value:
        case {"Fn::Sub": str(text)}:
            return _VARIABLE.sub(lambda found: _pseudo(found[1], settings) or found[0], text)
        case {"Fn::Join": [str(by), list(parts)]}:
            inner = [resolved(part, settings) for part in parts]
            if all(isinstance(part, str) for part in inner):
                return by.join(inner)
        case {"Ref": str(name)} if known := _pseudo(name, settings):
            return known
    return value


def same(node: Node, value: str, settings: BuildSettings) -> bool:
    """Whether a node and a value written as YAML mean the same."""
    return bool(resolved(plain(node), settings) == resolved(plain(composed(value)), settings))


def _pseudo(name: str, settings: BuildSettings) -> str:
    known = {
        "AWS::Partition": settings.partition,
        "AWS::AccountId": settings.account,
        "AWS::Region": settings.region,
        "AWS::URLSuffix": _SUFFIX.get(settings.partition, "amazonaws.com"),
    }
    return known.get(name, "")
