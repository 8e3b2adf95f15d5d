"""The rules of a load balancer's listener as values."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A fixed response, a redirect included."""

    status: int
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True)
class Forward:
    """Target group ARN and weight, in the listener's order."""

    weights: tuple[tuple[str, int], ...]

    def pick(self, draw: float) -> str | None:
        """The target group for a random number in [0, 1). None if all weights are 0."""
        bounds = list(itertools.accumulate(weight for _, weight in self.weights))
        mark = draw * bounds[-1]
        return next(
            (arn for (arn, _), end in zip(self.weights, bounds, strict=True) if mark < end), None
        )


@dataclass(frozen=True)
class Redirect:
    """A redirect. `#{path}` and similar placeholders are parts of the old URL."""

    status: int
    template: str

    def answer(self, request: Mapping[str, str]) -> Answer:
        """The redirect's answer. `request` has protocol, host, port, path and query."""
        location = re.sub(r"#\{(\w+)\}", lambda part: request[part[1]], self.template)
        return Answer(self.status, {"Location": location.removesuffix("?")})


Action = Answer | Forward | Redirect


@dataclass(frozen=True)
class Asked:
    """The request parts that conditions test. `host` has no port, `source` is an IP address."""

    path: str
    host: str
    source: str


Condition = Callable[[Asked], bool]


@dataclass(frozen=True)
class Rule:
    """A rule. It applies to a request that meets all its conditions."""

    priority: int
    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True)
class Listener:
    """Rules in the order of their priority, then the default action."""

    rules: tuple[Rule, ...]
    default: Action

    def action(self, asked: Asked) -> Action:
        for rule in self.rules:
            if all(condition(asked) for condition in rule.conditions):
                return rule.action
        return self.default

    def target_groups(self) -> set[str]:
        actions = (self.default, *(rule.action for rule in self.rules))
        return {
            arn for action in actions if isinstance(action, Forward) for arn, _ in action.weights
        }


def read_listener(
    default_actions: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]
) -> Listener:
    """Read a listener from the answers of DescribeListeners and DescribeRules."""
    read = (_read_rule(rule) for rule in rules if not rule["IsDefault"])
    return Listener(
        tuple(sorted(read, key=lambda rule: rule.priority)), _read_action(default_actions)
    )


def _read_rule(rule: Mapping[str, Any]) -> Rule:
    conditions = tuple(_read_condition(each) for each in rule["Conditions"])
    return Rule(int(rule["Priority"]), conditions, _read_action(rule["Actions"]))


def _read_condition(condition: Mapping[str, Any]) -> Condition:
    """A test of requests: one matching value of the condition is enough."""
    match condition["Field"]:
        case "path-pattern":
            paths = [_pattern(each) for each in _values(condition, "PathPatternConfig")]
            return lambda asked: any(path.fullmatch(asked.path) for path in paths)
        case "host-header":
            hosts = [
                _pattern(each, re.IGNORECASE) for each in _values(condition, "HostHeaderConfig")
            ]
            return lambda asked: any(host.fullmatch(asked.host) for host in hosts)
        case "source-ip":
            networks = [ip_network(each) for each in _values(condition, "SourceIpConfig")]
            return lambda asked: any(ip_address(asked.source) in each for each in networks)
        case unknown:
            message = f"this front door cannot test the condition {unknown!r}"
            raise NotImplementedError(message)


def _values(condition: Mapping[str, Any], config: str) -> list[str]:
    return list(condition.get("Values") or condition[config]["Values"])


def _pattern(value: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern in which `*` is any text and `?` one character. Nothing else is special."""
    return re.compile(re.escape(value).replace(r"\*", ".*").replace(r"\?", "."), flags)


def _read_action(actions: Sequence[Mapping[str, Any]]) -> Action:
    """Read the last action. Actions before it sign users in, which is not rehearsed."""
    action = max(actions, key=lambda each: each.get("Order", 0))
    match action["Type"]:
        case "forward":
            return _read_forward(action)
        case "redirect":
            return _read_redirect(action["RedirectConfig"])
        case "fixed-response":
            return _read_fixed_response(action["FixedResponseConfig"])
        case unknown:
            message = f"this front door cannot do the action {unknown!r}"
            raise NotImplementedError(message)


def _read_forward(action: Mapping[str, Any]) -> Forward:
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": action["TargetGroupArn"]}
    ]
    return Forward(
        tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups)
    )


def _read_redirect(config: Mapping[str, str]) -> Redirect:
    given = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}"}
    given |= {"Path": "/#{path}", "Query": "#{query}"} | dict(config)
    template = "{Protocol}://{Host}:{Port}{Path}?{Query}".format_map(given)
    return Redirect(int(config["StatusCode"].removeprefix("HTTP_")), template)


def _read_fixed_response(config: Mapping[str, str]) -> Answer:
    headers = {"Content-Type": config.get("ContentType", "text/plain")}
    return Answer(int(config["StatusCode"]), headers, config.get("MessageBody", ""))
