"""Probe the candidate once while users are on it."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import traffic


@step
def handler(event: traffic.WatchRequest, services: Services) -> traffic.Watched:
    return traffic.watch_candidate(event, services)
