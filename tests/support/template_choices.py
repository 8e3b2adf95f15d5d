"""A template once its parameters are given: which rules refuse them, and what is made then."""

from pathlib import Path
from typing import Any

from tests.support.templates import Template, translated

NOTHING = {"Ref": "AWS::NoValue"}
TRUE = {"Fn::Equals": ["", ""]}


class Choice:
    """`template` with these parameters, and with the defaults of the others."""

    def __init__(self, path: Path, region: str = "us-east-1", **parameters: str | int) -> None:
        self._template = translated(path)
        defaults = {n: p.get("Default") for n, p in self._template["Parameters"].items()}
        assert parameters.keys() <= defaults.keys()
        usual = {"AWS::Partition": "aws", "AWS::Region": region}
        self._parameters = usual | defaults | parameters

    def refusals(self) -> list[str]:
        return [
            assertion["AssertDescription"]
            for rule in self._template.get("Rules", {}).values()
            if self._holds(rule.get("RuleCondition", TRUE))
            for assertion in rule["Assertions"]
            if not self._holds(assertion["Assert"])
        ]

    def of_type(self, kind: str) -> dict[str, Template]:
        """Logical id to properties of what is made."""
        return {
            name: self._taken(each.get("Properties", {}))
            for name, each in self._template["Resources"].items()
            if each["Type"] == kind and self._is_made(each)
        }

    def only(self, kind: str) -> Template:
        (properties,) = self.of_type(kind).values()
        return properties

    def outputs(self) -> dict[str, Any]:
        found = self._template["Outputs"].items()
        return {name: self._taken(each["Value"]) for name, each in found if self._is_made(each)}

    def _is_made(self, each: Template) -> bool:
        return "Condition" not in each or self._holds({"Condition": each["Condition"]})

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [one, other]}:
                return str(self._value(one)) == str(self._value(other))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::And": list(inner)}:
                return all(map(self._holds, inner))
            case {"Fn::Or": list(inner)}:
                return any(map(self._holds, inner))
            case {"Condition": str(name)}:
                return self._holds(self._template["Conditions"][name])
            case {"Fn::EachMemberEquals": _} | {"Fn::EachMemberIn": _}:
                return True  # about what is in the account: taken for granted
        raise NotImplementedError(condition)

    def _value(self, node: Any) -> Any:
        match node:
            case {"Ref": str(name)} | {"Fn::Join": ["", {"Ref": str(name)}]}:
                return self._parameters[name]
        return node

    def _taken(self, node: Any) -> Any:
        """`node` with every Fn::If decided and every parameter filled in."""
        match node:
            case {"Fn::If": [str(name), then, otherwise]}:
                return self._taken(then if self._holds({"Condition": name}) else otherwise)
            case {"Ref": str(name)} if name in self._template["Parameters"]:
                return self._parameters[name]
            case dict():
                taken = {key: self._taken(value) for key, value in node.items()}
                return {key: value for key, value in taken.items() if value != NOTHING}
            case list():
                return [value for each in node if (value := self._taken(each)) != NOTHING]
        return node
