"""Names that a template makes of the cluster's ID, against the limits of AWS."""

from collections.abc import Iterator

from changeover.build.intrinsics import resolved
from changeover.build.settings import BuildSettings
from changeover.build.template import Template
from changeover.build.yaml_nodes import get, plain

# The property with the name, and its limit in characters, by resource type.
LIMITS = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name", 32),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name", 32),
    "AWS::Lambda::Function": ("FunctionName", 64),
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", 128),
    "AWS::Backup::BackupVault": ("BackupVaultName", 50),
    "AWS::Elasticsearch::Domain": ("DomainName", 28),
}
_LONGEST_NUMBER = "9999"


def too_long(template: Template, cluster: str) -> Iterator[str]:
    """Yield a sentence for each name that is too long for the cluster's release with number 9999.

    SOCA names things soca-<stack>-…; the stack's name is <cluster>-r<number>.
    """
    stack = f"{cluster}-r{_LONGEST_NUMBER}"
    for name, resource in template.resources.items():
        kind = plain(get(resource, "Type"))
        key, limit = LIMITS.get(str(kind), ("", 0))
        value = _named(plain(get(resource, "Properties", key)), stack) if key else ""
        if len(value) > limit:
            yield (
                f"{template.path}:{template.line(resource)}: the {key} of {name} has"
                f" {len(value)} characters, AWS allows {limit}: {value}"
            )


def _named(value: object, stack: str) -> str:
    """Return the name as far as it can be told, otherwise an empty string."""
    match value:
        case {"Fn::Sub": str(text)}:
            value = text.replace("${ClusterId}", f"soca-{stack}").replace(
                "${AWS::StackName}", stack
            )
            value = resolved({"Fn::Sub": value}, BuildSettings(cluster=""))
        case {"Fn::Join": [str(by), list(parts)]}:
            value = by.join(_part(part, stack) for part in parts)
    return value if isinstance(value, str) and "${" not in value else ""


def _part(part: object, stack: str) -> str:
    match part:
        case {"Ref": "AWS::StackName"}:
            return stack
        case {"Ref": "ClusterId"}:
            return f"soca-{stack}"
        case {"Fn::FindInMap": ["Info", "Data", "ClusterIdPrefix"]}:
            return "soca"
    return part if isinstance(part, str) else ""
