"""Probe the candidate once while users are on it."""

from changeover import traffic
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: traffic.WatchRequest, services: Services) -> traffic.Watched:
    return traffic.watch_candidate(event, services)
