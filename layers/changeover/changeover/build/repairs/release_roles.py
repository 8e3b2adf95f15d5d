"""Roles that the app made once for all releases, in place of the roles in SOCA's templates.

With MakeReleaseRoles, candidates may not make roles. `prerequisites/roles.yaml` makes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from changeover.build.repairs.removal import remove
from changeover.build.workspace import Workspace

# Logical ID in SOCA 2.6, and the end of the app's name for it: changeover-<cluster>-release-<end>.
ROLES = {
    "SchedulerIAMRole": "scheduler",
    "ComputeNodeIAMRole": "node",
    "SpotFleetIAMRole": "spot-fleet",
    "LambdaSolutionMetricRole": "functions",
    "LambdaACMIAMRole": "certificate",
    "CheckPreRequisiteRole": "functions",
    "SOCABackupRole": "backup",
}
PROFILES = {"SchedulerIAMInstanceProfile": "scheduler", "ComputeNodeInstanceProfile": "node"}
# Policies that the app's roles contain already. A release that added one would take it from all.
POLICIES = (
    "SchedulerELBPolicy",
    "ReadSecretsManagerValue",
    "SocaBackupIamRole",
    "SOCABackupRestoreIamRole",
)


@dataclass(frozen=True)
class UseReleaseRoles:
    """Remove the roles, profiles and policies; references become names and ARNs."""

    def apply(self, work: Workspace) -> bool | None:
        removed = list(self._removals(work))
        for path, name in removed:
            self._replace(work, path, name)
        return True if removed else None

    def _removals(self, work: Workspace) -> Iterator[tuple[str, str]]:
        for name in (*POLICIES, *PROFILES, *ROLES):
            for template in work.templates:
                if name in template.resources:
                    yield template.path, name

    def _replace(self, work: Workspace, path: str, name: str) -> None:
        profile = name in PROFILES
        end = PROFILES[name] if profile else ROLES.get(name, "")
        fixed = f"changeover-{work.settings.cluster}-release-{end}"
        arn = (
            '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:'
            f'{"instance-profile" if profile else "role"}/{fixed}"'
        )
        remove(work, path, name, lambda attribute: fixed if attribute == "Ref" else arn)
