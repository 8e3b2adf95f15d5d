"""A cluster's configuration, which operators write to the SSM parameter `/changeover/<cluster>`."""

from pydantic import AwareDatetime, Field, model_validator

from changeover.cluster.directory_service import DirectoryService
from changeover.cluster.image_settings import ImageSettings
from changeover.cluster.source import Source
from changeover.identities.accepted_findings import Acceptances
from changeover.identities.change_plan import Ceilings
from changeover.soca.dialect import Dialect, dialect_of
from changeover.types import (
    Cidr,
    ClusterName,
    EmailAddress,
    HostName,
    ImageId,
    InstanceType,
    ParameterName,
    ParameterValue,
    Seconds,
    SecurityGroupId,
    SubnetId,
    Value,
    VpcId,
)

# Step Functions ends an execution at 25,000 events. One poll takes about ten events.
_MOST_LOOKS = 2_000
# TimeoutSeconds of the state machine: 14 days.
_LONGEST_RUN_SECONDS = 1_209_600


class Network(Value):
    """The network of a release. Its values fill the matching parameters of SOCA's template."""

    vpc_id: VpcId = Field("", description="VPC of every release")
    private_subnets: tuple[SubnetId, ...] = Field((), description="subnets of compute nodes")
    public_subnets: tuple[SubnetId, ...] = Field(
        (), description="the scheduler host is in the first"
    )
    scheduler_security_group: SecurityGroupId = Field("", description="of scheduler hosts")
    compute_security_group: SecurityGroupId = Field("", description="of nodes and desktops")
    apps_file_system: HostName = Field("", description="DNS name of the file system behind /apps")
    data_file_system: HostName = Field("", description="DNS name of the file system behind /data")
    client_cidr: Cidr = Field("", description="where users connect from")


class Machines(Value):
    """EC2 instance types of a release's machines. The scheduler's is a stack parameter of SOCA."""

    workers: InstanceType = Field(
        "", description="of compute nodes in the queue compute; default: the release's own"
    )
    desktops: InstanceType = Field(
        "", description="of desktops in the queue desktop; default: the release's own"
    )

    @property
    def chosen(self) -> dict[str, str]:
        """The instance types by role, without those that are left to the release."""
        return {role: kind for role, kind in self if kind}


class Waits(Value):
    """How often the state machine polls, and after how long it gives up."""

    build_poll_seconds: Seconds = Field(30, description="time between two polls of the build")
    build_deadline_seconds: Seconds = Field(3_600, description="a longer build fails the run")
    candidate_poll_seconds: Seconds = Field(60, description="time between two polls of the stack")
    candidate_deadline_seconds: Seconds = Field(
        5_400, description="stack and installer must be ready within this time"
    )
    discard_poll_seconds: Seconds = Field(30, description="time between two polls of the deletion")
    discard_deadline_seconds: Seconds = Field(3_600, description="a longer deletion is reported")


class Traffic(Value):
    """How long the new live release is watched after all users have moved to it at once."""

    watch_poll_seconds: Seconds = Field(
        60, description="time between two probes of the new live release"
    )
    bake_seconds: Seconds = Field(1_800, description="how long the new live release is watched")


class Approval(Value):
    """The people who may approve an upgrade, and how long they have.

    Without a decision before the expiry, the candidate is discarded.
    """

    expiry_seconds: int = Field(
        86_400,
        ge=1,
        le=604_800,
        description="without a decision in this time, the candidate is discarded",
    )
    subscribers: tuple[EmailAddress, ...] = Field(
        (),
        description="addresses that may be subscribed to the SNS topic; reconcile reports all"
        " others",
    )


class Retention(Value):
    """How long the previous release stays deployed. Its record stores the end of that time."""

    previous_days: int = Field(
        14, ge=1, le=365, description="then reconcile reports that it can be deleted"
    )


class FreezeWindow(Value):
    """A period in which no upgrade may start."""

    starts: AwareDatetime
    ends: AwareDatetime
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> "FreezeWindow":
        if self.ends <= self.starts:
            raise ValueError("the window ends before it starts")
        return self


class ClusterConfiguration(Value):
    """One cluster's configuration. Only `cluster` has no default."""

    cluster: ClusterName = Field(description="short name of the cluster")
    image: ImageId | None = Field(
        None, description="default: the newest image that passed its checks, otherwise live's"
    )
    images: ImageSettings = ImageSettings()
    source: Source = Source()
    directory: DirectoryService = DirectoryService()
    network: Network = Network()
    machines: Machines = Machines()
    stack_parameters: dict[ParameterName, ParameterValue] = Field(
        default_factory=dict,
        max_length=200,
        description="parameters of SOCA's template that the app does not set itself",
    )
    traffic: Traffic = Traffic()
    waits: Waits = Waits()
    approval: Approval = Approval()
    retention: Retention = Retention()
    ceilings: Ceilings = Ceilings()
    accepted_findings: Acceptances = Field(
        (),
        description="findings of `changeover identities check` that are known to be harmless here:"
        ' a rule, or {"rule": RULE, "entries": [DN, uid or cn, ...]}',
    )
    freeze_windows: tuple[FreezeWindow, ...] = Field(
        (), description="periods in which no upgrade starts"
    )

    @model_validator(mode="after")
    def _within_what_step_functions_counts(self) -> "ClusterConfiguration":
        waits, traffic = self.waits, self.traffic
        looks = (
            waits.build_deadline_seconds // waits.build_poll_seconds
            + waits.candidate_deadline_seconds // waits.candidate_poll_seconds
            + waits.discard_deadline_seconds // waits.discard_poll_seconds
            + traffic.bake_seconds // traffic.watch_poll_seconds
        )
        if looks > _MOST_LOOKS:
            raise ValueError(
                f"one run would poll {looks} times, and at most {_MOST_LOOKS} are possible: raise"
                " the poll_seconds, or lower the deadlines"
            )
        if self.longest_run_seconds > _LONGEST_RUN_SECONDS:
            raise ValueError(
                "deadlines, approval and bake together exceed 14 days, the state machine's limit:"
                " lower them"
            )
        return self

    @property
    def base_os(self) -> str:
        """SOCA's parameter BaseOS. Empty when the template's default applies."""
        return self.stack_parameters.get("BaseOS", "")

    @property
    def dialect(self) -> Dialect:
        """The dialect of future releases. A release's record says which base DN it has."""
        return dialect_of(self.source.vendor_release)

    @property
    def probe_secret_id(self) -> str:
        """Name of the Secrets Manager secret of the account that tests a login on every release."""
        return f"changeover/{self.cluster}/probe"

    @property
    def longest_run_seconds(self) -> int:
        """Upper bound of a whole run, in seconds. The lock expires after this time."""
        waits = self.waits
        slack_seconds = 48 * 3_600
        return (
            waits.build_deadline_seconds
            + waits.candidate_deadline_seconds
            + waits.discard_deadline_seconds
            + self.approval.expiry_seconds
            + self.traffic.bake_seconds
            + slack_seconds
        )
