"""The repairs that SOCA 2.6 needs before it can be deployed today, in the order they are made."""

from collections.abc import Callable
from dataclasses import dataclass

from changeover.build.repairs.certificate import UseCertificate
from changeover.build.repairs.operations import (
    ROLE,
    AddResource,
    AddToList,
    AllowOn,
    Operation,
    SetProperty,
)
from changeover.build.repairs.release_roles import UseReleaseRoles
from changeover.build.repairs.runtimes import NewRuntimes
from changeover.build.repairs.wiring import Wire, faults, nested
from changeover.build.settings import BuildSettings
from changeover.build.template import STACK
from changeover.build.workspace import Workspace
from changeover.build.yaml_nodes import get, scalar


@dataclass(frozen=True)
class Repair:
    """One repair. `why` is its reason and `evidence` where that is known from.

    `applies` says for which settings it is made. A release without a resource of the type
    `concerns` needs no repair. `do` says what to do if the repair derived something.
    """

    id: str
    why: str
    evidence: str
    operations: tuple[Operation, ...]
    applies: Callable[[BuildSettings], bool] = lambda _: True
    concerns: str = ""
    do: str = "Compare it with the release's own full installation, then accept it."


_ADDRESS = "SchedulerPublicIP"


def _makes_roles(settings: BuildSettings) -> bool:
    return not settings.release_roles


def _wants_address(work: Workspace) -> bool:
    """Whether nothing provides the address that nested stacks ask for, or we provide it."""
    top, children = nested(work)
    missing = any(fault.name == _ADDRESS for fault in faults(top, children))
    return missing or _ADDRESS in top.resources


def _asks_publicly(work: Workspace) -> bool:
    """Whether desktops are behind a load balancer with public addresses."""
    top = work.template(work.top)
    return (
        _ADDRESS in top.resources
        and "SecurityGroupIdScheduler" in top.parameters
        and any(
            scalar(get(node, "Properties", "Scheme")) in ("", "internet-facing")
            for each in work.templates
            for node in each.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
        )
    )


def _is_long(minutes: str) -> bool:
    return minutes.isdigit() and int(minutes) >= 60  # noqa: PLR2004 - the value that is set below


def _kept(kind: str, named: str = "") -> tuple[Operation, ...]:
    return (
        SetProperty(kind, "DeletionPolicy", "RetainExceptOnCreate", named, outside=True),
        SetProperty(kind, "UpdateReplacePolicy", "Retain", named, outside=True),
    )


_BACKUP_POLICY = (
    '!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"'
)
_BACKUP_VAULT = "AWS::Backup::BackupVault"

REPAIRS = (
    Repair(
        id="release-roles",
        why="With MakeReleaseRoles, a release uses the roles that the app made",
        evidence="prerequisites/roles.yaml",
        operations=(UseReleaseRoles(),),
        applies=lambda settings: settings.release_roles,
    ),
    Repair(
        id="boundary",
        why="Candidates may create roles only with this permissions boundary",
        evidence="IAM condition key iam:PermissionsBoundary",
        operations=(SetProperty(ROLE, "PermissionsBoundary", "{boundary}"),),
    ),
    Repair(
        id="scheduler-policy",
        why="With this policy, Changeover can move identities and probe logins on the scheduler",
        evidence="prerequisites/evidence.yaml",
        operations=(
            AddToList(
                ROLE,
                "SchedulerIAMRole",
                "ManagedPolicyArns",
                '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/{policy}"',
            ),
        ),
        applies=_makes_roles,
    ),
    Repair(
        id="placement-group-tags",
        why="CloudFormation tags placement groups as it tags a job's stack. Without the right, jobs"
        " on several nodes stay queued",
        evidence="AWS: tags of a stack are applied to AWS::EC2::PlacementGroup",
        operations=(
            AllowOn(
                "SchedulerIAMRole",
                "ec2:CreateTags",
                '!Sub "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:placement-group/*"',
            ),
        ),
        applies=_makes_roles,
    ),
    Repair(
        id="backup-policy",
        why="AWS Backup requires backup:TagResource for tagged resources since October 2025",
        evidence="AWS managed policy AWSBackupServiceRolePolicyForBackup",
        operations=(AddToList(ROLE, "SOCABackupRole", "ManagedPolicyArns", _BACKUP_POLICY),),
        applies=_makes_roles,
        concerns=_BACKUP_VAULT,
    ),
    Repair(
        id="backup-retention",
        why="A vault with backups cannot be deleted, so the release could not be deleted either",
        evidence="AWS Backup: DeleteBackupVault requires an empty vault",
        operations=_kept(_BACKUP_VAULT),
    ),
    Repair(
        id="backup-role-retention",
        why="AWS Backup needs the role to expire backups after the release is deleted",
        evidence="AWS Backup: a lifecycle is carried out with the role of the backup plan",
        operations=_kept(ROLE, "SOCABackupRole"),
        applies=_makes_roles,
        concerns=_BACKUP_VAULT,
    ),
    Repair(
        id="certificate",
        why="The front door's certificate replaces one that a function makes with openssl, which"
        " Lambda's image may lack",
        evidence="aws-lambda-base-images, issue 137",
        operations=(UseCertificate(),),
        do="Set CertificateArn, or make that certificate once, as the documentation describes.",
    ),
    Repair(
        id="runtimes",
        why="Lambda creates no functions with this runtime any more",
        evidence="AWS Lambda runtimes, deprecation table",
        operations=(NewRuntimes(),),
    ),
    Repair(
        id="scheduler-address",
        why="Nested templates require the scheduler's public IP address, which nothing provides",
        evidence="templates/Security.template and templates/Scheduler.template of 2.6.1",
        operations=(
            AddResource(
                _ADDRESS,
                "  Type: AWS::EC2::EIP\n  Properties:\n    Domain: vpc",
                _wants_address,
            ),
        ),
    ),
    Repair(
        id="load-balancer-rule",
        why="The scheduler asks its release's load balancer for desktops over public addresses",
        evidence="templates/Viewer.template of 2.6.1: an internet-facing load balancer",
        operations=(
            AddResource(
                "SchedulerAsksLoadBalancer",
                "  Type: AWS::EC2::SecurityGroupIngress\n"
                "  Properties:\n"
                "    GroupId: !Ref SecurityGroupIdScheduler\n"
                "    IpProtocol: tcp\n"
                "    FromPort: 443\n"
                "    ToPort: 443\n"
                '    CidrIp: !Sub "${SchedulerPublicIP}/32"',
                _asks_publicly,
            ),
        ),
    ),
    Repair(
        id="wiring",
        why="Nested stacks get the parameters that their templates declare, and outputs that exist",
        evidence="the release's own nested templates",
        operations=(Wire(),),
    ),
    Repair(
        id="search-domain-time",
        why="An OpenSearch domain may take longer than half an hour",
        evidence="AWS OpenSearch Service: a domain takes 15 to 30 minutes, sometimes more",
        operations=(SetProperty(STACK, "TimeoutInMinutes", "60", "Analytics", unless=_is_long),),
    ),
)
"""In this order: roles first, and the address before the parameters that name it."""
