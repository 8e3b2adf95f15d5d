"""What a build needs to know of the cluster and its account."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """Facts for repairs and proofs.

    `boundary` is the ARN of the permissions boundary for each role of a release. `certificate` is
    the ARN of the front door's certificate, or empty. `release_roles` says that the app made the
    roles of releases once, so that templates must not make them. `repairs_off` has the ids of
    repairs that the site switched off. `template` is the path of the stack's template below
    `source/`. `parameters` are the configuration's values for that template. `offered` are values
    that the app sets where the template has such a parameter. `machines` has the instance types of
    `workers` and `desktops`, as far as the configuration names them.
    """

    cluster: str
    boundary: str = ""
    certificate: str = ""
    release_roles: bool = False
    partition: str = "aws"
    account: str = ""
    region: str = ""
    template: str = "install-with-existing-resources.template"
    repairs_off: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, str] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)

    @property
    def boundary_value(self) -> str:
        """The boundary as YAML. Without an ARN, it is the boundary that the app makes."""
        prefix = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy"
        return self.boundary or f'!Sub "{prefix}/changeover-{self.cluster}-release-boundary"'

    @property
    def policy(self) -> str:
        """The name of the managed policy that lets Changeover reach a scheduler."""
        return f"changeover-{self.cluster}-scheduler-host"
