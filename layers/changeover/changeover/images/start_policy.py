"""Whether a good new image starts an upgrade now: a pure decision, with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from changeover.cluster.configuration import FreezeWindow
from changeover.cluster.image_settings import ImageSettings, Policy
from changeover.images.acceptance import over_limit
from changeover.ports.values import Vulnerabilities


@dataclass(frozen=True, slots=True)
class Start:
    """`ask`: a person is told that there is one to start; otherwise one waits for the next look."""

    now: bool
    why: str
    ask: bool = False


def judge_start(
    settings: ImageSettings,
    live: Vulnerabilities | None,
    freezes: Sequence[FreezeWindow],
    now: datetime,
) -> Start:
    """`live` are the vulnerabilities of the image that users work on, None if nobody knows."""
    for freeze in freezes:
        if freeze.starts <= now < freeze.ends:
            return Start(now=False, why=f"no upgrade before {freeze.ends:%Y-%m-%d %H:%M %Z}")
    match settings.policy:
        case Policy.ALWAYS:
            return Start(now=True, why="every new image starts an upgrade")
        case Policy.MANUAL:
            return Start(now=False, why="a person starts upgrades here", ask=True)
        case Policy.WINDOW:
            inside = any(window.holds(now) for window in settings.windows)
            return Start(now=inside, why=f"{'inside a' if inside else 'outside every'} window")
        case Policy.ON_CVE:
            return _judge_vulnerabilities(settings, live)
    assert_never(settings.policy)


def _judge_vulnerabilities(settings: ImageSettings, live: Vulnerabilities | None) -> Start:
    if live is None:
        return Start(now=True, why="the vulnerabilities of live's image are unknown")
    if found := over_limit(live, settings):
        return Start(now=True, why=f"live's image has {found}")
    return Start(now=False, why="live's image has no more vulnerabilities than it may")
