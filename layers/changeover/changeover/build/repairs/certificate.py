"""The front door's certificate, in place of one that a function makes with openssl.

AWS Lambda's image for newer runtimes lacks the program openssl. The function would then fail
without a response, and the stack would wait for half an hour.
"""

from dataclasses import dataclass

from yaml.nodes import Node, ScalarNode

from changeover.build.repairs.removal import remove
from changeover.build.template import Template
from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, plain, walk

FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class UseCertificate:
    """Give listeners the certificate's ARN; the function and its custom resource go."""

    def apply(self, work: Workspace) -> bool | None:
        makers = [(each.path, name) for each in work.templates for name in openssl_functions(each)]
        if not makers:
            return None
        arn = work.settings.certificate
        if not arn:
            work.derived.extend(
                f"{path}: the function {name} runs openssl, which Lambda's image may lack, unless"
                " ACM has a certificate SOCA.DEFAULT.CREATE.YOUR.OWN.CERT in this Region"
                for path, name in makers
            )
            return False
        for path, name in makers:
            for caller in _callers(work.template(path), name):
                remove(work, path, caller, lambda _: arn)
            remove(work, path, name, lambda _: arn)
        return True


def openssl_functions(template: Template) -> list[str]:
    """Return the logical IDs of functions whose code runs openssl."""
    return [
        name
        for name, node in template.of_type(FUNCTION).items()
        if any("openssl " in text for text in _texts(get(node, "Properties", "Code")))
    ]


def _texts(code: Node | None) -> list[str]:
    return [str(each.value) for each in walk(code) if isinstance(each, ScalarNode)]


def _callers(template: Template, function: str) -> list[str]:
    """Return the custom resources whose ServiceToken is the function's ARN."""
    return [
        name
        for name, node in template.resources.items()
        if plain(get(node, "Properties", "ServiceToken")) == {"Fn::GetAtt": [function, "Arn"]}
    ]
