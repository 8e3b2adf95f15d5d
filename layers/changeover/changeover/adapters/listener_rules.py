"""Find the listener rule that takes every request, and the rule that Changeover owns."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import RuleConditionUnionTypeDef, RuleTypeDef

# The last priority that AWS allows, so that rules of a template or a site come first.
PRIORITY = 50_000
EVERY_PATH: list["RuleConditionUnionTypeDef"] = [
    {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
]
# IAM allows the steps to change only rules with this tag.
TAG = "changeover:rule"
# By condition field: its configuration's name, and the values that match every request.
_EVERYBODY = {
    "path-pattern": ("PathPatternConfig", {"*", "/*"}),
    "host-header": ("HostHeaderConfig", {"*"}),
    "source-ip": ("SourceIpConfig", {"0.0.0.0/0"}),
}


def own_rule(rules: Iterable["RuleTypeDef"]) -> "RuleTypeDef | None":
    """Return the rule with Changeover's priority, whatever its conditions and actions are."""
    return next((rule for rule in rules if rule["Priority"] == str(PRIORITY)), None)


def deciding_rule(rules: Iterable["RuleTypeDef"], host_name: str) -> "RuleTypeDef | None":
    """Return the first rule by priority that takes every request for `host_name`, or None.

    It may be another rule that comes before Changeover's. The default rule does not count.
    """
    ordered = sorted(
        (rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"])
    )
    return next((rule for rule in ordered if _takes_everybody(rule, host_name)), None)


def _takes_everybody(rule: "RuleTypeDef", host_name: str) -> bool:
    return all(_leaves_nobody_out(dict(each), host_name) for each in rule["Conditions"])


def _leaves_nobody_out(condition: dict[str, Any], host_name: str) -> bool:
    config, everybody = _EVERYBODY.get(condition["Field"], ("", set()))
    values = {*condition.get("Values", ()), *condition.get(config, {}).get("Values", ())}
    if values & everybody:
        return True
    return condition["Field"] == "host-header" and any(
        fnmatchcase(host_name.lower(), value.lower()) for value in values
    )
