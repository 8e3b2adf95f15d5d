"""Update the front door's listeners as CloudFormation does in a stack update."""

import itertools
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from rehearsal.stage import Stage

_TEMPLATE = Path(__file__).parents[1] / "prerequisites/front-door.yaml"
# Output of the app, and the listener's name in the template.
_LISTENERS = {"UsersListenerArn": "UsersListener", "PreviewListenerArn": "PreviewListener"}


class StackUpdates:
    """`update` sends both listeners as in the template, each time with a small change.

    CloudFormation's handler sends the whole listener with its default actions, even if only a tag,
    the TLS policy or the certificate changes.
    """

    def __init__(self, stage: Stage) -> None:
        self._elbv2, self._acm = stage.aws.client("elbv2"), stage.aws.client("acm")
        template = yaml_parse(_TEMPLATE.read_text())
        self._listeners = {
            stage.outputs[output]: template["Resources"][name]["Properties"]["DefaultActions"]
            for output, name in _LISTENERS.items()
        }
        known = {each["Name"] for each in self._elbv2.describe_ssl_policies()["SslPolicies"]}
        offered = template["Parameters"]["TlsPolicy"]["AllowedValues"]
        # moto lacks some of them.
        self._policies = itertools.cycle([each for each in offered if each in known])
        self._certificates = itertools.cycle([self._certificate(), self._certificate()])
        self.made = 0

    def update(self) -> None:
        self.made += 1
        for listener, actions in self._listeners.items():
            self._elbv2.modify_listener(
                ListenerArn=listener,
                SslPolicy=next(self._policies),
                Certificates=[{"CertificateArn": next(self._certificates)}],
                DefaultActions=actions,
            )
            tags = [{"Key": "commit", "Value": f"{self.made:07d}"}]
            self._elbv2.add_tags(ResourceArns=[listener], Tags=tags)

    def _certificate(self) -> str:
        return str(self._acm.request_certificate(DomainName="localhost")["CertificateArn"])
