"""Facts for the verdict that are not in the report. They are read after the run."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rehearsal.actors import activity
from rehearsal.actors.population import People
from rehearsal.background import Meanwhile
from rehearsal.host.folder import BASE_DN
from rehearsal.outcome import observations, raw_directory, secrets
from rehearsal.outcome.leaks import leaks, places
from rehearsal.outcome.leftovers import left_over
from rehearsal.outcome.live_state import look_at_live
from rehearsal.outcome.secrets import Secrets
from rehearsal.report.record import Record
from rehearsal.stage import CANDIDATE, LIVE, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """`seeded` is the expected number of identities: those of the tree, and later ones.

    `upgrades` is the number of upgrades that were started.
    """

    upgrades: int
    lock_owner: str
    seeded: raw_directory.Counts
    live_changes: Sequence[str]
    live_read_only: bool
    live_takes_writes: bool
    left_over: Sequence[str]
    leaks: Sequence[str]
    trouble: Sequence[str]


def look_around(
    stage: Stage, people: People, meanwhile: Meanwhile, record: Record, reports: Path
) -> Aftermath:
    """`record` is the run that was written to the folder `reports`."""
    live = look_at_live(stage)
    return Aftermath(
        upgrades=observations.upgrades(stage),
        lock_owner=observations.lock_owner(stage),
        seeded=_seeded(people, meanwhile),
        live_changes=live.changed_since(meanwhile.live_before),
        live_read_only=live.read_only,
        live_takes_writes=activity.takes_writes(activity.host_of(stage.work, LIVE)),
        left_over=left_over(stage),
        leaks=leaks(
            places(stage, record.history, reports), _secrets(stage, people, meanwhile, record)
        ),
        trouble=meanwhile.trouble,
    )


def _seeded(people: People, meanwhile: Meanwhile) -> raw_directory.Counts:
    counts = raw_directory.count(raw_directory.blocks(people.tree.read_bytes()))
    for kind in ("users", "groups", "password_hashes"):
        counts[kind] += meanwhile.newcomers
    return counts


def _secrets(stage: Stage, people: People, meanwhile: Meanwhile, record: Record) -> Secrets:
    """The secrets known after a run. Those of deleted hosts are not among them."""
    trees, made = [people.tree.read_bytes()], set[str]()
    for release in (LIVE, CANDIDATE):
        with suppress(activity.NoHostError):
            host = activity.host_of(stage.work, release)
            trees.append(raw_directory.slapcat(host, "-b", BASE_DN))
            made |= {host.root_password.read_text()}
            made |= {*secrets.in_key_file(host.certificate.read_text())}
    made = made.union(*map(secrets.in_secret_string, _secret_strings(stage)))
    chosen = {*people.secrets, *people.passwords.values(), *meanwhile.passwords.values()}
    chosen = chosen.union(*map(secrets.in_directory, trees))
    # A person's password may be a word of ours. Finding it proves nothing.
    lasting = secrets.unmistakable(chosen, secrets.words(trees))
    return Secrets(
        lasting=lasting | secrets.unmistakable(made - chosen),
        asked=frozenset(secrets.in_question(meanwhile.question)),
        tokens=secrets.unmistakable(secrets.in_history(record.history)),
    )


def _secret_strings(stage: Stage) -> Iterator[str]:
    manager = stage.aws.client("secretsmanager")
    for secret in manager.list_secrets()["SecretList"]:
        yield manager.get_secret_value(SecretId=secret["ARN"]).get("SecretString", "")
