"""No password, hash, token, key or code may stand where somebody could come to read it."""

import base64
import re
from collections.abc import Iterator

from changeover.ldap.entry import Entry
from tests.support.fake_hosts import PROBE_PASSWORD
from tests.workflow.engine import Ended
from tests.workflow.observer import Witness

# Every secret that the fakes make: a key, a code, a password.
MADE = re.compile(r"s0{5,}\d+", re.IGNORECASE)


def disclosed(witness: Witness, ended: Ended) -> Iterator[str]:
    hidden = set(_secrets_of(witness))
    for place, text in _told(witness, ended):
        made = MADE.findall(text) if place != "the approval mail" else []
        yield from (f"{secret} stands in {place}" for secret in [*made, *_within(hidden, text)])


def _within(hidden: set[str], text: str) -> list[str]:
    return [secret for secret in hidden if secret in text]


def _secrets_of(witness: Witness) -> Iterator[str]:
    yield from ("{SSHA}", base64.b64encode(b"{SSHA}").decode(), PROBE_PASSWORD)
    yield from witness.passwords.values()
    for host in witness.world.hosts.up.values():
        for each in host.directory.values():
            yield from _hashes(each)
    for asked in witness.world.services.approvals.asked.values():
        yield asked.token


def _hashes(each: Entry) -> Iterator[str]:
    for value in each.attributes.get("userpassword", ()):
        yield value.decode()
        yield base64.b64encode(value).decode()


def _told(witness: Witness, ended: Ended) -> Iterator[tuple[str, str]]:
    """Everything that somebody other than a function may come to read."""
    world = witness.world
    for subject, text in world.mails:
        place = "the approval mail" if "Approve" in subject else "a mail"
        yield place, subject + text
    for key, content in world.services.evidence.objects.items():
        if key.startswith("runs/"):
            yield key, content.decode()
    yield "the parameters of a document", repr(world.hosts.calls)
    yield "the environment of a build", repr(world.builds.environments)
    yield "a stack's tags", repr([stack.tags for stack in world.stacks.stacks.values()])
    yield "the cause", ended.cause
    yield "the log", "\n".join(witness.engine.log)
    for event in ended.events:
        if "waitForTaskToken" not in repr(event):
            yield "the history", repr(event)
