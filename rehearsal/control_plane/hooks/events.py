"""EventBridge: deliver to machines, functions and topics, with the input that a target asks for."""

import json
import re
import threading
from datetime import UTC, datetime
from typing import Any

from jsonpath_ng.ext.parser import parse
from moto.awslambda.utils import get_backend
from moto.events.models import Rule
from moto.sns.models import sns_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from rehearsal.control_plane.hooks.patch import wrap

Event = dict[str, Any]


def install() -> None:
    # Why: moto raises NotImplementedError for these targets instead of delivering, ignores Input
    # and InputPath, does not quote text in an input template, gives time as a number, and treats
    # a rule with a schedule as one that every event matches.
    wrap(Rule, "send_to_targets", by=deliver)


def deliver(send: Any, self: Any, event: Event, **more: Any) -> None:
    if self.scheduled_expression:
        return
    ours = [target for target in self.targets if _service(target) in DELIVERIES]
    if ours and self.state == "ENABLED" and self.event_pattern.matches_event(event):
        seen = _as_seen_by_targets(event)
        for target in ours:
            DELIVERIES[_service(target)](self, target["Arn"], input_for(target, seen))
    if len(ours) < len(self.targets):
        send(self, event, **more)


def input_for(target: dict[str, Any], event: Event) -> str:
    """The input that `target` receives for `event`, as JSON."""
    if "Input" in target:
        return str(target["Input"])
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event)
    return json.dumps(_at(target.get("InputPath", "$"), event))


def _service(target: dict[str, Any]) -> str:
    return str(target["Arn"]).split(":")[2]


def _as_seen_by_targets(event: Event) -> Event:
    time = event["time"]
    if isinstance(time, int | float):
        time = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {k: v for k, v in event.items() if k != "ingestion-time"} | {"time": time}


def _transformed(transformer: dict[str, Any], event: Event) -> str:
    values = {name: _at(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    values["aws.events.event.json"] = event
    text = str(transformer["InputTemplate"])
    # AWS puts a text value between quotes, unless the template already does.
    text = re.sub(r'"<([\w.-]+)>"', lambda found: json.dumps(_text(values.get(found[1]))), text)
    return re.sub(r"<([\w.-]+)>", lambda found: json.dumps(values.get(found[1])), text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _at(path: str, event: Event) -> Any:
    found = parse(path).find(event)
    return found[0].value if found else None


def _start_execution(rule: Any, arn: str, given: str) -> None:
    backend: Any = stepfunctions_parser_backends[rule.account_id][rule.region_name]
    backend.start_execution(arn, None, given)


def _invoke_function(rule: Any, arn: str, given: str) -> None:
    function: Any = get_backend(rule.account_id, rule.region_name).get_function(arn)
    threading.Thread(target=_in_turn, args=(function, json.loads(given)), daemon=True).start()


def _in_turn(function: Any, event: Event) -> None:
    with TURNS:
        function._invoke_lambda(event)


def _publish(rule: Any, arn: str, given: str) -> None:
    sns_backends[rule.account_id][rule.region_name].publish(given, arn=arn)


# Lambda has a queue for events; a process for each at once would be too many for this machine.
TURNS = threading.Semaphore(4)
DELIVERIES = {"states": _start_execution, "lambda": _invoke_function, "sns": _publish}
