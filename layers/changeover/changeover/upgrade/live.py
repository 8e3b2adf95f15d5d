"""Find the release that is recorded as live."""

from changeover.cluster.release import Release, only_live
from changeover.ports.services import Services


def live_of(services: Services) -> Release:
    """Return the live release. Raises Conflict unless exactly one release is recorded as live."""
    cluster = services.default_cluster
    return only_live(services.releases.list_all(cluster), cluster)
