"""AWS WAF: which web ACL the front door's load balancer has."""

from typing import Any

from changeover.adapters.aws_errors import translated


@translated
class WafWebAcl:
    """`wafv2` is boto3's client."""

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
    """A listener's ARN is its load balancer's with one part more, and another word for the kind."""
    return listener_arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
