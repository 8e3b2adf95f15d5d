"""AWS WAF: the web ACL that is associated with the load balancer."""

from typing import Any

from changeover.adapters.aws_errors import translated


@translated
class WafWebAcl:
    """`wafv2` is boto3's client of that name. `wanted` is the ARN from the app's parameter."""

    def __init__(self, wafv2: Any, listener_arn: str, wanted: str) -> None:
        self._wafv2 = wafv2
        self._load_balancer = load_balancer_of(listener_arn)
        self._wanted = wanted

    def wanted(self) -> str:
        return self._wanted

    def associated(self) -> str:
        answer = self._wafv2.get_web_acl_for_resource(ResourceArn=self._load_balancer)
        return str(answer.get("WebACL", {}).get("ARN", ""))


def load_balancer_of(listener_arn: str) -> str:
    """Return the load balancer's ARN. A listener's ARN contains its load balancer's name and ID."""
    return listener_arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
