"""Decide whether a good new image starts an upgrade now, and say why."""

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
    """Whether an upgrade starts now, and why.

    `ask`: an e-mail asks a person to start it. Otherwise Reconcile decides again in an hour.
    """

    now: bool
    why: str
    ask: bool = False


def judge_start(
    settings: ImageSettings,
    live: Vulnerabilities | None,
    freezes: Sequence[FreezeWindow],
    now: datetime,
) -> Start:
    """Apply the policy. `live`: vulnerabilities of live's image, or None if not known."""
    for freeze in freezes:
        if freeze.starts <= now < freeze.ends:
            return Start(now=False, why=f"frozen until {freeze.ends:%Y-%m-%d %H:%M %Z}")
    match settings.policy:
        case Policy.ALWAYS:
            return Start(now=True, why="every new image starts an upgrade")
        case Policy.MANUAL:
            return Start(now=False, why="the policy is manual", ask=True)
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
    return Start(now=False, why="live's image has no more vulnerabilities than allowed")
