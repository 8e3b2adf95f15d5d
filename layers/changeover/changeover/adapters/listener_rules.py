"""Which rule of a listener sends everybody on, and which one is Changeover's own."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import RuleConditionUnionTypeDef, RuleTypeDef

# The last that AWS allows: whatever a template or a site adds to the listener comes before it.
PRIORITY = 50_000
EVERY_PATH: list["RuleConditionUnionTypeDef"] = [
    {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
]
# IAM lets the steps change rules with this tag only.
TAG = "changeover:rule"
# The configuration of each condition, by its field, and values that leave nobody out.
_EVERYBODY = {
    "path-pattern": ("PathPatternConfig", {"*", "/*"}),
    "host-header": ("HostHeaderConfig", {"*"}),
    "source-ip": ("SourceIpConfig", {"0.0.0.0/0"}),
}


def own_rule(rules: Iterable["RuleTypeDef"]) -> "RuleTypeDef | None":
    """The rule at Changeover's priority, whatever its conditions and actions are by now."""
    return next((rule for rule in rules if rule["Priority"] == str(PRIORITY)), None)


def deciding_rule(rules: Iterable["RuleTypeDef"], host_name: str) -> "RuleTypeDef | None":
    """The first rule that takes every request for `host_name`, by priority; None if none does.

    It need not be Changeover's: a rule that somebody put before it shadows it. The default rule
    is left out.
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
