"""The plan of one upgrade: stored once by Plan Upgrade, and passed to every later step."""

from pydantic import AliasChoices, Field

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.execution import run_of
from changeover.cluster.release import Release, dialect_at
from changeover.cluster.source import Archive
from changeover.metrics import Measure, count
from changeover.ports.services import Services
from changeover.soca.dialect import Dialect
from changeover.soca.directory_provider import Move
from changeover.types import CandidateName, ClusterName, Fence, ImageId, Value


class UpgradePlan(Value):
    """What one run does. Every later step receives this value, and it never changes.

    `build_only`: the run builds and reports, but deploys nothing. `saved_actions`: the listener
    rule's actions before the run, as JSON, for Roll Back.
    """

    cluster: ClusterName
    run: str
    execution: str
    fence: Fence
    live: Release
    candidate: CandidateName
    image: ImageId
    saved_actions: str = Field(validation_alias=AliasChoices("saved_actions", "live_actions"))
    configuration: ClusterConfiguration
    move: Move
    archives: tuple[Archive, ...] = ()
    build_only: bool = False

    def metrics(self) -> list[Measure]:
        return [count("UpgradesStarted")]

    @property
    def dialect(self) -> Dialect:
        """The candidate's dialect."""
        return candidate_dialect(self.candidate, self.configuration)


def candidate_dialect(candidate: str, configuration: ClusterConfiguration) -> Dialect:
    """Return the configured dialect with this cluster's base DN and the site's own LDAP schema."""
    dialect, base_dn = configuration.dialect, configuration.directory.base_dn
    known = dialect_at(dialect.name, base_dn, dialect.cluster_id(candidate))
    return known.on(configuration.base_os).with_schema(configuration.directory.own_schema)


def plan_key(run: str) -> str:
    """Return the S3 key of a run's plan in the evidence bucket."""
    return f"runs/{run}/plan.json"


def read_plan(execution: str, services: Services) -> UpgradePlan | None:
    """Return the plan that an execution stored; None if it stored none."""
    key = plan_key(run_of(execution))
    if not services.evidence.exists(key):
        return None
    return UpgradePlan.model_validate_json(services.evidence.read(key))
